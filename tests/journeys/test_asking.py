"""Two served nodes ask each other: the machine answers within five seconds, people otherwise."""

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.assistance.test_requests import PAPERS, REQUESTS
from tests.documents.test_theirs import CONTAINER, paper
from tests.exchange.conftest import CLAUSE
from tests.journeys import pair
from tests.served import Node
from tidewaiter.documents.declaration import Declaration

pytestmark = pytest.mark.served
WARNINGS: dict[str, Any] = {
    "id": "3",
    "fields": {"allow": ["alert", "offence", "certainty", "validuntil", "goods"]},
    "report": {"days": 60},
}


def treaty() -> dict[str, Any]:
    clauses = [
        {**CLAUSE, **REQUESTS, "id": "1"},
        {**CLAUSE, **PAPERS, "id": "2"},
        {**CLAUSE, **WARNINGS},
    ]
    return {**pair.agreement(), "clauses": clauses, "refusals": ["sovereignty"]}


def lodged(node: Node, made: Declaration, base: Path) -> None:
    file = base / "declaration.json"
    file.write_bytes(msgspec.json.encode(made))
    node.json("declarations", "import", str(file))


def request(node: Node, side: str, *, within: float) -> dict[str, Any]:
    """The first request of that side, once its state is no longer `open`."""
    until = time.monotonic() + within
    found: list[dict[str, Any]] = []
    while time.monotonic() < until:
        found = node.json("requests", "list", "--side", side)
        if found and found[0]["state"] != "open":
            return node.json("requests", "show", found[0]["id"])  # type: ignore[no-any-return]
        time.sleep(0.1)
    raise AssertionError(found)


def test_a_query_is_answered_by_the_machine_and_a_warning_by_a_word(tmp_path: Path) -> None:
    with pair.Pair(tmp_path, text=treaty()) as two:
        lodged(two.xb, paper("B-1"), tmp_path)
        asked = two.xa.json(
            *("requests", "query", "--to", "XB", "--about", "container"),
            *("--value", CONTAINER, "--category", "declaration"),
        )
        answered = request(two.xa, "ours", within=20)
        theirs = two.xb.json("requests", "show", asked["id"])
        opened, replied = theirs["opened"], theirs["replies"][0]["at"]
        assert answered["state"] == theirs["state"] == "answered"
        (record,) = answered["replies"][0]["data"]["records"]
        assert record["declaration"]["functional_reference_id"] == "B-1"
        assert "importer" not in json.dumps(record)
        assert _seconds(opened, replied) < 5

        two.send(two.xa, "XA-1")
        two.quiet()
        (inbox,) = [
            one for one in two.xb.json("exchange", "inbox") if one["type"].endswith("shipment.v1")
        ]
        assert inbox["from"] == "XA"
        told = two.xb.json("alerts", "feedback", "XA-1", "--not-useful", "--outcome", "conform")
        assert told["state"] in {"waiting", "delivered"}
        two.quiet()
        assert [one["type"].split(".")[2:4] for one in two.xa.json("exchange", "inbox")].count(
            ["alert", "feedback"]
        ) == 1


def _seconds(first: str, last: str) -> float:
    from tidewaiter import clock

    return (clock.parse(last) - clock.parse(first)).total_seconds()
