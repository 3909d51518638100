"""The manual is true: what can be printed is printed, what is named is there."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_the_reference_is_what_the_program_says() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.docs", "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}: run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_variable_that_is_named_exists(page: Path) -> None:
    source = "".join(
        file.read_text(encoding="utf-8")
        for folder in ("src", "tests", "tools", "bench")
        for file in (ROOT / folder).rglob("*.py")
    )
    named = set(re.findall(r"TIDEWAITER_[A-Z_]*[A-Z]", page.read_text(encoding="utf-8")))
    assert {name for name in named if name not in source} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    named = re.findall(r"`make ([a-z]+)|^make ([a-z]+)", page.read_text(encoding="utf-8"), re.M)
    assert {a or b for a, b in named} <= targets


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extra, name in (((), "requirements.lock"), (("dev",), "requirements-dev.lock")):
        wanted = list(project["dependencies"])
        for each in extra:
            wanted += project["optional-dependencies"][each]
        locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(), re.M))
        missing = [each for each in wanted if re.split(r"[\[<>=! ]", each)[0].lower() not in locked]
        assert missing == [], f"{name}: run `make lock`"
