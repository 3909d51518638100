"""The order in which tests begin where several run at a time: those that last longest first.

Else one that lasts two minutes begins when the others are done, and all wait for it. A node that a
module's tests share is started once: they go to one worker, together.
"""

from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

# with how many seconds each lasted among others on two cores
LONGEST: Final = (
    "tests/journeys/test_chaos.py::test_a_short_run_loses_nothing_and_accuses_nobody",  # 137
    "tests/journeys/test_demo.py::test_a_short_play_catches_the_ring_because_a_partner_told",  # 70
    "tests/journeys/test_conformance.py::test_our_own_node_is_clean",  # 64, 55
    "tests/journeys/test_conformance.py::test_a_planted_fault_is_found_by_its_case[gap-ignored]",
    "tests/journeys/test_wire_restore.py",  # 61
    "tests/journeys/test_wire_amendment.py",  # 60, 39, 35, 28
    "tests/journeys/test_stranger.py",  # together some 60
    "tests/node/test_serve.py",  # together some 40
    "tests/journeys/test_wire_keys.py",  # 39, 31, 21
    "tests/journeys/test_asking.py",  # 38
    "tests/journeys/test_wire_witness.py",  # 35
    "tests/journeys/test_bundles.py",  # 33
    "tests/exchange/test_hard_served.py",  # together some 30
    "tests/exchange/test_attachments_served.py",  # 30
    "tests/journeys/test_wire_attachments.py",  # 28, 27
    "tests/journeys/test_wire_suites.py",  # 24
    "tests/journeys/test_wire_collect.py",  # 24
    "tests/journeys/test_demo.py",  # 22
    "tests/test_manual.py",  # 20
    "tests/test_screens.py",  # of those in the browser, each of the first three some 50
    "tests/test_hands.py",
    "tests/web/test_components.py",
)
TOGETHER: Final = {
    "tests/exchange/test_hard_served.py",
    "tests/journeys/test_stranger.py",
    "tests/node/test_founding.py",
    "tests/node/test_serve.py",
}


def place(item: pytest.Item) -> int:
    """Where a test stands in the order."""
    for number, name in enumerate(LONGEST):
        if item.nodeid.startswith(name):
            return number
    return len(LONGEST)


def arrange(items: list[pytest.Item]) -> None:
    """Put the longest first."""
    items.sort(key=place)


class Scheduling(LoadScopeScheduling):
    """One test at a time to each worker, in their order; those of a shared node together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file in TOGETHER else nodeid
