"""The accounts of a period: every serial's fate, each way, and how much of it the log proves.

A handful of statements, whatever the period holds; the serials themselves are read in one pass.
"""

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, Count, F, Max, Min, Q, QuerySet, Sum, Value, When

from tidewaiter import jose
from tidewaiter.exchange import gaps
from tidewaiter.exchange import queries as exchange
from tidewaiter.exchange.auditing import continuity, disclosure
from tidewaiter.exchange.auditing import queries as auditing
from tidewaiter.exchange.auditing.queries import Heads, Wanted
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Correspondent, Inbound, Outbound, Refusal
from tidewaiter.identity.viewer import Viewer

TURNED: Final = 1_000  # refusals that are told one by one
UNRECEIPTED: Final = "unreceipted"  # no receipt of the partner says anything of it


@dataclass(frozen=True, slots=True)
class Serials:
    """What became of every serial of the period, each way."""

    sent: continuity.Account
    receipts: continuity.Account  # what the partner's receipts say of those
    received: continuity.Account
    told: dict[int, UUID]  # serials of theirs that do not come, and the message that says so
    told_by_us: dict[int, UUID]  # the same of ours: after a restore we do not know what they were

    @property
    def whole(self) -> bool:
        """Whether no serial is missing, either way."""
        return self.sent.whole and self.received.whole


@dataclass(slots=True)
class Summary:
    """What the period holds, in numbers."""

    heads: Heads
    sent: dict[str, int] = field(default_factory=dict)  # by state
    received: int = 0
    logged: int = 0  # with an entry in our log
    covered: int = 0  # by our newest checkpoint
    cosigned: int = 0
    forgotten: int = 0
    held_back: dict[str, int] = field(default_factory=dict)  # by the reason
    refused: int = 0  # how often we refused something of theirs
    turned: list[exchange.Turned] = field(default_factory=list)  # what, the newest first

    @property
    def passages(self) -> int:
        """How many messages there are, both ways."""
        return sum(self.sent.values()) + self.received


def summary(viewer: Viewer, wanted: Wanted) -> Summary:
    """The period in numbers. Raises as `auditing.page` does."""
    auditing.known(viewer, wanted)
    found = Summary(auditing.heads())
    for side in ("in", "out"):
        counts = {
            "n": Count("pk"),
            "logged": Count("pk", filter=Q(log_index__isnull=False)),
            "covered": Count("pk", filter=found.heads.within(side, "size")),
            "cosigned": Count("pk", filter=found.heads.within(side, "cosigned")),
        }
        fate: Any = F("state") if side == "out" else Value(State.DELIVERED.value)
        rows = auditing.narrowed(side, wanted).order_by().annotate(fate=fate)
        for row in rows.values("fate", "type", "kept").annotate(**counts):
            _count(found, viewer, side, row)
    found.held_back = {
        each: found.held_back[each] for each in disclosure.HELD_BACK if each in found.held_back
    }
    met = Q(sender=wanted.partner, last_at__gte=wanted.since, first_at__lt=wanted.until)
    found.refused = Refusal.objects.filter(met).aggregate(n=Sum("times"))["n"] or 0
    turned = Refusal.objects.filter(met).order_by("-last_at")[:TURNED]
    found.turned = [exchange.turned(each) for each in turned]
    return found


def _count(found: Summary, viewer: Viewer, side: str, row: dict[str, Any]) -> None:
    if side == "in":
        found.received += row["n"]
    else:
        fate = auditing.ACCEPTED if row["fate"] == State.DELIVERED else row["fate"]
        found.sent[fate] = found.sent.get(fate, 0) + row["n"]
    found.logged += row["logged"]
    found.covered += row["covered"]
    found.cosigned += row["cosigned"]
    found.forgotten += 0 if row["kept"] else row["logged"]
    for logged, n in ((True, row["logged"]), (False, row["n"] - row["logged"])):
        reason = auditing.held_back(viewer, row["type"], kept=row["kept"], logged=logged)
        if n and reason:
            found.held_back[reason] = found.held_back.get(reason, 0) + n


def serials(viewer: Viewer, wanted: Wanted) -> Serials:
    """What became of every serial, from the period's first to its last, each way.

    It goes from the last before the period to the first after it, or to the last that was ever
    counted: what is gone on a border is missing in both periods. Raises as `auditing.page` does.
    """
    auditing.known(viewer, wanted)
    counted = Correspondent.objects.filter(pk=wanted.partner).values_list("last_serial", "highest")
    given, taken = counted.first() or (0, 0)  # before the rows, of which more may come meanwhile
    ours = Outbound.objects.filter(recipient=wanted.partner, serial__isnull=False)
    theirs = Inbound.objects.filter(sender=wanted.partner)
    first, last = _range(ours, wanted, given)
    sent = continuity.account(first, last, _fates(ours, first, last))
    receipts = continuity.account(first, last, _receipted(ours, first, last))
    told_by_us = _told(ours, sent)
    named = dict.fromkeys(told_by_us, continuity.WITHDRAWN)
    sent, receipts = (continuity.explained(each, named) for each in (sent, receipts))
    first, last = _range(theirs, wanted, taken)
    came = theirs.filter(serial__range=(first, last)).order_by("serial")
    known = ((each, auditing.ACCEPTED) for each in _read(came.values_list("serial", flat=True)))
    received = continuity.account(first, last, known)
    told = _told(theirs, received)
    named = dict.fromkeys(told, continuity.WITHDRAWN)
    return Serials(sent, receipts, continuity.explained(received, named), told, told_by_us)


def _range(rows: QuerySet[Any], wanted: Wanted, counted: int) -> tuple[int, int]:
    """The first and the last serial of the period; the last is smaller where it has none."""
    inside = Q(sent_at__gte=wanted.since, sent_at__lt=wanted.until)
    ends = rows.filter(inside).aggregate(first=Min("serial"), last=Max("serial"))
    before = rows.filter(sent_at__lt=wanted.since).aggregate(last=Max("serial"))["last"] or 0
    last = ends["last"] or before
    after = rows.filter(serial__gt=last).aggregate(first=Min("serial"))["first"]
    last = max(last, counted) if after is None else after - 1
    return min(ends["first"] or before + 1, before + 1), last


def _fates(rows: QuerySet[Any], first: int, last: int) -> Iterator[tuple[int, str]]:
    found = rows.filter(serial__range=(first, last)).order_by("serial")
    for serial, state in _read(found.values_list("serial", "state")):
        yield serial, auditing.ACCEPTED if state == State.DELIVERED else state


def _receipted(rows: QuerySet[Any], first: int, last: int) -> Iterator[tuple[int, str]]:
    """What their receipts say; whoever changed a state alone has none that says it."""
    says = {State.DELIVERED.value: auditing.ACCEPTED, State.REFUSED.value: State.REFUSED.value}
    none = Case(When(receipt="", then=Value(value=True)), default=Value(value=False))
    found = rows.filter(serial__range=(first, last)).order_by("serial").annotate(none=none)
    for serial, state, missing in _read(found.values_list("serial", "state", "none")):
        yield serial, UNRECEIPTED if missing else says.get(state, UNRECEIPTED)


def _read(rows: QuerySet[Any, Any]) -> Iterator[Any]:
    return rows.iterator(chunk_size=10_000)


def _told(rows: QuerySet[Any], found: continuity.Account) -> dict[int, UUID]:
    """The missing serials that a message of the same way withdraws, with that message's id."""
    holes = found.of(continuity.MISSING)
    if not holes:
        return {}
    begins = [run.first for run in holes]
    said = rows.filter(type=gaps.WITHDRAWN, serial__gt=holes[0].first).exclude(jws="")
    told: dict[int, UUID] = {}
    for id_, jws in _read(said.order_by("serial").values_list("message_id", "jws")):
        for each in _withdraws(jws):
            hole = bisect_right(begins, each) - 1
            if hole >= 0 and each <= holes[hole].last:
                told.setdefault(each, id_)
    return told


def _withdraws(jws: str) -> list[int]:
    """The serials that a message withdraws; none where it was changed into something else."""
    try:
        named = json.loads(jose.read(jws).payload)["data"]["serials"]
    except (jose.JoseError, ValueError, KeyError, TypeError):
        return []
    return [each for each in named if type(each) is int] if isinstance(named, list) else []
