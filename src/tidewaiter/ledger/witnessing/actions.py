"""What partners ask of us as a witness, and what we are told of logs: cosigned, kept, compared.

A checkpoint that contradicts what we hold raises an alarm with both notes; nothing that a stranger
says does, for only what the log itself signed is evidence.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter.keys import actions as keys
from tidewaiter.keys import queries as own
from tidewaiter.ledger import cosignature, errors, note, tile, tree, witness
from tidewaiter.ledger.models import Checkpoint, Head, Tile
from tidewaiter.ledger.witnessing import known
from tidewaiter.ledger.witnessing.kinds import Kind
from tidewaiter.ledger.witnessing.models import (
    Alarm,
    Claim,
    Cosignature,
    Fault,
    Witnessed,
    WitnessedBundle,
    WitnessedTile,
)
from tidewaiter.work import actions as work

ALARM: Final = "ledger.alarm"  # the kind of task
log: Final = structlog.get_logger("tidewaiter.ledger")


def add_checkpoint(body: bytes, *, at: datetime) -> str:
    """Cosign a partner's checkpoint that begins with the tree we cosigned last; our lines.

    C2SP tlog-witness. Durable when this returns. Raises BadCheckpoint, UnknownLog, NotOfTheLog,
    OtherTree, NotConsistent.
    """
    try:
        request = witness.read(body)
        new = note.checkpoint(note.parts(request.note)[0])
        if request.old > new.size:
            raise witness.BadRequest("the old size is larger than the checkpoint's")
    except (witness.BadRequest, note.BadNote) as error:
        raise errors.BadCheckpoint(reason=str(error)) from None
    owner = known.owner(new.origin, at)
    if owner is None:
        raise errors.UnknownLog(origin=new.origin[:100])
    text = _signed_by_log(request.note, owner)
    held = Witnessed.objects.of(new.origin, owner.administration)
    if request.old != held.size:
        raise errors.OtherTree(origin=new.origin, size=held.size)
    if new.size == held.size and new.root != held.head.root:
        if held.note:
            _contradicts(held, text, Kind.FORK, "", at=at)
        raise errors.OtherTree(origin=new.origin, size=held.size)
    try:
        witness.follows(request, new, held.head)
    except witness.BadConsistency as error:
        _unproven(new, text, owner.administration, at=at)
        raise errors.NotConsistent(
            origin=new.origin, old=held.size, size=new.size, reason=str(error)
        ) from None
    return _cosign(held, new, text, at=at)


def follow(origin: str, text: str, *, at: datetime) -> None:
    """Cosign a checkpoint that we fetched, whose tree the caller proved to go on from ours.

    Raises OtherTree where another checkpoint was cosigned meanwhile, UnknownLog, NotOfTheLog.
    """
    owner = known.owner(origin, at)
    if owner is None:
        raise errors.UnknownLog(origin=origin[:100])
    text = _signed_by_log(text.encode(), owner)
    new = note.checkpoint(note.parts(text.encode())[0])
    held = Witnessed.objects.of(origin, owner.administration)
    if new.size < held.size:
        raise errors.OtherTree(origin=origin, size=held.size)
    _cosign(held, new, text, at=at)


def keep(origin: str, bundles: Iterable[tuple[int, Sequence[bytes]]]) -> int:
    """Keep entries of a log, which the caller checked against the tree that we cosigned."""
    held = Witnessed.objects.get(pk=origin)
    return WitnessedBundle.objects.keep(held, bundles)


def told(text: bytes, *, by: str, at: datetime) -> bool:
    """A checkpoint with its cosignatures that the partner `by` told us of; whether it is settled.

    Cosignatures on ours are kept. One of another log is held against what we keep of it, at once
    where that reaches so far, else when it does. What is of no log that we witness is passed over.
    Raises BadCheckpoint.
    """
    try:
        head = note.checkpoint(note.parts(text)[0])
    except note.BadNote as error:
        raise errors.BadCheckpoint(reason=str(error)) from None
    if head.origin == own.origin():
        _of_ours(head, text, by, at=at)
        return True
    owner = known.owner(head.origin, at)
    if owner is None:
        log.debug("checkpoint of no partner's log", origin=head.origin[:100], told_by=by)
        return True
    try:
        signed = _signed_by_log(text, owner)
    except errors.NotOfTheLog as problem:
        if problem.__cause__ is not None:  # not merely by a key that we do not know yet
            fault = Fault(by, head.origin, Kind.BAD_SIGNATURE, ("", text.decode()), "")
            alarm(fault, at=at)
        raise errors.BadCheckpoint(reason=str(problem.members["reason"])) from None
    held = Witnessed.objects.of(head.origin, owner.administration)
    agrees = agreement(held, head)
    if agrees is None:
        facts = {"note": signed, "told_by": by, "told_at": at}
        Claim.objects.note(origin=head.origin, size=head.size, root=head.root, **facts)
        return False
    if not agrees:
        kind = Kind.FORK if by == owner.administration else Kind.SPLIT_VIEW
        _contradicts(held, signed, kind, by, at=at)
    return True


def settle(origin: str, *, at: datetime) -> int:
    """Hold against the tree what was claimed of that log, as far as we keep it; how many remain."""
    held = Witnessed.objects.filter(pk=origin).first()
    if held is None:
        return 0
    remain = 0
    for claim in Claim.objects.open(origin):
        head = note.Checkpoint(origin, claim.size, bytes(claim.root))
        agrees = agreement(held, head)
        if agrees is None:
            remain += 1
            continue
        with transaction.atomic():
            if not agrees:
                same = claim.told_by == held.administration
                kind, by = (Kind.FORK, "") if same else (Kind.SPLIT_VIEW, claim.told_by)
                _contradicts(held, claim.note, kind, by, at=at)
            claim.settle()
    return remain


def denied(origin: str, shown: str, *, size: int, before: datetime, at: datetime) -> int:
    """The log shows a tree of `size` by the note `shown`: what it signed for others is larger.

    Claims of before then that it does not reach raise the alarm; how many did.
    """
    held = Witnessed.objects.get(pk=origin)
    late = [
        claim
        for claim in Claim.objects.open(origin)
        if claim.size > size and claim.told_at <= before
    ]
    for claim in late:
        with transaction.atomic():
            kind = Kind.SHRUNK if claim.told_by == held.administration else Kind.SPLIT_VIEW
            fault = Fault(held.administration, origin, kind, (shown, claim.note), claim.told_by)
            alarm(fault, at=at)
            claim.settle()
    return len(late)


def agreement(held: Witnessed, head: note.Checkpoint) -> bool | None:
    """Whether a checkpoint is of the tree that we hold of its log; None where that ends before."""
    if head.size == 0:
        return head.root == tree.EMPTY
    if head.size == held.size:
        return head.root == held.head.root
    if head.size > held.kept:
        return None

    def fetch(level: int, index: int, width: int) -> bytes:
        return WitnessedTile.fetch(held.pk, level, index, width)

    return tile.Reader(head.size, fetch).root() == head.root


def cosigned(text: bytes, *, by: str, at: datetime) -> int:
    """Keep a partner's cosignatures on a checkpoint of ours; how many it gave.

    A line that names its key and does not hold raises the alarm about that witness. Raises
    BadCheckpoint.
    """
    head = note.checkpoint(note.parts(text)[0])
    return _keep_lines(head, text, [by], told_by=by, at=at)


def alarm(fault: Fault, *, at: datetime) -> int | None:
    """Raise an alarm, with a task for the liaison; its number, None where it stands already."""
    with transaction.atomic():
        raised = Alarm.objects.sound(fault, at=at)
        if raised is None:
            return None
        params: dict[str, str | int] = {"administration": fault.administration, "log": fault.origin}
        work.open_task(ALARM, str(raised.pk), params, at=at, role="liaison")
    log.error(
        "alarm raised",
        alarm=raised.pk,
        kind=fault.kind,
        administration=fault.administration,
        origin=fault.origin,
        told_by=fault.told_by,
    )
    return raised.pk


def acknowledge(id: int, *, by: str, remark: str, at: datetime) -> None:  # noqa: A002
    """Somebody saw to an alarm. Raises NoSuchAlarm, AcknowledgedAlready."""
    row = Alarm.objects.filter(pk=id).first()
    if row is None:
        raise errors.NoSuchAlarm(number=id)
    with transaction.atomic():
        if not row.acknowledge(by, remark, at=at):
            raise errors.AcknowledgedAlready(number=id)
        work.close_task(ALARM, str(id), by=by, at=at)


def _signed_by_log(text: bytes, owner: known.Owner) -> str:
    """The note with the log's own signatures alone. Raises NotOfTheLog; caused where one is false.

    A line that names a key of the log and does not hold is evidence against who told it.
    """
    body, lines = note.parts(text)
    try:
        _, held = note.opened(text, owner.verifiers)
    except note.FalseSignature as error:
        raise errors.NotOfTheLog(origin=owner.origin, reason=str(error)) from error
    except note.BadNote as error:
        raise errors.NotOfTheLog(origin=owner.origin, reason=str(error)) from None
    ids = {(one.name, one.id) for one in held}
    kept = [each + "\n" for each in lines if _names(each) in ids]
    return note.signed(body, kept)


def _names(line: str) -> tuple[str, bytes]:
    name, raw = note.signature(line)
    return name, raw[:4]


def _cosign(held: Witnessed, new: note.Checkpoint, text: str, *, at: datetime) -> str:
    lines = keys.cosign(new.text.encode(), at=at)
    if not held.take(witness.Head(new.size, new.root), text, lines, at=at):
        size = Witnessed.objects.values_list("size", flat=True).get(pk=held.pk)
        raise errors.OtherTree(origin=held.pk, size=size)
    log.info("checkpoint cosigned", origin=held.pk, size=new.size, of=held.administration)
    return lines


def _unproven(new: note.Checkpoint, text: str, administration: str, *, at: datetime) -> None:
    """The log signed what its proof does not bear out: the next round asks its tiles."""
    facts = {"note": text, "told_by": administration, "told_at": at}
    Claim.objects.note(origin=new.origin, size=new.size, root=new.root, **facts)


def _contradicts(held: Witnessed, other: str, kind: Kind, by: str, *, at: datetime) -> None:
    alarm(Fault(held.administration, held.pk, kind, (held.whole, other), by), at=at)


def _of_ours(head: note.Checkpoint, text: bytes, by: str, *, at: datetime) -> None:
    """A checkpoint of our own log: held against our tree, its cosignatures kept."""
    try:
        note.read(text, *(note.verifier(each) for each in own.note_verifiers()))
    except note.BadNote as error:
        raise errors.BadCheckpoint(reason=str(error)) from None
    size = Head.entries()
    newest = Checkpoint.newest()
    if head.size > size:
        kind = Kind.SHRUNK
    elif tile.Reader(head.size, Tile.fetch).root() != head.root:
        kind = Kind.FORK
    else:
        _keep_lines(head, text, known.witnesses(at), told_by=by, at=at)
        return
    ours = newest.note if newest else ""
    alarm(Fault(settings.ADMINISTRATION, head.origin, kind, (ours, text.decode()), by), at=at)


def _keep_lines(
    head: note.Checkpoint, text: bytes, witnesses: Iterable[str], *, told_by: str, at: datetime
) -> int:
    rows = []
    for administration in witnesses:
        try:
            found = cosignature.held(text, known.keys_of_witness(administration, at))
        except note.FalseSignature:
            fault = Fault(told_by, head.origin, Kind.BAD_SIGNATURE, ("", text.decode()), "")
            alarm(fault, at=at)
            continue
        except note.BadNote as error:
            raise errors.BadCheckpoint(reason=str(error)) from None
        rows += [
            Cosignature(
                origin=head.origin,
                size=head.size,
                administration=administration,
                line=each.line,
                at=known.moment(each.time),
            )
            for each in found
        ]
    Cosignature.objects.keep(rows)
    return len(rows)
