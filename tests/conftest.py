"""What every test of the project shares: the home's keys, and what is skipped with its remedy."""

from importlib.util import find_spec

import pytest

from tests.data import DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the public test data where it is missing, naming what would enable it."""
    if DATA.is_dir():
        return
    reason = f"no test data in {DATA}: set TIDEWAITER_TEST_DATA to the folder that holds it"
    for item in items:
        if "data" in item.keywords and item.get_closest_marker("data"):
            item.add_marker(pytest.mark.skip(reason=reason))


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
