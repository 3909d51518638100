"""The line to a partner's node: its document fetched, messages posted, with limits on the answer.

HTTPS with TLS 1.3; plain HTTP on loopback only. Redirects are not followed, cookies not kept, and
connections are reused. Knows nothing of what the lines say.
"""

import ipaddress
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO, Final
from urllib.parse import urlsplit

import httpx

from tidewaiter.exchange import errors, limits

MESSAGES: Final = "/exchange/v1/messages"
COLLECT: Final = "/exchange/v1/collect"
RECEIPTS: Final = "/exchange/v1/receipts"
ATTACHMENTS: Final = "/exchange/v1/attachments/"
DOCUMENT: Final = "/.well-known/tidewaiter/node.json"
MOST_DOCUMENT: Final = 256 * 1024
MOST_ANSWER: Final = 16 * 2**20
BLOCK: Final = 2**20  # bytes of an attachment at a time
STILL: Final = 30.0  # seconds in which a line must show some life
AGENT: Final = "tidewaiter"
Tick = Callable[[], float]


class Unanswered(Exception):
    """No usable answer came; `retry_after` in seconds where the partner named a wait."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class TooLong(Unanswered):
    """It answered, and more than it may."""


@dataclass(frozen=True, slots=True)
class Line:
    """A partner's node: the address under which its endpoints stand, and how long it may take."""

    url: str
    seconds: float


def check(url: str) -> str:
    """`url` without a slash at its end. Raises UnsafeAddress off loopback without https."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise errors.UnsafeAddress(url=url[:200]) from None
    safe = parts.scheme == "https" or (parts.scheme == "http" and _loopback(host))
    if not safe or not host or parts.username or parts.query or parts.fragment:
        raise errors.UnsafeAddress(url=url[:200])
    return url.rstrip("/")


def post(line: Line, messages: Sequence[str], *, tick: Tick) -> list[str]:
    """The lines of a 202. Raises Unanswered on anything else, and when the time is over.

    `tick` tells seconds that only grow; reading stops at `line.seconds` however slowly it drips.
    """
    status, headers, answer = _ask(line, MESSAGES, _lines(messages), limits.MANY, tick=tick)
    if status != 202:
        raise Unanswered(f"it answered {status}", _retry_after(headers))
    return _read_lines(answer)


def collect(line: Line, request: str, *, tick: Tick) -> list[str]:
    """What waits for us there, a line each, by a signed request. Raises Unanswered."""
    body = request.encode("ascii")
    status, headers, answer = _ask(line, COLLECT, body, limits.ONE, tick=tick)
    if status != 200:
        raise Unanswered(f"collect was answered {status}", _retry_after(headers))
    return _read_lines(answer)


def receipts(line: Line, receipts: Sequence[str], *, tick: Tick) -> None:
    """Bring the receipts of what was collected. Raises Unanswered where they are not taken."""
    status, headers, _ = _ask(line, RECEIPTS, _lines(receipts), limits.MANY, tick=tick)
    if status != 204:
        raise Unanswered(f"the receipts were answered {status}", _retry_after(headers))


def put(line: Line, sha256: str, file: BinaryIO, size: int, *, tick: Tick) -> int:
    """Give an attachment out of a file of `size` bytes: the answer's status where it is a word on
    it (200, 201 or 4xx). Raises Unanswered on anything else.
    """
    until = tick() + line.seconds

    def blocks() -> Iterator[bytes]:
        while block := file.read(BLOCK):
            if tick() > until:
                raise Unanswered("it took too long to take it")
            yield block

    length = {"Content-Type": limits.ONE, "Content-Length": str(size)}
    url = _address(line, ATTACHMENTS + sha256)
    with _answer("PUT", line, url, blocks(), length) as response:
        _whole(response, MOST_DOCUMENT, until, tick)
    status = response.status_code
    if status not in {200, 201} and not 400 <= status < 500:
        raise Unanswered(f"the attachment was answered {status}", _retry_after(response.headers))
    return status


@contextmanager
def attachment(line: Line, request: str, *, tick: Tick) -> Iterator["Incoming | None"]:
    """An attachment that waits for us there, as a stream; None where it is not there for us.

    Raises Unanswered, while it is read too.
    """
    until = tick() + line.seconds
    named = {"Content-Type": limits.ONE}
    url = _address(line, COLLECT)
    with _answer("POST", line, url, request.encode("ascii"), named) as response:
        if response.status_code not in {200, 404}:
            raise Unanswered(
                f"the attachment was answered {response.status_code}",
                _retry_after(response.headers),
            )
        yield Incoming(response, until, tick) if response.status_code == 200 else None


class Incoming:
    """The body of an answer as a stream, until the time is over."""

    def __init__(self, response: httpx.Response, until: float, tick: Tick) -> None:
        self._parts = response.iter_bytes(BLOCK)
        self._until = until
        self._tick = tick
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        """As a file's: less than `size` only where it ends. Raises Unanswered."""
        while size < 0 or len(self._held) < size:
            part = next(self._parts, b"")
            if not part:
                break
            if self._tick() > self._until:
                raise Unanswered("its answer took too long")
            self._held += part
        end = len(self._held) if size < 0 else size
        found, self._held = self._held[:end], self._held[end:]
        return found


def document(line: Line, *, tick: Tick) -> str:
    """The signed document of the node at that address. Raises NoAnswer, UnsafeAddress."""
    url = check(line.url) + DOCUMENT
    until = tick() + line.seconds
    try:
        with _answer("GET", line, url, None, {}) as response:
            if response.status_code != 200:
                raise Unanswered(f"it answered {response.status_code}")
            return _whole(response, MOST_DOCUMENT, until, tick).decode("ascii").strip()
    except UnicodeDecodeError:
        raise errors.NoAnswer(url=url, reason="its document is no ASCII") from None
    except Unanswered as error:
        raise errors.NoAnswer(url=url, reason=error.reason) from None


def fetch(line: Line, path: str, most: int, *, tick: Tick) -> tuple[int, bytes]:
    """The status and the body, of at most so many bytes, of what stands at a path of a node.

    Raises Unanswered where none comes; `retry_after` and the status 503 are one.
    """
    until = tick() + line.seconds
    with _answer("GET", line, _address(line, path), None, {}) as response:
        if response.status_code == 503:
            raise Unanswered("it answered 503", _retry_after(response.headers))
        return response.status_code, _whole(response, most, until, tick)


def ask(
    line: Line, path: str, body: bytes, media: str, most: int, *, tick: Tick
) -> tuple[int, bytes]:
    """The status and the body, of at most so many bytes, of the answer to a POST.

    Raises Unanswered where none comes, and on 5xx.
    """
    until = tick() + line.seconds
    named = {"Content-Type": media}
    with _answer("POST", line, _address(line, path), body, named) as response:
        if response.status_code >= 500:
            reason = f"it answered {response.status_code}"
            raise Unanswered(reason, _retry_after(response.headers))
        return response.status_code, _whole(response, most, until, tick)


def _ask(
    line: Line, path: str, body: bytes, media: str, *, tick: Tick
) -> tuple[int, httpx.Headers, bytes]:
    until = tick() + line.seconds
    named = {"Content-Type": media}
    with _answer("POST", line, _address(line, path), body, named) as response:
        return (
            response.status_code,
            response.headers,
            _whole(response, MOST_ANSWER, until, tick),
        )


@contextmanager
def _answer(
    method: str,
    line: Line,
    url: str,
    body: bytes | Iterator[bytes] | None,
    headers: Mapping[str, str],
) -> Iterator[httpx.Response]:
    """The answer, its body not read yet. What goes wrong on the way is Unanswered."""
    timeout = httpx.Timeout(min(line.seconds, STILL), connect=min(10.0, line.seconds))
    try:
        with _client().stream(
            method, url, content=body, headers=dict(headers), timeout=timeout
        ) as response:
            yield response
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError, OSError) as error:
        raise Unanswered(f"{type(error).__name__}: {error}"[:200]) from None


def _whole(response: httpx.Response, most: int, until: float, tick: Tick) -> bytes:
    parts: list[bytes] = []
    length = 0
    for part in response.iter_bytes():
        length += len(part)
        if length > most:
            raise TooLong("its answer is too long")
        if tick() > until:
            raise Unanswered("its answer took too long")
        parts.append(part)
    return b"".join(parts)


def _address(line: Line, path: str) -> str:
    try:
        return check(line.url) + path
    except errors.UnsafeAddress as unsafe:
        raise Unanswered(unsafe.line()) from None


def _lines(lines: Sequence[str]) -> bytes:
    return "\n".join(lines).encode("ascii") + b"\n"


def _read_lines(answer: bytes) -> list[str]:
    try:
        return [found for each in answer.decode("ascii").split("\n") if (found := each.strip())]
    except UnicodeDecodeError:
        raise Unanswered("its answer is no ASCII") from None


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return httpx.Client(
        verify=context,
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=20),
    )


def _retry_after(headers: httpx.Headers) -> float | None:
    named = headers.get("Retry-After", "")
    return min(float(named), 3600.0) if named.isascii() and named.isdecimal() else None


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
