"""A value made coarser before it leaves, and whether one that came is coarse enough.

What has no coarse form of the kind asked for is not sent at all, never sent plain.
"""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from tidewaiter import canonical

KEY_BYTES: Final = 32
_CODE: Final = re.compile(r"[0-9]+")
_MONTH: Final = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2]))?")
_DAY: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])(-[0-9]{2}([T ].*)?)?")
_YEAR: Final = re.compile(r"[0-9]{4}")
_PLACE: Final = re.compile(r"([A-Za-z]{2})( ?[A-Za-z0-9]{3})?")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_NUMBER: Final = re.compile(r"[0-9]{1,60}(\.[0-9]{1,60})?")
_BAND: Final = re.compile(r"band:(0|0\.1|10*)")
_HASH: Final = re.compile(r"kh:[A-Za-z0-9_-]{43}")
_IGNORABLE: Final = re.compile(  # Default_Ignorable_Code_Point, which NFKC_Casefold drops
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


class NoForm(ValueError):
    """The value has no coarse form of this kind; it stays at home."""


class NoKey(ValueError):
    """A pseudonym is asked for, and the agreement's key is not here; the message waits."""


def generalise(value: Any, form: str, key: bytes | None = None) -> str | bool:
    """The coarse form of a scalar. Raises NoForm, and NoKey for keyed-hash without its key."""
    if value is None or isinstance(value, dict | list):
        raise NoForm(form)
    if form == "presence":
        return True
    if form == "keyed-hash":
        return pseudonym(_text(value), key)
    return _FORMS[form](_text(value))


def coarse(value: Any, form: str) -> bool:
    """Whether a value that came is no finer than `form`."""
    if form == "presence":
        return value is True
    return isinstance(value, str) and _COARSE[form](value)


def pseudonym(text: str, key: bytes | None) -> str:
    """`kh:` and the base64url of HMAC-SHA-256 over the NFKC_Casefold of `text`. Raises NoKey.

    The same under one key wherever it stands; whoever holds the key can try names.
    """
    if key is None:
        raise NoKey("keyed-hash")
    digest = hmac.new(key, folded(text).encode("utf-8"), hashlib.sha256).digest()
    return "kh:" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def folded(text: str) -> str:
    """toNFKC_Casefold of the Unicode Standard (§3.13, D146)."""
    before = ""
    while text != before:
        before = text
        bare = _IGNORABLE.sub("", unicodedata.normalize("NFKC", text))
        text = unicodedata.normalize("NFKC", bare.casefold())
    return text


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return canonical.write(value).decode("ascii")


def _code(digits: int) -> Callable[[str], str]:
    def cut(text: str) -> str:
        bare = text.replace(".", "").replace(" ", "")
        if not _CODE.fullmatch(bare):
            raise NoForm("hs")
        return bare[:digits]

    return cut


def _month(text: str) -> str:
    if _MONTH.fullmatch(text):
        return text
    found = _DAY.fullmatch(text)
    if not found:
        raise NoForm("month")
    return f"{found[1]}-{found[2]}"


def _year(text: str) -> str:
    return _month(text)[:4]


def _country(text: str) -> str:
    found = _PLACE.fullmatch(text)
    if not found:
        raise NoForm("country")
    return found[1].upper()


def _band(text: str) -> str:
    if _BAND.fullmatch(text):
        return text
    if not _NUMBER.fullmatch(text):
        raise NoForm("band")
    number = Decimal(text)
    if number == 0:
        return "band:0"
    if number < 1:
        return "band:0.1"
    return "band:1" + "0" * number.adjusted()


_FORMS: Final[dict[str, Callable[[str], str]]] = {
    "hs2": _code(2),
    "hs4": _code(4),
    "hs6": _code(6),
    "month": _month,
    "year": _year,
    "country": _country,
    "band": _band,
}


def _short_code(digits: int) -> Callable[[str], bool]:
    return lambda text: len(text) <= digits and bool(_CODE.fullmatch(text))


_COARSE: Final[dict[str, Callable[[str], bool]]] = {
    "hs2": _short_code(2),
    "hs4": _short_code(4),
    "hs6": _short_code(6),
    "month": lambda text: bool(_MONTH.fullmatch(text)),
    "year": lambda text: bool(_YEAR.fullmatch(text)),
    "country": lambda text: bool(_COUNTRY.fullmatch(text)),
    "band": lambda text: bool(_BAND.fullmatch(text)),
    "keyed-hash": lambda text: bool(_HASH.fullmatch(text)),
}
