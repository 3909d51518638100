"""What partners ask of us as a witness, and what we are told of logs: cosigned, kept, compared.

A checkpoint that contradicts what we hold raises an alarm with both notes; nothing that a stranger
says does, for only what the log itself signed is evidence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter.keys import actions as keys
from tidewaiter.keys import queries as own
from tidewaiter.ledger import contradiction, cosignature, errors, note, tile, witness
from tidewaiter.ledger.alarms.actions import alarm
from tidewaiter.ledger.alarms.kinds import Kind
from tidewaiter.ledger.alarms.models import Fault
from tidewaiter.ledger.fencing import actions as fencing
from tidewaiter.ledger.fencing.queries import fenced
from tidewaiter.ledger.models import Checkpoint, Head, Tile
from tidewaiter.ledger.witnessing import accusing, known, listeners, queries
from tidewaiter.ledger.witnessing.models import (
    COSIGNED,
    Claim,
    Cosignature,
    Witnessed,
    WitnessedBundle,
)

log: Final = structlog.get_logger("tidewaiter.ledger")


def add_checkpoint(body: bytes, *, at: datetime, by_hand: bool = False) -> str:
    """Cosign a partner's checkpoint that begins with the tree we cosigned last; our lines.

    C2SP tlog-witness. Durable when this returns. One that came `by_hand` is of some time ago, and
    its entries come as it did. Raises BadCheckpoint, UnknownLog, NotOfTheLog,
    OtherTree, NotConsistent; Restoring behind the fence.
    """
    fencing.hold()
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
    held = _held(owner)
    other = new.size <= held.size and accusing.agreement(held, new) is False
    if other and held.note:  # whatever old size it names, it signed two trees
        accusing.contradicts(held, text, Kind.FORK, owner.administration if by_hand else "", at=at)
    if other or request.old != held.size:
        raise errors.OtherTree(origin=new.origin, size=held.size)
    try:
        witness.follows(request, new, held.head)
    except witness.BadConsistency as error:
        _unproven(new, text, owner.administration, at=at)
        raise errors.NotConsistent(
            origin=new.origin, old=held.size, size=new.size, reason=str(error)
        ) from None
    entries: listeners.Bundles = ()
    if new.size > held.kept and not by_hand and queries.room():
        entries = listeners.fetch(owner.administration, new.size, new.root, held.kept)
    lines = _cosign(held, new, text, entries, at=at, by_hand=by_hand)
    if new.size > held.kept and not entries:
        listeners.tell(owner.administration, at)
    return lines


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint that a log shows, not smaller than what we cosigned unless it is no news."""

    size: int
    root: bytes
    note: str  # with the log's own signatures alone
    held_size: int
    held_root: bytes
    news: bool  # whether its tree has to be proven to go on from ours


def seen(origin: str, text: bytes, *, before: int, after: timedelta, at: datetime) -> Seen | None:
    """A checkpoint that the log shows us now; None where it contradicts what we cosigned.

    One smaller than `before`, which we had cosigned when we asked for it, has shrunk where that
    lasts so long: what we cosigned while its answer was on the way, it need not show yet. The one
    that we hold needs no key to be known today. Raises UnknownLog, NotOfTheLog, BadCheckpoint.
    """
    owner = known.owner(origin, at)
    if owner is None:
        raise errors.UnknownLog(origin=origin[:100])
    head = _head(text)
    if head.origin != origin:
        raise errors.NotOfTheLog(origin=origin, reason=f"it is of {head.origin[:100]}")
    held = _held(owner)
    signed = held.note
    if not signed or (head.size, head.root) != (held.size, held.head.root):
        signed, head = _read(text, owner, by=owner.administration, at=at, strict=True)
        if len(signed.encode()) > witness.MOST_NOTE:
            raise errors.BadCheckpoint(reason=f"it is longer than {witness.MOST_NOTE} bytes")
    if head.size <= held.size and accusing.agreement(held, head) is False:
        accusing.contradicts(held, signed, Kind.FORK, "", at=at)
        return None
    if head.size >= min(before, held.size):
        if held.short_since is not None:
            held.since(short_since=None)
    elif held.short_since is None:
        held.since(short_since=at)
    elif held.short_since + after <= at:
        accusing.contradicts(held, signed, Kind.SHRUNK, "", at=at)
    news = head.size > held.size or not held.note
    return Seen(head.size, head.root, signed, held.size, held.head.root, news)


def follow(origin: str, text: str, entries: listeners.Bundles = (), *, at: datetime) -> None:
    """Cosign a checkpoint that we fetched, whose tree the caller proved to go on from ours.

    `entries` under it, held against its root, are kept with it.
    Raises OtherTree where another checkpoint was cosigned meanwhile, UnknownLog, NotOfTheLog.
    """
    owner = known.owner(origin, at)
    if owner is None:
        raise errors.UnknownLog(origin=origin[:100])
    text = _signed_by_log(text.encode(), owner)
    new = note.checkpoint(note.parts(text.encode())[0])
    held = _held(owner)
    if new.size < held.size:
        raise errors.OtherTree(origin=origin, size=held.size)
    _cosign(held, new, text, entries, at=at)


def told(text: bytes, *, by: str, at: datetime) -> bool:
    """A checkpoint with its cosignatures that the partner `by` told us of; whether it is settled.

    `by` is "" where nobody proved who tells: then who cosigned it does. Cosignatures on ours are
    kept. One of another log is held against what we keep of it, at once where that reaches so far,
    else when it does, and against what others told us of it. What is of no log that we witness is
    passed over. Raises BadCheckpoint, NotOfTheLog, UnknownLog.
    """
    head = _head(text)
    if head.origin == own.origin():
        _of_ours(head, text, by, at=at)
        return True
    owner = known.owner(head.origin, at)
    if owner is None:
        log.debug("checkpoint of no partner's log", origin=head.origin[:100], told_by=by)
        return True
    signed, _ = _read(text, owner, by=by, at=at)
    held = _held(owner)
    agrees = accusing.agreement(held, head)
    if agrees:
        return True
    teller = by or known.cosigner(text, owner, at)
    if agrees is None:
        accusing.apart(held, head, signed, teller, at=at)
        facts = {"note": signed, "told_by": teller, "told_at": at}
        Claim.objects.note(origin=head.origin, size=head.size, root=head.root, **facts)
        return False
    kind = Kind.FORK if teller == owner.administration else Kind.SPLIT_VIEW
    accusing.contradicts(held, signed, kind, teller, at=at)
    return True


def settle(origin: str, *, at: datetime) -> int:
    """Hold against the tree what was claimed of that log, as far as we keep it; how many remain."""
    held = Witnessed.objects.filter(pk=origin).first()
    if held is None:
        return 0
    remain = 0
    for claim in Claim.objects.open(origin):
        head = note.Checkpoint(origin, claim.size, bytes(claim.root))
        agrees = accusing.agreement(held, head)
        if agrees is None:
            remain += 1
            continue
        with transaction.atomic():
            if not agrees:
                same = claim.told_by == held.administration
                kind, by = (Kind.FORK, "") if same else (Kind.SPLIT_VIEW, claim.told_by)
                accusing.contradicts(held, claim.note, kind, by, at=at)
            claim.settle()
    return remain


def cosigned(text: bytes, *, by: str, at: datetime) -> int:
    """Keep a partner's cosignatures on a checkpoint of ours; how many it gave.

    A line that names its key and does not hold raises the alarm about that witness. Raises
    BadCheckpoint.
    """
    head = _head(text)
    return _keep_lines(head, text, [by], told_by=by, at=at)


def _held(owner: known.Owner) -> Witnessed:
    """The log of a partner as we hold it. Raises UnknownLog where it was another's before."""
    held = Witnessed.objects.of(owner.origin, owner.administration)
    if held.administration != owner.administration:
        raise errors.UnknownLog(origin=owner.origin)
    return held


def _head(text: bytes) -> note.Checkpoint:
    try:
        return note.checkpoint(note.parts(text)[0])
    except note.BadNote as error:
        raise errors.BadCheckpoint(reason=str(error)) from None


def _read(
    text: bytes, owner: known.Owner, *, by: str, at: datetime, strict: bool = False
) -> tuple[str, note.Checkpoint]:
    """The note as the log signed it; where all its signatures are false, who told it is accused."""
    head = _head(text)
    try:
        return _signed_by_log(text, owner, strict=strict), head
    except errors.NotOfTheLog as problem:
        if by and problem.__cause__ is not None:  # not merely by a key that we do not know yet
            fault = Fault(by, head.origin, Kind.BAD_SIGNATURE, ("", text.decode()), "")
            alarm(fault, at=at)
        raise


def _signed_by_log(text: bytes, owner: known.Owner, *, strict: bool = True) -> str:
    """The note with the log's own signatures that hold. Raises NotOfTheLog where none does.

    Caused where a line names a key of the log and does not hold: `strict`, one is enough. Who hands
    a note on may not have known that key, nor who added the line (signed-note: unknown keys are
    passed over).
    """
    body, lines = note.parts(text)
    keys = {(one.name, one.id) for one in owner.verifiers}
    kept: dict[tuple[str, bytes], str] = {}  # one line a key
    wrong: note.FalseSignature | None = None
    try:
        for each in lines:
            alone, key = note.signed(body, [each + "\n"]), _names(each)
            if key in keys and key not in kept:
                try:
                    note.opened(alone.encode(), owner.verifiers)
                    kept[key] = each + "\n"
                except note.FalseSignature as error:
                    wrong = wrong or error
    except note.BadNote as error:
        raise errors.NotOfTheLog(origin=owner.origin, reason=str(error)) from None
    if wrong is not None and (strict or not kept):
        raise errors.NotOfTheLog(origin=owner.origin, reason=str(wrong)) from wrong
    if not kept:
        raise errors.NotOfTheLog(origin=owner.origin, reason="no known key signed it")
    return note.signed(body, list(kept.values()))


def _names(line: str) -> tuple[str, bytes]:
    name, raw = note.signature(line)
    return name, raw[:4]


def _cosign(
    held: Witnessed,
    new: note.Checkpoint,
    text: str,
    entries: listeners.Bundles,
    *,
    at: datetime,
    by_hand: bool = False,
) -> str:
    """Cosign, and keep with it what of the entries is here: only that can be given back."""
    lines = keys.cosign(new.text.encode(), at=at)
    with transaction.atomic():
        head = witness.Head(new.size, new.root)
        if not held.take(head, text, lines, at=at, by_hand=by_hand):
            size = Witnessed.objects.values_list("size", flat=True).get(pk=held.pk)
            raise errors.OtherTree(origin=held.pk, size=size)
        if entries:
            WitnessedBundle.objects.keep(Witnessed.objects.get(pk=held.pk), entries)
    log.info("checkpoint cosigned", origin=held.pk, size=new.size, of=held.administration)
    return lines


def _unproven(new: note.Checkpoint, text: str, administration: str, *, at: datetime) -> None:
    """The log signed what its proof does not bear out: the next round asks its tiles."""
    facts = {"note": text, "told_by": administration, "told_at": at}
    Claim.objects.note(origin=new.origin, size=new.size, root=new.root, **facts)


def _of_ours(head: note.Checkpoint, text: bytes, by: str, *, at: datetime) -> None:
    """A checkpoint of our own log: held against our tree, its cosignatures kept."""
    try:
        note.read(text, *(note.verifier(each) for each in own.note_verifiers()))
    except note.BadNote as error:
        raise errors.BadCheckpoint(reason=str(error)) from None
    if fenced() is not None:
        return  # what we lost by a restore is asked for elsewhere
    size, newest, proof = Head.entries(), Checkpoint.newest(), ""
    if head.size > size:
        kind = Kind.SHRUNK
    elif tile.Reader(head.size, Tile.fetch).root() != head.root:
        kind = Kind.FORK
        if newest is not None and 0 < head.size < newest.size:
            subtree = tile.Reader(newest.size, Tile.fetch).subtree
            found = contradiction.beginning(head.size, newest.size, subtree)
            proof = contradiction.written(found)
    else:
        _keep_lines(head, text, known.witnesses(at), told_by=by, at=at)
        return
    notes = (newest.note if newest else "", text.decode())
    alarm(Fault(settings.ADMINISTRATION, head.origin, kind, notes, by, proof=proof), at=at)


def _keep_lines(
    head: note.Checkpoint, text: bytes, witnesses: Iterable[str], *, told_by: str, at: datetime
) -> int:
    rows = []
    for administration in witnesses:
        try:
            found = cosignature.held(text, known.keys_of_witness(administration, at))
        except note.FalseSignature:
            if told_by == administration:  # another may have had it from anybody
                notes = ("", text.decode())
                alarm(Fault(told_by, head.origin, Kind.BAD_SIGNATURE, notes, ""), at=at)
            continue
        except note.BadNote as error:
            raise errors.BadCheckpoint(reason=str(error)) from None
        rows += [
            Cosignature(
                origin=head.origin,
                size=head.size,
                administration=administration,
                key=each.witness.id.hex(),
                line=each.line,
                at=known.moment(each.time),
            )
            for each in found
            if len(each.line) <= COSIGNED
        ]
    Cosignature.objects.keep(rows)
    return len(rows)
