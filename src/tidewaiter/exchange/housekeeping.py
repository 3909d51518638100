"""Messages between nodes about themselves: no clause, closed data, taken in the accepting commit.

The wire contract, "Housekeeping": a table of types, each with its schema, its judge and its effect.
What a type `changes` (keys, agreements) counts for the very next line of the same POST.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tidewaiter import clock
from tidewaiter.agreements import actions as agreements
from tidewaiter.exchange import gaps, message, types
from tidewaiter.exchange.message import Message
from tidewaiter.exchange.restoring import actions as restoring
from tidewaiter.exchange.restoring import queries as restored
from tidewaiter.exchange.types import MessageType, Received
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import queries as partners
from tidewaiter.work import actions as work

Verdict = tuple[str, str] | None  # (problem, rule): what a refusal says, None where all is well
Judge = Callable[[Message, datetime], Verdict]
Effect = Callable[[Received], None]


@dataclass(frozen=True, slots=True)
class Housekeeping(MessageType):
    """A type that needs no clause; `effect` runs in the transaction that accepts the message.

    `judge` answers `bad-payload`, `unknown-agreement` or `not-permitted` with the rule broken.
    What takes longer than a commit may is done by `handle`, as with every other type.
    """

    judge: Judge = lambda _message, _at: None
    effect: Effect | None = None
    changes: bool = False  # whether it changes by what the next message is judged


def _closed(**members: Mapping[str, Any]) -> dict[str, Any]:
    """An object with these members, those that name no `x-optional` required, and no other."""
    required = [name for name, schema in members.items() if schema not in (_REASON, _CHECKPOINT)]
    return {
        "type": "object",
        "properties": dict(members),
        "required": required,
        "additionalProperties": False,
    }


_REASON: Final[dict[str, Any]] = {"type": "string", "maxLength": 2000}  # may be left out
_TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": 200}
_DIGEST: Final[dict[str, Any]] = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_BASE64URL: Final[dict[str, Any]] = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}
_SERIAL: Final[dict[str, Any]] = {
    "type": "integer",
    "minimum": 1,
    "maximum": message.MOST_SERIAL,
}
_MOMENT: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$",
}
_CHECKPOINT: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": 64 * 1024}
_COUNT: Final[dict[str, Any]] = {**_SERIAL, "minimum": 0}
_SIGNATURE: Final = _closed(protected=_BASE64URL, signature=_BASE64URL)


def _judge_resend(came: Message, _: datetime) -> Verdict:
    if came.data["first"] > came.data["last"]:
        return "bad-payload", "first comes after last"
    return None


def _withdraw(received: Received) -> None:
    gaps.withdrawn(received.source, received.data["serials"])


def _answer(received: Received) -> None:
    gaps.asked(received)


def _judge_document(came: Message, at: datetime) -> Verdict:
    try:
        identity.judge_document(administration=came.sender, document=came.data["document"], at=at)
    except identity_errors.BadDocument as error:
        return "bad-payload", str(error.members.get("reason", ""))
    return None


def _take_document(received: Received) -> None:
    identity.take_document(
        administration=received.source,
        document=received.data["document"],
        at=received.received_at,
    )


def _judge_revocation(came: Message, _: datetime) -> Verdict:
    try:
        clock.parse(came.data["since"])
    except ValueError:
        return "bad-payload", "since is no moment of the calendar"
    fault = partners.revocable(came.sender, came.data["kid"])
    return ("bad-payload", fault) if fault else None


def _revoke(received: Received) -> None:
    identity.take_revocation(
        administration=received.source,
        kid=received.data["kid"],
        since=clock.parse(received.data["since"]),
        reason=received.data.get("reason", ""),
        message_id=str(received.id),
        at=received.received_at,
    )


def _judge_restored(came: Message, _: datetime) -> Verdict:
    try:
        clock.parse(came.data["since"])
    except ValueError:
        return "bad-payload", "since is no moment of the calendar"
    return None


def _judge_state(came: Message, _: datetime) -> Verdict:
    fault = restored.absurd(came.sender, sent=came.data["sent"], received=came.data["received"])
    return ("bad-payload", fault) if fault else None


def _take_proposal(received: Received) -> None:
    agreements.take_proposal(received.data, received.source, received.received_at)


def _take_signature(received: Received) -> None:
    agreements.take_signature(received.data, received.source, received.received_at)


def _take_notice(received: Received) -> None:
    agreements.take_notice(received.data, received.source, received.time, received.received_at)


def _take_key(received: Received) -> None:
    agreements.take_key(received.data, received.source, received.received_at)
    work.enqueue("exchange.unlock", {}, at=received.received_at, key="unlock")


RESEND: Final = Housekeeping(
    name="org.tidewaiter.resend.v1",
    category=None,
    schema=_closed(first=_SERIAL, last=_SERIAL),
    judge=_judge_resend,
    handle=_answer,
)
WITHDRAWN: Final = Housekeeping(
    name="org.tidewaiter.withdrawn.v1",
    category=None,
    schema=_closed(
        serials={"type": "array", "minItems": 1, "maxItems": 10_000, "items": _SERIAL},
        reason={"enum": ["expired", "refused"]},
    ),
    effect=_withdraw,
)
DOCUMENT: Final = Housekeeping(
    name="org.tidewaiter.node.document.v1",
    category=None,
    schema=_closed(document={"type": "string", "minLength": 1, "maxLength": 256 * 1024}),
    judge=_judge_document,
    effect=_take_document,
    changes=True,
)
REVOKED: Final = Housekeeping(
    name="org.tidewaiter.key.revoked.v1",
    category=None,
    schema=_closed(kid=_TEXT, since=_MOMENT, reason=_REASON),
    judge=_judge_revocation,
    effect=_revoke,
    changes=True,
)
RESTORED: Final = Housekeeping(
    name="org.tidewaiter.node.restored.v1",
    category=None,
    schema=_closed(since=_MOMENT),
    judge=_judge_restored,
    effect=restoring.restored,
)
STATE: Final = Housekeeping(
    name="org.tidewaiter.node.state.v1",
    category=None,
    schema=_closed(checkpoint=_CHECKPOINT, sent=_COUNT, received=_COUNT),
    judge=_judge_state,
    effect=restoring.stated,
)
PROPOSAL: Final = Housekeeping(
    name="org.tidewaiter.agreement.proposal.v1",
    category=None,
    schema=_closed(
        payload=_BASE64URL,
        signatures={"type": "array", "minItems": 1, "maxItems": 600, "items": _SIGNATURE},
    ),
    judge=lambda came, at: agreements.judge_proposal(came.data, came.sender, at),
    effect=_take_proposal,
    changes=True,
)
SIGNATURE: Final = Housekeeping(
    name="org.tidewaiter.agreement.signature.v1",
    category=None,
    schema=_closed(digest=_DIGEST, signature=_SIGNATURE),
    judge=lambda came, at: agreements.judge_signature(came.data, came.sender, at),
    effect=_take_signature,
    changes=True,
)
NOTICE: Final = Housekeeping(
    name="org.tidewaiter.agreement.notice.v1",
    category=None,
    schema=_closed(
        digest=_DIGEST, notice={"enum": ["suspend", "resume", "terminate"]}, reason=_REASON
    ),
    judge=lambda came, at: agreements.judge_notice(came.data, came.sender, at),
    effect=_take_notice,
    changes=True,
)
KEY: Final = Housekeeping(
    name="org.tidewaiter.agreement.key.v1",
    category=None,
    schema=_closed(agreement=_TEXT, key={"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"}),
    judge=lambda came, at: agreements.judge_key(came.data, came.sender, at),
    effect=_take_key,
    changes=True,
)

TYPES: Final[dict[str, Housekeeping]] = {
    each.name: each
    for each in (
        RESEND,
        WITHDRAWN,
        DOCUMENT,
        REVOKED,
        RESTORED,
        STATE,
        PROPOSAL,
        SIGNATURE,
        NOTICE,
        KEY,
    )
}


def get(name: str) -> MessageType | None:
    """The type of that name, housekeeping or of a room; None where this node takes neither."""
    return TYPES.get(name) or (None if types.housekeeping(name) else types.get(name))


def names() -> list[str]:
    """The names of all types that this node takes, sorted."""
    return sorted([*TYPES, *types.names()])
