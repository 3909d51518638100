"""The files of the database once rows were deleted: what PostgreSQL and SQLite leave behind.

SQLite writes zeros over what it frees (`secure_delete`, in the settings), but for copies that a
page keeps in its free room of rows that moved to another page; only writing the file anew ends
those, which is done where the file is small enough. Its log of writes is cut off here. PostgreSQL
keeps old versions of rows until they are vacuumed, and even then their bytes lie in a page's free
room until other rows take it: only a rewrite of the table ends them.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

import structlog
from django.db import OperationalError, connection

PATIENCE: Final = 5.0  # seconds for readers to leave the log of writes
BLOCKED: Final = 100  # milliseconds that writers may wait for readers at a time
SMALL: Final = 16 * 2**20  # bytes of a file that is written anew before a writer has waited long
BY_HAND: Final = 128 * 2**20  # … before it has waited some seconds: where a person has it done
WORK_TABLES: Final = ("work_job", "work_task")
OURS: Final = (
    "exchange_inbound",
    "exchange_outbound",
    "exchange_former",
    "exchange_awaited",
    "exchange_sealed",
)
log: Final = structlog.get_logger("tidewaiter.exchange")


def erase(tables: Sequence[str], *, rewrite: bool = False, most: int = 0) -> bool:
    """See that what was deleted of these tables is no longer in files; whether it could be.

    With `rewrite` the tables (the whole file, in SQLite) are written anew: nothing of what was
    deleted is left then, and nobody else can use them meanwhile. A file of SQLite of up to `most`
    bytes is, too. Outside of transactions.
    """
    if connection.in_atomic_block:
        return False
    wanted = sorted({*tables, *OURS, *WORK_TABLES})
    if connection.vendor == "postgresql":
        return _vacuum(wanted, rewrite=rewrite)
    return _truncate(rewrite=rewrite or small(most))


def small(most: int) -> bool:
    """Whether a run writes the file anew, so that nothing is left in free room of its pages."""
    if connection.vendor == "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        (size,) = cursor.fetchone()
    return bool(size <= most)


def _vacuum(tables: Sequence[str], *, rewrite: bool) -> bool:
    with connection.cursor() as cursor:
        for table in tables:
            how = "VACUUM (FULL)" if rewrite else "VACUUM"
            cursor.execute(f"{how} {connection.ops.quote_name(table)}")
    return True


def _truncate(*, rewrite: bool) -> bool:
    """Move the log of writes into the file and cut it off; readers may hold it up for a while.

    What can be moved without anybody waiting goes first: writers wait for the rest, and for readers
    no longer than BLOCKED.
    """
    with connection.cursor() as cursor:
        if rewrite and not _written_anew(cursor):
            return False
        cursor.execute("PRAGMA busy_timeout")
        (patience,) = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {BLOCKED}")
        try:
            return _cut_off(cursor)
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience}")


def _written_anew(cursor: Any) -> bool:
    try:
        cursor.execute("VACUUM")
    except OperationalError as error:  # another writes for long, or the disk is full
        log.warning("file not written anew", reason=str(error))
        return False
    return True


def _cut_off(cursor: Any) -> bool:
    until = time.monotonic() + PATIENCE
    while True:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        cursor.fetchone()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, *_ = cursor.fetchone()
        if not busy:
            return True
        if time.monotonic() > until:
            log.warning("log of writes not cut off", reason="somebody still reads it")
            return False
        time.sleep(0.1)
