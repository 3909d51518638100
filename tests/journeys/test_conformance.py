"""The conformance run is clean against our own node, and finds each fault that is planted."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.served import COMMAND, command
from tidewaiter import clock
from tidewaiter.exchange.conformance import cases, founding, kit, run
from tidewaiter.exchange.conformance.ground import Ground
from tidewaiter.exchange.conformance.mail import Mail
from tidewaiter.exchange.conformance.subject import Subject

pytestmark = pytest.mark.served
PLANTS = Path(__file__).parent / "plants"

# Each plant, the cases that must find it, and those that are tried and must not be disturbed.
FOUND: dict[str, tuple[set[str], set[str]]] = {
    "signature-not-checked": (
        {"signature.changed", "signature.by-another-key", "signature.changed-suite-b"},
        {"accepted.*", "recipient.*"},
    ),
    "checks-out-of-order": (
        {"order.bad-payload-before-unknown-agreement", "order.all-from-bad-payload"},
        {"agreement.unknown", "payload.alert-*"},
    ),
    "alg-none-taken": ({"headers.alg-none"}, {"headers.alg-HS256", "signature.changed"}),
    "replay-taken": (
        {"replay.id-used", "replay.id-used-signed-anew", "order.replayed"},
        {"replay.same-message", "serial.used"},
    ),
    "field-outside-taken": (
        {"permit.field-outside", "permit.field-withheld"},
        {"permit.purpose", "generalised.amount-finer"},
    ),
    "finer-field-taken": (
        {"generalised.amount-finer", "generalised.hs4-finer", "generalised.month-finer"},
        {"permit.field-outside", "generalised.hs4"},
    ),
    "receipt-before-durable": ({"durable.again-at-once"}, {"form.without-salt"}),
    "gap-ignored": ({"gap.asked-by-collect"}, {"accepted.serials-in-any-order"}),
    "expired-agreement-honoured": (
        {"agreement.expired"},
        {"agreement.unknown", "agreement.not-yet-in-force"},
    ),
    "duplicate-logged-twice": (
        {"log.duplicate-once"},
        {"log.accepted-once", "log.refused-nowhere", "replay.same-message"},
    ),
}


@pytest.mark.parametrize("suite", ["A", "B"])
def test_our_own_node_is_clean(suite: str) -> None:
    words = ("exchange", "conformance", "--suite", suite, "--json")
    done = subprocess.run(
        [*COMMAND, *words], capture_output=True, text=True, timeout=400, check=False
    )
    report = json.loads(done.stdout)
    wrong = [
        (each["name"], each["expected"], each["found"])
        for each in report["cases"]
        if each["ok"] is not True
    ]
    assert wrong == []
    assert done.returncode == 0
    assert report["ok"]
    assert report["suite"] == suite
    assert len(report["cases"]) > 450


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's home beside the kit that it registered; each test takes a copy."""
    base = tmp_path_factory.mktemp("founded")
    node = founding.Node(base / "home", founding.free_port())
    made = kit.prepare(base / "kit", founding.CODE, "", clock.real)
    node.found("A")
    node.register(made)
    return base


def tried(base: Path, plant: str, patterns: set[str]) -> dict[str, str]:
    """What each case found against a node with that plant ("" for none); "" where all was well."""
    env = {"PYTHONPATH": str(PLANTS), "PLANT": plant} if plant else {}
    node = founding.Node(base / "home", founding.free_port(), env)
    node.start()
    try:
        with httpx.Client(timeout=30) as http:
            subject = Subject(node.url, http)
            subject.meet()
            held = kit.load(base / "kit", clock.real)
            ground = Ground(subject, held, Mail(subject, held), clock.real)
            results = run.run(ground, run.chosen(sorted(patterns)))
    finally:
        node.kill()
    return {each.case.name: "" if each.ok else each.found or "not run" for each in results}


@pytest.mark.parametrize("plant", sorted(FOUND))
def test_a_planted_fault_is_found_by_its_case(founded: Path, tmp_path: Path, plant: str) -> None:
    shutil.copytree(founded, tmp_path / "node")
    find, leave = FOUND[plant]
    results = tried(tmp_path / "node", plant, find | leave)
    wrong = {name: found for name, found in results.items() if found}
    assert set(wrong) == find, wrong
    assert set(results) > find


def test_every_plant_is_one_that_a_case_must_find() -> None:
    source = (PLANTS / "sitecustomize.py").read_text()
    assert all(f'"{plant}": (' in source for plant in FOUND)
    assert {name for find, _ in FOUND.values() for name in find} <= {
        case.name for case in cases.every()
    }


def test_names_of_cases_are_told_apart() -> None:
    names = [case.name for case in cases.every()]
    assert len(names) == len(set(names))


class TestTheKit:
    def test_is_made_with_what_the_maker_must_register_and_sign(self, tmp_path: Path) -> None:
        folder = tmp_path / "kit"
        words = ("exchange", "conformance", "--prepare", str(folder), "--administration", "XB")
        done = command(*words, "--listen", "http://127.0.0.1:8790", "--json")
        made = json.loads(done.stdout)
        assert done.returncode == 0
        readme = (folder / "README.md").read_text()
        assert [line[:2] for line in readme.split("\n") if line[:2] in {f"{n}." for n in range(9)}]
        for each in made["partners"]:
            assert each["thumbprint"] in readme
            assert each["administration"] != "XB"
            assert (folder / "partners" / f"{each['administration']}.jws").exists()
        names = {each["name"] for each in made["agreements"]}
        assert names == {file.stem for file in (folder / "agreements").iterdir()}
        assert (folder / "kit.json").stat().st_mode & 0o077 == 0

    def test_is_not_made_over_another(self, tmp_path: Path) -> None:
        words = ("exchange", "conformance", "--prepare", str(tmp_path), "--administration", "XB")
        assert command(*words).returncode == 0
        again = command(*words, "--json")
        assert again.returncode == 1
        assert json.loads(again.stdout)["type"].endswith("/cannot-try")

    def test_is_needed_for_a_node_of_somebody_else(self) -> None:
        assert command("exchange", "conformance", "http://127.0.0.1:9").returncode == 2


def test_a_run_by_url_follows_another_with_the_same_kit(founded: Path, tmp_path: Path) -> None:
    base = tmp_path / "node"
    shutil.copytree(founded, base)
    node = founding.Node(base / "home", founding.free_port())
    node.start()
    words = ("exchange", "conformance", node.url, "--kit", str(base / "kit"), "--json")
    some = ("--only", "accepted.*", "--only", "keys.*", "--only", "treaty.*")
    try:
        for _ in range(2):
            done = command(*words, *some)
            report: dict[str, Any] = json.loads(done.stdout)
            assert [each for each in report["cases"] if each["ok"] is False] == []
            assert done.returncode == 0
    finally:
        node.kill()


def test_a_run_against_nobody_says_so(founded: Path) -> None:
    words = ("exchange", "conformance", "http://127.0.0.1:9", "--kit", str(founded / "kit"))
    done = command(*words, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["type"].endswith("/cannot-try")
