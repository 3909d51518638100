"""Declarations as they are kept: header, goods items, versions, steps of life, and mentions.

Numbers are whole: money in minor units, mass in grams, quantities and rates in millionths. Every
write to these tables is a method here; rows come in by bulk statements, a batch at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from django.db import connection, models, transaction
from django.db.models import F, Q

from tidewaiter.documents import life
from tidewaiter.documents.theirs.models import PartnerMention, PartnerPaper

__all__ = [
    "Answer",
    "Counter",
    "Declaration",
    "Item",
    "Mention",
    "PartnerMention",
    "PartnerPaper",
    "Step",
    "Version",
]
M = TypeVar("M", bound=models.Model)
SLICE = 2_000  # values in one IN (…): below every backend's limit of parameters


class Rows(models.QuerySet[M]):
    """A queryset that takes whole rows in one statement."""

    def insert(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Insert `rows` (values in the order of `columns`); COPY on PostgreSQL.

        Values are as the driver takes them: days as ISO text, moments by `moment`.
        """
        quoted = ", ".join(connection.ops.quote_name(name) for name in columns)
        table = connection.ops.quote_name(self.model._meta.db_table)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(columns))
                sql = f"INSERT INTO {table} ({quoted}) VALUES ({marks})"  # noqa: S608 (our names)
                cursor.executemany(sql, cast(Any, rows))

    def put(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Set `columns` of many rows by primary key, which stands last in each row."""
        setting = ", ".join(f"{connection.ops.quote_name(name)} = %s" for name in columns)
        table = connection.ops.quote_name(self.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {setting} WHERE id = %s", cast(Any, rows))  # noqa: S608


def moment(at: datetime) -> Any:
    """`at` as the database's driver takes it in a bulk statement."""
    return connection.ops.adapt_datetimefield_value(at)


def slices(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """`values` in pieces that fit one IN (…)."""
    for start in range(0, len(values), SLICE):
        yield values[start : start + SLICE]


class Numbers(models.QuerySet["Counter"]):
    """Running numbers."""

    def reserve(self, name: str, count: int) -> int:
        """The first of `count` numbers now ours. Call inside the transaction that uses them."""
        self.get_or_create(name=name)
        self.filter(name=name).update(value=F("value") + count)
        last: int = self.values_list("value", flat=True).get(name=name)
        return last - count + 1


class Counter(models.Model):
    """A running number; reserving locks the row until the reserver commits, so there is no gap."""

    name = models.CharField(primary_key=True, max_length=32)
    value = models.BigIntegerField(default=0)

    objects = Numbers.as_manager()


class Declarations(Rows["Declaration"]):
    """Declarations, and what may be done to many of them at once."""

    def step(self, event: life.Event, *, by: str, at: datetime, note: str) -> list[int]:
        """Move all that stand where `event` is legal, by compare-and-swap; the ids that moved."""
        moved: list[int] = []
        with transaction.atomic():
            found = list(
                self.filter(state__in=life.sources(event))
                .select_for_update()
                .values_list("id", "state")
            )
            for state in life.sources(event):
                ids = [pk for pk, at_state in found if at_state == state]
                to = life.move(state, event).to
                for some in slices(ids):
                    still = Declaration.objects.filter(pk__in=some, state=state)
                    if still.update(state=to, moved_at=at) != len(some):
                        raise RuntimeError("rows moved under a lock")  # undone as a whole
                Step.objects.insert(
                    STEP, [(pk, event, state, to, moment(at), by, note) for pk in ids]
                )
                moved += ids
        return moved

    def judged(self, rows: Iterable[Sequence[object]]) -> None:
        """Keep lanes: rows of lane, score, reasons (JSON), assessed_at (`moment`), id."""
        self.put(("lane", "score", "reasons", "assessed_at"), rows)

    def reworded(self, rows: Iterable[tuple[int, str, str]]) -> int:
        """Put other reasons (id, before, after) where those before still stand; how many."""
        return sum(
            self.filter(pk=pk, reasons=before).update(reasons=after) for pk, before, after in rows
        )


class Declaration(models.Model):
    """A declaration's header as it now stands, and what was said of it; bodies are versions."""

    id = models.BigIntegerField(primary_key=True)  # from Counter "declaration"
    reference = models.CharField(max_length=24, unique=True)  # ours: 26XA001234520
    kind = models.CharField(max_length=16)  # import, export, transit …
    type_code = models.CharField(max_length=16, default="")
    state = models.CharField(max_length=16, default=life.State.LODGED)
    lane = models.CharField(max_length=8, null=True)
    score = models.FloatField(null=True)
    reasons = models.TextField(default="[]")  # JSON: [{"code", "parameters"}]
    version = models.IntegerField(default=1)
    digest = models.CharField(max_length=64)  # SHA-256 of the current body
    local_reference = models.CharField(max_length=80)
    customs_id = models.CharField(max_length=80, default="")  # a number that customs gave before
    declarant = models.CharField(max_length=120)  # an identifier, else a folded name
    importer = models.CharField(max_length=120, default="")
    importer_name = models.CharField(max_length=256, default="")
    exporter = models.CharField(max_length=120, default="")
    exporter_name = models.CharField(max_length=256, default="")
    consignee = models.CharField(max_length=120, default="")
    ucr = models.CharField(max_length=64, default="")
    office = models.CharField(max_length=32, default="")
    procedure = models.CharField(max_length=16, default="")
    departure = models.CharField(max_length=2, default="")
    destination = models.CharField(max_length=2, default="")
    transport_mode = models.CharField(max_length=8, default="")
    payment_type = models.CharField(max_length=16, default="")
    import_type = models.CharField(max_length=16, default="")
    import_use = models.CharField(max_length=16, default="")
    containers = models.TextField(default="")  # a line each
    seals = models.TextField(default="")
    transport_documents = models.TextField(default="")
    item_count = models.IntegerField(default=0)
    lodged_on = models.DateField()  # the day that the declaration itself names, else the day taken
    taken_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    assessed_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=150)

    objects = Declarations.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["local_reference", "declarant"], name="documents_one_per_number"
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(life.State)), name="documents_state_known"
            ),
            models.CheckConstraint(
                condition=Q(lane__isnull=True) | Q(lane__in=["green", "yellow", "red"]),
                name="documents_lane_known",
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="documents_version_from_one"),
        ]
        indexes = [
            models.Index(fields=["state", "lane", "-score"], name="documents_waiting"),
            models.Index(
                fields=["customs_id"],
                condition=~Q(customs_id=""),
                name="documents_customs_id",
            ),
        ]

    def step(self, event: life.Event, *, by: str, at: datetime, note: str = "") -> bool:
        """Move by compare-and-swap; False when it no longer stands where it was read.

        Raises life.IllegalMove.
        """
        state = life.State(self.state)
        to = life.move(state, event).to
        with transaction.atomic():
            still = Declaration.objects.filter(pk=self.pk, state=state)
            if not still.update(state=to, moved_at=at):
                return False
            Step.objects.insert(STEP, [(self.pk, event, state, to, moment(at), by, note)])
        self.state = to
        self.moved_at = at
        return True

    def rewrite(self, header: dict[str, object]) -> bool:
        """Put a correction's header in place; False when another version came first."""
        still = Declaration.objects.filter(pk=self.pk, version=self.version)
        return bool(still.update(**header, version=F("version") + 1))

    def clear(self, mentions: Iterable[tuple[str, str]]) -> None:
        """Take out items and these mentions, before a correction's come in."""
        self.items.all().delete()
        for kind, value in mentions:
            Mention.objects.filter(kind=kind, value=value, declaration=self.pk).delete()


class Version(models.Model):
    """One content of a declaration as it was taken: the canonical JSON and where it came from."""

    declaration = models.ForeignKey(
        Declaration, models.CASCADE, related_name="versions", db_index=False
    )
    number = models.IntegerField()
    body = models.TextField()  # canonical JSON of documents.declaration
    digest = models.CharField(max_length=64)
    source = models.CharField(max_length=64, default="")  # SHA-256 in the vault
    format = models.CharField(max_length=16, default="")
    line = models.BigIntegerField(default=1)  # where in the source it starts
    start = models.BigIntegerField(default=0)  # bytes into the source
    length = models.BigIntegerField(default=0)  # bytes; 0 is the whole
    findings = models.TextField(default="")  # JSON list, empty where there are none
    at = models.DateTimeField()

    objects = Rows["Version"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["declaration", "number"], name="documents_version_once"
            ),
        ]


class Item(models.Model):
    """A goods item as assessors read it."""

    declaration = models.ForeignKey(
        Declaration, models.CASCADE, related_name="items", db_index=False
    )
    sequence = models.IntegerField()
    hs_code = models.CharField(max_length=16, default="")
    hs6 = models.CharField(max_length=6, default="", db_index=True)
    description = models.TextField(default="")
    marks = models.TextField(default="")
    origin = models.CharField(max_length=2, default="")
    procedure = models.CharField(max_length=16, default="")
    net_mass = models.BigIntegerField(null=True)  # grams
    gross_mass = models.BigIntegerField(null=True)  # grams
    value = models.BigIntegerField(null=True)  # minor units of currency
    currency = models.CharField(max_length=3, default="")
    quantity = models.BigIntegerField(null=True)  # millionths of unit
    unit = models.CharField(max_length=8, default="")
    tax_rate = models.BigIntegerField(null=True)  # millionths of a percent
    tax_type = models.CharField(max_length=16, default="")

    objects = Rows["Item"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["declaration", "sequence"], name="documents_item_once"),
            models.CheckConstraint(
                condition=(Q(net_mass__isnull=True) | Q(net_mass__gte=0))
                & (Q(gross_mass__isnull=True) | Q(gross_mass__gte=0))
                & (Q(value__isnull=True) | Q(value__gte=0))
                & (Q(quantity__isnull=True) | Q(quantity__gte=0)),
                name="documents_nothing_negative",
            ),
        ]


class Step(models.Model):
    """One step of a declaration's life: what happened, when, by whom."""

    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="steps")
    event = models.CharField(max_length=16)
    before = models.CharField(max_length=16)
    after = models.CharField(max_length=16)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    note = models.TextField(default="")

    objects = Rows["Step"].as_manager()


class Mention(models.Model):
    """What a declaration names, so that a partner's word finds what we hold (see mention.py)."""

    declaration = models.ForeignKey(
        Declaration, models.CASCADE, related_name="mentions", db_index=False
    )
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=256)

    objects = Rows["Mention"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["kind", "value", "declaration"], name="documents_mentioned"),
        ]


class Answers(Rows["Answer"]):
    """Answers given before."""

    def keep(
        self, *, by: str, key: str, request: str, status: int, body: str, at: datetime
    ) -> None:
        """Keep an answer, unless another process was faster; forget those of over a week ago."""
        self.filter(at__lt=at - timedelta(days=7)).delete()
        said = {"request": request, "status": status, "body": body, "at": at}
        self.get_or_create(by=by, key=key, defaults=said)


class Answer(models.Model):
    """What a POST with an Idempotency-Key was answered, so that a repeat gets the same."""

    by = models.CharField(max_length=150)
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64)  # SHA-256 of what was posted
    status = models.IntegerField()
    body = models.TextField()
    at = models.DateTimeField()

    objects = Answers.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "key"], name="documents_answer_once"),
        ]


STEP = ("declaration_id", "event", "before", "after", "at", "by", "note")
