"""Where papers stand in our log and in those of partners that we witness, with what proves it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from django.conf import settings

from tidewaiter import base64url
from tidewaiter.identity import queries as identity
from tidewaiter.ledger import commitment, errors, note, proof, tile, tree
from tidewaiter.ledger import queries as log
from tidewaiter.ledger.models import ClosedLog, Entry, Tile
from tidewaiter.ledger.papers import Paper
from tidewaiter.ledger.witnessing.models import Witnessed, WitnessedBundle, WitnessedTile

_AT_ONCE: Final = 500  # entries a statement


@dataclass(frozen=True, slots=True)
class Found:
    """An entry of a log under a checkpoint of it."""

    log: proof.Log
    index: int
    commitment: bytes
    path: tuple[bytes, ...]

    def place(self, log: int) -> proof.Entry:
        """As the file has it, in which the log has that number."""
        return proof.Entry(log, self.index, self.commitment, self.path)


@dataclass(frozen=True, slots=True)
class Ours:
    """Entries of our log under one checkpoint."""

    log: proof.Log
    _size: int
    _subtree: tree.Subtree
    _entries: dict[int, bytes] = field(repr=False)

    def entry(self, index: int) -> Found:
        """The entry of that index."""
        path = tree.prove_inclusion(index, self._size, self._subtree).path
        return Found(self.log, index, _commitment(self._entries[index]), path)


@dataclass(frozen=True, slots=True)
class Theirs:
    """A partner's log as far as we cosigned and keep it."""

    log: proof.Log
    origin: str
    _size: int
    _subtree: tree.Subtree
    _bundle: Callable[[int], list[bytes]]

    def entry(self, index: int) -> Found | None:
        """The entry of that index; None where it is not among what we keep."""
        bundle, at = divmod(index, tile.WIDTH)
        if index >= self._size or len(found := self._bundle(bundle)) <= at:
            return None
        path = tree.prove_inclusion(index, self._size, self._subtree).path
        return Found(self.log, index, _commitment(found[at]), path)


def ours(indexes: Sequence[int]) -> Ours:
    """Entries of our log under the newest cosigned checkpoint that covers them all.

    Where none is cosigned, under the newest. Raises NoSuchEntry, NotCovered.
    """
    last = max(indexes)
    head = log.cosigned(last) or log.checkpoint()
    if head is None or head.size <= last:
        log.entry(last)  # raises where there is none at all
        raise errors.NotCovered(index=last, size=head.size if head else 0)
    entries: dict[int, bytes] = {}
    wanted = sorted(set(indexes))
    for start in range(0, len(wanted), _AT_ONCE):
        rows = Entry.objects.filter(index__in=wanted[start : start + _AT_ONCE])
        entries |= {row.index: bytes(row.entry) for row in rows}
    for index in wanted:
        if index not in entries:
            raise errors.NoSuchEntry(index=index, size=log.size())
    named = proof.Log(settings.ADMINISTRATION, head.note)
    return Ours(named, head.size, _remembered(tile.Reader(head.size, Tile.fetch)), entries)


def closed(papers: Sequence[Paper]) -> dict[int, Found]:
    """Where those of these papers stand, by their number in the order given, that our log lost.

    A log that was lost was followed by another (see `fencing`): a paper that says an index of the
    old one is found there by what that commits to. Raises NotProvable where nothing that is kept of
    our logs proves a paper that is not shown: at its index in another stands another paper.
    """
    before = list(ClosedLog.objects.order_by("-closed_at"))
    if not before:
        return {}
    rows = Witnessed.objects.filter(pk__in=[each.pk for each in before]).exclude(kept_note="")
    kept = {row.pk: _kept(row) for row in rows}
    found: dict[int, Found] = {}
    for number, paper in enumerate(papers):
        place, ours_now = _place_of(paper, before, kept)
        if place is not None:
            found[number] = place
        elif not ours_now and paper.document is None:
            raise errors.NotProvable(reason="it is in a log that was closed, and not kept")
    return found


def _place_of(
    paper: Paper, before: Sequence[ClosedLog], kept: Mapping[str, "Theirs"]
) -> tuple[Found | None, bool]:
    """Where a paper stands in a log that was closed, or whether it is in our log of now."""
    if paper.document is not None and paper.salt is not None:
        shown = (paper.document, paper.salt)
    elif paper.withheld is not None:
        shown = paper.withheld
    elif paper.logged is None:
        return None, True  # an entry by its index
    else:
        then = [each for each in before if paper.logged < each.closed_at]  # the oldest is last
        held = kept.get(then[-1].pk) if then else None
        return held.entry(paper.log_index) if held else None, not then
    entry = commitment.entry(commitment.commit(settings.ADMINISTRATION, *shown))
    if Entry.objects.filter(index=paper.log_index, entry=entry).exists():
        return None, True
    places = (each.entry(paper.log_index) for each in kept.values())
    mine = (each for each in places if each and each.commitment == _commitment(entry))
    return next(mine, None), False


def theirs(administration: str) -> Theirs | None:
    """A partner's log under the checkpoint that we cosigned last, where we keep all of it."""
    rows = Witnessed.objects.filter(administration=administration).exclude(kept_note="")
    held = rows.order_by("-cosigned_at").first()
    return None if held is None else _kept(held)


def _kept(held: Witnessed) -> Theirs:
    def fetch(level: int, index: int, width: int) -> bytes:
        return WitnessedTile.fetch(held.origin, level, index, width)

    @lru_cache(maxsize=64)
    def bundle(index: int) -> list[bytes]:
        first = index * tile.WIDTH
        return WitnessedBundle.between(held.origin, first, first + tile.WIDTH)

    size = note.checkpoint(note.parts(held.kept_note.encode())[0]).size
    named = proof.Log(held.administration, held.kept_note)
    return Theirs(named, held.origin, size, _remembered(tile.Reader(size, fetch)), bundle)


def _remembered(reader: tile.Reader) -> tree.Subtree:
    """Subtrees of a log, each hashed once: entries side by side have most of a path in common."""
    return lru_cache(maxsize=8192)(reader.subtree)


def partners_documents() -> list[str]:
    """Every node document of a partner that was ever taken, the newest of each first."""
    codes = [each.administration for each in identity.partners()]
    return [each.compact for code in codes for each in identity.documents(code)]


def _commitment(entry: bytes) -> bytes:
    return base64url.decode(commitment.read(entry))
