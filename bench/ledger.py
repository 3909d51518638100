"""The log on SQLite: entries appended a second, alone and against what the exchange accepts in the
same run; the seconds to sign and to check them; and inclusion proofs out of a log of ten million.

That log is tiles, not entries: the leaf hashes of ten million entries go into full tiles by the
project's own code, the tiles above and the edge are built and the head is signed as ever, and the
entries that proofs are asked of are kept. Each proof is asked as an endpoint asks it, by nothing
that an earlier one read, and is held against the signed root.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime

from bench.documents import line

ENTRIES, TOGETHER = 100_000, 2000
TURNS = int(os.environ.get("TIDEWAITER_BENCH_TURNS", "12"))  # batches accepted, and appended
SIZE = int(os.environ.get("TIDEWAITER_BENCH_LOG", "10000000"))  # entries that proofs are out of
PROOFS = 2000
TIMES = 10.0  # as much as the exchange accepts
PROMPT = 1.0  # milliseconds


def settled() -> datetime:
    """The tables and keys of a fresh home; now."""
    from django.core.management import call_command

    from tidewaiter.keys import actions as keys

    at = datetime.now(UTC)
    call_command("migrate", verbosity=0)
    keys.create(at=at)
    return at


def append(first: int, at: datetime) -> None:
    """Commit to 2,000 documents and log them, in one transaction."""
    from django.db import transaction

    from tidewaiter.ledger import actions

    with transaction.atomic():
        documents = [(b"%d" % (first + one), b"s" * 32) for one in range(TOGETHER)]
        actions.append_many(documents, at=at)


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and by the processor."""
    begun, busy = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - begun, time.process_time() - busy


def alone() -> None:
    """Append, sign and check 100,000 entries."""
    from tidewaiter.ledger import actions, queries

    at = settled()
    took = [timed(lambda: append(first, at))[0] for first in range(0, ENTRIES, TOGETHER)]  # noqa: B023
    line("ledger.append", ENTRIES / sum(took), "entries/s", 5000)
    line("ledger.longest_commit", max(took), "s", 0.25, less=True)
    line("ledger.sign", timed(lambda: actions.publish(at=at))[0], "s", 5, less=True)
    begun = time.perf_counter()
    assert queries.verify().ok
    line("ledger.verify", time.perf_counter() - begun, "s", 10, less=True)


def beside() -> None:
    """The log and the exchange take turns; by how much the log is the quicker of the two."""
    from bench import accepting

    world = accepting.World("A")
    accepted, appended = [], []
    for turn in range(TURNS + 1):
        lines = world.batch()
        one = timed(lambda: accepting.accept(lines))  # noqa: B023
        other = timed(lambda: append(turn * TOGETHER, world.at))  # noqa: B023
        if turn:  # the first one warms up
            accepted.append(one)
            appended.append(other)
    for place, name in enumerate(("", "_cpu")):
        accepts = accepting.LINES / statistics.median(each[place] for each in accepted)
        appends = TOGETHER / statistics.median(each[place] for each in appended)
        print(f"# {accepts:.0f} messages accepted, {appends:.0f} entries appended", file=sys.stderr)
        line(f"ledger.append_per_accepted{name}", appends / accepts, "times", TIMES)


def fill(size: int, at: datetime) -> list[int]:
    """A log of that size, made from the leaf hashes up; the entries that are kept of it."""
    from django.db import transaction

    from tidewaiter.ledger import actions, tile, tree
    from tidewaiter.ledger.models import Entry, Head, Tile

    leaf, wide, together = tree.leaf, tile.WIDTH, 256
    with transaction.atomic():
        Head.reserve(size)
    for first in range(0, size // wide, together):
        many = range(first, min(first + together, size // wide))
        tiles = [
            (index, b"".join([leaf(b"%d" % n) for n in range(index * wide, index * wide + wide)]))
            for index in many
        ]
        with transaction.atomic():
            Tile.fill(0, tiles)
    chosen = random.Random(1).sample(range(size), min(PROOFS, size))
    kept = sorted({*chosen, *range(size - size % wide, size)})  # the edge has no full tile
    with transaction.atomic():
        Entry.objects.bulk_create(
            [Entry(index=n, entry=b"%d" % n, leaf=leaf(b"%d" % n), appended_at=at) for n in kept],
            batch_size=500,
        )
    assert actions.publish(at=at) is not None
    return chosen


def proofs() -> None:
    """How long it takes to prove an entry of the large log."""
    from django.db import connection

    from tidewaiter.ledger import note, queries, tree

    at = settled()
    begun = time.perf_counter()
    chosen = fill(SIZE, at)
    print(f"# a log of {SIZE} made in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    head = note.read(queries.checkpoint().note.encode(), note.verifier(queries.vkey()))
    took: list[tuple[float, float]] = []
    for index in chosen:
        found: list[queries.Proof] = []
        took.append(timed(lambda: found.append(queries.inclusion(index))))  # noqa: B023
        (proof,) = found
        inclusion = tree.Inclusion(index, head.size, proof.path)
        assert tree.included(inclusion, tree.leaf(b"%d" % index)) == head.root
    for place, name in enumerate(("", "_cpu")):
        spent = statistics.quantiles((each[place] * 1000 for each in took), n=100)
        line(f"ledger.proof_of_{SIZE}_p50{name}", spent[49], "ms", PROMPT, less=True)
        line(f"ledger.proof_of_{SIZE}_p95{name}", spent[94], "ms", PROMPT, less=True)


PARTS: dict[str, Callable[[], None]] = {"alone": alone, "beside": beside, "proofs": proofs}


def main() -> None:
    """Each part in a process of its own, in a home that goes afterwards."""
    if len(sys.argv) > 1:
        import django

        django.setup()
        PARTS[sys.argv[1]]()
        return
    for part in PARTS:
        with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as home:
            around = {k: v for k, v in os.environ.items() if not k.startswith("TIDEWAITER_D")}
            around |= {
                "TIDEWAITER_HOME": home,
                "DJANGO_SETTINGS_MODULE": "tidewaiter.node.settings",
            }
            subprocess.run([sys.executable, "-m", "bench.ledger", part], env=around, check=True)


if __name__ == "__main__":
    main()
