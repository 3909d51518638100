"""Following a partner's log: its checkpoint proven to go on from what we cosigned, entries kept."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from tidewaiter import canonical, jose
from tidewaiter.exchange import renewing, wire
from tidewaiter.exchange.models import Watch
from tidewaiter.exchange.restoring import queries as restores
from tidewaiter.exchange.witnessing import owed, reading
from tidewaiter.exchange.witnessing.steadiness import ALWAYS
from tidewaiter.identity import queries as partners
from tidewaiter.ledger import errors, tile
from tidewaiter.ledger.shown import NotShown, Shown
from tidewaiter.ledger.witnessing import accusing, keeping
from tidewaiter.ledger.witnessing import actions as witnessing
from tidewaiter.ledger.witnessing import queries as held
from tidewaiter.problem import Problem
from tidewaiter.work import jobs

AT_ONCE: Final = 32  # bundles a commit
LONGEST: Final = 20.0  # seconds that entries are fetched in one round
GRACE: Final = timedelta(seconds=5)  # a proxy may show a checkpoint that is so old
ON_ITS_WAY: Final = timedelta(seconds=30)  # a checkpoint that is brought may have been so long
MUTE: Final = timedelta(days=1)  # that a node may answer all but what is asked of its log
LATELY: Final = timedelta(hours=1)
QUICK: Final = 3.0  # seconds for entries that are fetched before their tree is cosigned
Entries = list[tuple[int, list[bytes]]]  # by the index of their bundle
_one_at_a_time: Final = threading.Lock()
log: Final = structlog.get_logger("tidewaiter.exchange")


@dataclass(frozen=True, slots=True)
class Clock:
    """What a round knows of time: how long a period is, now, and since when the clock is even."""

    period: timedelta
    now: Callable[[], datetime]
    since: Callable[[], datetime] = lambda: ALWAYS

    def look(self, origin: str) -> datetime:
        """Now; what was noted of that log by a clock that was put since, begins anew."""
        at = self.now()
        accusing.doubt(origin, since=self.since(), at=at)
        return at


def follow(partner: partners.Partner, watch: Watch, clock: Clock) -> str:
    """Cosign what the log shows where it goes on from ours, and keep its entries; why not.

    What it does not show for half a period is withheld; what contradicts raises the alarm at once.
    """
    origin, source = partner.log_origin, reading.Log(partner.url)
    found, claimed = held.held(origin), accusing.claimed(origin)
    asked, text = clock.now(), b""

    def dark(reason: str) -> str:
        if found is not None and found.dark_since and not _there(partner, found.dark_since):
            raise wire.Unanswered(f"{reason}, but it is not its node that answers")
        shown = text.decode("utf-8", "replace") or owed.receipt(partner.administration, asked)
        after, at = clock.period / 2, clock.look(origin)
        accusing.dark(partner.administration, origin, reason, text=shown, after=after, at=at)
        return reason

    try:
        text = source.checkpoint()
        before = found.size if found is not None else 0
        try:
            size = _judged(origin, source, text, before, clock)
        except errors.NotOfTheLog:  # its log may have a new key, of which its word is on the way
            if not renewing.refetch(partner, at=asked):
                raise
            size = _judged(origin, source, text, before, clock)
        if size is None:
            return "its log contradicts what we cosigned"
        watch.followed(at=asked)  # what it shows, we have cosigned now
        unkept = _keep(origin, source)
    except NotShown as error:
        return dark(str(error))
    except (errors.NotOfTheLog, errors.BadCheckpoint) as problem:
        return dark(problem.line())
    at = clock.look(origin)
    accusing.shows(origin, at=at)
    witnessing.settle(origin, at=at)
    grace = min(GRACE, clock.period / 4)
    among, shown = claimed, text.decode()
    accusing.denied(origin, shown, size=size, among=among, before=asked - grace, at=at)
    return unkept


def _there(partner: partners.Partner, since: datetime) -> bool:
    """Whether its node stands behind its address: it shows its document, or has receipted since.

    A page "closed for maintenance", or a proxy before a node that is down, withholds nothing.
    """
    try:
        found = jose.read(wire.document(wire.Line(partner.url, QUICK), tick=time.monotonic))
        return bool(canonical.read(found.payload).get("administration") == partner.administration)
    except (Problem, ValueError, AttributeError):
        return owed.receipted(partner.administration, since)


def unheard(partner: partners.Partner, reason: str, clock: Clock) -> None:
    """Its node answers, but where it is asked about its log: after a day of that, it withholds.

    So does one that asks us to cosign meanwhile, whatever stands behind its address.
    One that told of a restore since it last showed its log may still stand behind its fence.
    """
    code, origin = partner.administration, partner.log_origin
    at = clock.look(origin)
    found = held.held(origin)
    if found is None or (found.shown_at and restores.restored_since(code, found.shown_at)):
        return
    lately = at - LATELY
    asks = found.cosigned_at is not None and lately <= found.cosigned_at <= at
    if not asks and not _there(partner, lately):
        return
    said = f"for a day it answered other questions, and none about its log: {reason}"
    accusing.mute(code, origin, said, after=MUTE, text=owed.receipt(code, at), at=at)


def brought(partner: partners.Partner, clock: Clock) -> str:
    """What others were shown of a log that comes to us by itself, held against what it brought.

    Where our clock was put since it came, nobody can say what was shown before that; nor where it
    came in a bundle, which may lie for weeks.
    """
    at = clock.look(partner.log_origin)
    found, among = held.held(partner.log_origin), accusing.claimed(partner.log_origin)
    if found is None or found.cosigned_at is None:
        return ""
    witnessing.settle(found.origin, at=at)
    if found.cosigned_at <= at and not found.by_hand:
        before = found.cosigned_at - min(ON_ITS_WAY, clock.period / 2)
        accusing.denied(
            found.origin, found.note, size=found.size, among=among, before=before, at=at
        )
    return ""


def _judged(origin: str, source: reading.Log, text: bytes, before: int, clock: Clock) -> int | None:
    """The size of a checkpoint that goes with what we cosigned; None where it does not."""
    at, after = clock.look(origin), clock.period / 2
    seen = witnessing.seen(origin, text, before=before, after=after, at=at)
    if seen is None or not seen.news:
        return None if seen is None else seen.size
    shown = Shown(seen.size, seen.root, source.tile)
    if not shown.follows(seen.held_size, seen.held_root):
        accusing.forked(origin, seen.note, shown.beginning(seen.held_size), at=at)
        return None
    found = held.held(origin)
    kept = found.kept if found is not None else 0
    entries = _quickly(shown, source, kept) if held.room() else []
    try:
        witnessing.follow(origin, seen.note, entries, at=at)
    except errors.OtherTree:
        log.debug("cosigned meanwhile", origin=origin)  # it pushed a newer one
    return seen.size


def under(partner: str, size: int, root: bytes, kept: int) -> Entries:
    """The entries under a tree that a partner asks us to cosign (`listeners.Fetcher`).

    None where they are many, where its log does not show them at once, or where another is asked:
    who asks waits meanwhile.
    """
    known = partners.partner(partner)
    if known is None or not known.url or not _one_at_a_time.acquire(blocking=False):
        return []
    try:
        source = reading.Log(known.url, until=time.monotonic() + QUICK, again=True)
        return _quickly(Shown(size, root, source.tile), source, kept)
    except (wire.Unanswered, NotShown) as failure:
        log.info("entries come later", partner=partner, reason=str(failure))
        return []
    finally:
        _one_at_a_time.release()


def _quickly(shown: Shown, source: reading.Log, kept: int) -> Entries:
    """The entries under a tree from where we keep them on; none where they are many, or slow."""
    first, last = kept // tile.WIDTH, -(-shown.size // tile.WIDTH)
    until, found = time.monotonic() + QUICK, []
    for index in range(first, last) if last - first <= AT_ONCE else ():
        if time.monotonic() > until:
            return []
        try:
            found.append((index, shown.bundle(index, source.entries)))
        except (wire.Unanswered, NotShown):  # said when they are asked for again, and waited for
            return []
    return found


def _keep(origin: str, source: reading.Log) -> str:
    """Fetch the entries that we cosigned and do not keep, some thousands a commit; why not."""
    found = held.held(origin)
    if found is None or found.kept >= found.size:
        return ""
    if not held.room():
        return f"the disk is nearly full: entries from {found.kept} on are kept later"
    shown = Shown(found.size, found.root, source.tile)
    until = time.monotonic() + LONGEST
    for bundles in _bundles(found.kept, found.size):
        if jobs.stopping() or time.monotonic() > until:
            break
        try:
            kept = [(index, shown.bundle(index, source.entries)) for index in bundles]
        except wire.Unanswered as failure:
            log.info("entries come later", origin=origin, reason=failure.reason)
            raise
        keeping.keep(origin, kept)
    return ""


def _bundles(kept: int, size: int) -> Iterator[range]:
    first, last = kept // tile.WIDTH, -(-size // tile.WIDTH)
    for start in range(first, last, AT_ONCE):
        yield range(start, min(start + AT_ONCE, last))
