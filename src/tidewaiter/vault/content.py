"""Which kinds of content are kept, told from the bytes themselves and not from a name. Pure."""

import io
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import PIL.Image

HEAD: Final = 8192  # bytes that tell a type
TEXTS: Final = {
    "application/xml",
    "text/xml",
    "application/json",
    "text/csv",
    "text/plain",
    "application/edifact",
    "application/jose",
}
IMAGES: Final = {"image/jpeg", "image/png", "image/webp", "image/tiff"}
BINARIES: Final = {*IMAGES, "application/pdf"}
UNTOLD: Final = {"text/plain", "application/octet-stream"}  # what first bytes need not tell
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


def plausible(announced: str, told: str) -> bool:
    """Whether content that tells `told` of itself may be what a stranger announced it as.

    A kind that its own bytes tell must tell it; of others nothing speaks against what is said.
    """
    if announced in BINARIES or told in BINARIES:
        return told == announced
    return told == announced or told in UNTOLD


def stripped(data: bytes) -> bytes:
    """An image without its metadata (place, camera, person), turned as it was meant to be seen.

    Every page of a TIFF is kept. Raises NoImage, also for more than 50 million pixels and for a
    moving picture, of which nothing is dropped silently.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "TIFF")) as image:
            kind, count = image.format or "PNG", getattr(image, "n_frames", 1)
            if kind == "MPO":  # a telephone's JPEG: what follows the first picture tells of it
                kind, count = "JPEG", 1
            if count > 1 and kind != "TIFF":
                raise NoImage("it is a moving picture")
            pages = [_plain(image, page, count) for page in range(count)]
            out = io.BytesIO()
            pages[0].save(out, kind, **_how(kind, pages))
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise NoImage(str(error)) from None


def _plain(image: "PIL.Image.Image", page: int, pages: int) -> "PIL.Image.Image":
    """Nothing but the pixels of a page, the right way up."""
    from PIL import Image, ImageOps

    if pages > 1:
        image.seek(page)
    if image.width * image.height * pages > PIXELS:
        raise NoImage(f"{pages} × {image.width} × {image.height} pixels are too many")
    seen = ImageOps.exif_transpose(image)
    if seen.mode == "P" and "transparency" in seen.info:
        seen = seen.convert("RGBA")
    plain = Image.frombytes(seen.mode, seen.size, seen.tobytes())
    if seen.mode == "P" and (palette := seen.getpalette()):
        plain.putpalette(palette)
    return plain


def _how(kind: str, pages: "Sequence[PIL.Image.Image]") -> dict[str, Any]:
    """How Pillow is to write it."""
    if kind != "TIFF":
        return {"quality": 90} if kind in {"JPEG", "WEBP"} else {}
    return {
        "compression": "group4" if pages[0].mode == "1" else "tiff_adobe_deflate",
        "save_all": True,
        "append_images": list(pages[1:]),
    }
