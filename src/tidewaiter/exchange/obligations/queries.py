"""What may be read of obligations: by when we owe a partner a word, and by when it owes us one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from tidewaiter.agreements import duties
from tidewaiter.agreements import queries as agreements
from tidewaiter.agreements.document import Clause
from tidewaiter.exchange import types
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Answer, Inbound, Outbound
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission

REPORT, RESPOND = "report", "respond"
_clauses: Final[dict[tuple[str, str], Clause]] = {}  # a digest names one text for ever


@dataclass(frozen=True, slots=True)
class Owed:
    """A word that one side owes the other on a message: what came of it, or an answer."""

    message_id: UUID
    ours: bool  # whether we owe it
    partner: str
    type: str
    number: str  # what people call the message by; "" where it has no name
    what: str  # report, respond
    due_on: date  # the last day
    late: bool
    answered_by: UUID | None
    answered_at: datetime | None


def owed_to_us(viewer: Viewer, *, at: datetime, **wanted: Any) -> list[Owed]:
    """What partners owe us on messages of ours that they took, the newest first.

    `partner` and `id` narrow it to one partner, one message; with `answered` what was told already
    is named too. Raises Forbidden.
    """
    _may(viewer)
    rows = Outbound.objects.filter(state=State.DELIVERED).defer("jws", "draft", "asked")
    return _owed(_narrowed(rows, "recipient", at, **wanted), at)


def owed_by_us(viewer: Viewer, *, at: datetime, **wanted: Any) -> list[Owed]:
    """What we owe partners on messages of theirs, the newest first; narrowed as `owed_to_us`."""
    _may(viewer)
    return _owed(_narrowed(Inbound.objects.defer("jws"), "sender", at, **wanted), at)


def due(agreement: str, clause: str, at: datetime) -> duties.Duties:
    """What that clause binds the recipient to of a message sent at `at`."""
    found = _known(agreement, clause)
    return duties.of(found, at) if found else duties.NONE


def clause(agreement: str, clause: str) -> Clause | None:
    """That clause as both signed it; None where the agreement is not known here."""
    return _known(agreement, clause)


def answer(id: UUID) -> UUID | None:  # noqa: A002
    """The message that answered this one, or None."""
    return Answer.objects.filter(message_id=id).values_list("answered_by", flat=True).first()


def kind(name: str) -> str:
    """What is owed on a message of that type: an answer, a report, or nothing ("")."""
    if name.startswith(types.REQUEST):
        return RESPOND
    known = types.get(name)
    if known is None or known.about or name.startswith(types.REPLY):
        return ""
    return REPORT


def _narrowed(
    rows: QuerySet[Any],
    side: str,
    at: datetime,
    *,
    partner: str = "",
    id: UUID | None = None,  # noqa: A002
    answered: bool = False,
    limit: int = 100,
) -> list[Outbound | Inbound]:
    rows = rows.exclude(agreement="")
    rows = rows.filter(**{side: partner}) if partner else rows
    rows = rows.filter(message_id=id) if id else rows
    pairs = rows.order_by().values_list("agreement", "clause").distinct()
    rows = rows.filter(_binding(list(pairs), at))
    if not answered:
        rows = rows.exclude(message_id__in=Answer.objects.values("message_id"))
    return list(rows.order_by("-pk")[:limit])


def _owed(rows: Sequence[Outbound | Inbound], at: datetime) -> list[Owed]:
    ids = [row.message_id for row in rows]
    answers = {one.message_id: one for one in Answer.objects.filter(message_id__in=ids)}
    found = []
    for row in rows:
        bound, what = due(row.agreement, row.clause, row.sent_at), kind(row.type)
        day = bound.respond_by if what == RESPOND else bound.report_by
        if day is None:
            continue
        told = answers.get(row.message_id)
        found.append(
            Owed(
                message_id=row.message_id,
                ours=isinstance(row, Inbound),
                partner=row.sender if isinstance(row, Inbound) else row.recipient,
                type=row.type,
                number=row.label,
                what=what,
                due_on=day,
                late=told is None and duties.end(day) <= at,
                answered_by=told.answered_by if told else None,
                answered_at=told.at if told else None,
            )
        )
    return found


def _binding(pairs: Sequence[tuple[str, str]], at: datetime) -> Q:
    """Messages under the clauses among these that bind the recipient to something."""
    found = Q(pk=None)
    for agreement, clause in pairs:
        bound = due(agreement, clause, at)
        here = Q(agreement=agreement, clause=clause)
        if bound.respond_by:
            found |= here & Q(type__startswith=types.REQUEST)
        if bound.report_by:
            names = [name for name in types.names() if kind(name) == REPORT]
            found |= here & Q(type__in=names)
    return found


def _known(agreement: str, clause: str) -> Clause | None:
    known = _clauses.get((agreement, clause))
    if known is None:
        signed = agreements.by_digest(agreement)
        known = signed.agreement.clause(clause) if signed else None
        if known is not None:
            _clauses[agreement, clause] = known
    return known


def _may(viewer: Viewer) -> None:
    if not viewer.may(Permission.MESSAGE_READ):
        raise identity_errors.Forbidden(permission=Permission.MESSAGE_READ.value)
