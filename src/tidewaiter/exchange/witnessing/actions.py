"""A round with a partner: push our checkpoint, follow its log, hear what it saw, look up receipts.

The wire contract, "Witnesses". Each part goes on where another failed; a partner that is down or
slow is noted and accused of nothing, one that answers and contradicts itself raises the alarm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings

from tidewaiter.exchange import wire
from tidewaiter.exchange.models import Watch
from tidewaiter.exchange.witnessing import following, owed, reading
from tidewaiter.exchange.witnessing.following import Clock
from tidewaiter.exchange.witnessing.steadiness import Steady
from tidewaiter.identity import queries as partners
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import mirroring, witness
from tidewaiter.ledger import queries as log_queries
from tidewaiter.ledger.shown import NotShown
from tidewaiter.ledger.witnessing import queries as seen
from tidewaiter.problem import Problem
from tidewaiter.work import actions as work
from tidewaiter.work import jobs

KIND: Final = "exchange.witness"  # the job of one partner's round
AGREED: Final = 200
SILENT: Final = 2
MOST_UPLOADS: Final = 50  # requests with entries in a round
AT_ONCE: Final = 2  # of these, to ask where it stands and to bring what fits one
ROOM: Final = mirroring.MOST_BYTES - 64 * 1024  # bytes of entries a request
log: Final = structlog.get_logger("tidewaiter.exchange")


@dataclass(frozen=True, slots=True)
class Said:
    """What a round came to: why it was not whole, a line a part; none where it was."""

    reasons: tuple[str, ...]


def period() -> timedelta:
    """How long between two rounds with a partner; a fault is found within two."""
    return timedelta(seconds=settings.WITNESS_PERIOD)


def rounds(*, at: datetime) -> list[str]:
    """Have a round begin with every active partner; whom."""
    codes = [each.administration for each in partners.partners() if each.active]
    for code in codes:
        wake(code, at=at)
    return codes


def wake(partner: str, *, at: datetime) -> None:
    """Have a round with that partner begin now."""
    work.enqueue(KIND, {"partner": partner}, at=at, key=partner)


def pushed(partner: str, at: datetime) -> None:
    """It had a larger tree cosigned: fetch the entries under it, lest they are lost with it."""
    wake(partner, at=at)


def witness_partner(
    partner: str, *, now: Callable[[], datetime], steady: Steady | None = None
) -> Said:
    """One round with a partner; nothing while we are behind the fence.

    `steady` knows since when `now` ran on evenly; without it, always.
    """
    known = partners.partner(partner)
    if known is None or not known.active or log_queries.fenced() is not None:
        return Said(())
    watch, reasons = Watch.objects.of(partner), []
    clock = Clock(period(), now, steady.since) if steady is not None else Clock(period(), now)
    parts = _parts(known, watch, clock)
    if known.log_offered:
        reasons.append(f"its document names another log, {known.log_offered}: pin it by hand")
    silent = 0  # parts without an answer: a partner that is down is asked no more
    unheard: dict[str, str] = {}
    for name, part in parts:
        if jobs.stopping() or (silent == SILENT and name != "receipts"):
            continue
        try:
            reason = part()
        except wire.Unanswered as failure:
            reason, silent = failure.reason, silent + 1
            unheard[name] = reason
        except NotShown as failure:
            reason = str(failure)
        except Problem as problem:
            reason = problem.line()
        if reason:
            reasons.append(f"{name}: {reason}")
    if set(unheard) == {"log"}:
        following.unheard(known, unheard["log"], clock)
    watch.ended("; ".join(reasons), at=now())
    if reasons:
        log.warning("witnessing not whole", partner=partner, reasons=reasons)
    return Said(tuple(reasons))


def _parts(
    partner: partners.Partner, watch: Watch, clock: Clock
) -> list[tuple[str, Callable[[], str]]]:
    """What a round has with this partner, by name, in order.

    Of a log that it closed for another nothing is asked before somebody pinned that; it goes on
    being our witness.
    """
    now, parts = clock.now, []
    if partner.url:
        parts += [
            ("push", lambda: push(partner, watch, at=now())),
            ("log", lambda: following.follow(partner, watch, clock)),
            ("witness", lambda: compare(partner, at=now())),
        ]
        if not settings.NODE_URL:
            parts.append(("bring", lambda: bring(partner)))
            parts.append(("entries", lambda: upload(partner)))
    else:
        parts.append(("log", lambda: following.brought(partner, clock)))
    code = partner.administration
    parts.append(("receipts", lambda: owed.audit(code, watch, clock.period, at=now())))
    if partner.log_offered:
        return [each for each in parts if each[0] not in {"log", "receipts"}]
    return parts


def push(partner: partners.Partner, watch: Watch, *, at: datetime) -> str:
    """Have a partner cosign our newest checkpoint, at most once a period; why it did not."""
    newest = log_queries.checkpoint()
    code = partner.administration
    if newest is None or not partner.witness_vkey:
        return ""
    known = seen.acknowledged(code)
    if known is not None and known >= newest.size:
        return ""
    if watch.pushed_at is not None and at - period() < watch.pushed_at <= at:
        # a round that was woken, or one a little early: it goes as soon as the period is over
        due = watch.pushed_at + period()
        work.enqueue(KIND, {"partner": code}, at=at, key=code, not_before=due)
        return ""
    old = known or 0
    watch.pushed(at=at)
    status, body = _asked(partner.url, old, newest.size, newest.note)
    if status == 409:
        try:
            old = witness.size(body)
        except witness.BadRequest as error:
            return str(error)
        if old > newest.size:
            return f"it cosigned {old} entries of our log, which has {newest.size}"
        status, body = _asked(partner.url, old, newest.size, newest.note)
    if status != AGREED:
        return f"it answered {status}"
    try:
        whole = newest.note.encode() + body
        if not ledger.cosigned(whole, by=code, at=at):
            return "its answer is by no key of its"
    except Problem as problem:
        return problem.line()
    _bring_at_once(partner)
    return ""


def _bring_at_once(partner: partners.Partner) -> None:
    """Bring the last entries of what was just cosigned, where the partner could not fetch them.

    They are our way back after a restore: what is cosigned and lost here has to be there.
    """
    if not settings.NODE_URL:
        return  # all of them go in a part of its own
    try:
        reason = upload(partner, most=AT_ONCE)
    except wire.Unanswered as failure:
        reason = failure.reason
    if reason:
        log.debug("entries are fetched", partner=partner.administration, reason=reason)


def compare(partner: partners.Partner, *, at: datetime) -> str:
    """Hear what a partner cosigned, and hold it against what we saw; what of it is no checkpoint.

    What cannot be settled at once has the log that it is about asked at once.
    """
    wrong = ""
    for text in witness.newest(reading.cosigned(partner.url)):
        wrong = hear(text, by=partner.administration, at=at) or wrong
    return wrong


def hear(text: bytes, *, by: str, at: datetime) -> str:
    """One checkpoint that somebody cosigned; why it is none, "" where it is one."""
    try:
        settled = ledger.told(text, by=by, at=at)
    except Problem as problem:
        return problem.line()
    if not settled:
        origin = text.partition(b"\n")[0].decode("utf-8", "replace")
        held = seen.held(origin)
        if held is not None and held.administration != by:
            wake(held.administration, at=at)
    return ""


def bring(partner: partners.Partner) -> str:
    """Bring a partner what we cosigned, where it cannot ask us for it."""
    wrong = ""
    for notes in witness.parcels(seen.newest_notes()):
        status = reading.bring(partner.url, notes)
        if status in {404, 405}:
            return ""
        if status not in {200, 204}:
            wrong = f"what we cosigned was answered {status}"
    return wrong


def upload(partner: partners.Partner, *, most: int = MOST_UPLOADS) -> str:
    """Bring a partner entries of our log that it cosigned and does not keep; why not."""
    size = seen.acknowledged(partner.administration)
    if not size:
        return ""
    start, asked = 0, mirroring.Upload(log_queries.origin(), 0, 0, ())  # where does it stand?
    for _ in range(most):
        status, body = reading.add_entries(partner.url, asked)
        if status in {200, 404, 405} or jobs.stopping():
            return ""
        if status not in {202, 409}:
            return f"entries were answered {status}"
        try:
            stands = mirroring.read_info(body)
        except mirroring.BadUpload as error:
            return str(error)
        if stands.next >= size:
            return ""
        if stands.size != size or stands.next < start or (status == 202 and stands.next == start):
            return f"it wants entries {stands.next} of {stands.size}, we bring {start} of {size}"
        start, asked = stands.next, seen.upload(stands.next, size, ROOM)
    return ""


def _asked(url: str, old: int, size: int, note: str) -> tuple[int, bytes]:
    proof = seen.consistency(old, size).path if 0 < old < size else ()
    request = witness.Request(old, tuple(proof), note.encode())
    return reading.add_checkpoint(url, request)
