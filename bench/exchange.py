"""A partner's POSTs to a served node while a file is imported and assessed beside it.

One new alert a POST, a few a second: each is checked, kept, logged and answered with a signed
receipt. The import is a process of its own on the same SQLite. The floor is that 95 of 100 are
answered within a second; the same POSTs to the node at rest stand beside it. Before them: 500 lines
a POST, one after another.
"""

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from bench.documents import FILE, asked, floor, line
from tests import served
from tests.journeys.test_stranger import World

EVERY = 0.2  # seconds between two POSTs
QUIET = 50  # POSTs to the node at rest
POSTS = 6  # of 500 lines each
PROMPT = 1.0  # seconds within which 95 of 100 are to be answered


def post(world: World, more: Callable[[int], bool]) -> list[float]:
    """Seconds to each answer of alerts that are posted steadily while there are to be `more`."""
    partner, took = world.partner, []
    due = time.monotonic()
    while more(len(took)):
        sealed = partner.seal(partner.sign(world.alert()))
        time.sleep(max(0.0, due - time.monotonic()))
        begun = time.monotonic()
        (receipt,) = partner.receipts(sealed)
        took.append(time.monotonic() - begun)
        assert receipt["data"]["outcome"] == "accepted", receipt
        due = max(due + EVERY, begun)
    return took


def posted(world: World) -> None:
    """POSTs of 500 alerts over one connection, each answered with 500 signed receipts."""
    partner, url = world.partner, f"{world.node.url}/exchange/v1/messages"
    bodies = [
        "\n".join(partner.seal(partner.sign(world.alert())) for _ in range(500))
        for _ in range(POSTS)
    ]
    headers = {"Content-Type": "application/x-ndjson"}
    with httpx.Client(headers=headers, timeout=60) as client:
        begun = time.monotonic()
        answers = [client.post(url, content=body) for body in bodies]
        seconds = time.monotonic() - begun
    assert {each.status_code for each in answers} == {202}
    last = partner.verified(answers[-1].text.split()[-1])
    assert last["data"]["outcome"] == "accepted", last
    line("exchange.post_500_lines", 500 * POSTS / seconds, "messages/s", 500)


def imported(home: Path, report: Path) -> subprocess.Popen[bytes]:
    """The import under way, by the command as an administrator would give it."""
    around = {name: value for name, value in os.environ.items() if "TIDEWAITER" not in name}
    given = ["declarations", "import", str(FILE), "--mapping", "korea", "--json"]
    with report.open("wb") as file:
        return subprocess.Popen(
            [*served.COMMAND, *given],
            env={**around, "TIDEWAITER_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.DEVNULL,
        )


def told(name: str, took: list[float]) -> None:
    """The median, the 95th of 100 and the longest."""
    parts = statistics.quantiles(took, n=20, method="inclusive")
    line(f"exchange.post_{name}_p50", parts[9], "s", PROMPT, less=True)
    line(f"exchange.post_{name}_p95", parts[18], "s", PROMPT, less=True)
    line(f"exchange.post_{name}_max", max(took), "s", 30, less=True)


def main() -> None:
    """Measure, in a home that goes afterwards."""
    if not FILE.exists():
        print(f"# no {FILE}: set TIDEWAITER_TEST_DATA to the folder that holds it")
        return
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as folder:
        world = World(Path(folder))
        try:
            posted(world)
            told("at_rest", post(world, lambda done: done < QUIET))
            begun = time.monotonic()
            file = Path(folder) / "report.json"
            process = imported(world.node.home, file)
            took = post(world, lambda done: process.poll() is None)
            seconds = time.monotonic() - begun
            report = json.loads(file.read_bytes())
            assert report["accepted"], report
            told("under_import", took)
            line("exchange.posts_meanwhile", len(took), "POSTs", 20)
            least = asked(floor(Path(folder))[0])
            line("exchange.import_meanwhile", report["accepted"] / seconds, "rows/s", least)
        finally:
            world.close()


if __name__ == "__main__":
    main()
