"""Inspections, seizures and releases as they are kept, each with who, when and under which power.

Every write to these tables is a method here; a change of state is compare-and-swap.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from django.db import connection, models, transaction
from django.db.models import Q

from tidewaiter.controls import life
from tidewaiter.controls.theirs.models import PartnerResult, ResultMention

__all__ = [
    "SLICE",
    "Inspection",
    "PartnerResult",
    "Photograph",
    "Release",
    "ResultMention",
    "Seizure",
    "moment",
]
SLICE = 2_000  # rows a statement


def moment(at: datetime) -> Any:
    """`at` as the database's driver takes it in a bulk statement."""
    return connection.ops.adapt_datetimefield_value(at)


class Inspections(models.QuerySet["Inspection"]):
    """Inspections in sets."""

    def open_many(self, rows: Iterable[dict[str, Any]]) -> int:
        """Open these, one a declaration; those that are open already are passed over. How many."""
        made: list[Any] = [Inspection(state=life.State.OPEN, **row) for row in rows]
        before = self.filter(state=life.State.OPEN).count()
        with transaction.atomic():
            self.bulk_create(made, batch_size=SLICE, ignore_conflicts=True)
            return self.filter(state=life.State.OPEN).count() - before

    def keep_results(self, rows: Iterable[Sequence[object]]) -> int:
        """Keep results that came with declarations from an earlier system; how many.

        Rows are of declaration, reference, moment (`moment`), result, offence. They may be very
        many, so they go in by one statement; COPY on PostgreSQL.
        """
        names = [str(field.column) for field in Inspection._meta.concrete_fields[1:]]
        same: dict[str, object] = dict.fromkeys(names, "")
        same |= {"score": None, "state": life.State.DONE.value, "marks": "[]", "imported": True}
        same |= {"opened_by": "import", "by": "import"}
        own = ("declaration", "reference", "opened_at", "recorded_at", "result", "offence")
        names = [*own, *(name for name in names if name not in own)]
        tail = tuple(same[name] for name in names[len(own) :])
        full = [
            (declaration, reference, at, at, result, offence, *tail)
            for declaration, reference, at, result, offence in rows
        ]
        quoted = ", ".join(connection.ops.quote_name(name) for name in names)
        table = connection.ops.quote_name(Inspection._meta.db_table)
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
                    for row in full:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(names))
                sql = f"INSERT INTO {table} ({quoted}) VALUES ({marks})"  # noqa: S608 (our names)
                cursor.executemany(sql, cast(Any, full))
        return len(full)

    def cancel(self, *, by: str, at: datetime, note: str) -> int:
        """Close the open ones of these without a result; how many."""
        still = self.filter(state=life.State.OPEN)
        to = life.MOVES[life.State.OPEN, life.Event.CANCEL].to
        return still.update(state=to, by=by, recorded_at=at, note=note)


class Inspection(models.Model):
    """One control of the goods of a declaration: asked for, then done, or not."""

    declaration = models.BigIntegerField()  # documents.Declaration
    reference = models.CharField(max_length=24, db_index=True)
    office = models.CharField(max_length=32, default="")
    person = models.CharField(max_length=150, default="")  # who is to look; empty: the office
    lane = models.CharField(max_length=8, default="")
    score = models.FloatField(null=True)
    state = models.CharField(max_length=12)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=150)
    result = models.CharField(max_length=12, default="")
    offence = models.CharField(max_length=24, default="")
    note = models.TextField(default="")
    marks = models.JSONField(default=list)  # marks seen on the goods
    power = models.CharField(max_length=200, default="")
    by = models.CharField(max_length=150, default="")
    recorded_at = models.DateTimeField(null=True)
    imported = models.BooleanField(default=False)
    message_id = models.CharField(max_length=36, default="", db_index=True)  # provenance

    objects = Inspections.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["declaration"],
                condition=Q(state="open"),
                name="controls_one_open_a_declaration",
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(life.State)), name="controls_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="done", result__in=list(life.Result))
                | (~Q(state="done") & Q(result="")),
                name="controls_done_has_a_result",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "office", "-opened_at"], name="controls_waiting"),
            models.Index(fields=["declaration"], name="controls_of_declaration"),
            models.Index(fields=["result", "recorded_at"], name="controls_outcomes"),
        ]

    def hand_over(self, *, office: str, person: str) -> bool:
        """Give it to another office or person; False where it is no longer open."""
        still = Inspection.objects.filter(pk=self.pk, state=life.State.OPEN)
        self.office, self.person = office, person
        return bool(still.update(office=office, person=person))

    def record(
        self,
        result: life.Result,
        *,
        offence: str,
        note: str,
        marks: Sequence[str],
        power: str,
        by: str,
        at: datetime,
    ) -> bool:
        """Keep what was found; False where it is no longer open."""
        move = life.MOVES[life.State.OPEN, life.Event.RECORD]
        values: dict[str, Any] = {
            "state": move.to,
            "result": result,
            "offence": offence,
            "note": note,
            "marks": list(marks),
            "power": power,
            "by": by,
            "recorded_at": at,
        }
        still = Inspection.objects.filter(pk=self.pk, state=life.State.OPEN)
        if not still.update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        return True


class Photographs(models.QuerySet["Photograph"]):
    """Photographs in sets."""

    def keep(self, inspection: int, sha256: str, name: str, mediatype: str, at: datetime) -> None:
        """Note that these bytes of the vault were seen at this inspection."""
        self.create(
            inspection_id=inspection, sha256=sha256, name=name, mediatype=mediatype, taken_at=at
        )


class Photograph(models.Model):
    """A photograph taken at an inspection; its bytes are in the vault."""

    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="photographs")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    mediatype = models.CharField(max_length=40)
    taken_at = models.DateTimeField()

    objects = Photographs.as_manager()


class Seizures(models.QuerySet["Seizure"]):
    """Seizures in sets."""

    def number(self, administration: str, year: int) -> str:
        """The next number of the year; unique by the table, so that a race is an error."""
        start = f"{administration}-S-{year}-"
        last = self.filter(number__startswith=start).order_by("-number").first()
        return f"{start}{int(last.number[len(start) :]) + 1 if last else 1:06d}"

    def make(self, **values: Any) -> "Seizure":
        """Keep a seizure."""
        return self.create(**values)


class Seizure(models.Model):
    """Goods taken: under which power, by whom, after which inspection."""

    number = models.CharField(max_length=32, unique=True)  # XA-S-2026-000001
    inspection = models.OneToOneField(Inspection, models.PROTECT, related_name="seizure")
    declaration = models.BigIntegerField(db_index=True)
    reference = models.CharField(max_length=24)
    offence = models.CharField(max_length=24)
    power = models.CharField(max_length=200)
    note = models.TextField(default="")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    message_id = models.CharField(max_length=36, default="", db_index=True)  # provenance

    objects = Seizures.as_manager()


class Releases(models.QuerySet["Release"]):
    """Releases in sets."""

    def keep(self, rows: Iterable[dict[str, Any]]) -> None:
        """Note releases."""
        made: list[Any] = [Release(**row) for row in rows]
        self.bulk_create(made, batch_size=SLICE)


class Release(models.Model):
    """Goods let go: by whom, under which power, and whether anybody had looked."""

    reference = models.CharField(max_length=24, db_index=True)
    lane = models.CharField(max_length=8, default="")
    inspected = models.BooleanField()
    power = models.CharField(max_length=200)
    note = models.TextField(default="")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    objects = Releases.as_manager()
