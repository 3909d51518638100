"""Read what the vault keeps. Whoever asks has already made sure that it may be shown."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings

from tidewaiter.vault import content, errors, shelf


@dataclass(frozen=True, slots=True)
class Kept:
    """An object: how large it is, and what it is by its own bytes."""

    sha256: str
    size: int
    media_type: str


def everything() -> Iterator[str]:
    """The digest of every object, in order."""
    root: Path = settings.VAULT_DIR
    for file in sorted(root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
        yield file.name


def held(sha256: str) -> bool:
    """Whether there is an object of this digest."""
    try:
        return shelf.place(settings.VAULT_DIR, sha256).is_file()
    except ValueError:
        return False


def open(sha256: str) -> BinaryIO:  # noqa: A001 (it is what it does)
    """The object as a file to read. Raises ContentMissing."""
    try:
        return cast(BinaryIO, shelf.place(settings.VAULT_DIR, sha256).open("rb"))
    except (ValueError, FileNotFoundError):
        raise errors.ContentMissing(sha256=sha256[:64]) from None


def about(sha256: str) -> Kept:
    """Size and type of an object. Raises ContentMissing."""
    with open(sha256) as file:
        head = file.read(content.HEAD)
        file.seek(0, 2)
        return Kept(sha256, file.tell(), content.found(head))


def read(sha256: str, *, start: int = 0, length: int | None = None) -> bytes:
    """The bytes of an object, or `length` of them from `start`.

    A whole object is held against its digest. Raises ContentMissing, ContentDamaged.
    """
    with open(sha256) as file:
        file.seek(start)
        data = file.read() if length is None else file.read(length)
    if start == 0 and length is None and hashlib.sha256(data).hexdigest() != sha256:
        raise errors.ContentDamaged(sha256=sha256)
    return data
