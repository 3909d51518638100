"""What machines do with messages later: sign and log them, deliver them, hand them to handlers.

Each may be killed at any moment and runs again: what was done stands, what was not is done then.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter import clock, jose, trace
from tidewaiter.exchange import (
    actions,
    delivery,
    envelope,
    gaps,
    housekeeping,
    message,
    redeciding,
    renewing,
    retry,
    settling,
    telling,
    types,
    wire,
)
from tidewaiter.exchange.attachments import asking as attachments
from tidewaiter.exchange.collecting import actions as collecting
from tidewaiter.exchange.delivery import Heard, Outgoing
from tidewaiter.exchange.models import Correspondent, Gap, Handed, Inbound, Outbound, Rate
from tidewaiter.exchange.obligations import actions as obligations
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.exchange.restoring import actions as rejoining
from tidewaiter.exchange.restoring import queries as restoring
from tidewaiter.identity import queries as partners
from tidewaiter.keys import actions as keys
from tidewaiter.ledger import actions as ledger
from tidewaiter.work import actions as work
from tidewaiter.work import jobs, schedules

TIDY: Final = schedules.Schedule(kind="exchange.tidy", every=timedelta(seconds=30))
HANDLED_AT_ONCE: Final = 25
SHORT: Final = 0.15  # seconds after which a transaction of handlers is ended
log: Final = structlog.get_logger("tidewaiter.exchange")


def seal() -> datetime | None:
    """Sign and log what was written as a batch, a few hundred a commit, then have it delivered."""
    ledger.hold()
    types.load()
    while not jobs.stopping():
        with transaction.atomic():
            if not telling.seal(us=actions.us(), sign=keys.sign, at=clock.real()):
                return None
        work.give_way()
    return clock.real()


def deliver(*, partner: str) -> datetime | None:
    """Send a partner what waits for it, a batch a POST; when to call again where none answered."""
    ledger.hold()
    while not jobs.stopping():
        at = clock.real()
        known = partners.partner(partner)
        if known is None or not known.active or not known.url:
            return None
        if wait := Correspondent.objects.waits(partner, at):
            return wait
        rows = restoring.first(partner, Outbound.objects.due(partner, at), at)
        due = rows.values_list("pk", "message_id", "jws", "digest")
        batch = delivery.fitting(
            Outgoing(*each) for each in due[: delivery.MOST_LINES].iterator(20)
        )
        if not batch:
            return _next(partner)
        key = partners.enc_key(partner, at)
        if key is None:
            return unanswered(partner, batch, "it has no key to seal to", None)
        lines = [envelope.sealed(each.jws, key, kid=key["kid"]) for each in batch]
        line = wire.Line(known.url, retry.ANSWER.total_seconds())
        try:
            answer = wire.post(line, lines, tick=time.monotonic)
        except wire.Unanswered as failure:
            return unanswered(partner, batch, failure.reason, failure.retry_after)
        heard = delivery.heard(
            batch, lines, answer, us=settings.ADMINISTRATION, partner=partner, key=finder(partner)
        )
        if not any(heard):
            return unanswered(partner, batch, "no receipt of its answer verifies", None)
        _answered(partner, batch, heard)
        if not all(heard):
            silent = [each for each, word in zip(batch, heard, strict=True) if word is None]
            return unanswered(partner, silent, "some receipts do not verify", None)
    return clock.real()


def handle() -> datetime | None:
    """Hand accepted messages to the handlers of their types, once in effect each."""
    ledger.hold()
    types.load()
    while not jobs.stopping():
        at = clock.real()
        rows = list(Inbound.objects.unhandled(at)[:HANDLED_AT_ONCE])
        if not rows:
            later = Inbound.objects.filter(handled_at=None).order_by("handle_at")
            return later.values_list("handle_at", flat=True).first()
        _handle(rows, at)
        work.give_way()
    return clock.real()


def ask() -> datetime | None:
    """Ask partners for the serials that did not come; when the next question is due."""
    ledger.hold()
    with transaction.atomic():
        at = clock.real()
        gaps.ask(us=actions.us(), sign=keys.sign, at=at)
    return Gap.objects.next(at)


def resend(*, partner: str, first: int, last: int, about: str) -> datetime | None:
    """Answer a partner that asks for serials of ours, some hundreds a commit."""
    ledger.hold()
    begin: int | None = first
    while begin is not None:
        at = clock.real()
        with transaction.atomic():
            done = gaps.answer(
                partner, begin, last, about=about, us=actions.us(), sign=keys.sign, at=at
            )
        log.info(
            "asked for serials",
            partner=partner,
            again=done.again,
            expired=len(done.expired),
            refused=len(done.refused),
        )
        begin = done.next
        work.give_way()
    return None


def unlock() -> datetime | None:
    """Decide again what waits for the key of an agreement that may be here now."""
    ledger.hold()
    after: int | None = 0
    while after is not None:
        with transaction.atomic():
            at = clock.real()
            after = redeciding.key_came(us=actions.us(), sign=keys.sign, at=at, after=after)
        work.give_way()
    return None


def tidy() -> None:
    """End what expired, count rates anew, and see that nothing waits that no job knows of."""
    at = clock.real()
    if ledger.standing_still():
        actions.resume(at=at)
        return
    for end in (Outbound.objects.expire, Handed.objects.forget):
        while end(at):
            work.give_way()
    Rate.objects.tidy(at - timedelta(minutes=5))
    rejoining.keep_asking(at=at)
    actions.resume(at=at)  # each job is put into the queue by itself: what is read holds up nobody
    publishing.publish(at=at)


def _next(partner: str) -> datetime | None:
    """When the first of the messages is due that wait for themselves."""
    waiting = Outbound.objects.filter(recipient=partner, state="waiting", next_at__isnull=False)
    return waiting.order_by("next_at").values_list("next_at", flat=True).first()


def unanswered(
    partner: str, batch: Sequence[Outgoing], reason: str, retry_after: float | None
) -> datetime:
    """Note that no answer came; when the partner is tried again."""
    at = clock.real()
    with transaction.atomic():
        (row,) = Correspondent.objects.lock([partner])
        failures = row.failures + 1
        wait = retry.wait(failures, jitter=random.random())  # noqa: S311 (spreads, hides nothing)
        then = at + max(wait, timedelta(seconds=retry_after or 0))
        Correspondent.objects.failed(partner, failures=failures, next_at=then)
        Outbound.objects.tried([each.pk for each in batch])
    log.warning(
        "partner gave no answer",
        partner=partner,
        messages=len(batch),
        failures=failures,
        reason=reason,
        again_at=clock.text(then),
    )
    return then


def _answered(partner: str, batch: Sequence[Outgoing], heard: Sequence[Heard | None]) -> None:
    """Note what the receipts say, in one commit."""
    said = {each.pk: word for each, word in zip(batch, heard, strict=True) if word}
    with transaction.atomic():
        at = clock.real()
        done = settling.settle(partner, said, us=actions.us(), sign=keys.sign, at=at)
        attachments.asked(partner, done.lacking, at=at)
        collecting.soon(partner, at=at)
    log.info(
        "delivered",
        partner=partner,
        accepted=len(done.accepted),
        refused=len(said) - len(done.accepted),
        anew=len(done.anew),
    )


def finder(partner: str) -> Any:
    """What finds a pinned key of that partner that is valid now, by its kid."""

    def find(kid: str) -> jose.Jwk | None:
        at = clock.real()
        renewing.renew(partner, [kid], at=at)
        key = partners.signing_key(partner, kid)
        return key.jwk if key is not None and key.valid(at) else None

    return find


def _handle(rows: Sequence[Inbound], at: datetime) -> None:
    """Some of these in one short transaction, each by a savepoint of its own."""
    stumbled: list[tuple[Inbound, Exception]] = []
    until = time.monotonic() + SHORT
    with transaction.atomic():
        for row in rows:
            if time.monotonic() > until:
                break
            try:
                with transaction.atomic():
                    if row.handled(at=at):
                        _hand_over(row)
            except Exception as error:  # whatever a handler raises, the others go on
                stumbled.append((row, error))
    for row, fault in stumbled:
        wait = retry.wait(row.stumbles + 1, jitter=0)
        row.stumbled(f"{type(fault).__name__}: {fault}", again_at=clock.real() + wait)
        log.error(
            "handler failed",
            id=str(row.message_id),
            type=row.type,
            error=trace.kind(fault),
            where=trace.places(fault),
        )


def _hand_over(row: Inbound) -> None:
    kind = housekeeping.get(row.type)
    if kind is None:
        return
    read = message.read(jose.read(row.jws).payload)
    permit = asdict(read.permit) if read.permit else {}
    received = types.Received(
        id=row.message_id,
        source=row.sender,
        type=row.type,
        time=row.sent_at,
        received_at=row.received_at,
        data=read.data,
        digest=row.digest,
        in_reply_to=row.in_reply_to,
        **permit,
    )
    if kind.handle is not None:
        kind.handle(received)
    obligations.follow(received)
