"""A message on its way into the outbox: decided, cut down to what its clause lets out, drafted.

What is asked of `agreements` and what it answered are kept with the message, so that the same
question can be put again.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tidewaiter import canonical, identifier
from tidewaiter.exchange import (
    about,
    answering,
    deciding,
    envelope,
    errors,
    message,
    schemas,
    types,
)
from tidewaiter.exchange.life import APPROVALS, State
from tidewaiter.exchange.models import Outbound
from tidewaiter.exchange.obligations import actions as obligations
from tidewaiter.exchange.types import MessageType
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import queries as identity
from tidewaiter.identity import viewer
from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger import actions as ledger

PARTY: Final = ("identifier", "name")  # how every payload says who somebody is


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent to whom, but for the data; "" where nothing is said."""

    to: str
    type: str
    purpose: str
    mode: str
    handling: str
    needs: tuple[str, ...] | None  # the type's required fields where None
    expires_at: datetime
    conversation: str
    in_reply_to: str
    about: str
    by: Viewer
    person: bool  # whether who sends counts as one of the people that release


def sender(by: str | Viewer) -> Viewer:
    """Who sends, by name or as they are."""
    if isinstance(by, Viewer):
        return by
    known = (viewer.command_line(), viewer.machine())
    return next((each for each in known if each.name == by), None) or viewer.person(
        by, frozenset(), None
    )


def drafts(
    order: Order, datas: Sequence[Mapping[str, Any]], *, us: message.Origin, at: datetime
) -> list[Outbound]:
    """A row for each of `datas`, without serial, held where its clause asks for more people.

    Raises what `actions.send` says; nothing is written.
    """
    kind = types.get(order.type)
    if kind is None:
        raise errors.NoSuchType(name=order.type, known=", ".join(types.names()))
    rule = answering.fault(kind, order.mode, order.in_reply_to, partner=order.to, ours=True)
    if rule:
        raise errors.NotPermitted(rule=rule, reason="reply")
    partner = identity.partner(order.to)
    if partner is None:
        raise identity_errors.UnknownPartner(administration=order.to)
    if not partner.active:
        raise errors.PartnerSuspended(administration=order.to)
    if order.expires_at <= at:
        raise errors.UnreadableData(place="expires", reason="the moment is past")
    asked = deciding.Asked(
        to=order.to,
        purpose=order.purpose,
        mode=order.mode,
        handling=order.handling,
        needs=order.needs,
        about=order.about,
    )
    decider = deciding.Decider(asked, kind, us=us.code, at=at)
    lines = len(datas)
    return [
        _draft(order, kind, decider, data, f"line {line}" if lines > 1 else "data", us=us, at=at)
        for line, data in enumerate(datas, 1)
    ]


def log(
    rows: Sequence[Outbound], sign: Callable[..., str], *, us: message.Origin, at: datetime
) -> None:
    """Sign these drafts and log them, in the caller's transaction; the caller writes the rows."""
    obligations.went(rows, at=at)
    signed = [compact(row, sign, us=us) for row in rows]
    entries = [
        (each.encode("ascii"), bytes(row.salt)) for each, row in zip(signed, rows, strict=True)
    ]
    indexes = ledger.append_many(entries, at=at)
    for row, each, index in zip(rows, signed, indexes, strict=True):
        row.sign(each, canonical.digest(each.encode("ascii")), index)


def compact(row: Outbound, sign: Callable[..., str], *, us: message.Origin) -> str:
    """The JWS of a draft; the same draft gives the same bytes."""
    assert row.serial is not None
    payload = _payload(row, canonical.read(row.draft.encode()), row.serial, us)
    return sign(payload, typ=envelope.TYP)


def subjects(datas: Iterable[Any]) -> list[str]:
    """Whom the data is about: the identifiers, or else the names, of the parties in it."""
    found: dict[str, None] = {}
    pending = list(datas)
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            party = next((value[each] for each in PARTY if isinstance(value.get(each), str)), None)
            if party:
                found[party] = None
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    return list(found)


def _draft(
    order: Order,
    kind: MessageType,
    decider: deciding.Decider,
    data: Mapping[str, Any],
    place: str,
    *,
    us: message.Origin,
    at: datetime,
) -> Outbound:
    if rule := schemas.fault(kind, data):
        raise errors.UnreadableData(place=place, reason=rule)
    decided = decider.decide(data)
    if not decided.waits and (rule := schemas.fault(kind, decided.data)):
        raise errors.UnreadableData(place=place, reason=f"once cut down, {rule}")
    made = identifier.uuid7(at)
    needed = APPROVALS.get(decided.approval, 2)
    released = [order.by.name] if order.person and needed else []
    row = Outbound(
        message_id=made,
        recipient=order.to,
        type=order.type,
        purpose=decided.purpose,
        mode=decided.mode,
        handling=decided.handling,
        agreement=decided.agreement,
        clause=decided.clause,
        conversation=order.conversation or str(made),
        in_reply_to=order.in_reply_to,
        label=about.label(kind, decided.data),
        retain_until=decided.retain_until,
        expires_at=min(order.expires_at, decided.retain_until),  # then it is to be deleted
        sent_at=at,
        draft=message.encoded(decided.data).decode(),
        salt=secrets.token_bytes(32),
        withheld=list(decided.withheld),
        asked=decided.asked,
        state=State.WAITING if len(released) >= needed and not decided.waits else State.HELD,
        problem="key-missing" if decided.waits else "",
        approval=needed,
        released_by=released,
        by=order.by.name,
    )
    if envelope.length(len(_payload(row, decided.data, message.MOST_SERIAL, us))) > 2**20:
        raise errors.TooLarge(what=place, limit=2**20)
    return row


def _payload(row: Outbound, data: Any, serial: int, us: message.Origin) -> bytes:
    permit = None
    if row.agreement:
        assert row.retain_until is not None
        permit = message.Permit(
            agreement=row.agreement,
            clause=row.clause,
            purpose=row.purpose,
            mode=row.mode,
            handling=row.handling,
            retain_until=row.retain_until,
            conversation=row.conversation,
        )
    return message.build(
        message.Message(
            id=row.message_id,
            sender=us.code,
            type=row.type,
            time=row.sent_at,
            recipient=row.recipient,
            serial=serial,
            expires=row.expires_at,
            salt=bytes(row.salt),
            data=data,
            permit=permit,
            in_reply_to=row.in_reply_to,
        ),
        schema=us.schema(row.type),
    )
