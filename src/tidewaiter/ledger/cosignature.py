"""Cosignatures on checkpoints (C2SP tlog-cosignature, cosignature/v1 by Ed25519).

Each says that a witness, at a time, knew of no larger tree of that log that was consistent with all
it had seen before. Imports nothing of ours but the note.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tidewaiter.ledger import edwards, note
from tidewaiter.ledger.note import BadNote, FalseSignature

V1: Final = b"\x04"  # the signature type
_LENGTH: Final = 4 + 8 + 64  # bytes of a signature: the key's id, the time, Ed25519
_LATEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Witness:
    """Who may have cosigned a checkpoint: a name and an Ed25519 key."""

    name: str
    key: bytes  # 32 bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature line names the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + V1 + self.key).digest()[:4]


@dataclass(frozen=True, slots=True)
class Cosigned:
    """That a witness cosigned a checkpoint."""

    witness: Witness
    time: int  # POSIX seconds
    line: str  # as it stands in the note, LF at its end


def verifier(vkey: str) -> Witness:
    """The witness that a verifier key names. Raises BadNote where it is none, or not whole."""
    name, hash_, raw = note.key_parts(vkey)
    if raw[:1] != V1 or len(raw) != 33:
        raise BadNote("this is no verifier key of a witness (Ed25519)")
    found = Witness(name, raw[1:])
    if hash_ != found.id.hex():
        raise BadNote("the key's hash is not that of its name and key")
    return found


def message(text: str, time: int) -> bytes:
    """What is signed of a checkpoint's text at a time."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def line(witness: Witness, time: int, signature: bytes) -> str:
    """The line that a cosignature adds to a note."""
    raw = witness.id + time.to_bytes(8, "big") + signature
    return f"{note.DASH}{witness.name} {base64.b64encode(raw).decode('ascii')}\n"


def held(whole: bytes, witnesses: Sequence[Witness]) -> list[Cosigned]:
    """Who of `witnesses` cosigned a note, in the order of its lines; each key once.

    Lines by others are passed over. Raises BadNote where the note is malformed, or a line names one
    of the witnesses and does not hold.
    """
    text, lines = note.parts(whole)
    by = {(one.name, one.id): one for one in reversed(witnesses)}
    found: dict[Witness, Cosigned] = {}
    for each in lines:
        name, raw = note.signature(each)
        one = by.get((name, raw[:4]))
        if one is None or one in found:
            continue
        time = int.from_bytes(raw[4:12], "big")
        if len(raw) != _LENGTH or time > _LATEST:
            raise BadNote(f"the cosignature by {name} is malformed")
        if not edwards.holds(one.key, raw[12:], message(text, time)):
            raise FalseSignature(f"the cosignature by {name} does not hold")
        found[one] = Cosigned(one, time, each + "\n")
    return list(found.values())
