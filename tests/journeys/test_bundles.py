"""Two nodes between which there is no line exchange all by bundles, with the command alone."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests import served
from tests.journeys import stranger
from tests.journeys.pair import Pair, agreement
from tests.journeys.stranger import Stranger, moment, sha256
from tests.journeys.test_stranger import AGREEMENT, ALERT
from tests.journeys.test_wire_attachments import scan, send
from tests.journeys.test_wire_witness import alarms

pytestmark = pytest.mark.served


def carried(pair: Pair, by: served.Node, name: str, *options: str) -> list[dict[str, Any]]:
    """What waits for the other, exported, and what the other's imports of it say."""
    to = pair.other(by)
    file = pair.base / f"{name}.twb"
    out = ("exchange", "bundle", "export", "--to", to.administration, str(file), *options)
    written = by.json(*out)
    files = [each["file"] for each in written["files"]]
    return [to.json("exchange", "bundle", "import", each) for each in reversed(files)]


def test_all_that_two_nodes_have_to_say_goes_by_bundles_alone(tmp_path: Path) -> None:
    photograph = scan(tmp_path / "seized.pdf", 300_000)
    with Pair(tmp_path, line=False) as pair:
        pair.batch(pair.xa, "before", 60)
        enclosing = send(pair, pair.xa, "XA-1", photograph)
        pair.batch(pair.xb, "own", 20)
        amended = tmp_path / "amended.json"
        amended.write_text(json.dumps(agreement(2, purposes=["ipr-enforcement", "security"])))
        digest = pair.xa.json("agreements", "propose", str(amended))["digest"]

        there = carried(pair, pair.xa, "there", "--most", "100K")
        assert len(there) >= 2, "several files, the last one imported first"
        assert sum(each["accepted"] for each in there) == 62
        assert sum(each["attachments"] for each in there) == 1
        assert sum(each["checkpoints"] for each in there) >= 1

        again = tmp_path / "there.twb"
        twice = pair.xb.json("exchange", "bundle", "import", str(again))
        assert (twice["accepted"], twice["refused"]) == (0, 0)
        assert twice["duplicates"] >= 1

        pair.until(pair.xb, digest, "pending")
        pair.xb.json("agreements", "accept", digest)
        (back,) = carried(pair, pair.xb, "back")
        assert (back["accepted"], back["refused"], back["receipts"]) == (21, 0, 62)
        pair.until(pair.xa, digest, "in-force")
        (last,) = carried(pair, pair.xa, "last")
        assert (last["accepted"], last["receipts"]) == (0, 21)

        assert any(each["cosigned"] for each in there)
        assert (back["cosigned"], last["cosigned"]) == (1, 1), "the second by a proof"
        for node in (pair.xa, pair.xb):
            assert node.json("ledger", "verify")["witnesses"] == 1
            other = pair.other(node).administration
            assert node.json("ledger", "verify", "--partner", other)["size"] > 20
            assert alarms(pair, node) == []

        pair.quiet()
        pair.nothing_lost_nothing_twice()
        (named,) = pair.xb.json("exchange", "show", enclosing["id"])["event"]["data"]["attachments"]
        assert named["sha256"] == sha256(photograph.read_bytes())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[served.Node, Stranger, str]:
    base = tmp_path_factory.mktemp("bundles")
    node = served.Node(base / "XA", reachable=False)
    partner = Stranger("")
    partner.know(node.json("node", "show")["document"])
    (base / "xb.jws").write_text(partner.document())
    node.json("partners", "add", str(base / "xb.jws"), "--thumbprint", partner.thumbprint)
    half, whole = base / "half.json", base / "whole.json"
    text = json.loads(json.dumps(AGREEMENT))
    text["clauses"][0]["fields"]["allow"].append("attachments")
    half.write_text(json.dumps(partner.agree(text)))
    node.json("agreements", "sign", str(half), "--out", str(whole))
    return node, partner, node.json("agreements", "add", str(whole))["digest"]


class TestAStrangersBundle:
    """A node of ours that is not served, and a partner's file written from the page alone."""

    def test_is_taken_with_its_attachment_and_answered_by_one_that_it_can_read(
        self, world: tuple[served.Node, Stranger, str], tmp_path: Path
    ) -> None:
        node, partner, digest = world
        pdf = b"%PDF-1.7\n%%EOF\n"
        jwe = stranger.jwe(pdf, partner.seal_to, cty=None)
        named = {"name": "1.pdf", "mediatype": "application/pdf", "size": len(pdf)}
        digests = {"sha256": sha256(pdf), "jwe": sha256(jwe.encode())}
        with_file = partner.event(digest, {**ALERT, "attachments": [{**named, **digests}]})
        plain = partner.event(digest, {**ALERT, "alert": "XB-2026-000002"})
        late = partner.event(digest, ALERT, expires=moment(minutes=-1))
        compacts = [partner.sign(each) for each in (plain, with_file, late)]
        file = tmp_path / "in.twb"
        lines = [("message", partner.seal(each)) for each in compacts]
        file.write_bytes(partner.bundle(*lines, ("attachment", jwe)))
        done = node.run("exchange", "bundle", "import", str(file))
        said = json.loads(done.stdout)
        assert (done.returncode, said["accepted"], said["refused"]) == (1, 2, 1)
        assert (said["duplicates"], said["problems"]) == (0, {"expired": 1})

        out = tmp_path / "out.twb"
        written = node.json("exchange", "bundle", "export", "--to", "XB", str(out))
        assert (written["messages"], written["first"], written["last"]) == (0, None, None)
        told, found = partner.unbundled(out.read_bytes())
        assert (told["from"], told["to"], told["count"]) == ("XA", "XB", 0)
        receipts = [partner.verified(value) for kind, value in found if kind == "receipt"]
        assert {each["inreplyto"]: stranger.said(each) for each in receipts} == {
            plain["id"]: "accepted",
            with_file["id"]: "accepted",
            late["id"]: "expired",
        }
        assert {each["data"]["digest"] for each in receipts} == {
            sha256(each.encode()) for each in compacts
        }

    def test_that_was_cut_changed_or_is_for_another_is_refused_and_nothing_is_taken(
        self, world: tuple[served.Node, Stranger, str], tmp_path: Path
    ) -> None:
        node, partner, digest = world
        lines = [("message", partner.seal(partner.sign(partner.event(digest, ALERT))))] * 2
        whole = partner.bundle(*lines)
        thief = Stranger("")
        thief.other = partner.other
        wrong = {
            "bundle-damaged": whole[:-30],
            "bundle-for-another": partner.bundle(*lines, to="XC"),
            "bundle-not-proven": thief.bundle(*lines),
            "no-bundle": gzip.decompress(whole),
        }
        before = len(node.json("exchange", "inbox"))
        for problem, data in wrong.items():
            file = tmp_path / f"{problem}.twb"
            file.write_bytes(data)
            done = node.run("exchange", "bundle", "import", str(file))
            assert done.returncode == 1
            assert json.loads(done.stdout)["type"].endswith(f"/{problem}")
        assert len(node.json("exchange", "inbox")) == before
