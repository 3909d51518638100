"""Passing on: our messages bound to the terms of what they rest on, originators asked, questions
of partners answered.

A message that rests on what another partner gave is no looser than that, lasts no longer, and waits
until whoever must be asked has said yes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from tidewaiter import clock
from tidewaiter.exchange import about
from tidewaiter.exchange.life import Event, State, before
from tidewaiter.exchange.models import Consent, Ground, Inbound, Outbound, Question
from tidewaiter.exchange.obligations import queries as obligations
from tidewaiter.exchange.onward import errors, queries, terms
from tidewaiter.exchange.onward.models import GRANTED, REFUSED
from tidewaiter.exchange.onward.terms import Source, Verdict
from tidewaiter.exchange.types import Received
from tidewaiter.work import actions as work

TYPE: Final = "org.tidewaiter.obligation.onward.v1"
WAITS: Final = "consent-missing"
ASK: Final = "exchange.to-consent"
JOB: Final = "exchange.onward"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that is to be put to the originator of what is passed on."""

    consent: Consent
    partner: str
    source: UUID
    to: str

    @property
    def data(self) -> dict[str, Any]:
        """The question, as `data` of its message."""
        return {"message": str(self.source), "to": self.to}


def bind(rows: Sequence[Outbound], ids: Sequence[str], to: str, *, at: datetime) -> list[Source]:
    """Hold these drafts to the terms of the partners' messages on which they rest; which these are.

    Raises NotOnward, ConsentRefused, TooLate.
    """
    found = queries.sources(ids, to) if ids else []
    for each in found:
        _refuse(each, to, at=at)
        for row in rows:
            _tighten(row, each)
    return found


def waits(sources: Sequence[Source], to: str) -> bool:
    """Whether somebody must say yes before what rests on these may go to `to`."""
    return any(
        queries.verdict(each, to) is Verdict.ASKS and not _granted(each, to) for each in sources
    )


def ground(
    rows: Sequence[Outbound], sources: Sequence[Source], to: str, *, at: datetime
) -> list[Ask]:
    """Keep on what these messages rest, with them; the questions that are to be asked now."""
    asks: list[Ask] = []
    for each in sources:
        consent = None
        if queries.verdict(each, to) is Verdict.ASKS:
            consent, new = Consent.objects.all().ask(each.partner, each.id, to, at=at)
            if consent.decision == REFUSED:  # since it was decided that these may go
                raise errors.ConsentRefused(
                    rule="onward", partner=each.partner, message=str(each.id), to=to
                )
            if new or _lost(consent):
                asks.append(Ask(consent, each.partner, each.id, to))
        Ground.objects.lay(
            Ground(message=row, partner=each.partner, source=each.id, consent=consent)
            for row in rows
        )
    return asks


def rebind(row: Outbound) -> None:
    """Hold a message that was decided anew to the terms of what it rests on, still."""
    ids = [str(each) for each in row.grounds.values_list("source", flat=True)]
    for each in queries.sources(ids, row.recipient) if ids else ():
        _tighten(row, each)


def stands(row: Outbound) -> bool:
    """Whether a message of ours still waits for an originator's word."""
    return Ground.objects.all().waiting(row.pk)


def refused(row: Outbound) -> bool:
    """Whether an originator does not want what a message of ours rests on to be passed on."""
    return row.grounds.filter(consent__decision=REFUSED).exists()


def take(received: Received) -> bool:
    """A partner asks whether it may pass a message of ours on, or answers our question.

    Whether it is a question that somebody here has to answer.
    """
    to = received.data["to"]
    codes = to if isinstance(to, list) else [to]
    original = about.original(received.source, [received.data["message"]])
    assert original is not None, "an obligation is about what was exchanged"
    if "decision" in received.data:
        _decided(received, original, codes)
        return False
    if isinstance(original, Inbound):
        return True  # about what it gave us itself: people may make something of it
    Question.objects.keep(
        received.id,
        partner=received.source,
        about=original.message_id,
        to=" ".join(codes)[:400],
        asked_at=received.received_at,
    )
    return True


def answered(partner: str, message: UUID, *, decision: str, by: str, at: datetime) -> int:
    """Note that we answered what a partner asks of that message of ours; how many questions."""
    asked = Question.objects.filter(partner=partner, about=message)
    return asked.open().decide(decision=word(decision), by=by, at=at)


def question(id: UUID) -> Question:  # noqa: A002
    """The open question of that message. Raises NotAsked."""
    found = Question.objects.open().filter(message_id=id).first()
    if found is None:
        raise errors.NotAsked(id=str(id))
    return found


def word(decision: str) -> str:
    """Whether a decision grants: by that one word; everything else refuses."""
    return GRANTED if decision.strip().casefold() == GRANTED else REFUSED


def _decided(received: Received, original: Inbound | Outbound, codes: Sequence[str]) -> None:
    if not isinstance(original, Inbound):
        return
    said = str(received.data["decision"])
    asked = Consent.objects.filter(partner=received.source, source=original.message_id)
    count = asked.decide(
        codes,
        decision=word(said),
        said=said[:200],
        by=received.id,
        at=received.received_at,
    )
    if count:
        source = str(original.message_id)
        work.enqueue(JOB, {"source": source}, at=received.received_at, key=source)


def _tighten(row: Outbound, source: Source) -> None:
    row.handling = terms.tightest([row.handling, source.handling])
    if source.retain_until is not None and row.retain_until is not None:
        row.retain_until = min(row.retain_until, source.retain_until)
        row.expires_at = min(row.expires_at, row.retain_until)


def _lost(consent: Consent) -> bool:
    """Whether the question did not reach its partner, and does not any more."""
    if consent.decision or consent.asked_by is None:
        return False
    gone = [State.EXPIRED, State.REFUSED, State.WITHDRAWN]
    return Outbound.objects.filter(message_id=consent.asked_by, state__in=gone).exists()


def _granted(source: Source, to: str) -> bool:
    known = Consent.objects.all().of(source.partner, source.id, to)
    return known is not None and known.decision == GRANTED


def _refuse(source: Source, to: str, *, at: datetime) -> None:
    """Raises what stands against passing it on."""
    if queries.over(source, at):
        assert source.retain_until is not None
        until = clock.text(source.retain_until)
        raise errors.TooLate(
            rule="onward", message=str(source.id), partner=source.partner, until=until
        )
    if queries.verdict(source, to) is not Verdict.STAYS:
        return
    known = Consent.objects.all().of(source.partner, source.id, to)
    if known is not None and known.decision == REFUSED:
        raise errors.ConsentRefused(
            rule="onward", partner=source.partner, message=str(source.id), to=to
        )
    clause = obligations.clause(source.agreement, source.clause)
    listed = ", ".join(clause.onward_to) if clause and clause.onward_to else "–"
    raise errors.NotOnward(
        rule="onward", partner=source.partner, clause=source.clause, parties=listed, to=to
    )


def settled(source: UUID) -> list[UUID]:
    """The messages of ours that are not delivered and rest on what was decided about; for the job
    that goes on.
    """
    with transaction.atomic():
        held = Ground.objects.filter(source=source, message__state__in=before(Event.WITHDRAW))
        return list(held.values_list("message__message_id", flat=True).distinct())
