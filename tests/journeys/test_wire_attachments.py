"""Attachments of 20 MB between served nodes, either way and through a kill: once, and whole."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests import served
from tests.journeys.pair import ALERT, DATA, MARK, PURPOSE, Pair, ready

pytestmark = pytest.mark.served
MB = 2**20


def scan(place: Path, size: int) -> Path:
    """A PDF of that size; what is in it cannot be compressed."""
    head, tail = b"%PDF-1.7\n%", b"\n%%EOF\n"
    place.write_bytes(head + os.urandom(size - len(head) - len(tail)) + tail)
    return place


def send(pair: Pair, node: served.Node, number: str, *files: Path) -> dict[str, Any]:
    """Send an alert with these files by the command."""
    data = pair.base / f"{number}.json"
    data.write_text(json.dumps({**DATA, "alert": number}))
    named = [word for file in files for word in ("--file", str(file))]
    sent: dict[str, Any] = node.json(
        *("exchange", "send", "--to", pair.other(node).administration, "--type", ALERT),
        *("--purpose", PURPOSE, "--handling", MARK, "--data", str(data), *named),
    )
    return sent


def test_attachments_of_twenty_megabytes_arrive_whole_and_once(tmp_path: Path) -> None:
    big, small = scan(tmp_path / "seized.pdf", 20 * MB), scan(tmp_path / "other.pdf", 30_000)
    with Pair(tmp_path) as pair:
        sent = send(pair, pair.xa, "XA-1", big, small)
        pair.send(pair.xb, "XB-1")
        back = send(pair, pair.xb, "XB-2", big)
        pair.state(pair.xa, sent["id"], "delivered", within=60)
        pair.state(pair.xb, back["id"], "delivered", within=60)
        pair.quiet()
        pair.nothing_lost_nothing_twice()
        event = pair.xb.json("exchange", "show", sent["id"])["event"]
        named = event["data"]["attachments"]
        assert [each["name"] for each in named] == ["1.pdf", "2.pdf"], "names say nothing"
        assert [each["size"] for each in named] == [20 * MB, 30_000]
        wanted = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (big, small)]
        assert [each["sha256"] for each in named] == [f"sha256:{each}" for each in wanted]


def test_an_attachment_goes_on_after_the_taker_was_killed(tmp_path: Path) -> None:
    big = scan(tmp_path / "seized.pdf", 20 * MB)
    with Pair(tmp_path) as pair:
        pair.xb.kill()
        sent = send(pair, pair.xa, "XA-1", big)
        pair.xb.begin()
        ready(pair.xb)
        pair.state(pair.xa, sent["id"], "delivered", within=60)
        pair.quiet()
        pair.nothing_lost_nothing_twice()
