"""The tables of the log: entries, the full tiles over them, and the checkpoints signed.

All of it only grows. Partial tiles are not kept: they are read out of what lies below.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from django.conf import settings
from django.db import connection, models, transaction

from tidewaiter.ledger import commitment, note, tile, tree
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
    def between(cls, start: int, end: int) -> list["Entry"]:
        """The entries of a range, in order."""
        return list(Entry.objects.filter(index__gte=start, index__lt=end).order_by("index"))


class Tile(models.Model):
    """A full tile of 256 hashes, with the hash over them for the level above."""

    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hashes = models.BinaryField()  # 8,192 bytes
    root = models.BinaryField()  # 32 bytes

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "index"], name="ledger_tile_once"),
            models.CheckConstraint(
                condition=models.Q(level__gte=0, level__lte=63), name="ledger_tile_level"
            ),
        ]

    @classmethod
    def build(cls, size: int) -> int:
        """Keep every full tile of a tree of `size` that is not kept yet; how many were new."""
        new = 0
        for level in range(64):
            until = size >> tile.HEIGHT * (level + 1)
            start = cls._built(level)
            for first in range(start, until, _BUILT_AT_ONCE):
                many = range(first, min(first + _BUILT_AT_ONCE, until))
                rows = [cls._full(level, index) for index in many]
                Tile.objects.bulk_create(rows, ignore_conflicts=True)  # another did the same
                new += len(rows)
            if not until:
                break
        return new

    @classmethod
    def fetch(cls, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes of a tile (a `tile.Fetch`); fewer where there are fewer."""
        if width == tile.WIDTH:
            kept = cls.objects.filter(level=level, index=index).values_list("hashes", flat=True)
            for hashes in kept:
                return bytes(hashes)
        first = index * tile.WIDTH
        inside = {"index__gte": first, "index__lt": first + width}
        below: models.QuerySet[Any, Any] = Entry.objects.filter(**inside)
        name = "leaf"
        if level:
            below, name = cls.objects.filter(level=level - 1, **inside), "root"
        found = below.order_by("index").values_list(name, flat=True)
        return b"".join(bytes(hash_) for hash_ in found)

    @classmethod
    def kept(cls, level: int, index: int) -> tuple[bytes, bytes] | None:
        """The hashes and the root of a tile that is kept (a `verification.Kept`)."""
        found = cls.objects.filter(level=level, index=index).first()
        return None if found is None else (bytes(found.hashes), bytes(found.root))

    @classmethod
    def _full(cls, level: int, index: int) -> "Tile":
        hashes = cls.fetch(level, index, tile.WIDTH)
        return Tile(level=level, index=index, hashes=hashes, root=tree.root(tile.hashes(hashes)))

    @classmethod
    def _built(cls, level: int) -> int:
        newest = cls.objects.filter(level=level).aggregate(newest=models.Max("index"))["newest"]
        return 0 if newest is None else newest + 1


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
