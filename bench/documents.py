"""Declarations by CSV on SQLite: rows a second, and how long a commit holds the writer.

The floor is measured in the same run: the file parsed by Polars and its rows inserted as they are;
2.1 % of it, or 5,000 rows a second, is asked. `_cpu` is by seconds of the processor, which say more
than the clock where others use the machine too.
"""

import multiprocessing
import os
import sqlite3
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from tests.data import DATA

SHARE = 0.021  # of the floor
ENOUGH = 5_000  # rows a second
HELD = 0.25  # seconds that a transaction may hold the writer
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


def floor(home: Path) -> tuple[float, float]:
    """Rows a second, by the clock and by the processor, of parsing and inserting and no more."""
    import polars as pl

    begun, busy = time.perf_counter(), time.process_time()
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
    rows = frame.height
    return rows / (time.perf_counter() - begun), rows / (time.process_time() - busy)


def asked(bare: float) -> float:
    """Rows a second that are asked of what is more than parsing and inserting."""
    return min(ENOUGH, SHARE * bare)


def taken(home: str, file: str) -> tuple[int, float, float, list[float], list[float]]:
    """Import and assess `file` in a process of its own: rows, seconds by the clock and of the
    processor, and the same of each transaction, from BEGIN to after COMMIT."""
    os.environ.update(TIDEWAITER_HOME=home, DJANGO_SETTINGS_MODULE="tidewaiter.node.settings")
    os.environ.pop("TIDEWAITER_DATABASE_URL", None)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    from tidewaiter.documents import importing

    call_command("migrate", verbosity=0)
    wall: list[float] = []
    cpu: list[float] = []
    entered = [0.0, 0.0]
    enter, leave = transaction.Atomic.__enter__, transaction.Atomic.__exit__

    def begins(self: transaction.Atomic) -> None:
        inside = transaction.get_connection().in_atomic_block
        enter(self)
        if not inside:
            entered[:] = time.perf_counter(), time.process_time()

    def ends(self: transaction.Atomic, *raised: object) -> None:
        leave(self, *raised)  # type: ignore[arg-type]
        if not transaction.get_connection().in_atomic_block:
            wall.append(time.perf_counter() - entered[0])
            cpu.append(time.process_time() - entered[1])

    transaction.Atomic.__enter__ = begins  # type: ignore[method-assign]
    transaction.Atomic.__exit__ = ends  # type: ignore[method-assign]
    begun, busy = time.perf_counter(), time.process_time()
    tally = importing.run([file], mapping="korea", at=datetime.now(UTC), by="bench")
    return (
        *(tally.accepted, time.perf_counter() - begun, time.process_time() - busy),
        *(wall, cpu),
    )


def main() -> None:
    """Measure, in homes that go afterwards."""
    if not FILE.exists():
        print(f"# no {FILE}: set TIDEWAITER_TEST_DATA to the folder that holds it")
        return
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as folder:
        by_clock, by_cpu = floor(Path(folder))
        home = Path(folder) / "a"
        home.mkdir()
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            rows, seconds, busy, wall, cpu = pool.submit(taken, str(home), str(FILE)).result()
        line("documents.import_assessing", rows / seconds, "rows/s", asked(by_clock))
        line("documents.import_assessing_cpu", rows / busy, "rows/s", asked(by_cpu))
        line("documents.commit_median", statistics.median(wall), "s", HELD, less=True)
        line("documents.commit_longest", max(wall), "s", HELD, less=True)
        line("documents.commit_longest_cpu", max(cpu), "s", HELD, less=True)


if __name__ == "__main__":
    main()
