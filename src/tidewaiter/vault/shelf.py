"""Where each object lies: a file named by its SHA-256, written aside, synced, then moved in place.

What is under a name is whole or not there; what is left aside by a crash is swept.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

BLOCK: Final = 2**20
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class TooLarge(ValueError):
    """More bytes came than may be kept."""


class OtherBytes(ValueError):
    """The bytes have another digest than they were to have."""


def place(root: Path, sha256: str) -> Path:
    """Where the object of this digest lies. Raises ValueError for what is no digest."""
    if not _DIGEST.fullmatch(sha256):
        raise ValueError(f"{sha256[:80]!r} is no SHA-256")
    return root / sha256[:2] / sha256[2:4] / sha256


def put(
    root: Path, blocks: Iterator[bytes], *, limit: int, sha256: str = "", lasting: bool = True
) -> str:
    """Keep bytes; their SHA-256, which must be `sha256` where one is given.

    Where they need not be `lasting` yet, the caller has many and syncs the disk once. Raises
    TooLarge beyond `limit`, OtherBytes; nothing is kept then.
    """
    aside = root / "incoming"
    aside.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=aside)
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as file:
            for block in blocks:
                size += len(block)
                if size > limit:
                    raise TooLarge(limit)
                digest.update(block)
                file.write(block)
            if sha256 and digest.hexdigest() != sha256:
                raise OtherBytes(sha256)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        target = place(root, digest.hexdigest())
        if not target.exists():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            Path(name).replace(target)
            for folder in (target.parent, target.parent.parent) if lasting else ():
                sync(folder)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
    return digest.hexdigest()


def sync(folder: Path) -> None:
    """Make a rename within `folder` last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def blocks(source: bytes | BinaryIO) -> Iterator[bytes]:
    """The bytes of `source` in blocks of 1 MiB."""
    if isinstance(source, bytes):
        for start in range(0, len(source), BLOCK):
            yield source[start : start + BLOCK]
        return
    while block := source.read(BLOCK):
        yield block


def sweep(root: Path, *, before: float) -> int:
    """Remove what a crash left aside before `before` (seconds since 1970); how many."""
    swept = 0
    for file in (root / "incoming").glob("*"):
        if file.stat().st_mtime < before:
            file.unlink(missing_ok=True)
            swept += 1
    return swept
