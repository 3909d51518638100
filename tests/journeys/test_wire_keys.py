"""Keys are replaced, and one is revoked, under traffic either way: nothing lost or doubled."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests import served
from tests.journeys.pair import Pair, Traffic, ready
from tidewaiter import jose

pytestmark = pytest.mark.served


def kids(node: served.Node, use: str) -> list[str]:
    """The keys of one use that the node's document lists, in its order."""
    document = json.loads(jose.read(node.json("node", "show")["document"]).payload)
    return [key["kid"] for key in document["keys"] if key["use"] == use]


def signers(node: served.Node, messages: list[dict[str, Any]], every: int = 10) -> set[str]:
    """The keys by which some of these receipts were signed."""
    return {jose.header(one["receipt"])["kid"] for one in messages[::every]}


def test_a_rotation_under_traffic_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with Pair(tmp_path) as pair:
        (old,), (older,) = kids(pair.xa, "sig"), kids(pair.xa, "enc")
        with Traffic(pair, pair.xa) as there, Traffic(pair, pair.xb) as back:
            there.at_least(10)
            pair.xa.json("keys", "rotate", "--use", "sig")
            back.at_least(10)
            pair.xa.json("keys", "rotate", "--use", "enc")
            there.at_least(20)
            back.at_least(20)
        pair.quiet()
        told = pair.nothing_lost_nothing_twice()
        assert there.faults == back.faults == []
        assert set(kids(pair.xa, "sig")) > {old}, "the old key is listed for what is under way"
        assert set(kids(pair.xa, "enc")) > {older}
        types = {one["type"] for one in told["XA"]}
        assert "org.tidewaiter.node.document.v1" in types
        assert old not in signers(pair.xa, told["XB"][:1])  # the newest is signed by the new key


def test_a_revocation_under_traffic_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with Pair(tmp_path) as pair:
        (old,) = kids(pair.xa, "sig")
        with Traffic(pair, pair.xa) as there, Traffic(pair, pair.xb) as back:
            there.at_least(10)
            pair.xa.json("keys", "rotate", "--use", "sig")
            there.at_least(5)
            pair.xa.json("keys", "revoke", old, "--reason", "a laptop was stolen")
            there.at_least(20)
            back.at_least(20)
        pair.quiet()
        told = pair.nothing_lost_nothing_twice()
        assert there.faults == back.faults == []
        assert old not in kids(pair.xa, "sig")
        assert "org.tidewaiter.key.revoked.v1" in {one["type"] for one in told["XA"]}


def test_a_key_revoked_while_the_partner_is_down_takes_nothing_with_it(tmp_path: Path) -> None:
    with Pair(tmp_path) as pair:
        (old,) = kids(pair.xa, "sig")
        pair.xb.kill()
        pair.batch(pair.xa, "before", 30)
        pair.xa.json("keys", "rotate", "--use", "sig")
        pair.xa.json("keys", "revoke", old, "--reason", "a laptop was stolen")
        pair.batch(pair.xa, "after", 30)
        pair.xb.begin()
        ready(pair.xb)
        pair.send(pair.xb, "XB-1")
        pair.quiet()
        pair.nothing_lost_nothing_twice()
