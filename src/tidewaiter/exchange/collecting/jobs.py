"""The collecting of a node that cannot be reached: ask each partner, take, bring the receipts.

It may be killed at any moment: what was taken is answered as a duplicate the next time, and the
partner keeps everything until its receipt is there.
"""

import random
import time
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter import canonical, clock, identifier, jose
from tidewaiter.exchange import actions, envelope, receipt, retry, wire
from tidewaiter.exchange.attachments import actions as attachments
from tidewaiter.exchange.collecting import asking
from tidewaiter.exchange.models import Awaited, Correspondent, Round
from tidewaiter.identity import queries as partners
from tidewaiter.keys import actions as keys
from tidewaiter.ledger import actions as ledger
from tidewaiter.problem import Problem
from tidewaiter.work import jobs as work

SLOWEST: Final = timedelta(minutes=15)  # that one attachment may take
log: Final = structlog.get_logger("tidewaiter.exchange")


def collect(*, partner: str) -> datetime | None:
    """Ask that partner for what waits for us, until nothing does; when it is asked again."""
    ledger.hold()
    known = partners.partner(partner)
    if settings.NODE_URL or known is None or not known.active or not known.url:
        return None
    at, turn = clock.real(), Round.objects.of(partner)
    if turn.next_at is not None and turn.next_at > at:
        return turn.next_at
    came, reason, wait = 0, "", 0.0
    try:
        goes_on = True
        while goes_on and not work.stopping():
            lines, goes_on = _ask(partner, known.url)
            came += lines
    except wire.Unanswered as failure:
        reason, wait = failure.reason, failure.retry_after or 0.0
    except Problem as problem:  # it is above its rate here
        reason, wait = problem.line(), float(str(problem.members.get("seconds", 0)))
    return _noted(turn, came, reason, wait)


def question(partner: str, after: int) -> str:
    """Our signed request for what waits for us at that partner, behind a serial."""
    return _signed(asking.COLLECT, {"after": after, "limit": asking.MOST}, partner)


def _ask(partner: str, url: str) -> tuple[int, bool]:
    """One question, what came taken, its receipts brought; how many, and whether to ask on."""
    at = clock.real()
    line = wire.Line(url, retry.ANSWER.total_seconds())
    lines = wire.collect(line, question(partner, 0), tick=time.monotonic)
    _heard(partner, at)
    if not lines:
        return 0, False
    came = [each.encode("ascii") for each in lines[: asking.MOST]]
    receipts = actions.receive(came, at=at, address=f"collect:{partner}")
    wire.receipts(line, receipts, tick=time.monotonic)
    fetched = _fetch(partner, url)
    said = [canonical.read(jose.read(each).payload)["data"]["outcome"] for each in receipts]
    log.info("collected", partner=partner, lines=len(came), accepted=said.count(receipt.ACCEPTED))
    # what was refused comes again later; asking at once for it would never end
    return len(came), bool(fetched) or receipt.ACCEPTED in said


def _fetch(partner: str, url: str) -> int:
    """Fetch the attachments that this partner's messages were refused for; how many came."""
    fetched = 0
    line = wire.Line(url, SLOWEST.total_seconds())
    for jwe in Awaited.objects.wanted(partner, clock.real()):
        if work.stopping():
            break
        request = _signed(asking.ATTACHMENT, {"jwe": jwe}, partner)
        with wire.attachment(line, request, tick=time.monotonic) as incoming:
            if incoming is None:
                log.warning("attachment is not there", partner=partner, jwe=jwe)
                continue
            stream: Any = incoming
            try:
                fetched += attachments.take(jwe, stream, at=clock.real())
            except Problem as problem:  # it is another, or too large: the others go on
                log.warning("attachment not taken", partner=partner, reason=problem.line())
    return fetched


def _noted(turn: Round, came: int, reason: str, wait: float) -> datetime:
    at = clock.real()
    if reason:
        after = retry.wait(turn.failures + 1, jitter=random.random())  # noqa: S311 (spreads)
        then = at + max(after, timedelta(seconds=wait))
        turn.failed(reason, at=at, next_at=then)
        log.warning("nothing collected", partner=turn.partner, reason=reason)
        return then
    if came:
        then = at + timedelta(seconds=settings.COLLECT_EVERY)
        turn.came(at=at, next_at=then)
        return then
    doubled = settings.COLLECT_EVERY * 2 ** min(turn.quiet, 10)
    longest = max(settings.COLLECT_LONGEST, settings.COLLECT_EVERY)
    then = at + timedelta(seconds=min(doubled, longest))
    turn.nothing(at=at, next_at=then)
    return then


def _heard(partner: str, at: datetime) -> None:
    """It answered: whatever it was waited for, the wait is over."""
    if Correspondent.objects.waits(partner, at):
        with transaction.atomic():
            Correspondent.objects.heard([partner])
            actions.wake([partner], at=at)


def _signed(type_: str, data: dict[str, Any], partner: str) -> str:
    at = clock.real()
    id_ = identifier.uuid7(at)
    payload = asking.build(type_, data, us=settings.ADMINISTRATION, to=partner, id=id_, at=at)
    return keys.sign(payload, typ=envelope.TYP)
