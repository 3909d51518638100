"""The tables of witnessing: partners' logs as we cosigned and keep them, cosignatures, claims."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Concat

from tidewaiter.ledger import tile, tree, witness

ORIGIN: Final = 300  # characters
COSIGNED: Final = 1000  # characters of a cosignature line
MOST_CLAIMS: Final = 50  # about one log, told by one partner
_AT_ONCE: Final = 64  # rows a statement


class Logs(models.QuerySet["Witnessed"]):
    """The logs that we witness."""

    def of(self, origin: str, administration: str) -> "Witnessed":
        """That log, with an empty tree before we cosigned the first."""
        if (found := self.filter(origin=origin).first()) is not None:
            return found  # to look waits for nobody who writes
        first = Witnessed(
            origin=origin,
            digest=witness.digest(origin),
            administration=administration,
            root=tree.EMPTY,
        )
        Witnessed.objects.bulk_create([first], ignore_conflicts=True)
        return self.get(origin=origin)


class Witnessed(models.Model):
    """A partner's log: the newest checkpoint of it that we cosigned, and how far we keep it."""

    origin = models.CharField(max_length=ORIGIN, primary_key=True)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256, in the mirror's address
    administration = models.CharField(max_length=2, db_index=True)
    size = models.PositiveBigIntegerField(default=0)  # entries
    root = models.BinaryField()  # 32 bytes
    note = models.TextField(default="")  # as the log signed it
    lines = models.TextField(default="")  # our cosignatures
    cosigned_at = models.DateTimeField(null=True)
    kept = models.PositiveBigIntegerField(default=0)  # entries that we keep
    kept_note = models.TextField(default="")  # the newest with all of whose entries we keep
    short_since = models.DateTimeField(null=True)  # since when it shows less than we cosigned
    dark_since = models.DateTimeField(null=True)  # since when it does not show what it signed
    shown_at = models.DateTimeField(null=True)  # when it last showed all that it signed
    by_hand = models.BooleanField(default=False)  # what we cosigned came in a bundle, made before

    objects = Logs.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kept__lte=F("size")), name="ledger_witnessed_keeps_what_is_cosigned"
            )
        ]

    @property
    def head(self) -> witness.Head:
        """The newest tree that we cosigned."""
        return witness.Head(self.size, bytes(self.root))

    @property
    def whole(self) -> str:
        """The note with our cosignatures; "" before the first."""
        return self.note + self.lines

    def take(
        self, new: witness.Head, text: str, lines: str, *, at: datetime, by_hand: bool = False
    ) -> bool:
        """Cosigned is `new` from now on, where what we read of it still stands; else False."""
        still = Witnessed.objects.filter(pk=self.pk, size=self.size, root=bytes(self.root))
        what = {"size": new.size, "root": new.root, "note": text, "lines": lines}
        return bool(still.update(**what, cosigned_at=at, by_hand=by_hand))

    def since(self, **moments: datetime | None) -> None:
        """Note since when it is short, or dark; None where it is so no longer."""
        Witnessed.objects.filter(pk=self.pk).update(**moments)
        for name, moment in moments.items():
            setattr(self, name, moment)


class Bundles(models.QuerySet["WitnessedBundle"]):
    """The entries of others' logs."""

    def keep(self, log: Witnessed, bundles: Iterable[tuple[int, Sequence[bytes]]]) -> int:
        """Keep entries, by the index of their bundle; how many there are of the log then.

        They were checked against the tree that we cosigned. One transaction.
        """
        with transaction.atomic():
            Witnessed.objects.select_for_update().get(pk=log.pk)  # one after the other
            offered = dict(bundles)
            counts = self.filter(log=log, index__in=list(offered)).values_list("index", "count")
            here = dict(counts)
            rows = [
                _bundle(log.pk, index, entries)
                for index, entries in offered.items()
                if len(entries) > here.get(index, 0)
            ]
            WitnessedBundle.objects.bulk_create(
                rows,
                batch_size=_AT_ONCE,
                update_conflicts=True,
                unique_fields=["log", "index"],
                update_fields=["count", "entries", "root"],
            )
            kept = max((row.index * tile.WIDTH + row.count for row in rows), default=log.kept)
            Witnessed.objects.filter(pk=log.pk, kept__lt=kept, size__gte=kept).update(kept=kept)
            Witnessed.objects.filter(pk=log.pk, size=kept).update(kept_note=Concat("note", "lines"))
            WitnessedTile.build(log, kept)
        return kept


class WitnessedBundle(models.Model):
    """Up to 256 entries of another's log, as they are served."""

    log = models.ForeignKey(Witnessed, models.CASCADE, related_name="+")
    index = models.PositiveBigIntegerField()
    count = models.PositiveSmallIntegerField()
    entries = models.BinaryField()  # each behind its length in two bytes
    root = models.BinaryField()  # over all of them; empty where it is not full

    objects = Bundles.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "index"], name="ledger_witnessed_bundle_once"),
            models.CheckConstraint(
                condition=Q(count__gte=1, count__lte=tile.WIDTH), name="ledger_witnessed_bundle"
            ),
        ]

    @classmethod
    def between(cls, log: str, start: int, end: int) -> list[bytes]:
        """The entries of a range, in order; fewer where fewer are kept."""
        first, last = start // tile.WIDTH, -(-end // tile.WIDTH)
        rows = cls.objects.filter(log=log, index__gte=first, index__lt=last).order_by("index")
        found: list[bytes] = []
        for row in rows:
            offset = row.index * tile.WIDTH
            entries = tile.unbundle(bytes(row.entries))
            found += entries[max(0, start - offset) : max(0, end - offset)]
        return found


class WitnessedTile(models.Model):
    """A full tile of another's log above the leaves, with the hash over it."""

    log = models.ForeignKey(Witnessed, models.CASCADE, related_name="+")
    level = models.PositiveSmallIntegerField()  # from 1
    index = models.PositiveBigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["log", "level", "index"], name="ledger_witnessed_tile_once"
            )
        ]

    @classmethod
    def build(cls, log: Witnessed, size: int) -> None:
        """Keep every full tile above the leaves of so many entries that is not kept yet."""
        for level in range(1, 8):
            until = size >> tile.HEIGHT * (level + 1)
            newest = cls.objects.filter(log=log, level=level).aggregate(at=models.Max("index"))
            start = 0 if newest["at"] is None else newest["at"] + 1
            rows = []
            for index in range(start, until):
                hashes = cls.fetch(log.pk, level, index, tile.WIDTH)
                over = tree.root(tile.hashes(hashes))
                rows.append(
                    WitnessedTile(log=log, level=level, index=index, hashes=hashes, root=over)
                )
            WitnessedTile.objects.bulk_create(rows, batch_size=_AT_ONCE, ignore_conflicts=True)
            if not until:
                break

    @classmethod
    def fetch(cls, log: str, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes of a tile; fewer where fewer are kept."""
        first = index * tile.WIDTH
        if not level:
            entries = WitnessedBundle.between(log, first, first + width)
            return b"".join(tree.leaf(entry) for entry in entries)
        if width == tile.WIDTH:
            full = cls.objects.filter(log=log, level=level, index=index)
            for hashes in full.values_list("hashes", flat=True):
                return bytes(hashes)
        below: models.QuerySet[Any, Any] = (
            WitnessedBundle.objects.filter(count=tile.WIDTH)
            if level == 1
            else cls.objects.filter(level=level - 1)
        )
        below = below.filter(log=log, index__gte=first, index__lt=first + width)
        return b"".join(
            bytes(row) for row in below.order_by("index").values_list("root", flat=True)
        )


class Cosignatures(models.QuerySet["Cosignature"]):
    """What witnesses said of our own checkpoints."""

    def keep(self, rows: Sequence["Cosignature"]) -> None:
        """Keep these, the first by each key on each checkpoint."""
        Cosignature.objects.bulk_create(rows, batch_size=_AT_ONCE, ignore_conflicts=True)


class Cosignature(models.Model):
    """A witness's cosignature on a checkpoint of ours; it held when it was kept."""

    origin = models.CharField(max_length=ORIGIN)
    size = models.PositiveBigIntegerField()
    administration = models.CharField(max_length=2)
    key = models.CharField(max_length=8)  # the id of its key, hexadecimal
    line = models.CharField(max_length=COSIGNED)
    at = models.DateTimeField()  # as the witness says

    objects = Cosignatures.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "size", "administration", "key"], name="ledger_cosignature_once"
            )
        ]
        indexes = [
            models.Index(fields=["administration", "origin", "size"], name="ledger_cosigned_by")
        ]


class Claims(models.QuerySet["Claim"]):
    """Checkpoints that others told us of."""

    def note(self, *, origin: str, size: int, root: bytes, **facts: Any) -> None:
        """Note one that is not settled yet, once; of many by one partner the largest trees.

        Those hold what the smaller ones hold: the partner cosigned each only after the other.
        """
        row = Claim(origin=origin, size=size, root=root, **facts)
        Claim.objects.bulk_create([row], ignore_conflicts=True)
        same = self.filter(origin=origin, told_by=row.told_by).order_by("-size", "-pk")
        small = list(same.values_list("pk", flat=True)[MOST_CLAIMS:])
        self.filter(pk__in=small).delete()

    def doubt(self, origin: str, *, since: datetime, at: datetime) -> None:
        """Those of before `since`, or of a moment to come, are as if told now."""
        wrong = Q(told_at__lt=since) | Q(told_at__gt=at)
        self.filter(wrong, origin=origin).update(told_at=at)

    def open(self, origin: str) -> list["Claim"]:
        """Those about that log that nothing settled, the smallest tree first."""
        return list(self.filter(origin=origin).order_by("size", "pk"))


class Claim(models.Model):
    """A checkpoint of another's log that somebody told us, until it is held against our tree."""

    origin = models.CharField(max_length=ORIGIN)
    size = models.PositiveBigIntegerField()
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    told_by = models.CharField(max_length=2)
    told_at = models.DateTimeField()

    objects = Claims.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "size", "root", "told_by"], name="ledger_claim_once"
            )
        ]

    def settle(self) -> None:
        """It was held against the tree, and agrees or raised an alarm."""
        Claim.objects.filter(pk=self.pk).delete()


def _bundle(log: str, index: int, entries: Sequence[bytes]) -> WitnessedBundle:
    full = len(entries) == tile.WIDTH
    return WitnessedBundle(
        log_id=log,
        index=index,
        count=len(entries),
        entries=tile.bundle(entries),
        root=tree.root([tree.leaf(entry) for entry in entries]) if full else b"",
    )
