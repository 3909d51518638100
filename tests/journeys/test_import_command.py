"""The command as a user types it: transcripts of good and bad papers, of folders, of a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.data import DATA
from tests.documents.papers import declaration
from tidewaiter.documents import jsonform

PAPERS = Path(__file__).parents[1] / "documents"
SOUND = (PAPERS / "sound.xml").read_bytes()
TRADER = str(PAPERS / "mappings" / "trader.yaml")
SAMPLES = DATA / "wco-declarations"
SCHEMA = SAMPLES / "schemas" / "customs" / "wrapper_submit.xsd"
BOUND = 400  # MiB that no bad file may pass
MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL)
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
sys.exit(done.returncode)
"""


class Node:
    """A home, and the command that is run on it in processes of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        around = {name: one for name, one in os.environ.items() if "TIDEWAITER" not in name}
        around.pop("DJANGO_SETTINGS_MODULE", None)
        self.around = around
        self.command = [sys.executable, "-m", "tidewaiter.cli", "--home", str(home)]

    def run(self, *arguments: str, seconds: float = 120) -> tuple[int, str, str, int]:
        """Exit code, standard output and error, and the peak of memory in MiB."""
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *self.command, *arguments],
            env=self.around, capture_output=True, timeout=seconds, check=False,
        )  # fmt: skip
        told, _, peak = done.stderr.decode().rpartition("peak ")
        assert "Traceback" not in told
        return done.returncode, done.stdout.decode(), told, int(peak)

    def report(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """What `declarations import` answers with `--json`."""
        code, out, _, peak = self.run("declarations", "import", *arguments, "--json")
        assert peak < BOUND
        return code, json.loads(out)

    def count(self) -> int:
        """How many declarations are held."""
        _, out, _, _ = self.run("declarations", "list", "--limit", "10000", "--json")
        return len(json.loads(out))


@pytest.fixture
def node(tmp_path: Path) -> Node:
    found = Node(tmp_path / "home")
    url = "http://127.0.0.1:9"
    code, _, said, _ = found.run("init", "--administration", "XA", "--name", "A", "--url", url)
    assert code == 0, said
    return found


def told(report: dict[str, Any]) -> dict[str, tuple[str, int]]:
    return {Path(one["file"]).name: (one["rule"], one["line"]) for one in report["errors"]}


def test_a_folder_of_bad_papers_costs_each_its_line_and_the_good_one_comes_in(
    node: Node, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    papers = {
        "good.xml": SOUND,
        "half.xml": SOUND[: len(SOUND) // 2],
        "laughs.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "deep.xml": b"<a>" * 200_000,
        "wide.xml": b"<a>" + b"<b/>" * 1_500_000 + b"</a>",
        "empty.xml": b"",
        "nan.json": b'{"a": NaN}',
        "lists.json": b"[" + b"[]," * 1_000_000 + b"[]]",
        "packed.zip": b"PK\x03\x04",
    }
    for name, data in papers.items():
        (folder / name).write_bytes(data)
    with (folder / "large.xml").open("wb") as large:
        large.write(b"<a>")
        large.truncate(100 * 2**20)
    os.mkfifo(folder / "pipe.xml")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "linked.xml").symlink_to(folder / "good.xml")
    (folder / os.fsdecode(b"caf\xe9.json")).write_bytes(b"{")
    code, report = node.report(str(folder))
    assert code == 1
    assert (report["accepted"], report["duplicates"]) == (1, 1)
    assert report["refused"] == report["files"] - 2
    assert told(report) == {
        "half.xml": ("xml-truncated", 20),
        "laughs.xml": ("doctype", 1),
        "deep.xml": ("xml-too-deep", 1),
        "wide.xml": ("too-many-parts", 1),
        "empty.xml": ("empty", 1),
        "nan.json": ("json-malformed", 1),
        "lists.json": ("too-many-parts", 1),
        "packed.zip": ("archive", 1),
        "large.xml": ("too-large", 1),
        "pipe.xml": ("not-a-file", 1),
        "loop": ("unreadable", 1),
        r"caf\xe9.json": ("json-malformed", 1),
    }
    assert node.count() == 1


def test_one_enormous_line_costs_one_row_and_little_memory(node: Node, tmp_path: Path) -> None:
    header = b"Number,Declarant,Day,Kind,HS,Origin,From,Mass,Price,Money,Count,Note\n"
    row = b"L-1,XA900001,2026-03-01,IMA,640411,CN,XB,250,1250.50,EUR,12,shoes\n"
    with (tmp_path / "line.csv").open("wb") as file:
        file.write(header)
        for _ in range(200):
            file.write(b"x" * 2**20)
        file.write(b"\n" + row)
    code, report = node.report(str(tmp_path / "line.csv"), "--mapping", TRADER, "--no-assess")
    assert (code, report["accepted"], report["refused"]) == (1, 1, 1)
    assert told(report) == {"line.csv": ("row-too-large", 2)}


def test_where_it_cannot_run_one_problem_is_said_and_wrong_usage_is_2(
    node: Node, tmp_path: Path
) -> None:
    paper = str(PAPERS / "sound.xml")
    (tmp_path / "empty.yaml").touch()
    problems = {
        ("--mapping", "nowhere"): "mapping-unknown",
        ("--mapping", str(tmp_path / "empty.yaml")): "mapping-broken",
        ("--schema", paper): "schema-unusable",
        ("--format", "csv"): "mapping-needed",
        ("--format", "edifact"): "format-unknown",
    }
    for options, problem in problems.items():
        code, document = node.report(paper, *options)
        assert (code, document["type"]) == (1, f"https://tidewaiter.org/problems/{problem}")
        code, out, said, _ = node.run("declarations", "import", paper, *options)
        assert (code, out, said.count("\n")) == (1, "", 1)
    for wrong in (("--format", "yaml"), ("--nope",)):
        assert node.run("declarations", "import", paper, *wrong)[0] == 2
    assert node.run("declarations", "import")[0] == 2
    assert Node(tmp_path / "nowhere").run("declarations", "import", paper)[0] == 1
    assert node.count() == 0


def test_a_watch_that_is_killed_loses_nothing_and_takes_nothing_twice(
    node: Node, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    many = 120
    watch = [*node.command, "declarations", "watch", "--in", str(folder), "--out", str(out)]

    def drop(start: int, stop: int) -> None:
        for number in range(start, stop):
            (folder / f"{number}.json").write_bytes(jsonform.write(declaration(f"L-{number}")))

    for start in range(0, many, 40):
        drop(start, start + 40)
        process = subprocess.Popen(watch, env=node.around, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while len(list(out.glob("*.json"))) <= start // 2 and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    time.sleep(0.6)  # they count as left alone by now
    code, said, _, _ = node.run(*watch[len(node.command) :], "--once", "--json")
    assert (code, json.loads(said)["files"]) in {(0, n) for n in range(many + 1)}
    answers = [json.loads(file.read_bytes()) for file in sorted(out.glob("*.answer.json"))]
    assert len(answers) == many
    assert all(one["accepted"] + one["duplicates"] == 1 for one in answers)
    assert node.count() == many


@pytest.mark.data
def test_the_samples_come_in_as_the_page_says(node: Node) -> None:
    code, report = node.report(str(SAMPLES), "--schema", str(SCHEMA))
    assert (code, report["duplicates"]) == (1, 1)
    assert report["accepted"] - report["corrected"] == 136
    refusals = [one for one in report["errors"] if one["refused"]]
    assert len({one["file"] for one in refusals}) == report["refused"]
    assert all(one["line"] >= 1 and one["rule"] and one["message"] for one in refusals)
    assert report["files"] == report["accepted"] + report["duplicates"] + report["refused"]
    _, said, _, _ = node.run("declarations", "coverage", str(SAMPLES), "--json")
    assert json.loads(said)["share"] >= 0.9
