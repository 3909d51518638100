"""What every test of the project shares: the home's keys, and what is skipped with its remedy."""

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import chromium, longest
from tests.browser import chromium_browser, node_page, plain_page  # noqa: F401 (fixtures)
from tests.data import DATA

settings.register_profile("whole", deadline=None, database=None)  # machines differ in speed
settings.register_profile("quick", settings.get_profile("whole"), max_examples=25)
settings.load_profile("whole")

DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database only|none`: just what touches a database, or just what does not."""
    parser.addoption("--database", choices=["all", "only", "none"], default="all")


def touches_database(item: pytest.Item) -> bool:
    """Whether a test reads or writes the test database."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(DATABASE_FIXTURES & fixtures)


def runs(item: pytest.Item, wanted: str) -> bool:
    """Whether a test is of those that `--database` asks for."""
    if wanted == "only" and item.get_closest_marker("sqlite"):
        return False
    return wanted == "all" or touches_database(item) == (wanted == "only")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Which worker gets which test, with `--dist loadgroup`."""
    return longest.Scheduling(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for; skip what can't run here, naming what would enable it."""
    if getattr(config.option, "loadgroup", False):  # so xdist tells its workers of `--dist`
        longest.arrange(items)
    wanted = config.getoption("--database")
    if wanted != "all":
        out = [item for item in items if not runs(item, wanted)]
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]
    browser = chromium.found()
    for item in items:
        if item.get_closest_marker("data") and not DATA.is_dir():
            reason = f"no test data in {DATA}: export TIDEWAITER_TEST_DATA=FOLDER"
            item.add_marker(pytest.mark.skip(reason=reason), append=False)  # before an empty set's
        if item.get_closest_marker("browser") and browser is None:
            reason = f"no Chromium is found: {chromium.ENABLE}"
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Note how it went where `tools/test.py` adds it up (TIDEWAITER_TALLY)."""
    file = os.environ.get("TIDEWAITER_TALLY")
    if not file or "PYTEST_XDIST_WORKER" in os.environ:
        return
    stats = terminalreporter.stats
    tally = {
        "passed": len(stats.get("passed", [])),
        "failed": len(stats.get("failed", [])),
        "error": len(stats.get("error", [])),
        "skipped": [str(report.longrepr[2]) for report in stats.get("skipped", [])],
    }
    Path(file).write_text(json.dumps(tally), encoding="utf-8")


@pytest.fixture(scope="session", autouse=True)
def node_keys() -> None:
    """The test node has keys, as `tidewaiter init` makes them."""
    if find_spec("tidewaiter.keys.actions") is None:
        return
    from django.conf import settings

    from tidewaiter import clock
    from tidewaiter.keys import actions

    if not settings.KEYS_DIR.exists():
        actions.create(at=clock.real())
