"""Which kinds of content are kept, told from the bytes themselves and not from a name. Pure."""

import io
from typing import Final

HEAD: Final = 8192  # bytes that tell a type
TEXTS: Final = {
    "application/xml",
    "text/xml",
    "application/json",
    "text/csv",
    "text/plain",
    "application/edifact",
}
BINARIES: Final = {"image/jpeg", "image/png", "image/webp", "application/pdf"}
PIXELS: Final = 50_000_000


class NoImage(ValueError):
    """The bytes are no image that can be read."""


def found(head: bytes) -> str:
    """The media type that the first bytes tell; `text/plain` for text, else octet-stream."""
    import filetype

    guess = filetype.guess_mime(head)
    if guess is not None:
        return str(guess)
    return "application/octet-stream" if b"\x00" in head[:HEAD] else "text/plain"


def fits(announced: str, head: bytes) -> bool:
    """Whether content announced as `announced` may be kept: known, and what it says it is."""
    told = found(head)
    if announced in BINARIES:
        return told == announced
    # a bad row of a CSV may hold a NUL; the importer refuses that row, the file is still its source
    return announced in TEXTS and told in {*TEXTS, "application/octet-stream"}


def stripped(data: bytes) -> bytes:
    """An image without its metadata (place, camera, person), turned as it was meant to be seen.

    Raises NoImage, also for more than 50 million pixels.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > PIXELS:
                raise NoImage(f"{image.width} × {image.height} pixels are too many")
            kind = image.format or "PNG"
            seen = ImageOps.exif_transpose(image)
            plain = Image.frombytes(seen.mode, seen.size, seen.tobytes())
            if seen.mode == "P" and (palette := seen.getpalette()):
                plain.putpalette(palette)
            out = io.BytesIO()
            plain.save(out, kind, **({"quality": 90} if kind == "JPEG" else {}))
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NoImage(str(error)) from None
