"""When an agreement is in force between two of its parties, and what has replaced it.

An agreement with its signatures and notices is a value (`Signed`); the moment is a parameter, so
that the answer for a moment long past is the same years later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from tidewaiter.agreements.document import Agreement

GRACE: Final = timedelta(hours=72)  # a version that was replaced stays good for messages of before
_DAY: Final = timedelta(days=1)


class State(StrEnum):
    """How an agreement stands."""

    PENDING = "pending"
    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Signature:
    """A party's signature that held: when it was given, by which key."""

    party: str
    signed_at: datetime
    kid: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A party's word about an agreement: suspend, resume or terminate, from that moment on."""

    party: str
    notice: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """A version of an agreement with the signatures that hold and the notices given."""

    agreement: Agreement
    signatures: tuple[Signature, ...]
    notices: tuple[Notice, ...] = field(default=())

    @property
    def digest(self) -> str:
        """The digest of the agreement's canonical form."""
        return self.agreement.digest

    @property
    def signed_by(self) -> tuple[str, ...]:
        """The parties that have signed, in the order of the document."""
        signers = {each.party for each in self.signatures}
        return tuple(party for party in self.agreement.parties if party in signers)

    @property
    def missing(self) -> tuple[str, ...]:
        """The parties that have not signed, in the order of the document."""
        signers = set(self.signed_by)
        return tuple(party for party in self.agreement.parties if party not in signers)

    @property
    def entered(self) -> bool:
        """Whether as many have signed as its entry into force asks."""
        return len(self.signed_by) >= self.agreement.entry


def state(signed: Signed, pair: tuple[str, str], at: datetime, among: Sequence[Signed]) -> State:
    """How the agreement stands between two administrations at that moment."""
    if _given(signed, pair, State.TERMINATED, at):
        return State.TERMINATED
    begun = begins(signed, pair)
    if begun is None:
        return State.PENDING
    if _given(signed, pair, State.SUSPENDED, at):
        return State.SUSPENDED
    ended = _ends(signed)
    if ended is not None and at >= ended:
        return State.EXPIRED
    if begun > at:
        return State.PENDING
    since = superseded_at(signed, pair, among)
    return State.SUPERSEDED if since is not None and since <= at else State.IN_FORCE


def in_force(signed: Signed, pair: tuple[str, str], at: datetime, among: Sequence[Signed]) -> bool:
    """Whether it is in force between the two, and nothing among the others has replaced it."""
    return state(signed, pair, at, among) is State.IN_FORCE


def over(signed: Signed, pair: tuple[str, str], at: datetime, among: Sequence[Signed]) -> bool:
    """Whether it was in force between the two and has ended for good.

    What was given under it binds whoever took it all the same.
    """
    begun, now = begins(signed, pair), state(signed, pair, at, among)
    ended = now in {State.TERMINATED, State.EXPIRED, State.SUPERSEDED}
    return ended and begun is not None and begun <= at


def honoured(
    signed: Signed,
    pair: tuple[str, str],
    *,
    sent_at: datetime,
    at: datetime,
    among: Sequence[Signed],
) -> bool:
    """Whether a recipient takes a message under it: in force when it was sent, and now.

    A version that was replaced meanwhile stays good for 72 hours for messages of before.
    """
    if not in_force(signed, pair, sent_at, among):
        return False
    now = state(signed, pair, at, among)
    if now is State.SUPERSEDED:
        since = superseded_at(signed, pair, among)
        return since is not None and sent_at < since and at < since + GRACE
    return now is State.IN_FORCE


def turns(pair: tuple[str, str], among: Sequence[Signed]) -> list[datetime]:
    """The moments, sorted, at which anything between the two can change; none changes between."""
    found: set[datetime] = set()
    for each in among:
        found.update(moment for moment in (begins(each, pair), _ends(each)) if moment is not None)
        found.update(notice.at for notice in each.notices)
    return sorted(found)


def begins(signed: Signed, pair: tuple[str, str]) -> datetime | None:
    """When it comes into force between the two: both and enough have signed, `from` has come.

    None where that has not been settled yet, or where one of the two is no party.
    """
    times: dict[str, datetime] = {}
    for each in signed.signatures:
        times[each.party] = min(each.signed_at, times.get(each.party, each.signed_at))
    entry = signed.agreement.entry
    if pair[0] == pair[1] or not set(pair) <= set(times) or len(times) < entry:
        return None
    enough = sorted(times.values())[entry - 1]
    start = datetime.combine(signed.agreement.starts_on, time(), UTC)
    return max(start, enough, times[pair[0]], times[pair[1]])


def superseded_at(
    signed: Signed, pair: tuple[str, str], among: Sequence[Signed]
) -> datetime | None:
    """When another agreement between the two replaced it for good, or None."""
    found = successor(signed, pair, among)
    return found[0] if found else None


def successor(
    signed: Signed, pair: tuple[str, str], among: Sequence[Signed]
) -> tuple[datetime, Signed] | None:
    """When another agreement between the two replaced it for good, and which; or None.

    A higher version of the same id does once it is in force, and one that names the id under
    `supersedes`. Where agreements name each other in a circle, each replaces only what began before
    it, so that the last one stays.
    """
    moments = [
        (begun, other)
        for other in among
        if _replaces(other, signed)
        and (begun := _took_effect(other, pair)) is not None
        and not (_leads_back(signed, other, among) and _order(other, pair) < _order(signed, pair))
    ]
    return min(moments, key=lambda each: (each[0], each[1].digest), default=None)


def _replaces(newer: Signed, older: Signed) -> bool:
    if newer.digest == older.digest:
        return False
    if newer.agreement.id == older.agreement.id:
        return newer.agreement.version > older.agreement.version
    return older.agreement.id in newer.agreement.supersedes


def _leads_back(start: Signed, goal: Signed, among: Sequence[Signed]) -> bool:
    pending, seen = [start], {start.digest}
    while pending:
        current = pending.pop()
        for other in among:
            if other.digest not in seen and _replaces(current, other):
                seen.add(other.digest)
                pending.append(other)
    return goal.digest in seen


def _order(signed: Signed, pair: tuple[str, str]) -> tuple[datetime, int, str]:
    begun = begins(signed, pair) or datetime.max.replace(tzinfo=UTC)
    return begun, signed.agreement.version, signed.digest


def _took_effect(signed: Signed, pair: tuple[str, str]) -> datetime | None:
    """When it came into force, if it ever did: not over before it had begun, nor suspended then."""
    begun = begins(signed, pair)
    if begun is None:
        return None
    ended = _ends(signed)
    later = [each.at for each in signed.notices if each.at > begun]
    for moment in [begun, *sorted(later)]:
        over = ended is not None and moment >= ended
        if over or _given(signed, pair, State.TERMINATED, moment):
            return None
        if not _given(signed, pair, State.SUSPENDED, moment):
            return moment
    return None


def _ends(signed: Signed) -> datetime | None:
    last = signed.agreement.ends_on
    return None if last is None else datetime.combine(last, time(), UTC) + _DAY


def _given(signed: Signed, pair: tuple[str, str], what: State, at: datetime) -> bool:
    """Whether one of the two has terminated it, or suspends it, at that moment."""
    for party in pair:
        suspended = False
        for notice in sorted(signed.notices, key=lambda each: each.at):
            if notice.party != party or notice.at > at:
                continue
            if notice.notice == "terminate":
                if what is State.TERMINATED:
                    return True
            else:
                suspended = notice.notice == "suspend"
        if suspended and what is State.SUSPENDED:
            return True
    return False
