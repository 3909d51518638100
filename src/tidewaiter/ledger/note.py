"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint).

Imports nothing of ours but how a signature is judged.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tidewaiter.ledger import edwards

ED25519: Final = b"\x01"  # the signature type
DASH: Final = "\u2014 "
MOST_SIGNATURES: Final = 100
_MOST_BYTES: Final = 1 << 20
_LONGEST_KEY: Final = 1000  # characters of a verifier key
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class BadNote(ValueError):
    """A note or a verifier key that does not hold; the message says why."""


class FalseSignature(BadNote):
    """A line names a known key, which never signed this."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Who may have signed a note: a name and an Ed25519 key."""

    name: str
    key: bytes  # 32 bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature line names the key."""
        named = self.name.encode() + b"\n" + ED25519 + self.key
        return hashlib.sha256(named).digest()[:4]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log."""

    origin: str
    size: int  # entries
    root: bytes  # 32 bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The note's text, which is what is signed."""
        head = (self.origin, str(self.size), base64.b64encode(self.root).decode("ascii"))
        return "".join(line + "\n" for line in (*head, *self.extensions))


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as its log signed it."""

    size: int  # entries
    root: bytes  # 32 bytes
    note: str
    signed_at: datetime


def verifier(vkey: str) -> Verifier:
    """A verifier key (`name+hash+base64`). Raises BadNote where it is not Ed25519 or not whole."""
    name, hash_, raw = key_parts(vkey)
    if raw[:1] != ED25519 or len(raw) != 33:
        raise BadNote("this is no Ed25519 verifier key")
    found = Verifier(name, raw[1:])
    if hash_ != found.id.hex():
        raise BadNote("the key's hash is not that of its name and key")
    return found


def key_parts(vkey: str) -> tuple[str, str, bytes]:
    """The name, the hash and the key, its type before it, in a verifier key. Raises BadNote."""
    found = vkey.split("+", 2)
    if len(found) != 3 or len(vkey) > _LONGEST_KEY:
        raise BadNote("a verifier key has a name, a hash and a key")
    name, hash_, coded = found
    if not _is_name(name):
        raise BadNote("a verifier key begins with a name")
    return name, hash_, _base64(coded)


def signature_line(verifier: Verifier, signature: bytes) -> str:
    """The line that a signature adds to a note."""
    return f"{DASH}{verifier.name} {base64.b64encode(verifier.id + signature).decode('ascii')}\n"


def signed(text: str, lines: Sequence[str]) -> str:
    """A note: its text, a blank line, its signature lines."""
    return f"{text}\n{''.join(lines)}"


def opened(note: bytes, known: Sequence[Verifier]) -> tuple[str, tuple[Verifier, ...]]:
    """The text of `note` and who of `known` signed it: one at least, and none falsely.

    Signatures by others are passed over. Raises BadNote.
    """
    text, lines = parts(note)
    by = {(one.name, one.id): one for one in reversed(known)}  # of two with one id the first
    held: list[Verifier] = []
    for line in lines:
        name, raw = signature(line)
        one = by.get((name, raw[:4]))
        if one is None or one in held:
            continue
        if not edwards.holds(one.key, raw[4:], text.encode()):
            raise FalseSignature(f"the signature by {name} does not hold")
        held.append(one)
    if not held:
        raise BadNote("no known key signed it")
    return text, tuple(held)


def checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's text is. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise BadNote("a checkpoint has three lines at least, and no empty one")
    origin, size, coded, *extensions = lines[:-1]
    root = _base64(coded)
    if not _SIZE.fullmatch(size) or int(size) >= 2**63:
        raise BadNote("the size is no decimal number of a tree's entries")
    if len(root) != 32:
        raise BadNote("a root has 32 bytes")
    return Checkpoint(origin, int(size), root, tuple(extensions))


def read(note: bytes, *log: Verifier) -> Checkpoint:
    """The checkpoint in `note`, signed by a key of the log under its name. Raises BadNote."""
    text, held = opened(note, log)
    found = checkpoint(text)
    if any(found.origin != one.name for one in held):
        raise BadNote("the checkpoint is of another log")
    return found


def parts(note: bytes) -> tuple[str, list[str]]:
    """The text of a note, and its signature lines without their LF. Raises BadNote."""
    if len(note) > _MOST_BYTES:
        raise BadNote("the note is too long")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError:
        raise BadNote("the note is not UTF-8") from None
    if any(sign < " " and sign != "\n" for sign in whole):
        raise BadNote("the note holds a control character")
    text, found, signatures = whole.rpartition("\n\n")
    if not found or not text or not signatures.endswith("\n"):
        raise BadNote("the note has no text, no signature or no end")
    lines = signatures[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BadNote("the note has too many signatures")
    return text + "\n", lines


def signature(line: str) -> tuple[str, bytes]:
    """The name in a signature line, and the key's id with the signature. Raises BadNote."""
    name, found, coded = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not found or not _is_name(name):
        raise BadNote("a signature line is malformed")
    raw = _base64(coded)
    if len(raw) < 5:
        raise BadNote("a signature line is malformed")
    return name, raw


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(sign.isspace() for sign in name)


def _base64(coded: str) -> bytes:
    try:
        raw = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("a value is not base64") from None
    if base64.b64encode(raw).decode("ascii") != coded:
        raise BadNote("a value is not base64 as RFC 4648 writes it")
    return raw
