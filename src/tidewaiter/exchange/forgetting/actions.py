"""Forgetting: what is due is deleted in every room, its row emptied, its originator told.

Each step may be cut short and is done again: a message is emptied last, so that until then it is
due still. No transaction holds the writer for long.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction

from tidewaiter import clock, jose
from tidewaiter.exchange import actions as exchange
from tidewaiter.exchange import errors as exchange_errors
from tidewaiter.exchange import message
from tidewaiter.exchange.attachments import attachment
from tidewaiter.exchange.forgetting import errors, queries, registry
from tidewaiter.exchange.forgetting.emptying import models as emptying
from tidewaiter.exchange.forgetting.erasing import actions as erasing
from tidewaiter.exchange.forgetting.models import ASKED, RETENTION, WISH, WITHDRAWN
from tidewaiter.exchange.forgetting.queries import Group
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import (
    Awaited,
    Ground,
    Inbound,
    Outbound,
    Sealed,
    Tomb,
    Wish,
    exchanged,
    named,
)
from tidewaiter.exchange.types import Received
from tidewaiter.identity import viewer
from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger import actions as ledger
from tidewaiter.problem import Problem
from tidewaiter.vault import actions as vault
from tidewaiter.work import actions as work

AT_ONCE: Final = 20  # messages that are forgotten together
HEAVY: Final = 256 * 1024  # characters of messages that one transaction empties
TOLD_AT_ONCE: Final = 500  # messages that one of ours says were deleted
SETTLED: Final = timedelta(hours=1)  # after which nothing under way can bring back what it read
ARRIVES: Final = timedelta(days=30)  # a partner that is down for long hears of it all the same
WISHED_AT_ONCE: Final = 500  # wishes that one transaction notes
JOB: Final = "exchange.retention"
MORE: Final = "exchange.wished"
log: Final = structlog.get_logger("tidewaiter.exchange")


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that is due and kept: which open case needs it."""

    reference: str  # its id
    partner: str
    reason: str
    case: str
    sentence: str = ""  # of the reason, for gettext, with {case}


@dataclass(slots=True)
class Run:
    """What a run came to: messages due, deleted, kept; deletions told, and not told yet."""

    due: int = 0
    deleted: int = 0
    kept: list[Kept] = field(default_factory=list)
    told: int = 0
    untold: int = 0
    erased: bool = False  # whether the files of the database are rid of it, too


def run(
    *,
    at: datetime,
    dry: bool = False,
    stopping: Callable[[], bool] = lambda: False,
    most: int = erasing.SMALL,
) -> Run:
    """Forget what is due, and tell the originators; with `dry` only say what would be.

    `stopping` is asked between two groups: what is left is done by the next run. A database in a
    file of up to `most` bytes is written anew where something was deleted.
    """
    done = Run()
    for group in _groups(at, done):
        done.due += len(group.ids)
        if dry:
            continue
        _forget(group, at=at)
        done.deleted += len(group.ids)
        work.give_way()
        if stopping():
            return done
    if not dry:
        swept = _sweep(at=at)
        done.told, done.untold = _tell(at=at)
        done.erased = erasing.erase(registry.tables(), most=most if done.deleted or swept else 0)
        if done.deleted and not ledger.standing_still():
            # what was under way meanwhile is looked for once it has ended
            work.enqueue(JOB, {}, at=at, key="retention", not_before=at + SETTLED)
        log.info("retention", deleted=done.deleted, kept=len(done.kept), told=done.told)
    return done


def wish(
    *, partner: str, names: Sequence[str], asked_by: UUID, withdrawn: bool = False, at: datetime
) -> int:
    """Keep that a partner wishes messages of its own to be deleted here; a person decides.

    `names` are their ids or labels. How many are to be decided on: not what is forgotten, nor what
    was wished before and is open, or agreed to. Of very many a job notes the rest.
    """
    noted = _wish_some(partner, names, asked_by, withdrawn=withdrawn, at=at)
    if noted == WISHED_AT_ONCE:
        rest = {"partner": partner, "names": list(names), "asked_by": str(asked_by)}
        work.enqueue(MORE, {**rest, "withdrawn": withdrawn}, at=at, key=str(asked_by))
    return Wish.objects.open().filter(asked_by=asked_by).count()


def wish_all(partner: str, names: Sequence[str], asked_by: UUID, *, withdrawn: bool) -> None:
    """Note the rest of very many wishes, some in a transaction."""
    came = Inbound.objects.filter(message_id=asked_by, sender=partner).first()
    if came is None:
        return
    at = came.received_at
    while _wish_some(partner, names, asked_by, withdrawn=withdrawn, at=at) == WISHED_AT_ONCE:
        work.give_way()


def _wish_some(
    partner: str, names: Sequence[str], asked_by: UUID, *, withdrawn: bool, at: datetime
) -> int:
    """Note wishes that say something new, some at once; how many."""
    theirs = Inbound.objects.filter(named(names), sender=partner, forgotten_at=None)
    known = Wish.objects.stand(partner, asked_by).values("message_id")
    fresh = theirs.exclude(message_id__in=known).order_by("pk")
    some = list(fresh.values_list("message_id", flat=True)[:WISHED_AT_ONCE])
    because = WITHDRAWN if withdrawn else ASKED
    Wish.objects.note(partner, some, because=because, asked_by=asked_by, asked_at=at)
    return len(some)


def decide(*, id: UUID, agreed: bool, by: Viewer, at: datetime) -> int:  # noqa: A002
    """Agree to delete what a partner wishes, or not: this message, or all that this one asks for.

    What was agreed to is deleted at once, by a job. How many messages. Raises NothingWished.
    """
    wished = queries.wishes(id)
    if not wished:
        raise errors.NothingWished(id=str(id))
    with transaction.atomic():
        rows = Wish.objects.filter(pk__in=[each.pk for each in wished])
        count = rows.decide(agreed=agreed, by=by.name, at=at)
        if not count:
            raise errors.NothingWished(id=str(id))
        for asked in {each.asked_by for each in wished}:
            if not Wish.objects.open().filter(asked_by=asked).exists():
                work.close_task("exchange.to-delete", str(asked), by=by.name, at=at)
        if agreed:
            work.enqueue(JOB, {}, at=at, key="retention")
    return count


def take_deletion(received: Received) -> int:
    """A partner says that it deleted messages of ours: they show it. How many."""
    ours = [
        row.message_id
        for row in exchanged(received.source, received.data["messages"])
        if isinstance(row, Outbound)
    ]
    return emptying.deleted_there(received.source, ours, at=received.time)


def _groups(at: datetime, done: Run) -> Iterator[Group]:
    """What is due, some at once with all that belongs to it; what is kept is noted instead."""
    families = queries.Families()
    seen: set[int] = set()
    sent_before: set[int] = set()
    waiting = iter(list(queries.due_inbound(at)))
    while some := list(islice(waiting, AT_ONCE)):
        because = dict(some)
        rows = [
            row
            for row in Inbound.objects.filter(pk__in=list(because), forgotten_at=None)
            if row.pk not in seen
        ]
        needed = registry.kept([row.message_id for row in rows])
        for row in rows:
            if (why := needed.get(row.message_id)) is not None:
                done.due += 1
                done.kept.append(
                    Kept(str(row.message_id), row.sender, why.reason, why.case, why.sentence)
                )
        free = [row for row in rows if row.message_id not in needed]
        if not free:
            continue
        group = families.group(free, because).without(seen, sent_before)
        seen.update(row.pk for row in group.inbound)
        sent_before.update(row.pk for row in group.outbound)
        yield group
    ours = iter(list(queries.due_outbound(at)))
    while pks := list(islice(ours, AT_ONCE)):
        rows_left = Outbound.objects.filter(pk__in=pks, forgotten_at=None)
        sent = tuple(row for row in rows_left if row.pk not in sent_before)
        if sent:
            yield Group((), sent)


def _forget(group: Group, *, at: datetime) -> None:
    emptying.hold([row.pk for row in group.inbound], at=at)
    _ask_others(group, at=at)
    for row in group.outbound:
        _withdraw(row, at=at)
    quoted, objects = queries.words(group), _objects(group)
    registry.forget(group.ids, at)
    work.forget([str(each) for each in group.ids], quoted, at=at)
    _unlink(objects, group)
    for some in _light(group.inbound):
        with transaction.atomic():
            tombs = [_tomb(row, group.because.get(row.pk, RETENTION), at) for row in some]
            emptying.empty_inbound(some, tombs, at=at)
    for ours in _light(group.outbound):
        with transaction.atomic():
            emptying.empty_outbound(ours, at=at)
    _unlink(objects, group)  # what was being unpacked has been noted, or finds its row gone


def _ask_others(group: Group, *, at: datetime) -> None:
    """Whoever was told what rests on a message is asked to delete that too, where its originator
    wished it gone before its day; what goes by its day goes there by the same one.
    """
    wished = [row.message_id for row in group.inbound if group.because.get(row.pk) == WISH]
    rest = Ground.objects.filter(source__in=wished).values_list("message_id", flat=True)
    resting = set(rest) if wished else set()
    for row in group.outbound:
        if row.pk not in resting or row.state != State.DELIVERED or row.deleted_at is not None:
            continue
        data = {"messages": [str(row.message_id)], "deleted": False}
        terms: dict[str, Any] = {"purpose": "", "handling": "", "about": str(row.message_id)}
        order = {"to": row.recipient, "type": queries.DELETION, "by": viewer.machine(), **terms}
        try:
            exchange.send(data=data, at=at, **order)
        except Problem as problem:  # it goes there by its day
            log.warning("deletion not asked for", partner=row.recipient, problem=problem.type)


def _withdraw(row: Outbound, *, at: datetime) -> None:
    """What rests on a message that is forgotten goes no more.

    A node that was restored and is not back can tell nobody yet: who asks for the serial hears it.
    """
    if row.state not in {State.HELD, State.WAITING}:
        return
    if ledger.standing_still():
        row.withdraw(viewer.machine().name, at=at)
        return
    try:
        exchange.withdraw(id=row.message_id, by=viewer.machine(), at=at)
    except exchange_errors.NotToWithdraw:  # it was delivered, or expired, in between
        return


def _objects(group: Group) -> set[str]:
    """The objects of the vault (SHA-256) that their attachments are."""
    mine, sealed = _attached(group)
    named = {row.sha256 for row in mine if row.sha256}
    named |= {attachment.sha256(row.jwe) for row in mine}
    for each in sealed:
        named |= {attachment.sha256(each.sha256), attachment.sha256(each.jwe)}
    return named


def _attached(group: Group) -> tuple[list[Awaited], list[Sealed]]:
    came = {(row.sender, row.message_id) for row in group.inbound}
    theirs = Awaited.objects.filter(message_id__in=[message for _, message in came])
    mine = [row for row in theirs if (row.partner, row.message_id) in came]
    sent = [row.pk for row in group.outbound]
    return mine, list(Sealed.objects.filter(message__in=sent))


def _unlink(named: set[str], group: Group) -> None:
    """Delete the bytes of their attachments, but for those to which somebody else refers."""
    if not named:
        return
    mine, sealed = _attached(group)
    digests = [attachment.digest(each) for each in named]
    others = Awaited.objects.exclude(pk__in=[row.pk for row in mine])
    accepted = others.filter(sha256__in=named, accepted_at__isnull=False)
    used = set(accepted.values_list("sha256", flat=True))
    used |= set(
        map(attachment.sha256, others.filter(jwe__in=digests).values_list("jwe", flat=True))
    )
    ours = Sealed.objects.exclude(pk__in=[each.pk for each in sealed])
    for name in ("sha256", "jwe"):
        found = ours.filter(**{f"{name}__in": digests}).values_list(name, flat=True)
        used |= set(map(attachment.sha256, found))
    for sha256 in named - used - registry.refers(named):
        vault.delete(sha256)


def _light(rows: Sequence[Any]) -> Iterator[list[Any]]:
    """The rows in parts that a short transaction can empty."""
    part: list[Any] = []
    weight = 0
    for row in rows:
        if part and weight + len(row.jws) > HEAVY:
            yield part
            part, weight = [], 0
        part.append(row)
        weight += len(row.jws)
    if part:
        yield part


def _tomb(row: Inbound, because: str, at: datetime) -> Tomb:
    permit = message.read(jose.read(row.jws).payload).permit if row.jws else None
    return Tomb(
        partner=row.sender,
        message_id=row.message_id,
        agreement=row.agreement,
        clause=row.clause,
        purpose=permit.purpose[:40] if permit else "",
        mode=permit.mode[:20] if permit else "",
        because=because,
        at=at,
        tell=bool(row.agreement) and row.type != queries.DELETION,  # else they would never end
    )


def _sweep(*, at: datetime) -> int:
    """Ask the rooms once more, when all that was under way as a message was forgotten has ended."""
    rows = list(Tomb.objects.filter(swept_at=None, at__lte=at - SETTLED)[:2_000])
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        ids = [row.message_id for row in some]
        registry.forget(ids, at)
        work.forget([str(each) for each in ids], at=at)
        Tomb.objects.all().swept([row.pk for row in some], at=at)
    return len(rows)


def _tell(*, at: datetime) -> tuple[int, int]:
    """Tell originators what was deleted, signed, many in a message; how many, and how many wait."""
    if ledger.standing_still():
        return 0, Tomb.objects.untold().count()
    Tomb.objects.all().lost(queries.lost_words(at))
    by_place: dict[tuple[str, str, str], list[Tomb]] = {}
    for row in Tomb.objects.untold().iterator(2_000):
        by_place.setdefault((row.partner, row.agreement, row.clause), []).append(row)
    told = untold = 0
    for (partner, _, _), rows in by_place.items():
        for start in range(0, len(rows), TOLD_AT_ONCE):
            some = rows[start : start + TOLD_AT_ONCE]
            if _tell_some(partner, some, at=at):
                told += len(some)
            else:
                untold += len(some)
    return told, untold


def _tell_some(partner: str, rows: Sequence[Tomb], *, at: datetime) -> bool:
    pks = [row.pk for row in rows]

    def note(sent: exchange.Sent) -> None:
        if Tomb.objects.all().told(pks, sent.id, at=at) != len(pks):
            raise errors.ToldAlready()

    try:
        exchange.send(
            to=partner,
            type=queries.DELETION,
            purpose="",
            handling="",
            data={"messages": [str(row.message_id) for row in rows], "deleted": clock.text(at)},
            about=str(rows[0].message_id),
            expires=at + ARRIVES,
            by=viewer.machine(),
            at=at,
            then=note,
        )
    except Problem as problem:  # its agreement or the partner is suspended, say: the next run
        log.warning("deletion not told", partner=partner, messages=len(rows), problem=problem.type)
        return False
    return True
