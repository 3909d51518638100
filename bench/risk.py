"""Import, train, assess on SQLite against a floor of the same run; how well the model ranks.

The floor is parsing the file and inserting its rows as they are; 2.1 % of it, or 5,000 rows a
second, is asked. `_cpu` is by seconds of the processor. TIDEWAITER_BENCH_ROWS says how many rows
the long run has (1,000,000), whose memory is to be that of the short one. Precision and recall are
of months whose labels the model never saw, all, seen before and new apart.
"""

import multiprocessing
import os
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.documents import FILE, asked, floor, line, many
from tests.data import DATA

TEST = DATA / "korea-customs" / "df_syn_valid_eng.csv"
ROWS = int(os.environ.get("TIDEWAITER_BENCH_ROWS", "1000000"))
MEMORY = 600  # MiB


@dataclass(slots=True)
class Took:
    """One step: seconds by the clock and of the processor, and the peak of memory so far, MiB."""

    wall: float
    cpu: float
    peak: float


def run(home: str, file: str) -> tuple[int, Took, Took, Took]:
    """Import, train, assess in a process of its own: rows, and what each took."""
    os.environ.update(TIDEWAITER_HOME=home, DJANGO_SETTINGS_MODULE="tidewaiter.node.settings")
    os.environ.pop("TIDEWAITER_DATABASE_URL", None)
    import django

    django.setup()
    from django.core.management import call_command

    from tidewaiter.documents import importing, queries
    from tidewaiter.risk import actions, learning

    call_command("migrate", verbosity=0)
    at = datetime.now(UTC)
    mark = [time.perf_counter(), time.process_time()]

    def took() -> Took:
        before, mark[:] = mark[:], (time.perf_counter(), time.process_time())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return Took(mark[0] - before[0], mark[1] - before[1], peak)

    tally = importing.run([file], mapping="korea", at=at, by="bench", assess=False)
    imported = took()
    learning.train(at=at)
    trained = took()
    done = actions.assess(queries.ids(unassessed=True), at=at)
    assert done.assessed == tally.accepted
    return tally.accepted, imported, trained, took()


def apart(home: Path, file: Path) -> tuple[int, Took, Took, Took]:
    """`run` in a fresh process and a fresh home."""
    home.mkdir()
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(run, str(home), str(file)).result()


def speed() -> None:
    """The rates and the memory, of the file and of many times the file."""
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as folder:
        home = Path(folder)
        by_clock, by_cpu = floor(home)
        rows, imported, trained, assessed = apart(home / "a", FILE)
        small = assessed.peak
        both = (imported.wall + assessed.wall, imported.cpu + assessed.cpu)
        line("risk.import_and_assess", rows / both[0], "rows/s", asked(by_clock))
        line("risk.import_and_assess_cpu", rows / both[1], "rows/s", asked(by_cpu))
        line("risk.import", rows / imported.wall, "rows/s", asked(by_clock))
        line("risk.assess", rows / assessed.wall, "rows/s", asked(by_clock))
        line("risk.train", trained.wall, "s", 60, less=True)
        line("risk.memory", small, "MiB", MEMORY, less=True)
        if ROWS:
            rows, imported, trained, assessed = apart(home / "b", many(home, ROWS))
            seconds = imported.wall + assessed.wall
            line(f"risk.import_and_assess_{ROWS}", rows / seconds, "rows/s", asked(by_clock))
            line(f"risk.train_{ROWS}", trained.wall, "s", 300, less=True)
            line(f"risk.import_memory_{ROWS}", imported.peak, "MiB", MEMORY, less=True)
            line(f"risk.memory_{ROWS}", assessed.peak, "MiB", MEMORY, less=True)


def ranking() -> None:
    """Precision and recall, beside what a bare look-up of repeated patterns reaches."""
    from tidewaiter.documents import library
    from tidewaiter.risk import benchmark

    used = library.load("korea")
    train = benchmark.read(FILE, used, "Fraud", positive=1, pattern=())
    test = benchmark.read(TEST, used, "Fraud", positive=1, pattern=())
    found = benchmark.run(train, test, seed=1)
    print(f"# {found['orientation']}", file=sys.stderr, flush=True)
    for name, figures in (("all", found), ("seen", found["seen"]), ("new", found["new"])):
        base = figures["positive"] / figures["rows"]
        for share in ("5", "10"):
            floors = (base, int(share) / 100)  # of a choice by chance
            precision, recall = figures["precision_at"][share], figures["recall_at"][share]
            line(f"risk.precision_at_{share}_{name}", precision, "-", floors[0])
            line(f"risk.recall_at_{share}_{name}", recall, "-", floors[1])


def main() -> None:
    """Measure, in homes that go afterwards."""
    if not (FILE.exists() and TEST.exists()):
        print(f"# no {FILE}: set TIDEWAITER_TEST_DATA to the folder that holds it")
        return
    speed()
    ranking()


if __name__ == "__main__":
    main()
