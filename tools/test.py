"""`make test`: every test where it belongs, what is skipped with the command that enables it.

What touches a database runs on SQLite and again on a real PostgreSQL, the rest once. With CI set
nothing may be skipped.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests import chromium, postgres

ROOT = Path(__file__).parents[1]
PLAIN = "not served and not browser and not chaos"
SERVED = "served and not browser and not chaos"


@dataclass
class Tally:
    """How the runs went, all together."""

    passed: int = 0
    failed: int = 0
    error: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def run(title: str, tally: Tally, *arguments: str, **env: str) -> None:
    """One run of pytest, added to `tally`."""
    print(f"\n== {title}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tally.json"
        code = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=ROOT,
            env={**os.environ, **env, "TIDEWAITER_TALLY": str(file)},
            check=False,
        ).returncode
        counts = json.loads(file.read_text()) if file.exists() else {}
    if code not in {0, 5}:  # 5: nothing was collected
        tally.broken.append(title)
    tally.passed += counts.get("passed", 0)
    tally.failed += counts.get("failed", 0)
    tally.error += counts.get("error", 0)
    tally.skipped.update(reason.removeprefix("Skipped: ") for reason in counts.get("skipped", []))


def on_postgres(tally: Tally, *more: str) -> None:
    """What touches a database again, on a server of its own."""
    if postgres.binaries() is None:
        tally.skipped[f"no PostgreSQL is found: {postgres.ENABLE}"] += 1
        return
    with postgres.server() as server:
        run(
            f"PostgreSQL {server.version}",
            tally,
            *("-n", "2", "--database", "only", "-m", PLAIN, *more),
            TIDEWAITER_TEST_DATABASE_URL=server.url,
        )


def main() -> int:
    """Run everything; 1 where something failed, or was skipped although nothing may be."""
    begun, tally, more = time.monotonic(), Tally(), sys.argv[1:]
    run("pure, and on SQLite", tally, "-n", "2", "-m", PLAIN, *more)
    on_postgres(tally, *more)
    # They wait more than they work: three at a time keep two cores busy, the longest first.
    order = ("--dist", "loadgroup", "--no-loadscope-reorder")
    run("served nodes, killed and started again", tally, "-n", "3", *order, "-m", SERVED, *more)
    if chromium.found() is None:
        tally.skipped[f"no Chromium is found: {chromium.ENABLE}"] += 1
    else:
        run("in the browser", tally, "-n", "2", *order, "-m", "browser", *more)
    return tell(tally, time.monotonic() - begun)


def tell(tally: Tally, seconds: float) -> int:
    """Print the sum, pytest's way, and what would enable what was skipped."""
    print()
    for reason, count in tally.skipped.items():
        print(f"SKIPPED [{count}] {reason}")
    for title in tally.broken:
        print(f"FAILED {title}")
    strict = bool(os.environ.get("CI")) and bool(tally.skipped)
    if strict:
        print("ERROR with CI set nothing may be skipped")
    parts = [
        f"{count} {word}"
        for word, count in (
            ("failed", tally.failed),
            ("passed", tally.passed),
            ("skipped", tally.skipped.total()),
            ("errors", tally.error),
        )
        if count
    ]
    print(f"{', '.join(parts) or 'no tests ran'} in {seconds:.0f}s")
    return int(bool(tally.broken or strict))


if __name__ == "__main__":
    sys.exit(main())
