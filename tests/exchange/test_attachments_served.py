"""Attachments to a node that cannot be reached: fetched when it collects, whole, and bare."""

import hashlib
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.exchange import files
from tests.journeys.pair import Pair
from tests.journeys.test_wire_attachments import MB, scan, send

pytestmark = pytest.mark.served


def test_twenty_megabytes_and_a_photograph_are_fetched_by_a_partner_that_collects(
    tmp_path: Path,
) -> None:
    big, photograph = scan(tmp_path / "seized.pdf", 20 * MB), tmp_path / "officer-at-quay.jpg"
    photograph.write_bytes(files.photograph(size=(1200, 800)))
    with Pair(tmp_path, reachable=False) as pair:
        (listed,) = pair.xa.json("partners", "list")
        assert (listed["url"], listed["reached"]) == ("", "it collects")
        sent = send(pair, pair.xa, "XA-1", big, photograph)
        pair.state(pair.xa, sent["id"], "delivered", within=90)
        pair.quiet()
        pair.nothing_lost_nothing_twice()
        event = pair.xb.json("exchange", "show", sent["id"])["event"]
    assert "quay" not in json.dumps(event)
    vault = [path for path in (pair.xb.home / "vault").rglob("*") if path.is_file()]
    whole = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in vault}
    named = [each["sha256"].removeprefix("sha256:") for each in event["data"]["attachments"]]
    assert whole[named[0]].read_bytes() == big.read_bytes()
    plain = whole[named[1]].read_bytes()
    assert [word for word in files.PLANTED if word in plain] == []
    assert Image.open(io.BytesIO(plain)).size == (800, 1200)
    for home in (pair.xa.home, pair.xb.home):
        for path in (home / "vault").rglob("*"):
            if path.is_file():
                assert not any(word in path.read_bytes() for word in files.PLANTED), path
