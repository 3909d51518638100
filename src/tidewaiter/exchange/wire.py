"""The line to a partner's node: its document fetched, messages posted, with limits on the answer.

HTTPS with TLS 1.3; plain HTTP on loopback only. Redirects are not followed, cookies not kept, and
connections are reused. Knows nothing of what the lines say.
"""

import ipaddress
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import httpx

from tidewaiter.exchange import errors, limits

MESSAGES: Final = "/exchange/v1/messages"
DOCUMENT: Final = "/.well-known/tidewaiter/node.json"
MOST_DOCUMENT: Final = 256 * 1024
MOST_ANSWER: Final = 16 * 2**20
AGENT: Final = "tidewaiter"
Tick = Callable[[], float]


class Unanswered(Exception):
    """No usable answer came; `retry_after` in seconds where the partner named a wait."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


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
    body = "\n".join(messages).encode("ascii") + b"\n"
    try:
        status, headers, answer = _exchange(
            "POST", line, check(line.url) + MESSAGES, body, most=MOST_ANSWER, tick=tick
        )
    except errors.UnsafeAddress as unsafe:
        raise Unanswered(unsafe.line()) from None
    if status != 202:
        raise Unanswered(f"it answered {status}", _retry_after(headers))
    try:
        return [found for each in answer.decode("ascii").split("\n") if (found := each.strip())]
    except UnicodeDecodeError:
        raise Unanswered("its answer is no ASCII") from None


def document(line: Line, *, tick: Tick) -> str:
    """The signed document of the node at that address. Raises NoAnswer, UnsafeAddress."""
    url = check(line.url) + DOCUMENT
    try:
        status, _, answer = _exchange("GET", line, url, None, most=MOST_DOCUMENT, tick=tick)
        if status != 200:
            raise Unanswered(f"it answered {status}")
        return answer.decode("ascii").strip()
    except UnicodeDecodeError:
        raise errors.NoAnswer(url=url, reason="its document is no ASCII") from None
    except Unanswered as error:
        raise errors.NoAnswer(url=url, reason=error.reason) from None


def _exchange(
    method: str, line: Line, url: str, body: bytes | None, *, most: int, tick: Tick
) -> tuple[int, httpx.Headers, bytes]:
    until = tick() + line.seconds
    headers = {"Content-Type": limits.MANY} if body is not None else {}
    timeout = httpx.Timeout(line.seconds, connect=min(10.0, line.seconds))
    try:
        with _client().stream(
            method, url, content=body, headers=headers, timeout=timeout
        ) as response:
            parts: list[bytes] = []
            length = 0
            for part in response.iter_bytes():
                length += len(part)
                if length > most:
                    raise Unanswered("its answer is too long")
                if tick() > until:
                    raise Unanswered("its answer took too long")
                parts.append(part)
            return response.status_code, response.headers, b"".join(parts)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
        raise Unanswered(f"{type(error).__name__}: {error}"[:200]) from None


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
