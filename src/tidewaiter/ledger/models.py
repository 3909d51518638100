"""The tables of the log: entries, the full tiles over them, and the checkpoints signed.

All of it only grows. Partial tiles are not kept: they are read out of what lies below.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from django.conf import settings
from django.db import connection, models, transaction

from tidewaiter.ledger import commitment, errors, note, tile, tree
from tidewaiter.ledger.alarms.models import Alarm
from tidewaiter.ledger.fencing.models import ClosedLog, Fence
from tidewaiter.ledger.witnessing.models import (
    Claim,
    Cosignature,
    Witnessed,
    WitnessedBundle,
    WitnessedTile,
)

__all__ = [
    "Alarm",
    "AuditDay",
    "Checkpoint",
    "Claim",
    "ClosedLog",
    "Cosignature",
    "Entry",
    "Fence",
    "Head",
    "Tile",
    "Witnessed",
    "WitnessedBundle",
    "WitnessedTile",
]

EVERY: Final = timedelta(seconds=5)  # between checkpoints: logs that grow together tell little
_BUILT_AT_ONCE: Final = 64  # full tiles a statement
_READ_AT_ONCE: Final = 2000  # checkpoints


class Head(models.Model):
    """How many entries there are: one row, whose lock gives each entry its place."""

    size = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="ledger_head_is_one_row")
        ]

    @classmethod
    def reserve(cls, count: int) -> int:
        """The index of the first of `count` new entries; held until the transaction ends."""
        row = cls.objects.filter(pk=1)
        if not row.update(size=models.F("size") + count):
            cls.objects.get_or_create(pk=1)
            row.update(size=models.F("size") + count)
        size: int = row.values_list("size", flat=True).get()
        return size - count

    @classmethod
    def entries(cls) -> int:
        """How many entries the log has."""
        return cls.objects.filter(pk=1).values_list("size", flat=True).first() or 0


class Entry(models.Model):
    """One entry: a commitment, which tells nothing of what it commits to."""

    index = models.PositiveBigIntegerField(primary_key=True)  # from 0, without a gap
    entry = models.BinaryField()  # JCS, as the tree hashes it
    leaf = models.BinaryField()  # its hash, 32 bytes
    appended_at = models.DateTimeField()

    @classmethod
    def append(cls, entries: Sequence[bytes], *, at: datetime) -> list[int]:
        """Add entries in the caller's transaction; their indices."""
        first = Head.reserve(len(entries))
        moment = connection.ops.adapt_datetimefield_value(at)
        rows = [
            (first + place, entry, tree.leaf(entry), moment) for place, entry in enumerate(entries)
        ]
        table = connection.ops.quote_name(cls._meta.db_table)
        with connection.cursor() as cursor:
            cursor.executemany(
                f'INSERT INTO {table} ("index", "entry", "leaf", "appended_at")'  # noqa: S608
                " VALUES (%s, %s, %s, %s)",
                cast(Any, rows),
            )
        return list(range(first, first + len(entries)))

    @classmethod
    def logged(cls, index: int) -> tuple[bytes, bytes] | None:
        """An entry and its hash, by the shortest way: proofs are asked for one by one."""
        quote = connection.ops.quote_name
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {quote('entry')}, {quote('leaf')}"  # noqa: S608
                f" FROM {quote(cls._meta.db_table)} WHERE {quote('index')} = %s",
                [index],
            )
            found = cursor.fetchone()
        return None if found is None else (bytes(found[0]), bytes(found[1]))

    @classmethod
    def between(cls, start: int, end: int) -> list["Entry"]:
        """The entries of a range, in order."""
        return list(Entry.objects.filter(index__gte=start, index__lt=end).order_by("index"))

    @classmethod
    def among(cls, leaves: Sequence[bytes], *, since: datetime, below: int) -> list["Entry"]:
        """The entries of these hashes, of those below an index that were appended since.

        Moments rise with the index, and no column but the index is searched fast: the first of
        them is found by halving.
        """
        first, end = 0, below
        while first < end:
            middle = (first + end) // 2
            found = cls.objects.filter(index=middle).values_list("appended_at", flat=True).first()
            first, end = (middle + 1, end) if found is None or found < since else (first, middle)
        rows = cls.objects.filter(index__gte=first, index__lt=below, leaf__in=leaves)
        return list(rows.order_by("index")) if first < below else []


class Tile(models.Model):
    """A tile of up to 256 hashes; once it is full, with the hash over it for the level above.

    At the right edge of each level one tile grows: what it has of a smaller tree is its beginning.
    """

    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hashes = models.BinaryField()  # 8,192 bytes, fewer while it grows
    root = models.BinaryField()  # 32 bytes, none while it grows

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "index"], name="ledger_tile_once"),
            models.CheckConstraint(
                condition=models.Q(level__gte=0, level__lte=63), name="ledger_tile_level"
            ),
        ]

    @classmethod
    def build(cls, size: int) -> int:
        """Keep every tile of a tree of `size`; how many are full since.

        Raises LogForked where entries under the tile that grows are no longer what they were.
        """
        new = 0
        for level in range(64):
            start, until = cls._built(level), size >> tile.HEIGHT * (level + 1)
            for first in range(start, until, _BUILT_AT_ONCE):
                many = range(first, min(first + _BUILT_AT_ONCE, until))
                tiles = [(index, cls._below(level, index, 0, tile.WIDTH)) for index in many]
                new += cls.fill(level, tiles)
            if wide := tile.width(level, until, size):
                cls._grow(level, until, wide)
            elif not until:
                break
        return new

    @classmethod
    def fill(cls, level: int, tiles: Sequence[tuple[int, bytes]]) -> int:
        """Keep full tiles of a level by their index, and the hash over each; how many."""
        rows = [
            Tile(level=level, index=index, hashes=hashes, root=tree.over(hashes))
            for index, hashes in tiles
        ]
        Tile.objects.bulk_create(rows, ignore_conflicts=True)  # another did the same
        for row in rows[:1]:  # the one that was growing
            cls._growing(level, row.index).update(hashes=row.hashes, root=row.root)
        return len(rows)

    @classmethod
    def fetch(cls, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes of a tile (a `tile.Fetch`); fewer where there are fewer."""
        kept = cls.many([(level, index)]).get((level, index), b"")
        if len(kept) >= width * tree.HASH:
            return kept[: width * tree.HASH]
        return cls._below(level, index, 0, width)

    @classmethod
    def many(cls, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """What is kept of the tiles of these levels and indices, in one question."""
        if not places:
            return {}
        name = connection.ops.quote_name
        where = " OR ".join([f"{name('level')} = %s AND {name('index')} = %s"] * len(places))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {name('level')}, {name('index')}, {name('hashes')}"  # noqa: S608
                f" FROM {name(cls._meta.db_table)} WHERE {where}",
                [each for place in places for each in place],
            )
            return {(level, index): bytes(hashes) for level, index, hashes in cursor.fetchall()}

    @classmethod
    def kept(cls, level: int, index: int) -> tuple[bytes, bytes] | None:
        """The hashes of a tile that is kept, and the one over it (a `verification.Kept`)."""
        found = cls.objects.filter(level=level, index=index).first()
        return None if found is None else (bytes(found.hashes), bytes(found.root))

    @classmethod
    def _below(cls, level: int, index: int, start: int, end: int) -> bytes:
        """Hashes of a tile out of the entries, or the full tiles, that they are over."""
        first = index * tile.WIDTH
        inside = {"index__gte": first + start, "index__lt": first + end}
        below: models.QuerySet[Any, Any] = Entry.objects.filter(**inside)
        name = "leaf"
        if level:
            below, name = cls.objects.filter(level=level - 1, **inside).exclude(root=b""), "root"
        found = below.order_by("index").values_list(name, flat=True)
        return b"".join(bytes(hash_) for hash_ in found)

    @classmethod
    def _grow(cls, level: int, index: int, width: int) -> None:
        """Have the tile at the edge of a level hold `width` hashes at least."""
        kept = cls.many([(level, index)]).get((level, index))
        has = 0 if kept is None else len(kept) // tree.HASH
        if not level and kept and not cls._below(0, index, 0, has).startswith(kept):
            raise errors.LogForked(size=index * tile.WIDTH + has)
        if has >= width:
            return
        more = cls._below(level, index, has, width)
        if kept is None:
            rows = [Tile(level=level, index=index, hashes=more, root=b"")]
            Tile.objects.bulk_create(rows, ignore_conflicts=True)
        else:  # where another was quicker, its row has as much
            cls._growing(level, index).filter(hashes=kept).update(hashes=kept + more)

    @classmethod
    def _growing(cls, level: int, index: int) -> "models.QuerySet[Tile, Tile]":
        return cls.objects.filter(level=level, index=index, root=b"")

    @classmethod
    def _built(cls, level: int) -> int:
        """How many full tiles of a level are kept."""
        newest = cls.objects.filter(level=level).order_by("-index").values_list("index", "root")
        index, root = newest.first() or (-1, b"-")
        return index + 1 if root else index


class Checkpoint(models.Model):
    """A head of the log that this node signed. There is never another for the same size."""

    size = models.PositiveBigIntegerField(primary_key=True)
    root = models.BinaryField()  # 32 bytes
    text = models.TextField()  # the signed note
    signed_at = models.DateTimeField()

    @classmethod
    def newest(cls) -> note.Signed | None:
        """The one of the most entries."""
        found = cls.objects.order_by("-size").first()
        return None if found is None else found.signed()

    @classmethod
    def of(cls, size: int) -> note.Signed | None:
        """The one of that size."""
        found = cls.objects.filter(size=size).first()
        return None if found is None else found.signed()

    @classmethod
    def until(cls, size: int) -> Iterator[note.Signed]:
        """All up to that size, the smallest first, some at a time."""
        after = -1
        while rows := list(cls._between(after, size)[:_READ_AT_ONCE]):
            yield from (row.signed() for row in rows)
            after = rows[-1].size

    @classmethod
    def _between(cls, after: int, until: int) -> "models.QuerySet[Checkpoint, Checkpoint]":
        return cls.objects.filter(size__gt=after, size__lte=until).order_by("size")

    @classmethod
    def keep(cls, head: note.Checkpoint, text: str, *, at: datetime) -> bool:
        """Keep a signed head; False where there is one of that size."""
        _, new = cls.objects.get_or_create(
            size=head.size, defaults={"root": head.root, "text": text, "signed_at": at}
        )
        return new

    def signed(self) -> note.Signed:
        """The row as a value."""
        return note.Signed(self.size, bytes(self.root), self.text, self.signed_at)


def clear() -> None:
    """Begin a log with nothing in it; what there was is kept elsewhere."""
    Checkpoint.objects.all().delete()
    Tile.objects.all().delete()
    Entry.objects.all().delete()
    Head.objects.filter(pk=1).update(size=0)
    AuditDay.objects.update(closed=True)


class AuditDay(models.Model):
    """A day of the read-audit whose digest was logged, with what proves it."""

    on = models.DateField(primary_key=True)  # in UTC
    document = models.BinaryField()  # JCS
    salt = models.BinaryField()  # 32 bytes
    index = models.PositiveBigIntegerField()  # of the entry
    closed = models.BooleanField(default=False)  # it is in a log of ours that was closed

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["index"], condition=models.Q(closed=False), name="ledger_audit_day_entry"
            )
        ]

    @classmethod
    def last(cls) -> date | None:
        """The newest day that was logged."""
        return cls.objects.order_by("-on").values_list("on", flat=True).first()

    @classmethod
    def keep(cls, on: date, document: bytes, salt: bytes, *, at: datetime) -> bool:
        """Log a day's digest, once; whether we did."""
        with transaction.atomic():
            if cls.objects.filter(on=on).exists():
                return False
            entry = commitment.entry(commitment.commit(settings.ADMINISTRATION, document, salt))
            (index,) = Entry.append([entry], at=at)
            AuditDay.objects.create(on=on, document=document, salt=salt, index=index)
        return True
