"""What a restored node does to come back, and what its partners do for it.

The wire contract, "After a restore". The order is what keeps one tree under one name: first the log
as it was cosigned last, then the questions to partners, then their answers, then everything else.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter import clock
from tidewaiter.exchange import gaps, message, telling
from tidewaiter.exchange.delivery import Heard
from tidewaiter.exchange.models import Correspondent, Outbound, Owed, Rejoining, Restore
from tidewaiter.exchange.restoring import asking, errors, judging, kinds, outstanding, queries
from tidewaiter.exchange.restoring.judging import Shown
from tidewaiter.exchange.treaties import actions as treaties
from tidewaiter.exchange.types import Received
from tidewaiter.identity import actions as identity
from tidewaiter.identity import queries as partners
from tidewaiter.keys import actions as keys
from tidewaiter.keys import queries as own_keys
from tidewaiter.ledger import actions as logs
from tidewaiter.ledger import note
from tidewaiter.ledger import queries as ledger
from tidewaiter.ledger.fencing import actions as fencing
from tidewaiter.ledger.fencing import queries as fence
from tidewaiter.work import actions as work

WITHDRAWN_AT_ONCE: Final = 10_000  # serials in one message
log: Final = structlog.get_logger("tidewaiter.exchange")


def resume(*, at: datetime) -> None:
    """See that a node which is fenced is on its way back."""
    work.enqueue("exchange.rejoin", {}, at=at, key="rejoin")


def rows(*, raised: datetime) -> list[Rejoining]:
    """How far we are with every active partner, for the fence raised then."""
    active = [each.administration for each in partners.partners() if each.active]
    return Rejoining.objects.begin(active, fence=raised)


def excuse(partner: str, *, by: str, at: datetime) -> None:
    """Go on without that partner's answer. Raises NotRestoring, NotAwaited."""
    found = queries.rejoining()
    if found is None:
        raise errors.NotRestoring
    if partner not in found.waits_for:
        raise errors.NotAwaited(administration=partner, waits=", ".join(found.waits_for) or "–")
    with transaction.atomic():
        row = next(each for each in rows(raised=found.fence.raised) if each.pk == partner)
        row.excuse(by)
        if found.fence.stage == fence.LOST:
            fencing.come(fence.LOG)
        resume(at=at)
    log.warning("partner excused", partner=partner, by=by)


def new_origin(*, by: str, at: datetime) -> str:
    """Begin another log, for the one that nobody can give back; its origin.

    It has a key and a name of its own, and its first entry commits to the last cosigned checkpoint
    that any partner shows. Partners see it in our document, and pin it by hand. Raises
    NotRestoring, LogNotLost.
    """
    found = ledger.fenced()
    if found is None:
        raise errors.NotRestoring
    if found.stage != fence.LOST:
        raise errors.LogNotLost(reason=found.reason)
    known = sorted(shown(rows(raised=found.raised)), key=lambda each: each.size)
    old = ledger.origin()
    origin = keys.new_log(at=at)  # killed here, the log that is left is not signed by it
    fencing.close(origin, known[-1].note if known else "", at=at)
    with transaction.atomic():
        fencing.come(fence.PARTNERS, size=1)
        Rejoining.objects.forgive(fence=found.raised)
        resume(at=at)
    log.warning("new origin", origin=origin, followed=old, by=by)
    return origin


def pin_log(partner: str, origin: str, *, by: str, at: datetime) -> str:
    """Follow the new log of a partner, by the name that it told by another way; the one before.

    What it receipted at places of the old one is looked up there no more. Raises identity's
    UnknownPartner, NoSuchLog.
    """
    with transaction.atomic():
        before = identity.pin_log(administration=partner, origin=origin)
        if before != origin:
            Owed.objects.forget(partner)
    log.warning("log pinned", partner=partner, origin=origin, before=before, by=by)
    work.enqueue("exchange.witness", {"partner": partner}, at=at, key=partner)
    return before


def looked(row: Rejoining, shown: Shown, *, at: datetime) -> None:
    """Note what a partner shows of our log."""
    row.note_down(
        looked_at=at, size=shown.size, note=shown.note, fault="", reason="", failures=0, next_at=at
    )


def shown(rows: Iterable[Rejoining]) -> list[Shown]:
    """What partners showed of our log: what it signed it signed, whoever is waited for."""
    log_, name = verifiers(), ledger.origin()
    found = []
    for row in rows:
        if row.note.startswith(f"{name}\n"):  # not one that was closed since
            read = note.read(row.note.encode(), *log_)
            found.append(Shown(row.partner, read.size, read.root, row.note))
    return found


def stands(known: Sequence[Shown], *, at: datetime) -> bool:
    """Whether our tree has the roots of all that partners showed; then that stage is over.

    Else somebody shows another tree that we signed, and the administrator decides.
    """
    size, roots = ledger.size(), fencing.roots({each.size for each in known})
    for each in known:
        if roots.get(each.size) != each.root:
            log.error("another tree of ours", partner=each.partner, size=each.size)
            fencing.come(fence.LOST)
            return False
    best = judging.newest(known)
    if best is not None:
        head = note.read(best.note.encode(), *verifiers())
        fencing.head(head, judging.signed_lines(best.note, head.origin), at=at)
    fencing.come(fence.PARTNERS, size=size)
    return True


def question(row: Rejoining, since: datetime, *, at: datetime) -> Outbound:
    """The question to a partner, written where it was not yet."""
    with fencing.through(), transaction.atomic():
        return asking.question(row, since, us=origin(), sign=keys.sign, at=at)


def answered(partner: str, word: Heard, *, at: datetime) -> bool:
    """Note a partner's receipt for our question; whether it goes again at once."""
    found = ledger.fenced()
    row = Rejoining.objects.filter(pk=partner).first()
    if found is None or row is None:
        return False
    with fencing.through(), transaction.atomic():
        Correspondent.objects.lock([partner])
        asked = asking.asked(row)
        if asked is None:
            return False
        return asking.answered(row, asked, word, found.since, us=origin(), sign=keys.sign, at=at)


def brought(partner: str, words: Mapping[int, Heard], *, at: datetime) -> int:
    """Note the receipt for our question among those that a partner brings; how many that were.

    The others are not lost: what they are for waits, goes again and is answered again.
    """
    row = Rejoining.objects.filter(pk=partner).first()
    asked = asking.asked(row) if row is not None else None
    if asked is None or asked.pk not in words:
        return 0
    answered(partner, words[asked.pk], at=at)
    return 1


def stated(received: Received) -> None:
    """A partner says which serials were used: we count on from there, and ask for what is missing.

    In the transaction that accepts it. What answers no question of ours changes nothing.
    """
    data, partner, at = received.data, received.source, received.received_at
    told = Rejoining.objects.stated(
        partner,
        received.in_reply_to,
        at=at,
        sent=data["sent"],
        received=data["received"],
        checkpoint=data.get("checkpoint", ""),
    )
    if not told:
        return
    (row,) = Correspondent.objects.lock([partner])
    Correspondent.objects.beyond(partner, data["received"])
    row.owed(data["sent"], at=at)
    log.info("partner stated", partner=partner, sent=data["sent"], received=data["received"])
    resume(at=at)


def ready() -> bool:
    """Whether every partner answered, or is gone on without, and none contradicts our log."""
    found = queries.rejoining()
    return found is not None and not found.waits_for and not _contradicted(found)


def lift(*, at: datetime) -> None:
    """Take part again. In one commit: what we lost is asked for, serials that we know nothing of
    are withdrawn, and the head is signed, so that no partner sees one without what we receipted.
    """
    found = ledger.fenced()
    if found is None:
        return
    rejoined = rows(raised=found.raised)
    codes = [row.partner for row in rejoined]
    suspended = [each.administration for each in partners.partners() if not each.active]
    with transaction.atomic():
        Correspondent.objects.lock(codes + suspended)  # all before the log, as whoever receives
        if not fencing.lift(at=at):
            return
        for row in Rejoining.objects.begin(suspended, fence=found.raised):
            asking.question(row, found.since, us=origin(), sign=keys.sign, at=at)
            _withdraw(row, at=at)
        for row in rejoined:
            _withdraw(row, at=at)
            gaps.ask_at_once(row.partner, us=origin(), sign=keys.sign, at=at)
            treaties.introduce(row.partner, at)
        logs.publish(at=at, early=True)
    log.warning("rejoined", partners=codes, since=found.since.isoformat())


def keep_asking(*, at: datetime) -> None:
    """See that what a partner has not taken yet is still good when it is back."""
    for row in Rejoining.objects.open():
        with transaction.atomic():
            Correspondent.objects.lock([row.partner])
            if outstanding.again(row, us=origin(), sign=keys.sign, at=at):
                log.info("asked anew", partner=row.partner)


def restored(received: Received) -> None:
    """A partner was restored: it hears at once what we have of its log and which serials we know.

    In the transaction that accepts its question.
    """
    partner, at = received.source, received.received_at
    size, cosigned = fence.witnessed(partner)
    (row,) = Correspondent.objects.lock([partner])
    told = {"since": clock.parse(received.data["since"]), "told_at": at, "size": size}
    Restore.objects.note(partner, message_id=received.id, **told)
    data: dict[str, object] = {"sent": row.last_serial + 1, "received": row.highest}
    if cosigned:
        data["checkpoint"] = cosigned
    telling.tell(
        to=partner,
        type=kinds.STATE,
        data=data,
        us=origin(),
        sign=keys.sign,
        at=at,
        in_reply_to=str(received.id),
    )
    fencing.pardon(partner, at=at)
    work.enqueue("exchange.void", {"question": str(received.id)}, at=at)


def verifiers() -> list[note.Verifier]:
    """Every verifier key that our log ever had."""
    return [note.verifier(each) for each in own_keys.note_verifiers()]


def origin() -> message.Origin:
    """This node, as its messages name it."""
    return message.Origin(settings.ADMINISTRATION, settings.NODE_URL)


def _contradicted(found: queries.Rejoin) -> bool:
    """Whether a partner's answer names a tree of ours that is not the one that we came back to."""
    base, ours = found.fence.size or 0, ledger.origin()
    names = {"", *(each.name for each in verifiers()), *ledger.closed_origins()}
    for row in rows(raised=found.fence.raised):
        followed = row.checkpoint.partition("\n")[0]
        if followed not in names and not row.excused:
            row.note_down(
                fault=f"it follows a log of ours that is not known here: {followed}"[:200]
            )
            fencing.come(fence.LOST)
            return True
        if not row.checkpoint:
            continue
        try:
            text = [row.checkpoint.encode()]
            said = judging.ours(text, ours, verifiers(), by=row.partner)
        except judging.NotOurs as error:
            if row.excused:
                continue  # that is no tree of ours
            row.note_down(fault=str(error)[:200])
            return True
        other = said.size and fencing.roots([said.size]).get(said.size) != said.root
        if said.size > base or other:
            fault = f"it cosigned {said.size} entries of our log that are not those that we have"
            row.note_down(fault=fault)
            fencing.come(fence.LOST)
            return True
    return False


def _withdraw(row: Rejoining, *, at: datetime) -> None:
    """The serials between what we know to be used and our question do not come."""
    asked = asking.asked(row)
    if asked is None or asked.serial is None:
        return
    ours = Outbound.objects.filter(recipient=row.partner, serial__lt=asked.serial)
    known = set(ours.values_list("serial", flat=True))
    begin = asking.receipted(row.partner, below=asked.serial) + 1
    lost = [serial for serial in range(begin, asked.serial) if serial not in known]
    for start in range(0, len(lost), WITHDRAWN_AT_ONCE):
        gaps.tell_withdrawn(
            row.partner,
            lost[start : start + WITHDRAWN_AT_ONCE],
            reason="expired",
            us=origin(),
            sign=keys.sign,
            at=at,
        )
