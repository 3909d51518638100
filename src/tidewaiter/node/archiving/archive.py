"""The file of a backup: a tar under gzip, whose last member bears the digest of the others. Pure.

    manifest.json                     who, when, by which program
    home/…                            node.toml, secret, keys/…, models/…
    tables/<table>/<number>.ndjson    columns, then rows (`rows.py`)
    vault/<sha256>                    what the vault keeps
    end.json                          rows a table, counters, the digest

The digest is SHA-256 over name, LF, size, LF and bytes of each member before the last, in order.
Memory does not grow with the file.
"""

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, BinaryIO, Final

FORMAT: Final = "backup/1"
MANIFEST: Final = "manifest.json"
END: Final = "end.json"
BLOCK: Final = 2**20
LARGEST: Final = 2**28  # bytes of a member that is read whole
NAME: Final = "node.tidewaiter-backup"  # stands in gzip's own header (RFC 1952 §2.3)
_BEGINS: Final = b"\x1f\x8b\x08\x08\0\0\0\0"  # deflate, a name, no time
_FAST: Final = {b"\x04\xff", b"\x00\xff"}  # what Python says of level and system
_NAME: Final = re.compile(
    r"(?:manifest|end)\.json"
    r"|home/(?:node\.toml|secret|keys/[A-Za-z0-9._-]+\.json|models/[A-Za-z0-9._/-]+)"
    r"|tables/[a-z0-9_]{1,63}/[0-9]{6,12}\.ndjson"
    r"|vault/[0-9a-f]{64}",
    re.ASCII,
)


class NoBackup(ValueError):
    """The file is something else."""


class Damaged(ValueError):
    """The file is cut off or changed; the message says where."""


def allowed(name: str) -> bool:
    """Whether a backup has a member of that name, which leads nowhere else."""
    return _NAME.fullmatch(name) is not None and ".." not in name.split("/")


class Hashing:
    """A stream whose bytes are counted and hashed as they pass."""

    def __init__(self, stream: BinaryIO, digest: Any) -> None:
        self._stream = stream
        self.digest = digest
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """Bytes of the stream."""
        block = self._stream.read(size)
        self.digest.update(block)
        self.size += len(block)
        return block

    def write(self, block: bytes) -> int:
        """Write bytes into the stream, all of them."""
        self.digest.update(block)
        self.size += len(block)
        return self._stream.write(block)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()


class _Again:
    """A stream whose beginning was read already, and comes again: it may be a pipe."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int) -> bytes:
        block, self._head = self._head[:size], self._head[size:]
        return block or self._rest.read(size)


class Writer:
    """A backup being written. `end` completes it; without it the file is no backup."""

    def __init__(self, file: BinaryIO, manifest: Mapping[str, Any], *, at: datetime) -> None:
        self._gzip = gzip.GzipFile(filename=NAME, mode="wb", fileobj=file, compresslevel=1, mtime=0)
        self._tar: Any = tarfile.open(  # noqa: SIM115 (`end` closes it)
            fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT
        )
        self._digest = hashlib.sha256()
        self._at = int(at.timestamp())
        self.add(MANIFEST, _json({"tidewaiter": FORMAT, **manifest}))

    def add(self, name: str, data: bytes) -> None:
        """Add a member."""
        self.stream(name, io.BytesIO(data), len(data))

    def stream(self, name: str, source: BinaryIO, size: int) -> None:
        """Add a member of `size` bytes out of a stream. Raises OSError where it ends before."""
        if not allowed(name):
            raise ValueError(f"{name[:200]!r} is no name in a backup")
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, self._at
        self._digest.update(f"{name}\n{size}\n".encode())
        hashed: Any = Hashing(source, self._digest)
        self._tar.addfile(member, hashed)
        self._tar.members.clear()  # it would remember every one

    def discard(self) -> None:
        """Let go of a file that will not be completed."""
        for part in (self._tar, self._gzip):
            with suppress(OSError, ValueError):
                part.close()

    def end(self, facts: Mapping[str, Any]) -> None:
        """Complete the file."""
        self.add(END, _json({**facts, "sha256": self._digest.hexdigest()}))
        self._tar.close()
        self._gzip.close()


class Member:
    """One member, to be read before the next one is asked for."""

    def __init__(self, name: str, size: int, stream: Any) -> None:
        self.name = name
        self.size = size
        self._stream = stream

    def blocks(self) -> Iterator[bytes]:
        """Its bytes, a block at a time. Raises Damaged."""
        left = self.size
        while left:
            block = self._stream.read(min(BLOCK, left))
            if not block:
                raise Damaged(f"{self.name} is cut off")
            left -= len(block)
            yield block

    def read(self) -> bytes:
        """All of it. Raises Damaged."""
        if self.size > LARGEST:
            raise Damaged(f"{self.name} has {self.size} bytes, which no backup writes at once")
        return b"".join(self.blocks())

    def json(self) -> dict[str, Any]:
        """The object that it holds. Raises Damaged."""
        try:
            found = json.loads(self.read())
        except ValueError:
            raise Damaged(f"{self.name} holds no JSON") from None
        if not isinstance(found, dict):
            raise Damaged(f"{self.name} holds no JSON object")
        return found


class Reader:
    """A backup being read, from its beginning to its end. Raises NoBackup, Damaged.

    After `members` has ended, `end` holds what the last member says and `sha256` is the file's.
    """

    def __init__(self, file: BinaryIO) -> None:
        head = file.read(10 + len(NAME) + 1)
        if not head.startswith(_BEGINS) or head[10:] != NAME.encode() + b"\0":
            raise NoBackup("it does not begin as one")
        if head[8:10] not in _FAST:
            raise Damaged("its header was changed")
        self._whole = hashlib.sha256()
        again: Any = _Again(head, file)
        self._raw: Any = Hashing(again, self._whole)
        self._gzip = gzip.GzipFile(mode="rb", fileobj=self._raw)
        self._digest = hashlib.sha256()
        self._first = True
        self.end: dict[str, Any] = {}
        self.sha256 = ""

    def members(self) -> Iterator[Member]:
        """Each member in order, the manifest first; what was not read of one is passed over.

        Raises Damaged as soon as that is seen: at the latest after the last one.
        """
        try:
            yield from self._members()
        except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Damaged(str(error) or type(error).__name__) from None

    def _members(self) -> Iterator[Member]:
        tar: Any = tarfile.open(fileobj=self._gzip, mode="r|", bufsize=BLOCK)  # noqa: SIM115
        for info in tar:
            tar.members.clear()  # it would remember every one
            if self._first and info.name != MANIFEST:
                raise Damaged("it does not begin with a manifest")
            if self.end or not info.isreg() or not allowed(info.name):
                raise Damaged(f"{info.name[:200]!r} has no place in it")
            stream = tar.extractfile(info)
            if info.name == END:
                said = Member(END, info.size, stream).json()
                if said.get("sha256") != self._digest.hexdigest():
                    raise Damaged("its bytes do not have the digest that it bears")
                self.end = said
                continue
            self._digest.update(f"{info.name}\n{info.size}\n".encode())
            member = Member(info.name, info.size, Hashing(stream, self._digest))
            yield member
            self._first = False
            for _ in Member(info.name, info.size - member._stream.size, member._stream).blocks():
                pass
        self._finish(tar.fileobj)

    def _finish(self, rest: Any) -> None:
        if not self.end:
            raise Damaged("it is cut off: its end is missing")
        while block := rest.read(BLOCK):
            if block.strip(b"\0"):
                raise Damaged("something follows its end")
        while self._raw.read(BLOCK):
            pass
        self.sha256 = self._whole.hexdigest()


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()
