"""Files to be attached, with what they tell of themselves planted in them."""

import io
from typing import Any

from PIL import Image, PngImagePlugin

PLANTED = (b"SECRET-PLACE", b"SECRET-XMP", b"SECRET-COMMENT", b"SECRET-NAME")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>SECRET-XMP</a></x:xmpmeta>'
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def photograph(kind: str = "JPEG", size: tuple[int, int] = (64, 32)) -> bytes:
    """An image that tells where, by whom and with what it was taken, and lies on its side."""
    image = Image.effect_noise(size, 50).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x013B] = "SECRET-NAME"  # artist
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[28] = "N", (52.0, 31.0, 12.0), b"SECRET-PLACE"
    more: dict[str, Any] = {"exif": exif}
    if kind in {"JPEG", "WEBP"}:
        more["xmp"] = XMP
    if kind == "JPEG":
        more["comment"] = b"SECRET-COMMENT"
        more["dpi"] = (300, 300)
    if kind == "PNG":
        told = PngImagePlugin.PngInfo()
        told.add_text("Comment", "SECRET-COMMENT")
        told.add_itxt("XML:com.adobe.xmp", XMP.decode())
        more["pnginfo"] = told
    if kind == "TIFF":
        exif[0x010E] = "SECRET-COMMENT"
        exif[0x02BC] = XMP
    out = io.BytesIO()
    image.save(out, kind, **more)
    data = out.getvalue()
    if kind == "JPEG":  # IPTC, in a segment of its own right behind the beginning
        iptc = (
            b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x14\x1c\x02P\x00\x0bSECRET-NAME.."
        )
        data = data[:2] + b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc + data[2:]
    return data
