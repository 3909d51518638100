"""Import and assess on SQLite against a floor of the same run; how well the model ranks.

The floor is parsing the file and inserting its rows as they are; 2.1 % of it, or 5,000 rows a
second, is asked. Precision and recall are of months whose labels the model never saw, all, seen
before and new apart.
"""

import multiprocessing
import os
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.documents import FILE, floor, line
from tests.data import DATA

TEST = DATA / "korea-customs" / "df_syn_valid_eng.csv"
SHARE = 0.021  # of the floor
ENOUGH = 5_000  # rows a second


def run(home: str, answer: "multiprocessing.Queue[tuple[float, ...]]") -> None:
    """Import, train, assess in a process of its own: seconds of each, rows, peak of memory."""
    Path(home).mkdir(parents=True, exist_ok=True)
    os.environ.update(TIDEWAITER_HOME=home, DJANGO_SETTINGS_MODULE="tidewaiter.node.settings")
    os.environ.pop("TIDEWAITER_DATABASE_URL", None)
    import django

    django.setup()
    from django.core.management import call_command

    from tidewaiter.documents import importing, queries
    from tidewaiter.risk import actions, learning

    call_command("migrate", verbosity=0)
    at = datetime.now(UTC)
    begun = time.perf_counter()
    tally = importing.run([str(FILE)], mapping="korea", at=at, by="bench", assess=False)
    imported = time.perf_counter()
    learning.train(at=at)
    trained = time.perf_counter()
    done = actions.assess(queries.ids(unassessed=True), at=at)
    ended = time.perf_counter()
    assert done.assessed == tally.accepted
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.put((tally.accepted, imported - begun, trained - imported, ended - trained, peak))


def speed() -> None:
    """The rates and the memory."""
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as folder:
        home = Path(folder)
        bare = floor(home)
        context = multiprocessing.get_context("spawn")
        answer = context.Queue()
        process = context.Process(target=run, args=(str(home / "a"), answer))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)
        rows, importing, training, assessing, peak = answer.get()
    asked = min(ENOUGH, SHARE * bare)
    line("risk.import_and_assess", rows / (importing + assessing), "rows/s", asked)
    line("risk.assess", rows / assessing, "rows/s", asked)
    line("risk.train", training, "s", 60, less=True)
    line("risk.memory", peak, "MiB", 600, less=True)


def ranking() -> None:
    """Precision and recall, beside what a bare look-up of repeated patterns reaches."""
    from tidewaiter.documents import library
    from tidewaiter.risk import benchmark

    used = library.load("korea")
    train = benchmark.read(FILE, used, "Fraud", positive=1, pattern=())
    test = benchmark.read(TEST, used, "Fraud", positive=1, pattern=())
    found = benchmark.run(train, test, seed=1)
    print(f"# {found['orientation']}", flush=True)
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
