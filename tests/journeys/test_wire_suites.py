"""Two nodes of different suites exchange: what one seals the other opens, both sign, both take."""

import json
from pathlib import Path

import pytest

from tests.journeys.pair import Pair, Traffic
from tidewaiter import jose

pytestmark = pytest.mark.served


def test_nodes_of_suites_a_and_b_exchange_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    with Pair(tmp_path, suites=("A", "B")) as pair:
        with Traffic(pair, pair.xa) as there, Traffic(pair, pair.xb) as back:
            there.at_least(20)
            back.at_least(20)
        pair.quiet()
        told = pair.nothing_lost_nothing_twice()
        assert there.faults == back.faults == []
        algorithms = {
            code: {jose.header(one["receipt"])["alg"] for one in sent}
            for code, sent in told.items()
        }
        assert algorithms == {"XA": {"ES256"}, "XB": {"Ed25519"}}  # the taker's own signs
        held = jose.read(pair.xb.json("node", "show")["document"])
        assert held.header["alg"] == "ES256"
        keys = {key["use"]: key["crv"] for key in json.loads(held.payload)["keys"]}
        assert keys["sig"] == keys["enc"] == "P-256"
