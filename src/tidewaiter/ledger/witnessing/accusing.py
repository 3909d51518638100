"""What a log signed, held against what we keep of it; where the two contradict, the alarm.

An alarm keeps what anybody can check who trusts neither side: two notes of one size with two roots,
or two of different sizes with the proof that the larger does not begin with the smaller.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from tidewaiter.ledger import contradiction, note, standing, tile, tree
from tidewaiter.ledger.alarms.actions import alarm
from tidewaiter.ledger.alarms.kinds import Kind
from tidewaiter.ledger.alarms.models import Fault
from tidewaiter.ledger.models import Claim, Witnessed, WitnessedBundle, WitnessedTile


def agreement(held: Witnessed, head: note.Checkpoint) -> bool | None:
    """Whether a checkpoint is of the tree that we hold of its log; None where that ends before."""
    if head.size == 0:
        return head.root == tree.EMPTY
    if head.size == held.size:
        return head.root == held.head.root
    if head.size > held.kept:
        return None
    return tile.Reader(head.size, _tiles(held)).root() == head.root


def contradicts(held: Witnessed, other: str, kind: Kind, by: str, *, at: datetime) -> None:
    """A checkpoint of the log is not of the tree that we hold: both are the evidence."""
    ours, proof = _evidence(held, note.checkpoint(note.parts(other.encode())[0]))
    alarm(Fault(held.administration, held.pk, kind, (ours, other), by, proof=proof), at=at)


def forked(origin: str, text: str, beginning: contradiction.Beginning, *, at: datetime) -> None:
    """The log's own tiles show that it does not go on from what we cosigned: that is two trees."""
    held = Witnessed.objects.get(pk=origin)
    notes, proof = (held.whole, text), contradiction.written(beginning)
    alarm(Fault(held.administration, origin, Kind.FORK, notes, "", proof=proof), at=at)


def apart(held: Witnessed, head: note.Checkpoint, text: str, by: str, *, at: datetime) -> None:
    """Two checkpoints of one size that others told us of are of two trees, whatever we keep."""
    for claim in Claim.objects.open(held.pk):
        if claim.size == head.size and bytes(claim.root) != head.root:
            same = {claim.told_by, by} == {held.administration}
            kind = Kind.FORK if same else Kind.SPLIT_VIEW
            teller = claim.told_by if by == held.administration else by
            notes = (claim.note, text)
            alarm(Fault(held.administration, held.pk, kind, notes, "" if same else teller), at=at)
            return


def dark(
    administration: str,
    origin: str,
    reason: str,
    *,
    after: timedelta,
    at: datetime,
    text: str = "",
) -> None:
    """A log that answers does not show what it signed; for so long, that raises the alarm.

    `text` is what shows that there is something to be shown. Where nothing does, neither that nor
    what we cosigned nor what others saw, it withholds nothing: it may have signed nothing yet.
    """
    held = Witnessed.objects.of(origin, administration)
    if held.administration != administration:
        return  # the name was that of another's log before
    if held.dark_since is None:
        held.since(dark_since=at)
    elif held.dark_since + after <= at:
        text = text or next((claim.note for claim in Claim.objects.open(origin)), "")
        if held.note or text:
            notes = (held.whole, text)
            alarm(Fault(administration, origin, Kind.WITHHELD, notes, "", reason[:500]), at=at)


def mute(
    administration: str,
    origin: str,
    reason: str,
    *,
    after: timedelta,
    at: datetime,
    text: str = "",
) -> None:
    """A node that answers, but never where it is asked about its log: for so long, it withholds.

    The line may be blamed for an hour or two, not for what one address does day and night.
    """
    held = Witnessed.objects.of(origin, administration)
    if held.administration != administration:
        return
    if held.shown_at is None:
        held.since(shown_at=at)
    elif held.shown_at + after <= at and (held.note or text):
        notes = (held.whole, text)
        alarm(Fault(administration, origin, Kind.WITHHELD, notes, "", reason[:500]), at=at)


def shows(origin: str, *, at: datetime) -> None:
    """The log shows what it signed."""
    for held in Witnessed.objects.filter(pk=origin):
        held.since(dark_since=None, shown_at=at)


def accuse(
    administration: str,
    origin: str,
    kind: Kind,
    receipt: str,
    *,
    index: int,
    detail: str,
    at: datetime,
) -> None:
    """The log does not bear out a receipt of its administration, which is the evidence.

    Beside it goes, where we keep it, what stands at the place that the receipt names.
    """
    held = Witnessed.objects.of(origin, administration)
    ours, size = _kept(held)
    proof = ""
    if index < size:
        (entry,) = WitnessedBundle.between(origin, index, index + 1)
        path = tree.prove_inclusion(index, size, tile.Reader(size, _tiles(held)).subtree).path
        proof = standing.written(standing.Standing(index, entry, path, ours))
    notes = (ours if proof else held.whole, receipt)
    alarm(Fault(administration, origin, kind, notes, "", detail, proof), at=at)


def claimed(origin: str) -> frozenset[int]:
    """What others told us of that log and nothing settled, by number."""
    return frozenset(claim.pk for claim in Claim.objects.open(origin))


def denied(
    origin: str, shown: str, *, size: int, among: Collection[int], before: datetime, at: datetime
) -> int:
    """The log shows a tree of `size` by the note `shown`: what it signed for others is larger.

    Claims that were here when it was asked, told before then, that it does not reach, raise the
    alarm; how many did.
    """
    held = Witnessed.objects.get(pk=origin)
    reach = max(size, held.size)
    late = [
        claim
        for claim in Claim.objects.open(origin)
        if claim.pk in among and claim.size > reach and claim.told_at <= before
    ]
    for claim in late:
        kind = Kind.SHRUNK if claim.told_by == held.administration else Kind.SPLIT_VIEW
        alarm(Fault(held.administration, origin, kind, (shown, claim.note), claim.told_by), at=at)
        claim.settle()
    return len(late)


def doubt(origin: str, *, since: datetime, at: datetime) -> None:
    """Our clock was put forward or back at `since`: what was noted before is as if noted now.

    So is what lies ahead. Nobody is accused by a time that did not pass.
    """
    Claim.objects.doubt(origin, since=since, at=at)
    for held in Witnessed.objects.filter(pk=origin):
        names = ("short_since", "dark_since", "shown_at")
        moments = {name: getattr(held, name) for name in names}
        if wrong := {
            name: at for name, each in moments.items() if each and not since <= each <= at
        }:
            held.since(**wrong)


def _evidence(held: Witnessed, head: note.Checkpoint) -> tuple[str, str]:
    """The note of ours that the other contradicts, and the proof of it where sizes differ.

    The newest that we cosigned; the newest whose entries we keep, where the other is smaller and
    only that one's tree can be shown.
    """
    ours, size = _kept(held)
    if head.size >= held.size or not 0 < head.size < size:
        return (ours if head.size == size else held.whole), ""
    subtree = tile.Reader(size, _tiles(held)).subtree
    found = contradiction.beginning(head.size, size, subtree)
    if found.root == head.root:  # it is the beginning of ours: it only says less
        return held.whole, ""
    return ours, contradiction.written(found)


def _kept(held: Witnessed) -> tuple[str, int]:
    """The newest checkpoint all of whose entries we keep, and its size; none is of size 0."""
    if held.kept == held.size:
        return held.whole, held.size
    if not held.kept_note:
        return "", 0
    return held.kept_note, note.checkpoint(note.parts(held.kept_note.encode())[0]).size


def _tiles(held: Witnessed) -> tile.Fetch:
    def fetch(level: int, index: int, width: int) -> bytes:
        return WitnessedTile.fetch(held.pk, level, index, width)

    return fetch
