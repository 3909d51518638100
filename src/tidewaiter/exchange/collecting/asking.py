"""What a node that cannot be reached signs to ask for what waits for it (the wire contract).

A JWS of a CloudEvent that is good for minutes: no serial, no salt, not logged. Asked again within
its time it gives the same sealed messages, which only the partner itself can open. Pure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tidewaiter import canonical, clock
from tidewaiter.exchange import message

COLLECT: Final = "org.tidewaiter.collect.v1"
ATTACHMENT: Final = "org.tidewaiter.collect.attachment.v1"  # an extension of ours
GOOD_FOR: Final = timedelta(minutes=5)
SKEW: Final = timedelta(minutes=10)
MOST: Final = 500
_DIGEST_LENGTH: Final = 71


class NotAsked(ValueError):
    """It is no such request, or not one that holds here and now."""


class BadRequest(ValueError):
    """It is by whom it says, but `data` does not say what is wanted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was read: whose, of which type, and its data; its signature not seen yet."""

    sender: str
    type: str
    time: datetime
    data: dict[str, Any]


def build(
    type_: str,
    data: dict[str, Any],
    *,
    us: str,
    to: str,
    id: UUID,  # noqa: A002
    at: datetime,
) -> bytes:
    """The event of a request in JSON, as it is signed."""
    return message.encoded(
        {
            "specversion": "1.0",
            "id": str(id),
            "source": message.source(us),
            "type": type_,
            "time": clock.text(at),
            "datacontenttype": "application/json",
            "recipient": to,
            "expires": clock.text(at + GOOD_FOR),  # all of it: the partner's clock may be ahead
            "data": data,
        }
    )


def read(payload: bytes, *, us: str, at: datetime) -> Asked:
    """The request in a JWS payload. Raises NotAsked with the rule that it breaks."""
    try:
        event = canonical.read(payload)
    except canonical.NotIJson as error:
        raise NotAsked(str(error)) from None
    if not isinstance(event, dict) or event.get("specversion") != "1.0":
        raise NotAsked("the payload is no CloudEvent")
    if event.get("type") not in (COLLECT, ATTACHMENT):
        raise NotAsked("the type is another")
    if event.get("recipient") != us:
        raise NotAsked("the recipient is another")
    try:
        message.identifier(event.get("id"))
        time = message.moment(event.get("time"), "time")
        expires = message.moment(event.get("expires"), "expires")
    except ValueError as error:
        raise NotAsked(str(error)) from None
    if time > at + SKEW:
        raise NotAsked("the time is over 10 minutes ahead")
    if not at < expires <= max(time, at) + GOOD_FOR:
        raise NotAsked("it expired, or is good for over 5 minutes")
    data = event.get("data")
    return Asked(
        sender=message.code(event.get("source")),
        type=event["type"],
        time=time,
        data=data if isinstance(data, dict) else {},
    )


def span(data: dict[str, Any]) -> tuple[int, int]:
    """`after` and `limit` of a `collect`. Raises BadRequest."""
    after, limit = data.get("after"), data.get("limit")
    if type(after) is not int or not 0 <= after <= message.MOST_SERIAL:
        raise BadRequest("`after` is no serial, nor 0")
    if type(limit) is not int or limit < 1:
        raise BadRequest("`limit` is no whole number from 1")
    return after, min(limit, MOST)


def jwe(data: dict[str, Any]) -> str:
    """The digest of the attachment that is asked for. Raises BadRequest."""
    found = data.get("jwe")
    if not isinstance(found, str) or len(found) != _DIGEST_LENGTH:
        raise BadRequest("`jwe` is no digest")
    return found
