"""JSON as it is signed and hashed: I-JSON in (RFC 7493), JCS out (RFC 8785), and digests."""

import hashlib
import json
import re
from collections import Counter
from typing import Any, Final, NoReturn

import rfc8785

DEPTH: Final = 32
LARGEST: Final = 2**53 - 1  # the whole numbers that a double holds exactly
_NONCHARACTERS: Final = "\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_FORBIDDEN: Final = re.compile(f"[\ud800-\udfff{_NONCHARACTERS}]")
# An escape that may stand for U+0000, a surrogate or a noncharacter: only then strings are read.
_SUSPECT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F]|[fF][dDfF])")
_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
)
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class NotIJson(ValueError):
    """The bytes are not I-JSON; the message says which rule they break."""


def read(data: bytes, *, depth: int = DEPTH) -> Any:
    """The JSON value in `data`. Raises NotIJson on what RFC 7493 forbids, and below `depth`.

    Refused are: no UTF-8, a byte order mark, a member twice at any depth, U+0000, a surrogate or
    a noncharacter, NaN, Infinity and numbers beyond a double, and nesting deeper than `depth`.
    A whole number that a double does not hold exactly is read as that double.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotIJson(f"byte {error.start} is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise NotIJson("a byte order mark stands before the JSON")
    if not text.isascii() and _may_hold_one(data) and _FORBIDDEN.search(text):
        raise NotIJson("a string holds a noncharacter")
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotIJson(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise NotIJson(f"nested deeper than {depth}") from None
    if text.count("[") + text.count("{") > depth:
        _measure(value, depth)
    if "\\" in text and _SUSPECT.search(text):
        _strings(value)
    return value


def write(value: Any) -> bytes:
    """The JCS of `value` (RFC 8785) in UTF-8. Raises NotIJson where it has none."""
    try:
        if _is_plain(value):
            return _ENCODER.encode(value).encode("utf-8")
        return bytes(rfc8785.dumps(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotIJson(str(error)) from None
    except RecursionError:
        raise NotIJson("nested too deep to be written") from None


def digest(data: bytes) -> str:
    """`sha256:` and the 64 lower-case hexadecimal digits of the SHA-256 of `data`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _may_hold_one(data: bytes) -> bool:
    """Whether UTF-8 could hold a noncharacter: each has one of these pairs of bytes."""
    if b"\xbf" in data and (b"\xbf\xbe" in data or b"\xbf\xbf" in data):
        return True
    return b"\xef" in data and b"\xef\xb7" in data


def _is_plain(value: Any) -> bool:
    """Whether the library's encoder writes JCS too: no float, and names that sort alike.

    The two differ in how a float is written, and in the order of names beyond ASCII: JCS sorts
    by UTF-16 code units.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-LARGEST <= value <= LARGEST)
    if kind is dict:
        return all(
            type(name) is str and name.isascii() and _is_plain(member)
            for name, member in value.items()
        )
    return kind is list and all(_is_plain(member) for member in value)


def _measure(value: Any, most: int) -> None:
    level = [value]
    for depth in range(1, most + 2):
        level = [item for item in level if isinstance(item, dict | list)]
        if not level:
            return
        if depth > most:
            raise NotIJson(f"nested deeper than {most}")
        level = [
            member
            for item in level
            for member in (item.values() if isinstance(item, dict) else item)
        ]


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = times.most_common(1)[0][0]
        raise NotIJson(f"the member {twice[:80]!r} stands twice")
    return members


def _constant(name: str) -> NoReturn:
    raise NotIJson(f"{name} is no JSON number")


def _real(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise NotIJson(f"the number {digits[:40]} is beyond a double")
    return value


def _integer(digits: str) -> int | float:
    if len(digits) > 17 or abs(int(digits)) > LARGEST:
        return _real(digits)
    return int(digits)


def _strings(value: Any) -> None:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, str):
            if "\x00" in item:
                raise NotIJson("a string holds U+0000")
            if _FORBIDDEN.search(item):
                raise NotIJson("a string holds a lone surrogate or a noncharacter")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_constant=_constant,
    parse_float=_real,
    parse_int=_integer,
)
