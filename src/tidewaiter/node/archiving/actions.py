"""Write a node into one file while it is served, and put it back into a database that is empty."""

import fcntl
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, Final

import structlog
from django.conf import settings
from django.core.management import call_command
from django.db import Error, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from tidewaiter import clock, trace
from tidewaiter.exchange.forgetting import actions as forgetting
from tidewaiter.exchange.forgetting import registry
from tidewaiter.exchange.forgetting.erasing import actions as erasing
from tidewaiter.keys import queries as keys
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import queries as ledger_queries
from tidewaiter.node import actions as node
from tidewaiter.node.archiving import archive, errors, queries, rows, staging
from tidewaiter.node.archiving import models as tables
from tidewaiter.vault import actions as vault
from tidewaiter.vault import errors as vault_errors
from tidewaiter.vault import queries as vault_queries
from tidewaiter.work import actions as work

LOG: Final = "ledger_entry"  # the table whose rows are the log's size
PARTIAL: Final = ".partial"  # a backup under way
_FULL: Final = ("full", "space", "disk I/O")  # how databases say that a disk takes no more

Tell = Callable[[str], None]
Envelope = Callable[[BinaryIO], AbstractContextManager[BinaryIO]]  # `sealing.sealed`, or none
log: Final = structlog.get_logger("tidewaiter.node")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a backup holds."""

    file: Path
    tables: Mapping[str, int]  # rows
    log_size: int
    sha256: str  # of the file, sealed as it is


def backup(file: Path, *, at: datetime, tell: Tell, envelope: Envelope = nullcontext) -> Taken:
    """Write this node into `file`, which must not be there; the node may be served meanwhile.

    What is written goes through the `envelope`, which seals it.

    Raises FileTaken, DatabaseNewer, NotWritten; then there is no file.
    """
    if os.path.lexists(file) and not (file.is_file() and not file.stat().st_size):
        raise errors.FileTaken(file=str(file))
    try:
        _sweep(file.parent)
        handle, name = tempfile.mkstemp(prefix=".backup-", suffix=PARTIAL, dir=file.parent)
    except OSError as error:
        raise errors.NotWritten(place=str(file.parent), reason=error.strerror) from None
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            with suppress(OSError):  # where the disk knows no locks, nothing is swept either
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            hashed: Any = archive.Hashing(stream, hashlib.sha256())
            with envelope(hashed) as plain:
                counts = _written(plain, at=at, tell=tell)
            stream.flush()
            os.fsync(stream.fileno())
            aside.replace(file)
        staging.sync(file.parent)
    except OSError as error:
        raise errors.NotWritten(
            place=str(file.parent), reason=error.strerror or str(error)
        ) from None
    finally:
        with suppress(FileNotFoundError):
            aside.unlink()
    taken = Taken(file, counts, counts[LOG], hashed.digest.hexdigest())
    log.info("backup", file=str(file), rows=sum(counts.values()), sha256=taken.sha256)
    return taken


def _sweep(folder: Path) -> None:
    """Take away what backups left that were killed: keys are in it. Whoever writes holds a lock."""
    for left in folder.glob(f".backup-*{PARTIAL}"):
        with suppress(OSError), left.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _written(stream: BinaryIO, *, at: datetime, tell: Tell) -> Mapping[str, int]:
    """Write the node; how many rows each table has."""
    with queries.snapshot():
        nodes = queries.applied()
        made = archive.Writer(stream, _manifest(nodes, at), at=at)
        try:
            for name, data in _files(settings.HOME):
                made.add(f"home/{name}", data)
            kept = queries.tables(nodes)
            counts = {model._meta.db_table: _table(made, model, tell) for model in kept}
            facts = {
                "tables": counts,
                "counters": queries.counters(kept),
                "objects": _objects(made, tell),
                "log_size": counts[LOG],
            }
            made.end(facts)
            return counts
        finally:
            made.discard()


def _manifest(nodes: list[queries.Node], at: datetime) -> dict[str, Any]:
    return {
        "administration": settings.ADMINISTRATION,
        "thumbprint": keys.signing().thumbprint,
        "signers": sorted(key.thumbprint for key in keys.public() if key.use == "sig"),
        "taken_at": clock.text(at),
        "version": version("tidewaiter"),
        "database": connection.vendor,
        "migrations": nodes,
    }


def _table(made: archive.Writer, model: type[models.Model], tell: Tell) -> int:
    """Write a table; how many rows it has."""
    table, total = model._meta.db_table, 0
    members = rows.written(queries.columns(model), queries.rows(model))
    for number, (data, count) in enumerate(members):
        made.add(f"tables/{table}/{number:06d}.ndjson", data)
        total += count
    if total:
        tell(f"{table}: {total} rows")
    return total


def _objects(made: archive.Writer, tell: Tell) -> int:
    """Write what the vault keeps; how many objects. One deleted meanwhile was to be."""
    total = 0
    for sha256 in vault_queries.everything():
        with suppress(vault_errors.ContentMissing), vault_queries.open(sha256) as source:
            made.stream(f"vault/{sha256}", source, os.fstat(source.fileno()).st_size)
            total += 1
    if total:
        tell(f"vault: {total} objects")
    return total


def _files(home: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a home that are no bytes of the vault and no database, by name."""
    for name in ("node.toml", "secret"):
        if (home / name).is_file():
            yield name, (home / name).read_bytes()
    for folder in (settings.KEYS_DIR, settings.MODELS_DIR):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and archive.allowed(f"home/{folder.name}/{file.relative_to(folder)}"):
                with suppress(FileNotFoundError):  # renamed as it was taken into use: comes by that
                    yield f"{folder.name}/{file.relative_to(folder)}", file.read_bytes()


def load(
    members: Iterator[archive.Member],
    manifest: Mapping[str, Any],
    end: Callable[[], Mapping[str, Any]],
    *,
    aside: str,
    replacing: bool,
    at: datetime,
    tell: Tell,
    ready: Callable[[], None],
) -> Mapping[str, int]:
    """Fill the database of the settings, and the vault, from a backup's tables and objects.

    Tables that PostgreSQL holds go into the schema `aside`, where we are `replacing` them. The node
    is fenced in there. `ready` is called when all is whole, before the one commit. Raises
    BackupNewer, DatabaseTaken, DatabaseInUse, RestoreFailed, NotWritten, and `archive.Damaged`.
    """
    node.answering()
    nodes = [(str(app), str(name)) for app, name in manifest["migrations"]]
    if (lacking := queries.unknown(nodes)) is not None:
        raise errors.BackupNewer(version=manifest["version"], migration=".".join(lacking))
    try:
        with _at_once():
            tables.make_room(aside, replacing=replacing)
            executor = MigrationExecutor(connection)
            executor.migrate(queries.ends(nodes))
            kept = {model._meta.db_table: model for model in queries.tables(nodes)}
            connection.check_constraints()  # a migration may have made some immediate: defer them
            with connection.constraint_checks_disabled():
                tables.empty(list(kept.values()))
                counts = _filled(members, kept, tell)
            _whole(counts, end()["tables"])
            tables.count_on(kept, end()["counters"])
            connection.check_constraints()
            call_command("migrate", verbosity=0, interactive=False)
            work.release("", at=at)
            if not ledger_queries.continues():
                raise errors.RestoreFailed(reason="The log does not give the root that was signed.")
            ledger.fence(since=_since(manifest), at=at)
            _forget_again(at=at, tell=tell)
            os.sync()  # the vault's objects
            if connection.vendor == "postgresql":
                ready()
    except Error as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        if any(word in reason for word in _FULL):
            raise errors.NotWritten(place=str(settings.HOME), reason=reason) from None
        raise errors.RestoreFailed(reason=reason) from error
    finally:
        connection.close()
    if connection.vendor == "sqlite":
        ready()  # the file is whole once it is closed
    return counts


def _forget_again(*, at: datetime, tell: Tell) -> None:
    """What was due to be deleted by now is deleted once more, before anybody sees it.

    Its originators are told when the node is back. A restore is no worse off where it fails.
    """
    try:
        with transaction.atomic():
            done = forgetting.run(at=at)
    except Exception as error:  # the node itself is whole: its daily run tries again
        log.error("not forgotten again", error=trace.kind(error), where=trace.places(error))
        tell("what is due to be deleted could not be: run tidewaiter retention run")
        return
    if done.deleted:
        tell(f"{done.deleted} messages were due to be deleted, and are")
        erasing.erase(registry.tables(), rewrite=True)


def _since(manifest: Mapping[str, Any]) -> datetime:
    """From when on something may be lost: the backup's time, or that of one restored before."""
    taken, held = clock.parse(manifest["taken_at"]), ledger_queries.fenced()
    return taken if held is None else min(taken, held.since)


@contextmanager
def _at_once() -> Iterator[None]:
    """One transaction on PostgreSQL; SQLite's file is made aside and needs none."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            yield
        return
    yield


def _filled(
    members: Iterator[archive.Member], kept: Mapping[str, type[models.Model]], tell: Tell
) -> Counter[str]:
    """Write rows and objects as they come; how many rows of each table."""
    counts = Counter(dict.fromkeys(kept, 0))
    last = ""
    for member in members:
        folder, _, rest = member.name.partition("/")
        if folder == "tables":
            table = rest.partition("/")[0]
            if table != last and last:
                tell(f"{last}: {counts[last]} rows")
            last = table
            if table not in kept:
                raise archive.Damaged(f"{table} is no table of its migrations")
            counts[table] += tables.insert(kept[table], member)
        elif folder == "vault":
            try:
                vault.put_back(rest, member.blocks())
            except vault_errors.OtherContent:
                raise archive.Damaged(f"{member.name} holds other bytes") from None
        else:
            raise archive.Damaged(f"{member.name} does not stand where it belongs")
    return counts


def _whole(counts: Mapping[str, int], said: Mapping[str, int]) -> None:
    for table in sorted({*counts, *said}):
        if counts.get(table) != said.get(table):
            raise archive.Damaged(
                f"{table} has {counts.get(table)} rows, {said.get(table)} were taken"
            )
