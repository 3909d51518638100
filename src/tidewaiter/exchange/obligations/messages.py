"""Obligations as messages: what was deleted or is to be, and what may be passed on to others.

Both are about messages that were exchanged, and are judged by those (the wire contract). They are
kept and shown, and people are asked to see to them.
"""

from typing import Any, Final
from uuid import UUID

from tidewaiter.exchange import about, types
from tidewaiter.exchange.forgetting import actions as forgetting
from tidewaiter.exchange.obligations import actions
from tidewaiter.exchange.onward import actions as onward
from tidewaiter.problem import N_
from tidewaiter.work import actions as work

DELETION_TYPE: Final = "org.tidewaiter.obligation.deletion.v1"
ONWARD_TYPE: Final = "org.tidewaiter.obligation.onward.v1"
TO_DELETE: Final = "exchange.to-delete"
DELETED: Final = "exchange.deleted"
TO_CONSENT: Final = "exchange.to-consent"
CONSENTED: Final = "exchange.consented"
_TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": 2000}
_CODE: Final[dict[str, Any]] = {"type": "string", "pattern": "^[A-Z]{2}$"}
_DAY: Final = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"


def take_deletion(received: types.Received) -> None:
    """A partner deleted what we told it, or asks that we delete what it told us."""
    named, at = received.data["messages"], received.received_at
    params: dict[str, str | int] = {"partner": received.source, "count": len(named)}
    id_ = str(received.id)
    if received.data["deleted"] is False:
        wished = forgetting.wish(partner=received.source, names=named, asked_by=received.id, at=at)
        if wished:
            work.open_task(TO_DELETE, id_, params, role=actions.LIAISON, at=at, message_id=id_)
        return
    forgetting.take_deletion(received)
    work.open_task(DELETED, id_, params, role=actions.LIAISON, at=at, message_id=id_)


def take_onward(received: types.Received) -> None:
    """A partner asks whether it may pass our message on, or answers that of ours."""
    asks = onward.take(received)
    to = received.data["to"]
    params: dict[str, str | int] = {
        "partner": received.source,
        "to": ", ".join(to) if isinstance(to, list) else to,
        "message": received.data["message"][:80],
        "decision": str(received.data.get("decision", ""))[:200],
    }
    work.open_task(
        TO_CONSENT if asks else CONSENTED,
        _original(received.source, received.data) if asks else str(received.id),
        params,
        role=actions.LIAISON,
        at=received.received_at,
        message_id=str(received.id),
    )


def consented(went: types.Went) -> None:
    """We decided on passing something on: whoever was asked to is done."""
    if "decision" not in went.data:
        return
    original = _original(went.to, went.data)
    said = str(went.data["decision"])
    onward.answered(went.to, UUID(original), decision=said, by=went.by, at=went.at)
    work.close_task(TO_CONSENT, original, by=went.by, at=went.at)


def _original(partner: str, data: Any) -> str:
    found = about.original(partner, about.names(ONWARD, data))
    assert found is not None, "an obligation is about what was exchanged"
    return str(found.message_id)


DELETION: Final = types.MessageType(
    name=DELETION_TYPE,
    category=None,
    schema={
        "title": "Messages were deleted, or are to be",
        "type": "object",
        "required": ["messages", "deleted"],
        "properties": {
            "messages": {"type": "array", "minItems": 1, "maxItems": 1000, "items": _TEXT},
            "deleted": {
                "anyOf": [
                    {"type": "boolean"},
                    {"type": "string", "pattern": f"{_DAY}$"},
                    {"type": "string", "pattern": f"{_DAY}T[0-9:.]{{8,18}}Z$"},
                ]
            },
        },
    },
    handle=take_deletion,
    about="messages",
    title=N_("Deletion of what was shared"),
)
ONWARD: Final = types.MessageType(
    name=ONWARD_TYPE,
    category=None,
    schema={
        "title": "May this be passed on?",
        "type": "object",
        "required": ["message", "to"],
        "properties": {
            "message": _TEXT,
            "to": {"anyOf": [_CODE, {"type": "array", "minItems": 1, "items": _CODE}]},
            "decision": _TEXT,
        },
    },
    handle=take_onward,
    sent=consented,
    about="message",
    title=N_("Passing on to others"),
)
