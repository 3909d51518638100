"""The log on SQLite: entries appended a second, and the seconds to sign and to check them."""

import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ENTRIES, TOGETHER = 100_000, 2000


def line(name: str, value: float, unit: str, floor: float, *, less: bool = False) -> None:
    """One line; the ratio is above 1 where the floor is kept."""
    ratio = floor / value if less else value / floor
    print(f"{name} {value:.3f} {unit} {floor} {ratio:.2f}")


def measure() -> None:
    """Append, sign and check in a home that is set up already."""
    from django.core.management import call_command
    from django.db import transaction

    from tidewaiter.keys import actions as keys
    from tidewaiter.ledger import actions, queries

    at = datetime.now(UTC)
    call_command("migrate", verbosity=0)
    keys.create(at=at)
    longest, began = 0.0, time.perf_counter()
    for first in range(0, ENTRIES, TOGETHER):
        start = time.perf_counter()
        with transaction.atomic():
            documents = [(b"%d" % (first + one), b"s" * 32) for one in range(TOGETHER)]
            actions.append_many(documents, at=at)
        longest = max(longest, time.perf_counter() - start)
    line("ledger.append", ENTRIES / (time.perf_counter() - began), "entries/s", 5000)
    line("ledger.longest_commit", longest, "s", 0.25, less=True)
    began = time.perf_counter()
    actions.publish(at=at)
    line("ledger.sign", time.perf_counter() - began, "s", 5, less=True)
    began = time.perf_counter()
    assert queries.verify().ok
    line("ledger.verify", time.perf_counter() - began, "s", 10, less=True)


def main() -> None:
    """Measure in a home that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as home:
        os.environ["TIDEWAITER_HOME"] = str(Path(home))
        os.environ.pop("TIDEWAITER_DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "tidewaiter.node.settings"
        import django

        django.setup()
        measure()


if __name__ == "__main__":
    main()
