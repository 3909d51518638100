"""The verbs `backup` and `restore`."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from tidewaiter import clock
from tidewaiter.command import Said, progress, verb

FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@verb
def backup(file: Path) -> Said:
    """Write the whole node into FILE, while it is served: tables, keys, vault, settings.

    FILE holds the private keys: it is readable by its owner only, and to be kept as they are.
    """
    from tidewaiter.node import actions as node
    from tidewaiter.node.archiving import actions

    os.umask(0o077)
    node.answering()
    taken = actions.backup(file.absolute(), at=clock.real(), tell=progress)
    data = _said(taken.file, taken.tables, taken.log_size, taken.sha256)
    return Said(data, f"{taken.file}: {sum(taken.tables.values())} rows, sha256 {taken.sha256}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--database", default="", metavar="URL", help="Put the tables there instead.")
@verb
def restore(file: Path, database: str) -> Said:
    """Make the node of FILE in the home: an empty one, or its own, which must not be served.

    What the home held is kept aside in it. The node asks its partners what it lost before it takes
    part again: serve it, and see `exchange recover`.
    """
    from tidewaiter.node import env
    from tidewaiter.node.archiving import restoring

    os.umask(0o077)
    home, at = env.home(), clock.real()
    with (
        _room(home),
        restoring.staged(file.absolute(), home, database=database, at=at, tell=progress) as stage,
    ):
        os.environ["TIDEWAITER_HOME"] = str(stage.building)
        os.environ[restoring.URL] = stage.database
        os.environ["DJANGO_SETTINGS_MODULE"] = "tidewaiter.node.settings"
        import django

        django.setup()
        from tidewaiter.node.archiving import actions

        tables = actions.load(
            stage.members,
            stage.manifest,
            stage.end,
            aside=stage.schema,
            replacing=stage.replacing,
            at=at,
            tell=progress,
            ready=stage.ready,
        )
    kept = str(stage.kept) if stage.kept.exists() else None
    schema = stage.schema if stage.replacing and stage.place is None else None
    data = {
        **_said(file, tables, tables[actions.LOG], stage.sha256),
        "home": str(home),
        "taken_at": stage.manifest["taken_at"],
        "kept": kept,
        "kept_tables": schema,
    }
    words = [
        f"The node of {stage.manifest['administration']} is in {home}, as of {data['taken_at']}.",
        *([f"What was there is in {kept}."] if kept else []),
        *([f"Its tables are in the schema {schema} of the database."] if schema else []),
        f"Next: tidewaiter --home {home} serve; it asks its partners what it lost before it sends.",
    ]
    return Said(data, "\n".join(words))


def _said(file: Path, tables: Any, log_size: int, sha256: str) -> dict[str, Any]:
    return {"file": str(file), "tables": dict(tables), "log_size": log_size, "sha256": sha256}


@contextmanager
def _room(home: Path) -> Iterator[None]:
    """A disk that takes no more, in words."""
    from tidewaiter.node.archiving import errors

    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        reason = error.strerror or str(error)
        raise errors.NotWritten(place=str(error.filename or home), reason=reason) from None
