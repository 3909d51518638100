"""Declarations by CSV on SQLite: rows a second against parsing and inserting, and flat memory.

The floor is measured in the same run: the file parsed by Polars and its rows inserted as they are.
TIDEWAITER_BENCH_ROWS says how many rows the long import has (1,000,000).
"""

import multiprocessing
import os
import resource
import sqlite3
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from tests.data import DATA

ROWS = int(os.environ.get("TIDEWAITER_BENCH_ROWS", "1000000"))
FILE = DATA / "korea-customs" / "df_syn_train_eng.csv"


def line(name: str, value: float, unit: str, floor: float, *, less: bool = False) -> None:
    """One line; the ratio is above 1 where the floor is kept."""
    ratio = floor / value if less else value / floor
    print(f"{name} {value:.3f} {unit} {floor:.3f} {ratio:.2f}", flush=True)


def many(home: Path, rows: int) -> Path:
    """A file of `rows` rows: the public one over and over, each with numbers of its own."""
    header, *known = FILE.read_text(encoding="utf-8").splitlines()
    target = home / "many.csv"
    with target.open("w", encoding="utf-8") as file:
        file.write(header + "\n")
        for at in range(rows):
            times, place = divmod(at, len(known))
            file.write(f"{times:03d}{known[place]}\n")
    return target


def floor(home: Path) -> float:
    """Rows a second of parsing alone and inserting the rows as they are, and of nothing else."""
    import polars as pl

    begun = time.perf_counter()
    frame = pl.read_csv(FILE, infer_schema=False)
    base = sqlite3.connect(home / "floor.sqlite3")
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute(f"CREATE TABLE raw ({', '.join(f'c{at}' for at in range(frame.width))})")
    marks = ", ".join("?" * frame.width)
    for part in frame.iter_slices(2_000):
        with base:
            base.executemany(f"INSERT INTO raw VALUES ({marks})", part.rows())
    base.close()
    return frame.height / (time.perf_counter() - begun)


def taken(home: str, file: str, assess: bool) -> tuple[int, float, float, float]:
    """Import `file` in a process of its own: rows, seconds, longest commit, peak of memory."""
    os.environ.update(TIDEWAITER_HOME=home, DJANGO_SETTINGS_MODULE="tidewaiter.node.settings")
    os.environ.pop("TIDEWAITER_DATABASE_URL", None)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    from tidewaiter.documents import importing

    call_command("migrate", verbosity=0)
    held: list[float] = []
    leave = transaction.Atomic.__exit__

    def timed(self: transaction.Atomic, *raised: object) -> None:
        leave(self, *raised)  # type: ignore[arg-type]
        if not transaction.get_connection().in_atomic_block:
            held.append(time.perf_counter() - entered[-1])

    entered: list[float] = [0.0]
    enter = transaction.Atomic.__enter__

    def begins(self: transaction.Atomic) -> None:
        if not transaction.get_connection().in_atomic_block:
            entered[-1] = time.perf_counter()
        enter(self)

    transaction.Atomic.__enter__ = begins  # type: ignore[method-assign]
    transaction.Atomic.__exit__ = timed  # type: ignore[method-assign]
    begun = time.perf_counter()
    tally = importing.run([file], mapping="korea", at=datetime.now(UTC), by="bench", assess=assess)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return tally.accepted, seconds, max(held), peak


def apart(home: Path, file: Path, *, assess: bool) -> tuple[int, float, float, float]:
    """`taken` in a fresh process and a fresh home."""
    home.mkdir()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(taken, str(home), str(file), assess).result()


def main() -> None:
    """Measure, in homes that go afterwards."""
    if not FILE.exists():
        print(f"# no {FILE}: set TIDEWAITER_TEST_DATA to the folder that holds it")
        return
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as folder:
        home = Path(folder)
        bare = floor(home)
        rows, seconds, longest, small = apart(home / "a", FILE, assess=False)
        line("documents.import", rows / seconds, "rows/s", bare)
        line("documents.longest_commit", longest, "s", 0.25, less=True)
        rows, seconds, _, large = apart(home / "b", many(home, ROWS), assess=False)
        line(f"documents.import_{ROWS}", rows / seconds, "rows/s", bare)
        line("documents.memory", large, "MiB", 600, less=True)
        line("documents.memory_growth", large / small, "times", 1.5, less=True)


if __name__ == "__main__":
    main()
