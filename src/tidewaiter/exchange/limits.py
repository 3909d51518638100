"""What a partner may POST: media types, bytes, lines. Judged before anything is decrypted.

The wire contract, "Endpoints": what cannot be read line by line is a 4xx, and nothing of it is
taken. Lines end in LF; a CR before it is tolerated, empty ones are passed over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tidewaiter.exchange import errors

ONE: Final = "application/jose"
MANY: Final = "application/x-ndjson"
CHUNK: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one POST may be: its bytes, a line's bytes, its lines."""

    body: int = 16 * 2**20
    line: int = 2**20
    lines: int = 500


def media_type(content_type: str, encoding: str) -> str:
    """`ONE` or `MANY`. Raises WrongMediaType, for every Content-Encoding too."""
    named = content_type.partition(";")[0].strip().lower()
    if encoding.strip() or named not in {ONE, MANY}:
        raise errors.WrongMediaType
    return named


def within(declared: str, most: int) -> None:
    """Hold a declared length to the most that is taken. Raises TooLarge, UnreadableBody."""
    if declared and not (declared.isascii() and declared.isdecimal()):
        raise errors.UnreadableBody(reason="its length is no number")
    if declared and int(declared) > most:
        raise _too_large("the body", most)


def body(read: Callable[[int], bytes], declared: str, limits: Limits) -> bytes:
    """The body, read by chunks with `read` until the limit. Raises TooLarge, UnreadableBody."""
    within(declared, limits.body)
    parts: list[bytes] = []
    length = 0
    while chunk := read(CHUNK):
        length += len(chunk)
        if length > limits.body:
            raise _too_large("the body", limits.body)
        parts.append(chunk)
    if declared and length != int(declared):
        raise errors.UnreadableBody(reason="it ended early")
    return b"".join(parts)


def lines(data: bytes, media: str, limits: Limits) -> list[bytes]:
    """The sealed messages in a body, one a line. Raises TooLarge, UnreadableBody."""
    found = [line for each in data.split(b"\n") if (line := each.removesuffix(b"\r"))]
    if not found:
        raise errors.UnreadableBody(reason="there is no message in it")
    if media == ONE and len(found) > 1:
        raise errors.UnreadableBody(reason=f"{ONE} carries one message, on one line")
    if len(found) > limits.lines:
        raise _too_large("the number of lines", limits.lines)
    if max(map(len, found)) > limits.line:
        raise _too_large("a line", limits.line)
    return found


def _too_large(what: str, limit: int) -> errors.TooLarge:
    return errors.TooLarge(what=what, limit=limit)
