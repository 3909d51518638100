"""The accepting path: the lines of one POST opened, judged, taken, each run in one commit.

A run ends after each line that changes by what the next is judged (a key, an agreement): what a
partner says of its keys and agreements counts from there, in the same POST too.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tidewaiter import identifier
from tidewaiter.exchange import (
    envelope,
    housekeeping,
    intake,
    knowledge,
    receipt,
    renewing,
    telling,
)
from tidewaiter.exchange.attachments import asking as attachments
from tidewaiter.exchange.door import rates
from tidewaiter.exchange.door.models import promptly
from tidewaiter.exchange.models import Correspondent, Inbound, Refusal
from tidewaiter.exchange.restoring import taking
from tidewaiter.exchange.serials import PATIENCE
from tidewaiter.identity import actions as identity
from tidewaiter.keys import actions as keys
from tidewaiter.ledger import actions as ledger
from tidewaiter.problem import Problem
from tidewaiter.work import actions as work

RACES: Final = 3  # how often a run is judged anew where another changed what it was judged by


@dataclass(frozen=True, slots=True)
class Door:
    """Who takes the lines, whence they come, and how many a minute are let in.

    `partner` is whose certificate the connection showed, where one was: a node document names it.
    What a person brought in a file comes `by_hand`: no rate holds it, and it counts for none.
    """

    us: str
    rate: int
    failing_rate: int
    address: str = ""
    partner: str = ""
    by_hand: bool = False


class Overtaken(Exception):
    """Another POST changed what this one was judged by, or took one of its messages."""


def receive(lines: Sequence[bytes], door: Door, *, at: datetime) -> list[str]:
    """A signed receipt for each line, in order; what is accepted is durable before it is said."""
    with _uncollected():
        if ledger.standing_still():
            return taking.answers(lines, lambda some: _received(some, door, at=at))
        return _received(lines, door, at=at)


def _received(lines: Sequence[bytes], door: Door, *, at: datetime) -> list[str]:
    if not door.by_hand:
        rates.hold_address(door.address, door.failing_rate, at=at)
    if door.partner:
        rates.hold_partner(door.partner, len(lines), door.rate, at=at)
    arrivals = _opened(lines, door, at=at)
    counted: set[str] = set()
    answers: list[receipt.Answer] = []
    for run in intake.runs(arrivals):
        answers += _settled(run, arrivals, counted, door, at=at)
    sign = keys.signing(typ=envelope.TYP)
    return [_receipt(each, door.us, at, sign) for each in answers]


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage is collected among the parts of a batch, which is bounded: it takes its sixth."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _opened(lines: Sequence[bytes], door: Door, *, at: datetime) -> list[envelope.Arrival]:
    """The lines, opened; one is enough to see that whose they say they are is above its rate.

    Nothing shows yet that it is theirs: who says so of another holds up nobody but themselves.
    """
    open_ = keys.opening()
    first = intake.opened(lines[:1], open_)
    for arrival in first:
        if arrival.sender and not door.by_hand:
            rates.hold_partner(arrival.sender, 1, door.rate, at=at)
    return first + intake.opened(lines[1:], open_)


def _settled(
    run: Sequence[envelope.Arrival],
    whole: Sequence[envelope.Arrival],
    counted: set[str],
    door: Door,
    *,
    at: datetime,
) -> list[receipt.Answer]:
    """One run, judged anew where another POST came between the judgement and the commit."""
    for race in range(RACES):
        known, judged = _judged(run, door.us, at=at)
        senders = sorted({each.arrival.sender for each in judged if each.signed})
        for sender in set(senders) - counted if not door.by_hand else ():
            count = sum(each.sender == sender for each in whole)
            rates.hold_partner(sender, count, door.rate, at=at)
        try:
            with promptly(Overtaken):
                answers = _take(judged, known, senders, door, at=at)
            counted.update(senders)
            return answers
        except Overtaken:
            if race == RACES - 1:
                raise
    raise AssertionError("the last race returns or raises")


def _judged(
    run: Sequence[envelope.Arrival], us: str, *, at: datetime
) -> tuple[knowledge.Known, list[intake.Judged]]:
    """The lines judged; again where a partner's document, fetched anew, lists a key of theirs."""
    known = knowledge.Known(us, at)
    known.changes = Correspondent.objects.changes_of({each.sender for each in run} - {""})
    judged = intake.judge(run, known)
    strange: dict[str, set[str]] = {}
    for each in judged:
        refused = each.early is not None and each.early.problem == "bad-signature"
        if refused and known.strange(each.arrival):
            strange.setdefault(each.arrival.sender, set()).add(each.arrival.kid)
    if any(renewing.renew(sender, kids, at=at) for sender, kids in sorted(strange.items())):
        return _judged(run, us, at=at)
    return known, judged


def _take(
    judged: Sequence[intake.Judged],
    known: knowledge.Known,
    senders: Sequence[str],
    door: Door,
    *,
    at: datetime,
) -> list[receipt.Answer]:
    correspondents = Correspondent.objects.lock(senders) if senders else []
    if any(row.changes != known.changes.get(row.pk, 0) for row in correspondents):
        raise Overtaken
    highest = taking.highest(judged, {row.pk: row.highest for row in correspondents})
    found = intake.record(judged, highest)
    outcomes = intake.settle(judged, found, known, at)
    pairs = list(zip(judged, outcomes, strict=True))
    accepted = [each.arrival for each, outcome in pairs if outcome is None]
    if accepted:
        entries = [(each.compact.encode("ascii"), each.message.salt) for each in accepted]  # type: ignore[union-attr]
        written = [each.message.time for each in accepted if each.message]
        indexes = ledger.append_many(entries, at=at, written=written)
        rows = [
            intake.row(each, index=index, receipt_id=identifier.uuid7(at), at=at)
            for each, index in zip(accepted, indexes, strict=True)
        ]
        Inbound.objects.add(rows)
        found.logged(rows)
        _number(correspondents, accepted, at=at)
        _keep_house(accepted, at=at)
        attachments.accepted([each.message for each in accepted if each.message], at=at)
        if any(row.handled_at is None for row in rows):
            work.enqueue("exchange.handle", {}, at=at, key="handle")
    refused = intake.refusals(judged, outcomes, address=door.address, at=at)
    if refused:
        Refusal.objects.note(refused, at=at)
        attachments.expect(intake.lacking(pairs), at=at)
    if not door.by_hand:
        _count(judged, senders, address=door.address, at=at)
    for sender in senders:
        identity.seen(sender, at)
    waited = [each.pk for each in correspondents if each.failures]
    if waited:
        Correspondent.objects.heard(waited)
        telling.wake(waited, at=at)
    return [
        intake.answer(each.arrival, outcome, found.first(each.arrival), at)
        for each, outcome in pairs
    ]


def _number(
    correspondents: Sequence[Correspondent], accepted: Sequence[envelope.Arrival], *, at: datetime
) -> None:
    """Note the serials that came, and have asked for those that did not."""
    gaps = False
    for row in correspondents:
        serials = [
            each.message.serial for each in accepted if each.sender == row.pk and each.message
        ]
        if serials:
            gaps |= row.took(serials, at=at)
    if gaps:
        work.enqueue("exchange.ask", {}, at=at, key="ask", not_before=at + PATIENCE)


def _keep_house(accepted: Sequence[envelope.Arrival], *, at: datetime) -> None:
    """Let what housekeeping messages say take effect, in the commit that accepts them."""
    changed: set[str] = set()
    for arrival in accepted:
        kind = housekeeping.TYPES.get(arrival.message.type) if arrival.message else None
        if kind is None:
            continue
        if kind.effect is not None:
            try:
                kind.effect(intake.received(arrival, at))
            except Problem as problem:
                raise Overtaken(problem.type) from problem
        if kind.changes:
            changed.add(arrival.sender)
    if changed:
        Correspondent.objects.changed(changed)


def _receipt(answer: receipt.Answer, us: str, at: datetime, sign: Callable[[bytes], str]) -> str:
    return sign(receipt.build(answer, us=us, id=answer.id or identifier.uuid7(at), at=at))


def _count(
    judged: Sequence[intake.Judged], senders: Sequence[str], *, address: str, at: datetime
) -> None:
    for sender in senders:
        lines = sum(each.signed and each.arrival.sender == sender for each in judged)
        rates.took(sender, lines, at=at)
    rates.failed(address, sum(not each.signed for each in judged), at=at)
