"""The small forms of the contract: base64url, digests, canonical JSON, moments, UUIDv7."""

import base64
import hashlib
import json
import os
from datetime import UTC, datetime
from typing import Any


def b64(data: bytes) -> str:
    """Base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes of strict base64url without padding. Raises ValueError on anything else."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if b64(data) != text:
        raise ValueError("no strict base64url")
    return data


def digest(data: bytes) -> str:
    """`sha256:` and 64 lower-case hexadecimal digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def jcs(value: Any) -> bytes:
    """RFC 8785 of texts, whole numbers, booleans, lists and objects with ASCII names.

    That is all that this package writes: no fraction, no name that UTF-16 would sort otherwise.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def moment(at: datetime) -> str:
    """RFC 3339, UTC, `Z`, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def uuid7(at: datetime) -> str:
    """A UUIDv7 (RFC 9562) of that moment."""
    raw = bytearray(int(at.timestamp() * 1000).to_bytes(6, "big") + os.urandom(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
