"""JSON as it is signed and hashed: I-JSON in (RFC 7493), JCS out (RFC 8785), and digests."""

import hashlib
import json
import re
from typing import Any, Final, NoReturn

import rfc8785

DEPTH: Final = 32
_BRACKETS: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.S)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class NotIJson(ValueError):
    """The bytes are not I-JSON; the message says which rule they break."""


def read(data: bytes, *, depth: int = DEPTH) -> Any:
    """The JSON value in `data`. Raises NotIJson on what RFC 7493 forbids, and below `depth`.

    Refused are: no UTF-8, a byte order mark, a member twice at any depth, U+0000, a lone surrogate,
    NaN, Infinity and numbers beyond a double, and nesting deeper than `depth`.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotIJson(f"byte {error.start} is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise NotIJson("a byte order mark stands before the JSON")
    _measure(text, depth)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_members,
            parse_constant=_constant,
            parse_float=_real,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise NotIJson(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise NotIJson(f"nested deeper than {depth}") from None
    _strings(value)
    return value


def write(value: Any) -> bytes:
    """The JCS of `value` (RFC 8785) in UTF-8. Raises NotIJson where it has none."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotIJson(str(error)) from None


def digest(data: bytes) -> str:
    """`sha256:` and the 64 lower-case hexadecimal digits of the SHA-256 of `data`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _measure(text: str, most: int) -> None:
    depth = 0
    for found in _BRACKETS.finditer(text):
        sign = found[0]
        if sign in "[{":
            depth += 1
            if depth > most:
                raise NotIJson(f"nested deeper than {most}")
        elif sign in "]}":
            depth -= 1


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
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
    if len(digits) > 17 or abs(int(digits)) > 2**53 - 1:
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
            if _SURROGATE.search(item):
                raise NotIJson("a string holds a lone surrogate")
