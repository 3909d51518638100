"""Photographs: what is taken in, and without what the camera wrote beside the picture.

Place, time and owner of a camera stand in a picture's metadata; none of it is kept. Pure.
"""

import io
from typing import Final

LARGEST: Final = 20 * 2**20  # bytes
PIXELS: Final = 50_000_000
_TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


class NotAPhotograph(ValueError):
    """The bytes are no picture that is taken; the message says why."""


def clean(data: bytes) -> tuple[str, bytes]:
    """Media type and bytes of the picture without its metadata. Raises NotAPhotograph."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if len(data) > LARGEST:
        raise NotAPhotograph(f"it has more than {LARGEST // 2**20} MB")
    try:
        with Image.open(io.BytesIO(data), formats=list(_TYPES)) as picture:
            if picture.width * picture.height > PIXELS:
                raise NotAPhotograph(f"it has more than {PIXELS:,} pixels")
            kind = str(picture.format)
            upright = ImageOps.exif_transpose(picture)
            bare = Image.new(upright.mode, upright.size)
            bare.paste(upright)
            if upright.mode == "P":
                bare.putpalette(upright.getpalette() or [])
    except NotAPhotograph:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise NotAPhotograph("it is no JPEG, PNG or WebP image") from None
    out = io.BytesIO()
    bare.save(out, format=kind)
    return _TYPES[kind], out.getvalue()
