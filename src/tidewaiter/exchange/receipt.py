"""A receipt: the recipient's signed word on one message, built and read (the contract's page).

Outcomes are `accepted`, `refused` and `duplicate`; no value out of a message's data stands in one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from tidewaiter import canonical, clock
from tidewaiter.exchange import message, types

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
DUPLICATE: Final = "duplicate"
OUTCOMES: Final = frozenset({ACCEPTED, REFUSED, DUPLICATE})


class NoReceipt(ValueError):
    """What came is no receipt of the message that was sent."""


class Answer(msgspec.Struct, frozen=True):
    """What a recipient says of one message; `about` and `to` are "" where they can't be read."""

    digest: str
    outcome: str
    received: datetime
    about: str = ""  # the message's id
    to: str = ""  # its sender
    log_index: int | None = None
    problem: Mapping[str, Any] | None = None
    id: UUID | None = None  # the first receipt's own, to be built again as it was


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it was read: what the partner says of a message of ours."""

    outcome: str
    digest: str
    received: datetime
    log_index: int | None
    problem: str  # the name of the check that failed, "" where none did
    detail: str


def build(answer: Answer, *, us: str, id: UUID, at: datetime) -> bytes:  # noqa: A002
    """The receipt's event in JSON, as it is signed."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(id),
        "source": message.source(us),
        "type": types.RECEIPT,
        "time": clock.text(at),
    }
    if answer.to:
        event["recipient"] = answer.to
    if answer.about:
        event["inreplyto"] = answer.about
    data: dict[str, Any] = {"digest": answer.digest, "outcome": answer.outcome}
    if answer.problem is not None:
        data["problem"] = dict(answer.problem)
    if answer.log_index is not None:
        data["logindex"] = answer.log_index
    event["data"] = data | {"received": clock.text(answer.received)}
    return message.encoded(event)


def read(payload: bytes, *, sender: str, us: str, id: str, digests: frozenset[str]) -> Receipt:  # noqa: A002
    """The receipt in a JWS payload whose signature held, for the message `id` that we sent.

    `digests` are those of its JWS and of the line that carried it. Raises NoReceipt on one that is
    not `sender`'s, not for us, not for this message, or that lacks what a receipt must say.
    """
    try:
        event = canonical.read(payload)
        data = event["data"]
        if event["specversion"] != "1.0" or event["type"] != types.RECEIPT:
            raise NoReceipt("it is no receipt")
        if event["source"] != message.source(sender):
            raise NoReceipt("it is not by the partner")
        if event.get("recipient", us) != us or event.get("inreplyto", id) != id:
            raise NoReceipt("it is for another message")
        if data["digest"] not in digests or data["outcome"] not in OUTCOMES:
            raise NoReceipt("its digest or its outcome is not one of this message")
        return Receipt(
            outcome=data["outcome"],
            digest=data["digest"],
            received=message.moment(data["received"], "received"),
            log_index=_index(data),
            problem=_problem(data),
            detail=_detail(data),
        )
    except (canonical.NotIJson, KeyError, TypeError, AttributeError, ValueError) as error:
        raise NoReceipt(f"it cannot be read: {error}") from None


def _index(data: Mapping[str, Any]) -> int | None:
    index = data.get("logindex")
    if index is None and data["outcome"] == REFUSED:
        return None
    if type(index) is not int or index < 0:
        raise NoReceipt("it names no log entry")
    return index


def _problem(data: Mapping[str, Any]) -> str:
    if data["outcome"] != REFUSED:
        return ""
    kind = data["problem"]["type"]
    if not isinstance(kind, str) or not kind:
        raise NoReceipt("it refuses and does not say why")
    return kind.rpartition("/")[2][:60]


def _detail(data: Mapping[str, Any]) -> str:
    detail = data["problem"].get("detail") if data["outcome"] == REFUSED else None
    return detail[:500] if isinstance(detail, str) else ""
