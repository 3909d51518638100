"""base64url without padding, strict (RFC 4648 §5 and §3.5). Imports nothing of ours."""

import binascii
from typing import Final

# base64url is base64 but for two signs; theirs, and padding, become one that is in neither.
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_TO_PLAIN: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
_PADDING: Final = (b"", b"", b"==", b"=")
_LAST: Final = ("", "", "AQgw", "AEIMQUYcgkosw048")  # what ends a text has no bits left over


class NotBase64Url(ValueError):
    """The text is not strict base64url without padding."""


def encode(data: bytes) -> str:
    """`data` in base64url without padding."""
    plain = binascii.b2a_base64(data, newline=False)
    return plain.translate(_TO_URL).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of `text`: no padding, no other sign, no bits left over. Raises NotBase64Url.

    >>> decode("SGFyYm91cg")
    b'Harbour'
    """
    left = len(text) % 4
    if left == 1 or (left and text[-1] not in _LAST[left]):
        raise NotBase64Url("not strict base64url without padding")
    try:
        raw = text.encode("ascii").translate(_TO_PLAIN)
        return binascii.a2b_base64(raw + _PADDING[left], strict_mode=True)
    except ValueError:
        raise NotBase64Url("not strict base64url without padding") from None
