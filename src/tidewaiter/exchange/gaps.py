"""Gaps healed: theirs, which we ask for, and ours, which we send again or answer as withdrawn.

The wire contract, "A message": a gap is asked for after 30 s and then at most every 10 minutes; the
originator sends again what is still valid and answers the rest, so that no gap stays open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tidewaiter.exchange import serials, telling
from tidewaiter.exchange.life import Event, State
from tidewaiter.exchange.message import Origin
from tidewaiter.exchange.models import Correspondent, Gap, Outbound
from tidewaiter.exchange.types import Received
from tidewaiter.identity import queries as identity
from tidewaiter.work import actions as work

RESEND: Final = "org.tidewaiter.resend.v1"
WITHDRAWN: Final = "org.tidewaiter.withdrawn.v1"
AT_ONCE: Final = 500  # serials answered in one commit
ASKED_AT_ONCE: Final = 100  # gaps of one partner: a message each
KEPT: Final = timedelta(days=30)  # what was receipted, for a partner that lost it


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a question for serials: sent again, answered as withdrawn, where it goes on."""

    again: int
    expired: tuple[int, ...] = field(default=())
    refused: tuple[int, ...] = field(default=())
    next: int | None = None


def withdrawn(source: str, named: Sequence[int]) -> None:
    """A partner says that these serials do not come: their gaps are closed."""
    Gap.objects.close(source, sorted(set(named)))


def asked(received: Received) -> None:
    """A partner asks for serials of ours: answered by a job, as much as a gap can hold."""
    first, last = received.data["first"], received.data["last"]
    last = min(last, first + serials.WIDEST - 1)
    work.enqueue(
        "exchange.resend",
        {"partner": received.source, "first": first, "last": last, "about": str(received.id)},
        at=received.received_at,
        key=f"{received.source}:{first}-{last}",
    )


def ask(*, us: Origin, sign: telling.Sign, at: datetime) -> int:
    """Ask every partner in good standing for what is due, in the caller's transaction; how many."""
    senders = Gap.objects.due(at).order_by().values_list("sender", flat=True).distinct()
    codes = [code for code in sorted(senders) if _active(code)]
    Correspondent.objects.lock(codes)  # all before the log, as whoever receives does
    count = 0
    for code in codes:
        due = list(Gap.objects.due(at).filter(sender=code).select_for_update()[:ASKED_AT_ONCE])
        again = [gap for gap in due if gap.asked_at is not None]
        if again and _waits(code):  # it has not had the last question yet: not one more of it
            Gap.objects.asked([gap.pk for gap in again], at=at)
            due = [gap for gap in due if gap.asked_at is None]
        count += _ask(code, due, us=us, sign=sign, at=at)
    return count


def ask_at_once(code: str, *, us: Origin, sign: telling.Sign, at: datetime) -> int:
    """Ask one partner for all that is missing of it, in the caller's transaction; how many."""
    missing = Gap.objects.filter(sender=code).order_by("first").select_for_update()
    return _ask(code, list(missing[:ASKED_AT_ONCE]), us=us, sign=sign, at=at)


def _ask(code: str, missing: Sequence[Gap], *, us: Origin, sign: telling.Sign, at: datetime) -> int:
    for gap in missing:
        data = {"first": gap.first, "last": gap.last}
        telling.tell(to=code, type=RESEND, data=data, us=us, sign=sign, at=at)
    Gap.objects.asked([gap.pk for gap in missing], at=at)
    return len(missing)


def answer(
    partner: str, first: int, last: int, *, about: str, us: Origin, sign: telling.Sign, at: datetime
) -> Answered:
    """Answer a question for serials of ours, some hundreds at once, in the caller's transaction."""
    (row,) = Correspondent.objects.lock([partner])
    last = min(last, row.last_serial)
    until = min(last, first + AT_ONCE - 1)
    again: list[Outbound] = []
    late: list[Outbound] = []
    expired: list[int] = []
    refused: list[int] = []
    rows = {each.serial: each for each in Outbound.objects.numbered(partner, first, until)}
    for serial in range(first, until + 1):
        each = rows.get(serial)
        match _word(each, at):
            case "again":
                again.append(each)  # type: ignore[arg-type]
            case "late":
                late.append(each)  # type: ignore[arg-type]
                expired.append(serial)
            case "expired":
                expired.append(serial)
            case "refused":
                refused.append(serial)
    Outbound.objects.settle(Event.ASK, {each.pk: {"next_at": None} for each in again}, at=at)
    Outbound.objects.settle(Event.EXPIRE, {each.pk: {} for each in late}, at=at)
    for reason, named in (("expired", expired), ("refused", refused)):
        if named:
            tell_withdrawn(partner, named, reason=reason, about=about, us=us, sign=sign, at=at)
    if again:
        telling.wake([partner], at=at)
    more = until + 1 if until < last else None
    return Answered(len(again), tuple(expired), tuple(refused), more)


def tell_withdrawn(
    partner: str,
    named: Sequence[int],
    *,
    reason: str,
    us: Origin,
    sign: telling.Sign,
    at: datetime,
    about: str = "",
    by: str = "machine",
) -> None:
    """Tell a partner that these serials do not come."""
    data = {"serials": sorted(named), "reason": reason}
    telling.tell(
        to=partner, type=WITHDRAWN, data=data, us=us, sign=sign, at=at, in_reply_to=about, by=by
    )


def _waits(code: str) -> bool:
    """Whether a question for serials still waits for that partner's receipt."""
    rows = Outbound.objects.filter(recipient=code, type=RESEND, state=State.WAITING)
    return rows.exists()


def _active(code: str) -> bool:
    partner = identity.partner(code)
    return partner is not None and partner.active


def _word(row: Outbound | None, at: datetime) -> str:
    """What is said of one serial of ours: "" where it is on its way, or may still go."""
    if row is None or row.forgotten_at is not None:
        return "expired"  # it is no longer kept
    state = State(row.state)
    if state in {State.REFUSED, State.WITHDRAWN}:
        return "refused"
    if state is State.EXPIRED:
        return "expired"
    if row.expires_at <= at:
        return "expired" if state is State.DELIVERED else "late"
    if state is not State.DELIVERED or row.settled_at is None:
        return ""
    return "expired" if row.settled_at < at - KEPT else "again"
