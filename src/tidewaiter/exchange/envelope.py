"""The envelope of a message: a JWS of its event, inside a JWE to the recipient (RFC 7515, 7516).

What came is taken apart here and nothing in it is believed yet: `checks` says what holds.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from tidewaiter import canonical, jose
from tidewaiter.exchange import message
from tidewaiter.exchange.message import Message
from tidewaiter.problem import Problem

TYP: Final = "tidewaiter+jws"
OVERHEAD: Final = 1_400  # bytes that headers, keys and tags add, and some to spare


class Arrival(msgspec.Struct, frozen=True):
    """A line that came, as far as it could be read.

    `problem` names the check that failed already (`undecryptable` or `malformed`), `rule` how;
    `digest` is that of the JWS, or of what came out, or of the line itself where nothing did.
    """

    digest: str
    compact: str = ""
    jws: jose.Jws | None = None
    message: Message | None = None
    problem: str = ""
    rule: str = ""
    id: str = ""  # what could be read of a malformed message, for its receipt
    sender: str = ""

    @property
    def kid(self) -> str:
        """The key that its header names, "" where it names none."""
        return str(self.jws.header.get("kid", "")) if self.jws else ""


def arrived(line: bytes, open_: Callable[[str], bytes]) -> Arrival:
    """Open one line with `open_` (the JWE in, the plain bytes out; or a ValueError or a Problem).

    Never raises: what cannot be read is an Arrival with its problem.
    """
    try:
        plain = open_(line.decode("ascii"))
    except (ValueError, Problem) as error:
        return Arrival(canonical.digest(line), problem="undecryptable", rule=str(error))
    return read(plain)


def read(plain: bytes) -> Arrival:
    """What came out of a JWE, taken apart; an Arrival with its problem where it is no message."""
    digest = canonical.digest(plain)
    try:
        compact = plain.decode("ascii")
        jws = jose.read(compact)
    except ValueError as error:
        return Arrival(digest, problem="malformed", rule=str(error))
    try:
        read_message = message.read(jws.payload)
    except message.Malformed as error:
        return Arrival(
            digest,
            compact,
            jws,
            problem="malformed",
            rule=error.rule,
            id=error.id,
            sender=error.sender,
        )
    return Arrival(
        digest, compact, jws, read_message, id=str(read_message.id), sender=read_message.sender
    )


def sealed(compact: str, jwk: jose.Jwk, *, kid: str) -> str:
    """The line that carries the JWS `compact` to the owner of the public key `jwk`."""
    return jose.seal(compact.encode("ascii"), jwk, kid=kid, cty=TYP)


def length(payload: int) -> int:
    """At most how many bytes a line has whose event has `payload` bytes."""
    return ((payload + 2) // 3 * 4 + OVERHEAD) // 3 * 4 + OVERHEAD
