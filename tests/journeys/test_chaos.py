"""Alerts over a bad line between nodes that are killed: accepted once each, and nothing waits."""

import os
from pathlib import Path

import pytest

from tests.journeys import chaos

SEED = int(os.environ.get("TIDEWAITER_CHAOS_SEED", "20261128"))


@pytest.mark.served
def test_200_alerts_and_5_kills(tmp_path: Path) -> None:
    found = chaos.play(tmp_path, alerts=200, kills=5, seed=SEED)
    chaos.tell(str(found))
    assert found.faults == []


@pytest.mark.chaos
def test_2000_alerts_and_50_kills(tmp_path: Path) -> None:
    found = chaos.play(tmp_path, alerts=2_000, kills=50, seed=SEED)
    chaos.tell(str(found))
    assert found.faults == []
    assert found.settled_after < chaos.QUIET
