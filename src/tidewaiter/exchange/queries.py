"""What may be read of the exchange: messages in and out with permit, receipt and log position."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.conf import settings

from tidewaiter import jose
from tidewaiter.exchange import drafting, envelope, errors, receipt
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Correspondent, Former, Inbound, Outbound, Refusal, Tomb
from tidewaiter.exchange.models import Gap as Missing
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity.viewer import Viewer
from tidewaiter.keys import actions as keys
from tidewaiter.permission import Permission
from tidewaiter.problem import N_

LIMIT: Final = 50
Direction = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class Row:
    """A message as a list shows it; `state` of one that came in is `accepted`."""

    pk: int
    id: UUID
    direction: Direction
    partner: str
    type: str
    serial: int | None
    state: str
    time: datetime
    agreement: str
    clause: str
    handling: str
    attempts: int
    problem: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message with all that is kept of it."""

    row: Row
    event: Mapping[str, Any]  # as it was signed, or as it will be
    receipt: str  # the JWS, ours or the partner's; "" while there is none
    answer: Mapping[str, Any]  # what the receipt says
    log_index: int | None
    digest: str
    purpose: str
    mode: str
    retain_until: datetime | None
    expires: datetime | None
    conversation: str
    in_reply_to: str
    withheld: tuple[str, ...]
    approval: int
    released_by: tuple[str, ...]
    by: str
    asked: Mapping[str, Any]
    received: datetime | None
    handled: datetime | None
    error: str
    former: tuple["Before", ...] = ()  # what was signed of it before, the last first
    forgotten: datetime | None = None  # since when what it said is gone here
    deleted: datetime | None = None  # … and at the partner, as it says


@dataclass(frozen=True, slots=True)
class Before:
    """What was signed of a message, and refused, before it was decided and signed anew."""

    agreement: str
    clause: str
    problem: str
    log_index: int
    digest: str
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """Serials of a partner that did not come."""

    source: str
    first: int
    last: int
    noticed_at: datetime
    asked_at: datetime | None  # when they were asked for last


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages wait: to be delivered, to be handled, to be released."""

    outbox: int
    inbox: int
    held: int


@dataclass(frozen=True, slots=True)
class Turned:
    """What we refused, how often."""

    sender: str
    address: str
    message_id: str
    type: str
    problem: str
    rule: str
    times: int
    first_at: datetime
    last_at: datetime
    digest: str = ""


def messages(
    viewer: Viewer,
    direction: Direction,
    *,
    partner: str = "",
    state: str = "",
    type: str = "",  # noqa: A002 (the contract's own name)
    before: int | None = None,
    limit: int = LIMIT,
) -> list[Row]:
    """Messages that came in or went out, the newest first; `before` a row's `pk` pages on."""
    may_read(viewer)
    wanted: dict[str, Any] = {"type": type} if type else {}
    if before is not None:
        wanted["pk__lt"] = before
    if direction == "in":
        wanted |= {"sender": partner} if partner else {}
        came = Inbound.objects.filter(**wanted).defer("jws").order_by("-pk")
        return [_row_in(each) for each in came[:limit]]
    wanted |= {"recipient": partner} if partner else {}
    wanted |= {"state": state} if state else {}
    went = Outbound.objects.filter(**wanted).defer("jws", "draft", "asked").order_by("-pk")
    return [_row_out(each) for each in went[:limit]]


def message(viewer: Viewer, id: UUID, *, at: datetime) -> Message:  # noqa: A002
    """That message, and a row in the read-audit. Raises NoSuchMessage, Forbidden."""
    may_read(viewer)
    found: Outbound | Inbound | None = (
        Outbound.objects.filter(message_id=id).first()
        or Inbound.objects.filter(message_id=id).order_by("pk").first()
    )
    if found is None:
        raise errors.NoSuchMessage(id=str(id))
    event = _event(found)
    identity.audit(viewer, N_("message"), [str(id)], drafting.subjects([event.get("data")]), at)
    return _outbound(found, event) if isinstance(found, Outbound) else _inbound(found, event)


def counts() -> Counts:
    """What waits, for machines and faces."""
    return Counts(
        outbox=Outbound.objects.filter(state=State.WAITING).count(),
        inbox=Inbound.objects.filter(handled_at=None).count(),
        held=Outbound.objects.filter(state=State.HELD).count(),
    )


def gaps(partner: str = "") -> list[Gap]:
    """The serials that are missing before the highest that came, of one partner or of each."""
    rows = Missing.objects.order_by("sender", "first")
    rows = rows.filter(sender=partner) if partner else rows
    return [Gap(row.sender, row.first, row.last, row.noticed_at, row.asked_at) for row in rows]


def refused(viewer: Viewer, *, limit: int = LIMIT) -> list[Turned]:
    """What we refused, the newest first."""
    may_read(viewer)
    return [turned(each) for each in Refusal.objects.order_by("-last_at")[:limit]]


def turned(row: Refusal) -> Turned:
    """A refusal of ours as it is kept."""
    return Turned(
        sender=row.sender,
        address=row.address,
        message_id=row.message_id,
        type=row.type,
        problem=row.problem,
        rule=row.rule,
        times=row.times,
        first_at=row.first_at,
        last_at=row.last_at,
        digest=row.digest,
    )


def waits() -> dict[str, datetime]:
    """The partners that gave no answer, and when each is tried again."""
    waiting = Correspondent.objects.exclude(next_at=None)
    return {row.pk: row.next_at for row in waiting if row.next_at is not None}


def may_read(viewer: Viewer) -> None:
    """Raises Forbidden where the viewer may read no message."""
    if not viewer.may(Permission.MESSAGE_READ):
        raise identity_errors.Forbidden(permission=Permission.MESSAGE_READ.value)


def row(kept: Outbound | Inbound) -> Row:
    """A message as a list shows it."""
    return _row_out(kept) if isinstance(kept, Outbound) else _row_in(kept)


def _row_out(row: Outbound) -> Row:
    return Row(
        pk=row.pk,
        id=row.message_id,
        direction="out",
        partner=row.recipient,
        type=row.type,
        serial=row.serial,
        state=row.state,
        time=row.sent_at,
        agreement=row.agreement,
        clause=row.clause,
        handling=row.handling,
        attempts=row.attempts,
        problem=row.problem,
        receipt=row.receipt,
    )


def _row_in(row: Inbound) -> Row:
    return Row(
        pk=row.pk,
        id=row.message_id,
        direction="in",
        partner=row.sender,
        type=row.type,
        serial=row.serial,
        state="accepted",
        time=row.received_at,
        agreement=row.agreement,
        clause=row.clause,
        handling=row.handling,
        attempts=0,
        problem="",
        receipt="",
    )


def _event(row: Outbound | Inbound) -> dict[str, Any]:
    if row.jws:
        payload: dict[str, Any] = json.loads(jose.read(row.jws).payload)
        return payload
    if row.forgotten_at is not None:
        return {"id": str(row.message_id), "type": row.type}
    assert isinstance(row, Outbound)
    return {"id": str(row.message_id), "type": row.type, "data": json.loads(row.draft)}


def _answer(compact: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(jose.read(compact).payload) if compact else {}
    return payload


def _outbound(row: Outbound, event: Mapping[str, Any]) -> Message:
    return Message(
        row=_row_out(row),
        event=event,
        receipt=row.receipt,
        answer=_answer(row.receipt),
        log_index=row.log_index,
        digest=row.digest,
        purpose=row.purpose,
        mode=row.mode,
        retain_until=row.retain_until,
        expires=row.expires_at,
        conversation=row.conversation,
        in_reply_to=row.in_reply_to,
        withheld=tuple(row.withheld),
        approval=row.approval,
        released_by=tuple(row.released_by),
        by=row.by,
        asked=row.asked,
        received=row.settled_at,
        handled=None,
        error="",
        former=tuple(
            Before(
                agreement=each.agreement,
                clause=each.clause,
                problem=each.problem,
                log_index=each.log_index,
                digest=each.digest,
                replaced_at=each.replaced_at,
            )
            for each in Former.objects.filter(message_id=row.message_id).order_by("-pk")
        ),
        forgotten=row.forgotten_at,
        deleted=row.deleted_at,
    )


def _inbound(row: Inbound, event: Mapping[str, Any]) -> Message:
    given = our_receipt(row)
    purpose = mode = ""
    if row.forgotten_at is not None:
        purpose, mode = Tomb.objects.all().terms(row.sender, row.message_id)
    return Message(
        row=_row_in(row),
        event=event,
        receipt=given,
        answer=_answer(given),
        log_index=row.log_index,
        digest=row.digest,
        purpose=str(event.get("purpose", purpose)),
        mode=str(event.get("mode", mode)),
        retain_until=row.retain_until,
        expires=None,
        conversation=row.conversation,
        in_reply_to=row.in_reply_to,
        withheld=(),
        approval=0,
        released_by=(),
        by="",
        asked={},
        received=row.received_at,
        handled=row.handled_at,
        error=row.error,
        forgotten=row.forgotten_at,
    )


def our_receipt(row: Inbound) -> str:
    """The receipt that said `accepted`, signed again: the same facts under the same id."""
    answer = receipt.Answer(
        digest=row.digest,
        outcome=receipt.ACCEPTED,
        received=row.received_at,
        about=str(row.message_id),
        to=row.sender,
        log_index=row.log_index,
    )
    payload = receipt.build(
        answer, us=settings.ADMINISTRATION, id=row.receipt_id, at=row.received_at
    )
    return keys.sign(payload, typ=envelope.TYP)
