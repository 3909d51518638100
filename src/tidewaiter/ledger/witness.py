"""What a witness is asked and answers, as text (C2SP tlog-witness), and where it keeps logs.

Imports nothing of ours but the tree and the note; whoever holds the newest cosigned checkpoint of a
log judges by it.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tidewaiter.ledger import note, tree

MOST_BYTES: Final = 64 * 1024  # of a request
MOST_NOTE: Final = 48 * 1024  # of a checkpoint: with our lines it must fit into a request
MOST_HASHES: Final = 63
SIZE_TYPE: Final = "text/x.tlog.size"
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


class BadRequest(ValueError):
    """The body is none of add-checkpoint (400)."""


class BadConsistency(ValueError):
    """The proof does not show that the new tree begins with the old one (422)."""


@dataclass(frozen=True, slots=True)
class Request:
    """What add-checkpoint is asked: a checkpoint, and that its tree begins with one of `old`."""

    old: int  # entries
    proof: tuple[bytes, ...]  # RFC 6962 §2.1.2
    note: bytes  # the checkpoint, signed


@dataclass(frozen=True, slots=True)
class Head:
    """The newest tree of a log that was cosigned; the empty one before the first."""

    size: int = 0
    root: bytes = tree.EMPTY


@dataclass(frozen=True, slots=True)
class Carried:
    """A note for a bundle, with what it is to be cosigned by, or with entries under it.

    `old` and `proof` are those of C2SP tlog-witness, `entries` a body of C2SP tlog-mirror.
    """

    note: str
    old: int | None = None
    proof: tuple[bytes, ...] = ()
    entries: bytes = b""


def read(body: bytes) -> Request:
    """The request in a body. Raises BadRequest."""
    head, found, rest = whole(body).partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise BadRequest("the lines before the checkpoint are no ASCII") from None
    old = _OLD.fullmatch(first)
    if old is None or int(old[1]) >= tree.LARGEST:
        raise BadRequest("the first line is not `old` and a size")
    if not found or not rest:
        raise BadRequest("no checkpoint follows after an empty line")
    if len(rest) > MOST_NOTE:
        raise BadRequest(f"the checkpoint is longer than {MOST_NOTE} bytes")
    if len(lines) > MOST_HASHES:
        raise BadRequest(f"it has more than {MOST_HASHES} proof lines")
    return Request(int(old[1]), tuple(_hash(line) for line in lines), rest)


def whole(body: bytes) -> bytes:
    """A body that is not longer than any may be. Raises BadRequest."""
    if len(body) > MOST_BYTES:
        raise BadRequest(f"it is longer than {MOST_BYTES} bytes")
    return body


def written(request: Request) -> bytes:
    """A request as its body."""
    proof = (base64.b64encode(hash_).decode("ascii") for hash_ in request.proof)
    head = "".join(f"{line}\n" for line in (f"old {request.old}", *proof, ""))
    return head.encode("ascii") + request.note


def follows(request: Request, new: note.Checkpoint, held: Head) -> None:
    """Hold the proof against the tree that is held, of the size that the request names.

    The sizes are compared before. Raises BadConsistency.
    """
    if held.size in {0, new.size}:
        if request.proof:
            raise BadConsistency("from no tree, or to the same, a proof is empty")
        return
    try:
        proof = tree.Consistency(held.size, new.size, request.proof)
        old_root, new_root = tree.consistent(proof, held.root)
    except tree.BadProof as error:
        raise BadConsistency(str(error)) from None
    if (old_root, new_root) != (held.root, new.root):
        raise BadConsistency("the proof leads to another root")


def size(body: bytes) -> int:
    """The size in the answer 409. Raises BadRequest."""
    found = re.fullmatch(rb"(0|[1-9][0-9]{0,18})\n", body)
    if found is None or int(found[1]) >= tree.LARGEST:
        raise BadRequest("its answer 409 is no size")
    return int(found[1])


def mirror(origin: str) -> str:
    """Where a node serves the log `origin` that it witnesses, under its address (tlog-mirror)."""
    return f"/witness/tlog/{digest(origin)}"


def digest(origin: str) -> str:
    """The SHA-256 of a log's origin, hexadecimal, by which mirrors name it."""
    return hashlib.sha256(origin.encode()).hexdigest()


def joined(notes: Iterable[str]) -> str:
    """Signed notes as one text: each ends in LF, an empty line between two."""
    return "\n".join(notes)


def parcels(notes: Iterable[str]) -> list[list[str]]:
    """The notes in as few requests as hold them; one that none holds is left out."""
    found: list[list[str]] = []
    room = 0
    for each in notes:
        length = len(each.encode()) + 1
        if length > MOST_BYTES:
            continue
        if length > room:
            found.append([])
            room = MOST_BYTES
        found[-1].append(each)
        room -= length
    return found


def split(text: bytes) -> list[bytes]:
    """The signed notes in such a text: each has one empty line of its own, before signatures."""
    parts = [part for part in text.split(b"\n\n") if part.strip(b"\n")]
    if len(parts) % 2:
        raise BadRequest("a checkpoint in it is not whole")
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [text + b"\n\n" + lines.rstrip(b"\n") + b"\n" for text, lines in pairs]


def newest(notes: Iterable[bytes]) -> list[bytes]:
    """The first of each log: what a witness cosigned last of each is one, and no more is heard."""
    found: dict[bytes, bytes] = {}
    for each in notes:
        found.setdefault(each.partition(b"\n")[0], each)
    return list(found.values())


def _hash(line: str) -> bytes:
    try:
        raw = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("a proof line is not base64") from None
    if len(raw) != tree.HASH or base64.b64encode(raw).decode("ascii") != line:
        raise BadRequest("a proof line is no hash in base64")
    return raw
