"""The rounds of a restored node, until it is back; what a partner sends again that one lost.

A round may be killed at any moment and runs again: each step asks the database how far it is.
"""

import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter import canonical, clock, jose
from tidewaiter.exchange import actions as exchange
from tidewaiter.exchange import delivery, envelope, gaps, jobs, retry, wire
from tidewaiter.exchange.collecting import jobs as collecting
from tidewaiter.exchange.delivery import Outgoing
from tidewaiter.exchange.life import Event
from tidewaiter.exchange.models import Outbound, Rejoining, Restore
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.exchange.restoring import actions, fetching, judging, taking
from tidewaiter.exchange.restoring.models import SKEW
from tidewaiter.identity import queries as partners
from tidewaiter.ledger import queries as ledger
from tidewaiter.ledger import witness
from tidewaiter.ledger.fencing import actions as fencing
from tidewaiter.ledger.fencing import queries as fence
from tidewaiter.work import actions as queue
from tidewaiter.work import jobs as work

EVERY: Final = timedelta(seconds=5)  # between rounds that still wait for somebody
SLOWEST: Final = timedelta(seconds=60)  # between two questions to a partner that is down
CHECKPOINTS: Final = "/witness/checkpoints"
MOST: Final = 4 * 2**20  # bytes of all checkpoints that a partner cosigned
BACK_AT_ONCE: Final = 2_000  # entries in a commit
VOID_AT_ONCE: Final = 500
TRIES_AT_ONCE: Final = 50  # serials of our question before the other partners have their turn
ANSWER: Final = 10.0  # seconds
log: Final = structlog.get_logger("tidewaiter.exchange")


def rejoin() -> datetime | None:
    """One round of coming back; when the next is due, None once the node takes part again."""
    found = ledger.fenced()
    if found is None:
        return None
    rows = actions.rows(raised=found.raised)
    if found.stage != fence.PARTNERS:
        _look(rows)
        if all(row.excused or row.looked_at is not None or not _url(row) for row in rows):
            _bring_back(rows)
        found = ledger.fenced()
    if found is not None and found.stage == fence.PARTNERS:
        _ask(actions.rows(raised=found.raised), found.since)
        if actions.ready():
            with fencing.through():
                publishing.again(at=clock.real())
            actions.lift(at=clock.real())
            exchange.start(at=clock.real())
            return None
    found = ledger.fenced()
    if found is None:
        return None
    return clock.real() + (SLOWEST if found.stage == fence.LOST else EVERY)


def void(*, question: str) -> None:
    """Send again what a restored partner had receipted and lost: those receipts are void."""
    told = Restore.objects.filter(pk=question).first()
    after: int | None = 0
    while told is not None and after is not None:
        at = clock.real()
        since = max(told.since, at - gaps.KEPT + SKEW)  # it may say the year 1
        lost = Outbound.objects.filter(
            pk__gt=after,
            recipient=told.partner,
            state="delivered",
            settled_at__gte=since - SKEW,
            settled_at__lte=told.told_at,
            expires_at__gt=at,
        )
        some = list(lost.order_by("pk").values_list("pk", "receipt")[:VOID_AT_ONCE])
        again = [pk for pk, receipt in some if _index(receipt) >= told.size]
        with transaction.atomic():
            Outbound.objects.settle(Event.ASK, {pk: {"next_at": None} for pk in again}, at=at)
            exchange.wake([told.partner], at=at)
        log.info("sent again to a restored partner", partner=told.partner, messages=len(again))
        after = some[-1][0] if some else None
        queue.give_way()


def _look(rows: Sequence[Rejoining]) -> None:
    """Have each partner show what it cosigned of our log, where it did not yet."""
    for row in rows:
        url, at = _url(row), clock.real()
        if not url or row.excused or row.looked_at is not None or _not_yet(row, at):
            continue
        if work.stopping():
            return
        try:
            status, body = wire.fetch(wire.Line(url, ANSWER), CHECKPOINTS, MOST, tick=_tick)
            if status not in {200, 404}:  # 404: it witnesses nothing
                raise wire.Unanswered(f"{CHECKPOINTS} was answered {status}")
            notes = witness.split(body) if status == 200 else []
            known = judging.ours(notes, ledger.origin(), actions.verifiers(), by=row.partner)
        except wire.Unanswered as failure:
            _failed(row, failure.reason, at)
        except (judging.NotOurs, witness.BadRequest) as error:
            log.error("partner shows what is not ours", partner=row.partner, reason=str(error))
            row.note_down(fault=str(error)[:200], next_at=at + SLOWEST)
        else:
            actions.looked(row, known, at=at)


def _bring_back(rows: Sequence[Rejoining]) -> None:
    """Fetch what our log lacks of the newest tree that anybody cosigned; compare it with all."""
    known = actions.shown(rows)
    if other := fencing.another():
        log.error("the backup is of another log", origin=other, ours=ledger.origin())
        fencing.come(fence.LOST)
        return
    try:
        best = judging.newest(known)
    except judging.TwoTrees as error:
        log.error("our log signed two trees", reason=str(error))
        fencing.come(fence.LOST)
        return
    if best is None or best.size <= ledger.size() or _fetched(rows, best):
        actions.stands(known, at=clock.real())
    else:
        fencing.come(fence.LOST)


def _fetched(rows: Sequence[Rejoining], best: judging.Shown) -> bool:
    """Have the entries up to that checkpoint back, from whichever partner has them."""
    wanted = fetching.Wanted(ledger.size(), best.size, best.root)
    for row in sorted(rows, key=lambda each: -each.size):
        url = _url(row)
        if not url or work.stopping():
            continue
        place = witness.mirror(ledger.origin())
        try:
            kept = fetching.entries(url, place, wanted, fencing.grown())
        except (wire.Unanswered, fetching.NotTheLog) as error:
            log.warning("log not fetched back", partner=row.partner, reason=str(error))
            row.note_down(reason=str(error)[:200])
            continue
        row.note_down(reason="")
        with kept:
            first = wanted.have
            for entries in fetching.read(kept, BACK_AT_ONCE):
                fencing.readmit(entries, first, at=clock.real())
                first += len(entries)
        log.info("log fetched back", partner=row.partner, entries=best.size - wanted.have)
        return True
    return False


def _ask(rows: Sequence[Rejoining], since: datetime) -> None:
    """Put the question to each partner that did not answer it, and collect where we have to."""
    for row in rows:
        at = clock.real()
        if row.stated_at is not None or _not_yet(row, at) or work.stopping():
            continue
        asked = actions.question(row, since, at=at)
        url, key = _url(row), partners.enc_key(row.partner, at)
        if not url or row.excused:
            continue  # it collects the question, or has it when it is back
        try:
            again, tries = key is not None, TRIES_AT_ONCE
            while again and tries and key is not None and not work.stopping():
                again, tries = _put(row, asked, url, key), tries - 1
                asked.refresh_from_db()
            if not settings.NODE_URL:
                _collect(row.partner, url)
        except wire.Unanswered as failure:
            _failed(row, failure.reason, clock.real())


def _put(row: Rejoining, asked: Outbound, url: str, key: jose.Jwk) -> bool:
    """Send the question by itself, and note its receipt; whether it goes again at once."""
    line = envelope.sealed(asked.jws, key, kid=key["kid"])
    answer = wire.post(wire.Line(url, retry.ANSWER.total_seconds()), [line], tick=_tick)
    sent = [Outgoing(asked.pk, asked.message_id, asked.jws, asked.digest)]
    us, find = settings.ADMINISTRATION, jobs.finder(row.partner)
    (word,) = delivery.heard(sent, [line], answer, us=us, partner=row.partner, key=find)
    if word is None:
        raise wire.Unanswered("its receipt does not verify")
    return actions.answered(row.partner, word, at=clock.real())


def _collect(partner: str, url: str) -> None:
    """Look through what waits for us there for its answer, and take that alone."""
    after, line = 0, wire.Line(url, retry.ANSWER.total_seconds())
    while not work.stopping():
        request = collecting.question(partner, after)
        lines = [each.encode("ascii") for each in wire.collect(line, request, tick=_tick)]
        found, highest = taking.states(lines)
        if found:
            receipts = exchange.receive(found, at=clock.real(), address=f"collect:{partner}")
            wire.receipts(line, receipts, tick=_tick)
        if found or highest <= after:
            return
        after = highest


def _url(row: Rejoining) -> str:
    known = partners.partner(row.partner)
    return known.url if known is not None else ""


def _not_yet(row: Rejoining, at: datetime) -> bool:
    """Whether a partner is left alone; for too long, a clock said that was put back since."""
    return row.next_at is not None and at < row.next_at <= at + SLOWEST


def _failed(row: Rejoining, reason: str, at: datetime) -> None:
    wait = retry.wait(row.failures + 1, jitter=random.random())  # noqa: S311 (spreads)
    row.failed(reason, next_at=at + min(wait, SLOWEST))


def _index(receipt: str) -> int:
    found = canonical.read(jose.read(receipt).payload)["data"].get("logindex")
    return found if isinstance(found, int) else -1


def _tick() -> float:
    return time.monotonic()
