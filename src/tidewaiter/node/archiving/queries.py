"""What a backup takes out of the database: every table, as it stood at one moment.

The tables are those of the migrations that the database has, so that a backup can be made before an
upgrade; and they are read by the same models by which they are put back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.apps.registry import Apps, apps
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from tidewaiter.node.archiving import errors

LEFT_OUT: Final = {"django_session"}  # who was signed in then need not be so again
_KINDS: Final = {
    "DateTimeField": "moment",
    "DateField": "day",
    "UUIDField": "uuid",
    "BinaryField": "bytes",
}
_AT_ONCE: Final = 2000  # rows that are read together

Node = tuple[str, str]  # app and name of a migration


@contextmanager
def snapshot() -> Iterator[None]:
    """What is read within is of one moment, and keeps nobody from writing."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT 1")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # atomic() would hold the writer
        try:
            cursor.execute("SELECT count(*) FROM sqlite_master")  # from here on
            yield
        finally:
            cursor.execute("ROLLBACK")


def applied() -> list[Node]:
    """The migrations that the database has. Raises DatabaseNewer where we do not know one."""
    loader = MigrationExecutor(connection).loader
    found = sorted(loader.applied_migrations)
    for app, name in found:
        if (app, name) not in loader.graph.nodes:
            raise errors.DatabaseNewer(migration=f"{app}.{name}")
    return found


def unknown(nodes: list[Node]) -> Node | None:
    """The first of the migrations that this program does not have."""
    graph = MigrationExecutor(connection).loader.graph
    return next((node for node in nodes if node not in graph.nodes), None)


def ends(nodes: list[Node]) -> list[Node]:
    """Those of the migrations that no other of them follows."""
    graph = MigrationExecutor(connection).loader.graph
    inside = set(nodes)
    return [
        node
        for node in nodes
        if not any(child.key in inside for child in graph.node_map[node].children)
    ]


def tables(nodes: list[Node]) -> list[type[models.Model]]:
    """The model of every table that is kept, as the migrations made them, by name."""
    loader = MigrationExecutor(connection).loader
    registry: Apps = apps
    if set(loader.graph.nodes) - set(nodes):
        registry = loader.project_state(ends(nodes), at_end=True).apps
    found = registry.get_models(include_auto_created=True)
    kept = [model for model in found if model._meta.managed and not model._meta.proxy]
    return sorted(
        (model for model in kept if model._meta.db_table not in LEFT_OUT),
        key=lambda model: model._meta.db_table,
    )


def columns(model: type[models.Model]) -> list[tuple[str, str]]:
    """Each column of a table and the kind of its values (`rows.KINDS`)."""
    return [(str(field.column), kind(field)) for field in model._meta.local_concrete_fields]


def kind(field: "models.Field[Any, Any]") -> str:
    """The kind of a column's values."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return _KINDS.get(field.get_internal_type(), "plain")


def rows(model: type[models.Model]) -> Iterator[tuple[Any, ...]]:
    """The rows of a table by its key, as they come from the database."""
    names = [field.attname for field in model._meta.local_concrete_fields]
    yield from model._base_manager.order_by("pk").values_list(*names).iterator(_AT_ONCE)


def counters(kept: list[type[models.Model]]) -> dict[str, int]:
    """The last number given in each table that counts its rows itself."""
    names = {
        model._meta.db_table: str(model._meta.pk.column)
        for model in kept
        if isinstance(model._meta.pk, models.AutoField | models.BigAutoField)
    }
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, seq FROM sqlite_sequence")
            return {name: seq for name, seq in cursor.fetchall() if name in names}
        found = {}
        for table, column in sorted(names.items()):
            counter = sequence(cursor, table, column)
            cursor.execute(f"SELECT last_value, is_called FROM {counter}")  # noqa: S608
            last, called = cursor.fetchone()
            found[table] = last if called else last - 1
        return found


def sequence(cursor: Any, table: str, column: str) -> str:
    """PostgreSQL's sequence behind a column."""
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', column])
    found: str = cursor.fetchone()[0]
    return found
