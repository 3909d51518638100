"""What may be read of the log: its head, tiles, proofs, entries. It holds nothing of anybody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from django.conf import settings

from tidewaiter import canonical
from tidewaiter.identity import queries as identity
from tidewaiter.keys import queries as keys
from tidewaiter.ledger import commitment, errors, note, tile, tree, verification
from tidewaiter.ledger.alarms.queries import Alarmed as Alarmed
from tidewaiter.ledger.alarms.queries import alarm as alarm
from tidewaiter.ledger.alarms.queries import alarms as alarms
from tidewaiter.ledger.fencing.queries import Fenced as Fenced
from tidewaiter.ledger.fencing.queries import fenced as fenced
from tidewaiter.ledger.models import EVERY, AuditDay, Checkpoint, ClosedLog, Entry, Head, Tile
from tidewaiter.ledger.witnessing import verifying
from tidewaiter.ledger.witnessing.queries import Cosigned as Cosigned
from tidewaiter.ledger.witnessing.queries import Standing as Standing
from tidewaiter.ledger.witnessing.queries import carried as carried
from tidewaiter.ledger.witnessing.queries import cosigned as cosigned
from tidewaiter.ledger.witnessing.queries import shown as shown
from tidewaiter.ledger.witnessing.queries import witnesses as witnesses

_READ_AT_ONCE: Final = 2000  # entries
_LOOKED_UP: Final = 500  # entries a statement
_ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as a list shows it."""

    index: int
    commitment: str  # base64url
    appended_at: datetime
    covered: bool  # by the newest checkpoint


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in the log, for whoever knows the log's verifier key."""

    index: int
    size: int
    entry: bytes
    leaf: bytes
    path: tuple[bytes, ...]
    checkpoint: str  # the signed note over that size


@dataclass(frozen=True, slots=True)
class Closed:
    """A log of ours that was closed: what was logged before has its index in it, not in ours."""

    size: int  # entries under the last checkpoint that others cosigned
    closed_at: datetime


def origin() -> str:
    """The log's name."""
    return keys.origin()


def vkey() -> str:
    """The log's verifier key."""
    return keys.note_verifier()


def size() -> int:
    """How many entries the log has, covered or not."""
    return Head.entries()


def checkpoint() -> note.Signed | None:
    """The newest checkpoint, or None before the first."""
    return Checkpoint.newest()


def due() -> datetime | None:
    """From when the head may be signed again; None where there is nothing new to sign."""
    last = Checkpoint.newest()
    if last is None:
        return _ALWAYS
    return last.signed_at + EVERY if Head.entries() > last.size else None


def continues() -> bool:
    """Whether the tiles give the root that was signed last; true of a log that signed nothing."""
    last = Checkpoint.newest()
    return last is None or tile.Reader(last.size, Tile.fetch).root() == last.root


def tile_data(address: str) -> bytes:
    """The bytes of the tile or bundle at an address under `/tile/`. Raises NoSuchTile."""
    last = Checkpoint.newest()
    try:
        wanted = tile.parse(address)
    except tile.NoSuchTile:
        raise errors.NoSuchTile(address=address[:100]) from None
    if last is None or not tile.available(wanted, last.size):
        raise errors.NoSuchTile(address=address)
    if wanted.level is None:
        first = wanted.index * tile.WIDTH
        rows = Entry.between(first, first + wanted.width)
        return tile.bundle(bytes(row.entry) for row in rows)
    return Tile.fetch(wanted.level, wanted.index, wanted.width)


def inclusion(index: int, size: int | None = None) -> Proof:
    """The proof that an entry is under the newest checkpoint, or under that of `size` entries.

    Raises NoSuchEntry, NotCovered.
    """
    found = Entry.logged(index) if 0 <= index < tree.LARGEST else None
    if found is None:
        raise errors.NoSuchEntry(index=index, size=Head.entries())
    last = Checkpoint.newest() if size is None else Checkpoint.of(size)
    if last is None or index >= last.size:
        raise errors.NotCovered(index=index, size=last.size if last else 0)
    reader = tile.Reader(last.size, Tile.fetch)
    reader.know(_peaks(last.size, last.root))
    reader.hold(Tile.many(tile.around(index, last.size)))
    proof = tree.prove_inclusion(index, last.size, reader.subtree)
    return Proof(index, last.size, *found, proof.path, last.note)


def closed_logs() -> list[Closed]:
    """The logs of ours that were lost and followed by another, the oldest first."""
    return [Closed(row.size, row.closed_at) for row in ClosedLog.objects.order_by("closed_at")]


def closed_origins() -> list[str]:
    """The names of the logs of ours that were closed."""
    return list(ClosedLog.objects.values_list("origin", flat=True))


@lru_cache(maxsize=16)
def _peaks(size: int, root: bytes) -> tuple[bytes, ...]:
    """The peaks under a root, which are the same for all its proofs, and for no other root's.

    Raises LogForked where the tiles do not give that root: a proof out of them would be none.
    """
    found = tile.Reader(size, Tile.fetch).peaks()
    if tree.bagged(found) != root:
        raise errors.LogForked(size=size)
    return found


def entry(index: int) -> Row:
    """One entry. Raises NoSuchEntry."""
    return _row(_entry(index), Checkpoint.newest())


def altered(papers: Mapping[int, tuple[bytes, bytes]]) -> frozenset[int]:
    """The indices at which our log of now has not what it would say of these documents and salts.

    What a database keeps can be changed by whoever has it; what the log committed to cannot.
    """
    places, right = list(papers), set()
    for start in range(0, len(places), _LOOKED_UP):
        rows = Entry.objects.filter(index__in=places[start : start + _LOOKED_UP])
        for index, entry in rows.values_list("index", "entry"):
            document, salt = papers[index]
            if len(salt) == commitment.SALT:
                said = commitment.commit(settings.ADMINISTRATION, document, salt)
                if commitment.entry(said) == bytes(entry):
                    right.add(index)
    return frozenset(papers) - right


def recent(limit: int = 50, *, before: int | None = None) -> list[Row]:
    """The newest entries, of those before an index where one is given."""
    rows = Entry.objects.order_by("-index")
    if before is not None:
        rows = rows.filter(index__lt=min(before, tree.LARGEST - 1))
    last = Checkpoint.newest()
    return [_row(row, last) for row in rows[:limit]]


def _entry(index: int) -> Entry:
    found = Entry.objects.filter(index=index).first() if 0 <= index < tree.LARGEST else None
    if found is None:
        raise errors.NoSuchEntry(index=index, size=size())
    return found


def _row(found: Entry, last: note.Signed | None) -> Row:
    covered = last is not None and found.index < last.size
    return Row(found.index, commitment.read(bytes(found.entry)), found.appended_at, covered)


def verify() -> verification.Verified:
    """Check the whole log from its entries up: leaves, tiles, checkpoints, all signatures."""
    newest = Checkpoint.newest()
    covered = newest.size if newest is not None else 0
    checked = verification.Verification(
        logs=[note.verifier(each) for each in keys.note_verifiers()],
        heads=Checkpoint.until(covered),
        covered=covered,
        kept=Tile.kept,
        entries=Head.entries,
    )
    counted = Head.entries()
    days = {row.index: row for row in AuditDay.objects.filter(closed=False)}
    for row in _entries(counted):
        checked.take(row.index, bytes(row.entry), bytes(row.leaf))
        if row.index in days and not _still_said(days[row.index], bytes(row.entry)):
            checked.fault(f"the read-audit of {days[row.index].on} is not what was logged")
    witnesses, faults = verifying.cosignatures()
    for fault in faults:
        checked.fault(fault)
    return checked.end(counted, witnesses=witnesses)


def verify_partner(administration: str) -> verification.Verified:
    """Check a partner's log as we cosigned and keep it. Raises UnknownLog where we do not."""
    return verifying.log_of(administration)


def _still_said(day: AuditDay, entry: bytes) -> bool:
    """Whether a day of the read-audit is still what the log committed to."""
    document = bytes(day.document)
    said = commitment.commit(settings.ADMINISTRATION, document, bytes(day.salt))
    start = datetime(day.on.year, day.on.month, day.on.day, tzinfo=UTC)
    rows, digest = identity.audit_digest(start, start + timedelta(days=1))
    stated = canonical.read(document)
    return commitment.entry(said) == entry and (stated["rows"], stated["digest"]) == (rows, digest)


def _entries(until: int) -> Iterator[Entry]:
    for start in range(0, until, _READ_AT_ONCE):
        yield from Entry.between(start, min(start + _READ_AT_ONCE, until))
