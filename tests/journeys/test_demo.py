"""The demo played to its end: the ring is caught in Belmora because Arvenia told."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests import served

DAYS = "6"


def play(home: Path, *more: str) -> dict[str, Any]:
    """What `demo --once --json` prints."""
    port = served.free_port()
    words = ("demo", "--once", "--home", str(home), "--port", str(min(port, 65532)), *more)
    done = subprocess.run(
        [*served.COMMAND, *words, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def lanes(home: Path, administration: str) -> dict[str, str]:
    """The lane of every declaration of a node, by its reference."""
    done = served.command(
        "declarations", "list", "--limit", "10000", "--json", home=home / administration
    )
    return {row["reference"]: row["lane"] for row in json.loads(done.stdout)}


def hold(said: dict[str, Any]) -> None:
    """What every play with the exchange must come to."""
    assert said["ok"] is True
    for node in said["nodes"]:
        assert node["assessed"] > 0
        assert node["alerts_sent"] > 0
        assert node["alerts_received"] > 0
        assert node["log_size"] > 0
    at_belmora = [one for one in said["because_of_partner"] if one["at"] == "XB"]
    assert at_belmora
    assert {one["from"] for one in at_belmora} <= {"XA", "XC"}


@pytest.mark.served
def test_a_short_play_catches_the_ring_because_a_partner_told(tmp_path: Path) -> None:
    said = play(tmp_path / "demo", "--days", DAYS)
    hold(said)
    red = lanes(tmp_path / "demo", "XB")
    assert {red[one["reference"]] for one in said["because_of_partner"] if one["at"] == "XB"} == {
        "red"
    }


@pytest.mark.chaos
def test_the_whole_play_without_the_exchange_does_not_see_what_it_showed(tmp_path: Path) -> None:
    told = play(tmp_path / "with")
    hold(told)
    alone = play(tmp_path / "without", "--without-exchange")
    assert alone["ok"] is True
    assert alone["because_of_partner"] == []
    named = [one for one in told["because_of_partner"] if one["at"] == "XB"]
    now = lanes(tmp_path / "without", "XB")
    unseen = [one for one in named if now[one["reference"]] != "red"]
    assert len(unseen) >= 0.9 * len(named)


@pytest.mark.served
def test_an_interrupt_ends_every_process_within_ten_seconds(tmp_path: Path) -> None:
    port = min(served.free_port(), 65532)
    words = ["demo", "--home", str(tmp_path / "demo"), "--nodes", "2", "--port", str(port)]
    with (tmp_path / "said").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tidewaiter.cli", *words],
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            until = time.monotonic() + 180
            while "sign in" not in (tmp_path / "said").read_text():
                assert process.poll() is None, (tmp_path / "said").read_text()
                assert time.monotonic() < until
                time.sleep(0.2)
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(15) == 0
            assert time.monotonic() - begun < 10
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert f"--port {port}" not in left
