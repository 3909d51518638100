"""What can be asked of a node as a whole: is it ready, what waits, how much of everything."""

from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

import tidewaiter
from tidewaiter.exchange.restoring import queries as exchange
from tidewaiter.keys import queries as keys
from tidewaiter.node import doctor as doctor_
from tidewaiter.problem import Problem
from tidewaiter.work import queries as work


def pending_migrations() -> list[str]:
    """The names of the migrations that the database lacks, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def doctor(*, now: datetime) -> list[doctor_.Check]:
    """All checks of a node, in the order in which one would look."""
    home = settings.HOME
    served = doctor_.is_served(home)
    package = Path(tidewaiter.__file__).parent
    return list(
        doctor_.run(
            [
                ("python", doctor_.python),
                ("home", lambda: doctor_.home(home)),
                ("keys", _keys),
                ("database", database),
                ("migrations", _migrations),
                ("fence", fence),
                ("clock", lambda: doctor_.clock(now, _database_clock(), _newest(home))),
                ("disk", lambda: doctor_.disk(home)),
                ("backups", lambda: doctor_.backups(settings.BACKUP_TO)),
                ("port", lambda: doctor_.port(settings.NODE_URL, served)),
                (
                    "workers",
                    lambda: doctor_.workers(now, served, work.turns(), work.counts()["failed"]),
                ),
                ("model", doctor_.model),
                ("catalogues", lambda: doctor_.catalogues(package)),
            ]
        )
    )


def ready() -> list[doctor_.Check]:
    """What must hold before requests are answered."""
    return list(doctor_.run([("database", database), ("migrations", _migrations), ("keys", _keys)]))


def database() -> str:
    """Which database answers, and that it keeps what it is told."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW server_version")
            return f"PostgreSQL {cursor.fetchone()[0]}"
        cursor.execute("SELECT sqlite_version()")
        version = cursor.fetchone()[0]
        cursor.execute("PRAGMA journal_mode")
        if cursor.fetchone()[0] != "wal":
            raise doctor_.Unwell("SQLite is not in WAL mode: is the home on a network disk?")
    return f"SQLite {version}, WAL"


def fence() -> str:
    """Whether the node stands still since it was restored, and what it waits for."""
    found = exchange.rejoining()
    if found is None:
        return "none: the node takes part"
    waits = ", ".join(found.waits_for) or "nobody"
    raise doctor_.Unwell(f"restored and not back yet: {found.fence.reason} It waits for {waits}.")


def _migrations() -> str:
    if waiting := pending_migrations():
        raise doctor_.Unwell(f"{len(waiting)} wait: run `tidewaiter upgrade`")
    return "all applied"


def _keys() -> str:
    try:
        return ", ".join(f"{key.use} {key.kid}" for key in keys.public())
    except Problem as problem:
        raise doctor_.Unwell(problem.line()) from None


def _database_clock() -> datetime | None:
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


def _newest(home: Path) -> datetime:
    newest = max((file.stat().st_mtime for file in home.iterdir()), default=0.0)
    return datetime.fromtimestamp(newest, UTC)
