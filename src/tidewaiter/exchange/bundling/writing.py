"""The lines of a bundle gathered aside by kind, then written as one gzip file behind a manifest.

The manifest says the digest of all that follows it, so nothing is written before all is here. What
is gathered lies in unnamed files on the disk; in memory is one block. Pure but for those files.
"""

import gzip
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Final

from tidewaiter import canonical
from tidewaiter.exchange.bundling.reading import KINDS, MESSAGE

BLOCK: Final = 256 * 1024
LEVEL: Final = 1  # what is sealed has six bits a sign at any level
PRESSED: Final = 0.78  # of its plain bytes that a bundle has at most: six bits a sign, and headers
HELD: Final = 8 * 2**20  # bytes of sealed messages that are held at a time
HEAD: Final = 4 * 1024  # bytes for the manifest and the gzip file's own


class Draft:
    """A bundle that is being filled. Used with `with`: its files are gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self._files = ExitStack()
        self._spools: dict[str, IO[bytes]] = {}
        for kind in KINDS:
            spool = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed with the draft)
            self._spools[kind] = self._files.enter_context(spool)
        self.counts = dict.fromkeys(KINDS, 0)
        self.size = 0  # plain bytes
        self.first = 0  # serials of the messages in it
        self.last = 0

    def __enter__(self) -> "Draft":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let what was gathered go."""
        self._files.close()

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return self.size == 0

    def fits(self, more: int, most: int | None) -> bool:
        """Whether so many plain bytes more leave the file within `most` bytes."""
        return most is None or bound(self.size + more) <= most

    def add(self, kind: str, text: str) -> None:
        """Add a line."""
        self.add_members(kind, {kind: text})

    def add_members(
        self, kind: str, members: Mapping[str, canonical.Json], *, counted: bool = True
    ) -> None:
        """Add a line of that kind with what else it says."""
        self._write(kind, json.dumps(members).encode("ascii") + b"\n")
        self.counts[kind] += counted

    def message(self, line: str, serial: int) -> None:
        """Add a sealed message; they come by their serials."""
        self.add(MESSAGE, line)
        self.first, self.last = self.first or serial, serial

    def add_file(self, kind: str, file: BinaryIO) -> None:
        """Add a line whose value is in a file, of base64url and dots."""
        self._write(kind, f'{{"{kind}": "'.encode())
        while block := file.read(BLOCK):
            self._write(kind, block)
        self._write(kind, b'"}\n')
        self.counts[kind] += 1

    def write(self, out: BinaryIO, manifest: Callable[[str], str]) -> None:
        """Write it; `manifest` signs the first line for the digest of those that follow."""
        digest = hashlib.sha256()
        for block in self._blocks():
            digest.update(block)
        first = manifest(f"sha256:{digest.hexdigest()}")
        with gzip.GzipFile("", "wb", LEVEL, out, mtime=0) as packed:
            packed.write(first.encode("ascii") + b"\n")
            for block in self._blocks():
                packed.write(block)

    def _write(self, kind: str, data: bytes) -> None:
        self._spools[kind].write(data)
        self.size += len(data)

    def _blocks(self) -> Iterator[bytes]:
        for spool in self._spools.values():
            spool.seek(0)
            while block := spool.read(BLOCK):
                yield block


def bound(plain: int) -> int:
    """At most how many bytes a bundle has whose lines have `plain`."""
    return int(plain * PRESSED) + HEAD


def framed(value: int) -> int:
    """The bytes of a line whose value has `value`."""
    return value + 20
