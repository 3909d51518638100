"""Keep bytes in the vault and delete them; what they are for, those who refer to them know."""

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import BinaryIO, Final

from django.conf import settings

from tidewaiter.vault import content, errors, shelf

LIMIT: Final = 2 * 2**30  # bytes of one object, where the caller names no smaller limit


def sweep(*, before: datetime) -> int:
    """Remove what a crash left aside before that moment; how many."""
    return shelf.sweep(settings.VAULT_DIR, before=before.timestamp())


def keep(
    source: bytes | BinaryIO,
    media_type: str,
    *,
    limit: int = LIMIT,
    strip: bool = False,
    others: bool = False,
    sha256: str = "",
) -> str:
    """Keep `source` and answer its SHA-256; the same bytes twice are one object.

    `strip` takes the metadata out of an image first; with `others` kinds are kept too that this
    room does not know, where nothing in the bytes speaks against them. With `sha256` the bytes must
    have that digest. Raises ContentRefused where the bytes are not what `media_type` says,
    ContentTooLarge beyond `limit`, OtherContent.
    """
    stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
    head = stream.read(content.HEAD)
    told = others and content.plausible(media_type, content.found(head))
    if not (told or content.fits(media_type, head)):
        raise errors.ContentRefused(announced=media_type[:80], found=content.found(head))
    rest: Iterator[bytes] = chain([head], shelf.blocks(stream))
    try:
        if strip and media_type.startswith("image/"):
            whole = b"".join(_limited(rest, limit))
            rest = iter([content.stripped(whole)])
        return shelf.put(settings.VAULT_DIR, rest, limit=limit, sha256=sha256)
    except shelf.OtherBytes:
        raise errors.OtherContent(sha256=sha256) from None
    except shelf.TooLarge:
        raise errors.ContentTooLarge(limit=limit) from None
    except content.NoImage as error:
        raise errors.ContentRefused(announced=media_type, found=str(error)[:80]) from None


def put_back(sha256: str, blocks: Iterator[bytes]) -> None:
    """Keep what a backup held under that digest, for the caller to sync the disk after the last.

    Raises OtherContent where it is not that.
    """
    try:
        shelf.put(settings.VAULT_DIR, blocks, limit=LIMIT, sha256=sha256, lasting=False)
    except (shelf.OtherBytes, shelf.TooLarge):
        raise errors.OtherContent(sha256=sha256) from None


def delete(sha256: str) -> bool:
    """Delete an object, as an obligation demands; False where there was none."""
    place = shelf.place(settings.VAULT_DIR, sha256)
    try:
        place.unlink()
    except FileNotFoundError:
        return False
    shelf.sync(place.parent)
    return True


def _limited(blocks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        if size > limit:
            raise shelf.TooLarge(limit)
        yield block
