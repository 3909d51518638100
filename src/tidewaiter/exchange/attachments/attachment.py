"""What a message says of its attachments (the wire contract, "A message"). Pure.

An attachment is a JWE of its own; the message names it by the digests of its plain bytes and of the
JWE. Its name says nothing of the content: a number, and what kind of file it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import jsonschema_rs

from tidewaiter.vault import content

FIELD: Final = "attachments"
MOST_JWE: Final = 64 * 2**20  # bytes of one JWE
MOST_PLAIN: Final = (MOST_JWE - 4096) // 4 * 3  # bytes that one can seal, its header left room
MOST_FILES: Final = 50  # of one message of ours
TAKEN_FOR: Final = timedelta(hours=24)  # after a message that named it was refused for lack of it
SUFFIXES: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/tiff": "tif",
    "application/pdf": "pdf",
}
PARTS: Final = ("name", "mediatype", "size", "sha256", "jwe")
_DIGEST: Final = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 200}
SCHEMA: Final[dict[str, Any]] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": list(PARTS),
        "properties": {
            "name": _TEXT,
            "mediatype": _TEXT,
            "size": {"type": "integer", "minimum": 0, "maximum": MOST_JWE},
            "sha256": _DIGEST,
            "jwe": _DIGEST,
        },
    },
}
_validator: Final = jsonschema_rs.Draft202012Validator(SCHEMA)


@dataclass(frozen=True, slots=True)
class File:
    """A file that is to go with a message: its bytes, and what kind they are."""

    content: bytes
    mediatype: str


@dataclass(frozen=True, slots=True)
class Named:
    """An attachment as a message names it."""

    name: str
    mediatype: str
    size: int
    sha256: str  # of the plain bytes, `sha256:` before it
    jwe: str  # of the JWE, likewise

    def member(self) -> dict[str, Any]:
        """As it stands in `data.attachments`."""
        return {part: getattr(self, part) for part in PARTS}


@dataclass(frozen=True, slots=True)
class Found:
    """What an attachment turned out to be; `fault` says why it is nothing."""

    sha256: str = ""
    size: int = 0
    told: str = ""  # the media type that its bytes tell
    fault: str = ""


def file(data: bytes) -> File:
    """A file of the kind that its own bytes tell."""
    return File(data, content.found(data[: content.HEAD]))


def name(number: int, mediatype: str) -> str:
    """What the attachment of that number (from 1) is called."""
    return f"{number}.{SUFFIXES[mediatype]}"


def digest(sha256: str) -> str:
    """A SHA-256 in hexadecimal as the contract writes digests."""
    return f"sha256:{sha256}"


def sha256(written: str) -> str:
    """The hexadecimal of a digest as the contract writes it."""
    return written.removeprefix("sha256:")


def fault(data: Any) -> str:
    """What in `data.attachments` is not as the contract wants it, "" where all is well."""
    if not isinstance(data, dict) or FIELD not in data or _validator.is_valid(data[FIELD]):
        return ""
    return f"data breaks its schema at /{FIELD}"


def named(data: Any) -> list[Named]:
    """The attachments that `data` names; it has no fault."""
    listed = data.get(FIELD) if isinstance(data, dict) else None
    if not isinstance(listed, list):
        return []
    return [Named(**{part: each[part] for part in PARTS}) for each in listed]


def missing(wanted: Sequence[Named], found: dict[str, Found]) -> str:
    """Why an attachment is not here, or not what the message says; "" where all are."""
    for each in wanted:
        known = found.get(each.jwe)
        if known is None:
            return "an attachment is not here"
        if known.fault:
            return known.fault
        if (digest(known.sha256), known.size) != (each.sha256, each.size):
            return "an attachment is not of the size or the digest that the message says"
        if not content.plausible(each.mediatype, known.told):
            return "an attachment is not of the media type that the message says"
    return ""
