"""The accounts of a period: every serial's fate, each way, and how much of it the log proves.

A handful of statements, whatever the period holds; the serials themselves are read in one pass.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum, Value

from tidewaiter import jose
from tidewaiter.exchange import gaps
from tidewaiter.exchange.auditing import continuity, disclosure
from tidewaiter.exchange.auditing import queries as auditing
from tidewaiter.exchange.auditing.queries import Heads, Wanted
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Inbound, Outbound, Refusal
from tidewaiter.identity.viewer import Viewer

UNRECEIPTED: Final = "unreceipted"  # no receipt of the partner says anything of it


@dataclass(frozen=True, slots=True)
class Serials:
    """What became of every serial of the period, each way."""

    sent: continuity.Account
    receipts: continuity.Account  # what the partner's receipts say of those
    received: continuity.Account
    told: dict[int, UUID]  # serials of theirs that do not come, and the message that says so

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

    The first follows on the last before the period, so that nothing is lost between two periods.
    Raises as `auditing.page` does.
    """
    auditing.known(viewer, wanted)
    ours = Outbound.objects.filter(recipient=wanted.partner, serial__isnull=False)
    theirs = Inbound.objects.filter(sender=wanted.partner)
    first, last = _range(ours, wanted)
    sent = continuity.account(first, last, _fates(ours, first, last))
    receipts = continuity.account(first, last, _receipted(_fates(ours, first, last)))
    first, last = _range(theirs, wanted)
    came = theirs.filter(serial__range=(first, last)).order_by("serial")
    known = ((each, auditing.ACCEPTED) for each in _read(came.values_list("serial", flat=True)))
    received = continuity.account(first, last, known)
    told = _told(theirs, received)
    named = dict.fromkeys(told, continuity.WITHDRAWN)
    return Serials(sent, receipts, continuity.explained(received, named), told)


def _range(rows: QuerySet[Any], wanted: Wanted) -> tuple[int, int]:
    """The first and the last serial of the period; (1, 0) where it used none."""
    inside = Q(sent_at__gte=wanted.since, sent_at__lt=wanted.until)
    ends = rows.filter(inside).aggregate(first=Min("serial"), last=Max("serial"))
    if ends["last"] is None:
        return 1, 0
    before = rows.filter(sent_at__lt=wanted.since).aggregate(last=Max("serial"))["last"] or 0
    return min(ends["first"], before + 1), ends["last"]


def _fates(rows: QuerySet[Any], first: int, last: int) -> Iterator[tuple[int, str]]:
    found = rows.filter(serial__range=(first, last)).order_by("serial")
    for serial, state in _read(found.values_list("serial", "state")):
        yield serial, auditing.ACCEPTED if state == State.DELIVERED else state


def _receipted(known: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    says = {auditing.ACCEPTED, State.REFUSED.value}
    return ((serial, fate if fate in says else UNRECEIPTED) for serial, fate in known)


def _read(rows: QuerySet[Any, Any]) -> Iterator[Any]:
    return rows.iterator(chunk_size=10_000)


def _told(theirs: QuerySet[Inbound], found: continuity.Account) -> dict[int, UUID]:
    """The missing serials of theirs that a message of theirs withdraws, with that message's id."""
    holes = found.of(continuity.MISSING)
    if not holes:
        return {}
    said = theirs.filter(type=gaps.WITHDRAWN, serial__gt=holes[0].first).exclude(jws="")
    told: dict[int, UUID] = {}
    for id_, jws in _read(said.order_by("serial").values_list("message_id", "jws")):
        named = json.loads(jose.read(jws).payload)["data"]["serials"]
        told |= {
            each: id_
            for each in named
            if any(run.first <= each <= run.last for run in holes) and each not in told
        }
    return told
