"""Whole tables, whatever room they are of: put aside, emptied, filled, and counted on.

A restore alone writes rows so, past the methods of the models: they were written by those once.
"""

from collections.abc import Mapping, Sequence

from django.db import connection, models, transaction

from tidewaiter.node import errors
from tidewaiter.node.archiving import archive, queries, rows
from tidewaiter.node.archiving import errors as refusals


def make_room(aside: str, *, replacing: bool) -> None:
    """Put the tables that are there into a schema of their own, with all that belongs to them.

    Raises DatabaseTaken where we are not replacing our own, DatabaseInUse.
    """
    names = connection.introspection.table_names()
    if names and not replacing:
        raise errors.DatabaseTaken(database=str(connection.settings_dict["NAME"]))
    if connection.vendor != "postgresql":
        return
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        if count := cursor.fetchone()[0]:
            raise refusals.DatabaseInUse(
                count=count, database=str(connection.settings_dict["NAME"])
            )
        cursor.execute("SET LOCAL lock_timeout = '10s'")  # somebody is at work in there
        if names:
            cursor.execute(f"CREATE SCHEMA {quote(aside)}")
        for name in names:
            cursor.execute(f"ALTER TABLE {quote(name)} SET SCHEMA {quote(aside)}")


def empty(kept: Sequence[type[models.Model]]) -> None:
    """Take out what the migrations put in: the backup has it too."""
    with connection.cursor() as cursor:
        for model in kept:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608


def insert(model: type[models.Model], member: archive.Member) -> int:
    """Write the rows of one member into their table; how many. Raises `archive.Damaged`."""
    fields = {str(field.column): field for field in model._meta.local_concrete_fields}
    try:
        names, found = rows.read(member.read())
        chosen = [fields.pop(name) for name in names]
    except (ValueError, KeyError) as error:
        raise archive.Damaged(f"{member.name}: {error}") from None
    if fields:
        raise archive.Damaged(f"{member.name} lacks the column {min(fields)}")
    quote = connection.ops.quote_name
    into = ", ".join(quote(name) for name in names)
    marks = ", ".join(["%s"] * len(names))
    prepared = [
        [
            None if value is None and field.null else field.get_db_prep_save(value, connection)
            for field, value in zip(chosen, row, strict=True)
        ]
        for row in found
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) VALUES ({marks})",  # noqa: S608
            prepared,
        )
    return len(prepared)


def count_on(kept: Mapping[str, type[models.Model]], counters: Mapping[str, int]) -> None:
    """Have each table go on counting where it stood, also where its last rows are gone."""
    with connection.cursor() as cursor:
        for table, last in sorted(counters.items()):
            pk = kept[table]._meta.pk
            assert pk is not None
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last]
                )
            elif last > 0:
                sequence = queries.sequence(cursor, table, str(pk.column))
                cursor.execute("SELECT setval(%s, %s, true)", [sequence, last])
