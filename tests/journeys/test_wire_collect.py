"""A partner that nobody reaches collects what waits for it, and sends; killed while it does."""

import time
from pathlib import Path

import pytest

from tests.journeys.pair import Pair, Traffic, ready

pytestmark = pytest.mark.served


def test_a_partner_behind_collect_gets_and_sends_all_though_it_is_killed_on_the_way(
    tmp_path: Path,
) -> None:
    with Pair(tmp_path, reachable=False) as pair:
        with Traffic(pair, pair.xa) as there, Traffic(pair, pair.xb) as back:
            there.at_least(10)
            back.at_least(10)
        pair.batch(pair.xa, "before", 150)
        time.sleep(0.5)  # the collector is at work on them
        pair.xb.kill()
        pair.batch(pair.xa, "meanwhile", 60)
        pair.batch(pair.xb, "own", 60)
        pair.xb.begin()
        ready(pair.xb)
        pair.quiet()
        told = pair.nothing_lost_nothing_twice()
        assert there.faults == back.faults == []
        assert len(told["XA"]) >= 220
        assert len(told["XB"]) >= 70
