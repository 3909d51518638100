"""What may be read of passing on: on what a message rests, who is asked, who asks us."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from tidewaiter.exchange import errors
from tidewaiter.exchange.models import Consent, Ground, Inbound, Question
from tidewaiter.exchange.obligations import queries as obligations
from tidewaiter.exchange.onward import terms
from tidewaiter.exchange.onward.models import REFUSED
from tidewaiter.exchange.onward.terms import Source, Verdict


@dataclass(frozen=True, slots=True)
class Rests:
    """A partner's message on which one of ours rests, and what its originator says of it."""

    partner: str
    source: UUID
    asked_at: datetime | None  # None where nobody need be asked
    decision: str  # granted, refused, "" while it is silent
    said: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A partner's question whether it may pass a message of ours on."""

    id: UUID
    partner: str
    to: tuple[str, ...]
    asked_at: datetime
    decision: str
    decided_by: str
    decided_at: datetime | None


def sources(ids: Iterable[str], to: str) -> list[Source]:
    """The partners' messages among these ids, but those that `to` gave itself."""
    wanted = [found for each in dict.fromkeys(ids) if (found := _uuid(each)) is not None]
    rows = Inbound.objects.filter(message_id__in=wanted).exclude(sender=to).exclude(agreement="")
    return [
        Source(
            partner=row.sender,
            id=row.message_id,
            agreement=row.agreement,
            clause=row.clause,
            handling=row.handling,
            retain_until=row.retain_until,
        )
        for row in rows.defer("jws").order_by("pk")
    ]


def named(names: Sequence[str]) -> list[str]:
    """The ids of the partners' messages that go by these ids or numbers. Raises NoSuchMessage.

    A number that several partners gave names all of theirs: the terms of each bind.
    """
    found: list[str] = []
    for each in names:
        either = Q(label=each) if (id_ := _uuid(each)) is None else Q(message_id=id_)
        rows = Inbound.objects.filter(either).order_by("pk").values_list("message_id", flat=True)
        if not rows:
            raise errors.NoSuchMessage(id=each[:80])
        found += map(str, rows)
    return found


def verdict(source: Source, to: str) -> Verdict:
    """Whether what a partner gave may go to `to`: as its clause and, where asked, itself says."""
    said = terms.verdict(obligations.clause(source.agreement, source.clause), to)
    known = Consent.objects.all().of(source.partner, source.id, to)
    if said is Verdict.ASKS and known is not None and known.decision == REFUSED:
        return Verdict.STAYS
    return said


def may(ids: Sequence[str], to: str, at: datetime) -> bool:
    """Whether what rests on these messages may go to `to`, be it that somebody is asked first."""
    return all(
        verdict(each, to) is not Verdict.STAYS and not over(each, at) for each in sources(ids, to)
    )


def over(source: Source, at: datetime) -> bool:
    """Whether the time is over for which it was given."""
    return source.retain_until is not None and source.retain_until <= at


def grounds(message: UUID) -> list[Rests]:
    """On which partners' messages one of ours rests, and how each stands."""
    rows = Ground.objects.filter(message__message_id=message).select_related("consent")
    return [
        Rests(
            partner=row.partner,
            source=row.source,
            asked_at=row.consent.asked_at if row.consent else None,
            decision=row.consent.decision if row.consent else "",
            said=row.consent.said if row.consent else "",
            decided_at=row.consent.decided_at if row.consent else None,
        )
        for row in rows.order_by("pk")
    ]


def questions(message: UUID) -> list[Asked]:
    """What partners ask, or asked, of a message of ours; or what this message of theirs asks."""
    rows = Question.objects.filter(about=message) | Question.objects.filter(message_id=message)
    return [
        Asked(
            id=row.message_id,
            partner=row.partner,
            to=tuple(row.to.split()),
            asked_at=row.asked_at,
            decision=row.decision,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
        )
        for row in rows.order_by("pk")
    ]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
