"""The tables of the door: refusals, the one trace that they leave, and rates."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, cast

from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.db.models import F
from django.db.models.expressions import RawSQL

GAP_MS: Final = 5  # how often a POST looks whether it may write …
TURNS: Final = 6_000  # … and how many times: for 30 s


@contextmanager
def promptly(overtaken: type[Exception]) -> Iterator[None]:
    """A transaction that begins in the first gap that another writer leaves.

    SQLite by itself looks for one every 100 ms, and an import leaves gaps of some 20 ms: a partner
    would wait for seconds. Raises `overtaken` where a row was written by another meanwhile.
    """
    try:
        if connection.vendor != "sqlite" or connection.in_atomic_block:
            with transaction.atomic():
                yield
            return
        with connection.cursor() as cursor, ExitStack() as stack:
            cursor.execute(f"PRAGMA busy_timeout = {GAP_MS}")
            try:
                for attempt in range(TURNS):
                    try:
                        stack.enter_context(transaction.atomic())
                        break
                    except OperationalError:
                        if attempt == TURNS - 1:
                            raise
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {GAP_MS * TURNS}")
            yield
    except IntegrityError as error:
        raise overtaken from error


def insert(model: type[models.Model], rows: Sequence[object]) -> None:
    """Write new rows in one statement, COPY on PostgreSQL; each has the names of all columns.

    What a queryset's `bulk_create` does besides costs more than the statement itself.
    """
    fields = [each for each in model._meta.concrete_fields if not each.primary_key]
    values = attrgetter(*(each.attname for each in fields))
    turned = [(at, turn) for at, each in enumerate(fields) if (turn := _turn(each)) is not None]
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(str(each.column)) for each in fields)
    made = [list(values(each)) for each in rows]
    for place, turn in turned:
        for row in made:
            if row[place] is not None:
                row[place] = turn(row[place])
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in made:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 (our names)
            cursor.executemany(sql, cast(Any, made))


def change(rows: Sequence[models.Model], names: Sequence[str], **still: Any) -> None:
    """Write these columns of rows that are there, each where `still` stands.

    `bulk_update` makes an expression of each value, while the writer is held: five times the work.
    """
    if not rows:
        return
    model, quote = type(rows[0]), connection.ops.quote_name
    fields = [model._meta.get_field(name) for name in names]
    turns = [_turn(cast(Any, each)) for each in fields]
    columns = ", ".join(f"{quote(cast(Any, each).column)} = %s" for each in fields)
    where = " AND ".join(f"{quote(name)} = %s" for name in ("id", *still))
    made = []
    for row in rows:
        values = [getattr(row, name) for name in names]
        pairs = zip(turns, values, strict=True)
        turned = [each if turn is None or each is None else turn(each) for turn, each in pairs]
        made.append([*turned, row.pk, *still.values()])
    sql = f"UPDATE {quote(model._meta.db_table)} SET {columns} WHERE {where}"  # noqa: S608
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.executemany(sql, cast(Any, made))


def listed(values: Sequence[str] | Sequence[int], kind: str) -> RawSQL:
    """Values, however many, as one parameter of an `IN`; `kind` is their type in PostgreSQL."""
    if connection.vendor == "postgresql":
        return RawSQL(f"SELECT unnest(%s::{kind}[])", [list(values)])  # noqa: S611 (our own type)
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(values))])


def _turn(field: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
    """How a field's values become what the driver takes; None where they are it already."""
    if isinstance(field, models.DateTimeField):
        return lru_cache(maxsize=1)(connection.ops.adapt_datetimefield_value)  # most are alike
    if isinstance(field, models.UUIDField) and not connection.features.has_native_uuid_field:
        return attrgetter("hex")
    if isinstance(field, models.JSONField):
        return json.dumps
    return None


class Refusals(models.QuerySet["Refusal"]):
    """What we refused."""

    def note(self, found: Mapping[str, Mapping[str, Any]], *, at: datetime) -> None:
        """Keep a row for each key, with how often it was met."""
        rows = Refusal.objects.filter(key__in=list(found)).select_for_update()
        known = {row.key: row for row in rows}
        for row in known.values():
            row.times += found[row.key]["times"]
            row.last_at = at
        Refusal.objects.bulk_update(known.values(), ["times", "last_at"], batch_size=100)
        fresh = [
            Refusal(key=key, first_at=at, last_at=at, **values)
            for key, values in found.items()
            if key not in known
        ]
        Refusal.objects.bulk_create(fresh, batch_size=100, ignore_conflicts=True)


class Refusal(models.Model):
    """That we refused something: the one trace that a refusal leaves.

    One row a message and problem; of what fails before a signature holds, one an address, problem
    and day, for anybody can send such things.
    """

    key = models.CharField(max_length=160, unique=True)
    sender = models.CharField(max_length=2, default="")
    address = models.CharField(max_length=45, default="")
    message_id = models.CharField(max_length=36, default="")
    type = models.CharField(max_length=120, default="")
    digest = models.CharField(max_length=71, default="")
    problem = models.CharField(max_length=60)
    rule = models.CharField(max_length=300, default="")
    times = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = Refusals.as_manager()

    class Meta:
        indexes = [models.Index(fields=["last_at"], name="exchange_refusal_last")]


class Rates(models.QuerySet["Rate"]):
    """How many lines came in this minute."""

    def counted(self, key: str, minute: datetime) -> int:
        """The lines counted under `key` in that minute."""
        found = self.filter(key=key, minute=minute).values_list("lines", flat=True).first()
        return found or 0

    def add(self, key: str, minute: datetime, lines: int) -> None:
        """Count more lines, in the caller's transaction."""
        if not self.filter(key=key, minute=minute).update(lines=F("lines") + lines):
            row = Rate(key=key, minute=minute, lines=lines)
            Rate.objects.bulk_create([row], ignore_conflicts=True)

    def tidy(self, before_minute: datetime) -> None:
        """Drop what is past."""
        self.filter(minute__lt=before_minute).delete()


class Rate(models.Model):
    """Lines a minute of a partner, or of an address whose lines fail."""

    key = models.CharField(max_length=60)
    minute = models.DateTimeField()
    lines = models.PositiveIntegerField()

    objects = Rates.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "minute"], name="exchange_rate_one_a_minute")
        ]
        indexes = [models.Index(fields=["minute"], name="exchange_rate_minute")]
