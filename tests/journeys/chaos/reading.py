"""Logs read as a stranger reads them: tlog-tiles, checkpoints, cosignatures and RFC 6962 hashing.

Written from the published pages alone; it imports nothing of the project.
"""

import base64
import hashlib
from dataclasses import dataclass

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HTTP = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))
LOG, WITNESS = b"\x01", b"\x04"  # signature types: a signed note, a cosignature/v1


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint: what a log said of itself."""

    origin: str
    size: int
    root: bytes
    note: str

    @property
    def text(self) -> bytes:
        """What is signed of it."""
        return (self.note.split("\n\n", 1)[0] + "\n").encode()


@dataclass(frozen=True, slots=True)
class Key:
    """A verifier key."""

    name: str
    type: bytes
    raw: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that a signature line begins with."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.type + self.raw).digest()[:4]


def key(vkey: str) -> Key:
    """`name+id+base64`."""
    name, id_, coded = vkey.split("+", 2)
    raw = base64.b64decode(coded)
    found = Key(name, raw[:1], raw[1:])
    assert found.id.hex() == id_, vkey
    return found


def head(note: str) -> Head:
    """The checkpoint in a signed note."""
    origin, size, root, *_ = note.split("\n\n", 1)[0].split("\n")
    return Head(origin, int(size), base64.b64decode(root), note)


def heads(answer: str) -> list[Head]:
    """The checkpoints of `/witness/checkpoints`: notes, a blank line between."""
    parts = [part for part in answer.strip("\n").split("\n\n") if part]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [head(f"{text}\n\n{lines}\n") for text, lines in pairs]


def _lines(note: str) -> list[tuple[str, bytes]]:
    found = []
    for line in note.split("\n\n", 1)[1].splitlines():
        name, coded = line.removeprefix("\u2014 ").split(" ")
        found.append((name, base64.b64decode(coded)))
    return found


def signed(checkpoint: Head, by: Key) -> bool:
    """Whether the log's own key signed it."""
    for name, raw in _lines(checkpoint.note):
        if name == by.name and raw[:4] == by.id:
            return _holds(by, raw[4:], checkpoint.text)
    return False


def cosigned(checkpoint: Head, by: Key) -> bool:
    """Whether that witness cosigned it (cosignature/v1)."""
    for name, raw in _lines(checkpoint.note):
        if name == by.name and raw[:4] == by.id:
            time = int.from_bytes(raw[4:12], "big")
            said = f"cosignature/v1\ntime {time}\n".encode() + checkpoint.text
            if _holds(by, raw[12:], said):
                return True
    return False


def _holds(by: Key, signature: bytes, said: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(by.raw).verify(signature, said)
    except InvalidSignature:
        return False
    return True


def mirrored(base: str, origin: str) -> int:
    """How many entries of a log a witness keeps (C2SP tlog-mirror, by the digest of its name)."""
    path = f"{base}/witness/tlog/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
    answer = HTTP.get(path, timeout=10)
    return head(answer.text).size if answer.status_code == 200 else 0


def entries(base: str, size: int) -> list[bytes]:
    """The first `size` entries of a log, out of its bundles."""
    found: list[bytes] = []
    for number in range(-(-size // 256)):
        width = min(256, size - number * 256)
        path = f"{base}/tlog/tile/entries/{_number(number)}" + (
            f".p/{width}" if width < 256 else ""
        )
        data = HTTP.get(path, timeout=30).raise_for_status().content
        at = 0
        while at < len(data):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            assert end <= len(data), "a bundle is cut off"
            found.append(data[at + 2 : end])
            at = end
    assert len(found) == size, (len(found), size)
    return found


def _number(number: int) -> str:
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03d}")
    return "/".join(reversed(parts))


class Tree:
    """The roots of all the trees that these entries begin (RFC 6962 §2.1)."""

    def __init__(self, entries: list[bytes]) -> None:
        self.leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
        self._known: dict[tuple[int, int], bytes] = {}

    def root(self, size: int) -> bytes:
        """The Merkle Tree Hash of the first `size` entries."""
        return self._hash(0, size)

    def _hash(self, start: int, end: int) -> bytes:
        count = end - start
        if count == 0:
            return hashlib.sha256(b"").digest()
        if count == 1:
            return self.leaves[start]
        if (found := self._known.get((start, end))) is not None:
            return found
        left = 1 << (count - 1).bit_length() - 1
        both = self._hash(start, start + left) + self._hash(start + left, end)
        found = hashlib.sha256(b"\x01" + both).digest()
        if count == left * 2:  # a perfect one comes again
            self._known[start, end] = found
        return found
