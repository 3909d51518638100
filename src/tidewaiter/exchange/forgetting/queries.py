"""What is to be forgotten: messages whose time is over, what belongs to them, what is kept and why.

A message that came is due when its `retainuntil` has passed, or when a person agreed to what its
originator wished. One of ours is due when its own has, and its receipt is 30 days old. With a
message goes what is about it or answers it: that names it, or quotes it.
"""

import json
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from tidewaiter import jose
from tidewaiter.exchange import about, types
from tidewaiter.exchange.forgetting.models import FAMILY, RETENTION, WISH, WITHDRAWN
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Ground, Inbound, Outbound, Tomb, Wish

KEPT_FOR: Final = timedelta(days=30)  # what was receipted, for a partner that lost it
WINDOW: Final = 5_000  # rows looked at in one statement
DELETION: Final = "org.tidewaiter.obligation.deletion.v1"
_UNSETTLED: Final = (State.HELD, State.WAITING)


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that are forgotten together, and why each that came is."""

    inbound: tuple[Inbound, ...]
    outbound: tuple[Outbound, ...]
    because: dict[int, str] = field(default_factory=dict)  # by number of the row that came

    def without(self, inbound: Set[int], outbound: Set[int]) -> "Group":
        """The same but for these rows, by their numbers: another group has them."""
        return Group(
            tuple(row for row in self.inbound if row.pk not in inbound),
            tuple(row for row in self.outbound if row.pk not in outbound),
            self.because,
        )

    @property
    def ids(self) -> list[UUID]:
        """The ids of all of them."""
        return [*(row.message_id for row in self.inbound), *(r.message_id for r in self.outbound)]


@dataclass(frozen=True, slots=True)
class Left:
    """What is known of a message that was forgotten here."""

    because: str  # retention, wish, family
    at: datetime
    told_by: UUID | None  # our message that told its originator
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wished:
    """A partner's message that it wishes to be deleted here."""

    id: UUID
    type: str
    number: str  # what people call it by; "" where it has no name
    received_at: datetime
    withdrawn: bool  # whether it was withdrawn, rather than asked for


def due_inbound(at: datetime) -> Iterator[tuple[int, str]]:
    """The numbers of messages that came and are due, and why; the oldest first."""
    seen: set[int] = set()
    for wish in Wish.objects.agreed().filter(asked_at__lte=at).iterator(500):
        for pk in Inbound.objects.filter(
            sender=wish.partner, message_id=wish.message_id, forgotten_at=None
        ).values_list("pk", flat=True):
            seen.add(pk)
            yield pk, WISH
    over = Q(retain_until__lte=at, forgotten_at=None)
    for pks in _windows(Inbound, over):
        yield from ((pk, RETENTION) for pk in pks if pk not in seen)


def due_outbound(at: datetime) -> Iterator[int]:
    """The numbers of messages of ours that are due, the oldest first."""
    over = Q(retain_until__lte=at, forgotten_at=None) & ~Q(state__in=_UNSETTLED)
    asked_for = Q(state=State.DELIVERED, settled_at__gt=at - KEPT_FOR)  # its partner may lose it
    for pks in _windows(Outbound, over & ~asked_for):
        yield from pks


def _windows(model: Any, wanted: Q) -> Iterator[list[int]]:
    last = model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for after in range(0, last, WINDOW):
        near = model.objects.filter(wanted, pk__gt=after, pk__lte=after + WINDOW)
        yield list(near.order_by("pk").values_list("pk", flat=True))


class Families:
    """What belongs to messages, found once a partner and run."""

    def __init__(self) -> None:
        self._inbound: dict[str, dict[str, set[int]]] = {}
        self._outbound: dict[str, dict[str, set[int]]] = {}
        self._kinds = [n for n in types.names() if (kind := types.get(n)) and kind.about]

    def group(self, rows: Sequence[Inbound], because: dict[int, str]) -> Group:
        """These messages that came, with all that is about them, answers them or rests on them."""
        theirs: set[int] = set()
        ours: set[int] = set()
        for row in rows:
            theirs |= self._about_theirs(row)
            ours |= self._about_ours(row)
        ids = [row.message_id for row in rows]
        texts = [str(each) for each in ids]
        answers = Outbound.objects.filter(in_reply_to__in=texts).exclude(in_reply_to="")
        partners = {row.sender for row in rows}
        ours.update(answers.filter(recipient__in=partners).values_list("pk", flat=True))
        ours.update(Ground.objects.filter(source__in=ids).values_list("message_id", flat=True))
        theirs -= {row.pk for row in rows}
        also = Inbound.objects.filter(pk__in=theirs, forgotten_at=None)
        with_them = Outbound.objects.filter(pk__in=ours, forgotten_at=None)
        came = (*rows, *also)
        told = {row.pk: because.get(row.pk, FAMILY) for row in came}
        return Group(came, tuple(with_them.exclude(type__in=_STAYS)), told)

    def _about_theirs(self, row: Inbound) -> set[int]:
        known = self._inbound.get(row.sender)
        if known is None:
            known = self._inbound[row.sender] = {}
            told = Inbound.objects.filter(sender=row.sender, type__in=self._kinds)
            for each in told.filter(forgotten_at=None).exclude(jws="").iterator(200):
                kind = types.get(each.type)
                assert kind is not None
                for name in about.names(kind, _data(each.jws)):
                    known.setdefault(name, set()).add(each.pk)
        return known.get(str(row.message_id), set()) | known.get(row.label or "\0", set())

    def _about_ours(self, row: Inbound) -> set[int]:
        known = self._outbound.get(row.sender)
        if known is None:
            known = self._outbound[row.sender] = {}
            told = Outbound.objects.filter(recipient=row.sender, type__in=self._kinds)
            for pk, asked in told.filter(forgotten_at=None).values_list("pk", "asked"):
                known.setdefault(str(asked.get("about", "")), set()).add(pk)
        return known.get(str(row.message_id), set())


_STAYS: Final = (DELETION,)  # what we signed of a deletion names ids alone, and proves it


def lost_words(at: datetime) -> list[UUID]:
    """Our words on deletions that did not arrive in time: there is none that tells of those."""
    rows = Outbound.objects.filter(type=DELETION, forgotten_at=None)
    gone = rows.filter(state=State.EXPIRED, settled_at__lte=at)
    return list(gone.values_list("message_id", flat=True))


def words(group: Group) -> set[str]:
    """The texts in these messages by which somebody's error may be known to quote one."""
    found: set[str] = set()
    signed = [*(row.jws for row in group.inbound), *(row.jws for row in group.outbound)]
    for compact in filter(None, signed):
        found |= _texts(_data(compact))
    return found


def left(partner: str, message: UUID) -> Left | None:
    """What is left of a message of that partner, where it was forgotten."""
    row = Tomb.objects.filter(partner=partner, message_id=message).first()
    return Left(row.because, row.at, row.told_by, row.told_at) if row else None


def wishes(message: UUID) -> list[Wish]:
    """What a partner wishes to be deleted: this message, or what this message asks for; open."""
    either = Q(message_id=message) | Q(asked_by=message)
    return list(Wish.objects.open().filter(either))


def wished(message: UUID) -> list[Wished]:
    """The same, each with what people know the message by; the oldest first."""
    rows = {each.message_id: each for each in wishes(message)}
    found = Inbound.objects.filter(message_id__in=list(rows)).defer("jws").order_by("pk")
    return [
        Wished(
            id=row.message_id,
            type=row.type,
            number=row.label,
            received_at=row.received_at,
            withdrawn=rows[row.message_id].because == WITHDRAWN,
        )
        for row in found
        if rows[row.message_id].partner == row.sender
    ]


def _data(compact: str) -> dict[str, Any]:
    data = json.loads(jose.read(compact).payload).get("data")
    return data if isinstance(data, dict) else {}


def _texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {text for each in value.values() for text in _texts(each)}
    if isinstance(value, list):
        return {text for each in value for text in _texts(each)}
    return {value[:40]} if isinstance(value, str) and len(value) > 5 else set()
