"""Entries of a log brought to whoever keeps them, as bytes (C2SP tlog-mirror, add-entries). Pure.

For logs that cannot be fetched: each package of up to 256 entries proves that it is under the root.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tidewaiter.ledger import tile, tree

MOST_BYTES: Final = 2**20  # of a request
MOST_HASHES: Final = 63
MOST_ENTRY: Final = 1024  # bytes; the wire contract's entries have less than a hundred
INFO_TYPE: Final = "text/x.tlog.mirror-info"
BODY_TYPE: Final = "application/octet-stream"


class BadUpload(ValueError):
    """The body is none of add-entries, or its first package is cut off."""


@dataclass(frozen=True, slots=True)
class Package:
    """Entries from `first` on, all of one bundle, with the path of their node to the root."""

    first: int
    entries: tuple[bytes, ...]
    path: tuple[bytes, ...]

    @property
    def end(self) -> int:
        """The index behind the last entry."""
        return self.first + len(self.entries)


@dataclass(frozen=True, slots=True)
class Upload:
    """What is brought: of which log, which entries, and as much of them as the body holds."""

    origin: str
    start: int
    end: int  # the size of the tree that the paths lead to
    packages: tuple[Package, ...]
    ticket: bytes = b""


@dataclass(frozen=True, slots=True)
class Info:
    """Where a mirror stands: the tree that it wants the entries of, and the first it lacks."""

    size: int
    next: int


def spans(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The entries of each package, in order: cut where a bundle ends."""
    while start < end:
        until = min(end, (start // tile.WIDTH + 1) * tile.WIDTH)
        yield start, until
        start = until


def bundle(first: int) -> int:
    """Where the bundle begins that an entry is in: a package proves all from there to its end."""
    return first - first % tile.WIDTH


def written(upload: Upload) -> bytes:
    """A request as its body."""
    origin = upload.origin.encode()
    parts = [
        len(origin).to_bytes(2, "big") + origin,
        upload.start.to_bytes(8, "big") + upload.end.to_bytes(8, "big"),
        len(upload.ticket).to_bytes(2, "big") + upload.ticket,
    ]
    for each in upload.packages:
        parts += [tile.bundle(each.entries), bytes([len(each.path)]), *each.path]
    return b"".join(parts)


def read(body: bytes) -> Upload:
    """The request in a body; what is cut off at its end is left. Raises BadUpload."""
    reader = _Reader(body)
    try:
        origin = reader.sized().decode("utf-8")
        start, end = reader.number(8), reader.number(8)
        ticket = reader.sized()
    except (EOFError, UnicodeDecodeError):
        raise BadUpload("its beginning is cut off") from None
    if not start <= end < tree.LARGEST:
        raise BadUpload("it ends before it begins")
    packages: list[Package] = []
    try:
        for first, until in spans(start, end):
            entries = tuple(reader.sized() for _ in range(until - first))
            if any(len(entry) > MOST_ENTRY for entry in entries):
                raise BadUpload(f"an entry has more than {MOST_ENTRY} bytes")
            hashes = reader.number(1)
            if hashes > MOST_HASHES:
                raise BadUpload("a package has more than 63 hashes")
            path = tuple(reader.take(tree.HASH) for _ in range(hashes))
            packages.append(Package(first, entries, path))
    except EOFError:
        if not packages:
            raise BadUpload("its first package is cut off") from None
    return Upload(origin, start, end, tuple(packages), ticket)


def info(said: Info) -> bytes:
    """The body of the answers 202 and 409; we give no ticket."""
    return f"{said.size}\n{said.next}\n\n".encode("ascii")


def read_info(body: bytes) -> Info:
    """Where a mirror says that it stands. Raises BadUpload."""
    try:
        size, next_, ticket, rest = body.decode("ascii").split("\n")
        base64.b64decode(ticket, validate=True)
        found = Info(int(size), int(next_))
    except (ValueError, binascii.Error):
        raise BadUpload("its answer does not say where it stands") from None
    if rest or not found.next >= 0 or not 0 <= found.size < tree.LARGEST:
        raise BadUpload("its answer does not say where it stands")
    return found


class _Reader:
    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._body):
            raise EOFError
        found = self._body[self._at : end]
        self._at = end
        return found

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def sized(self) -> bytes:
        return self.take(self.number(2))
