"""An agreement is amended, and suspended, while messages are under way between served nodes."""

import json
from pathlib import Path

import pytest

from tests.journeys.pair import Pair, Traffic, agreement

pytestmark = pytest.mark.served
AMENDED = agreement(
    2, fields={"allow": ["alert", "offence", "certainty", "validuntil", "goods"], "withhold": []}
)


def test_an_amendment_bounces_nothing_and_both_know_which_version_judged_what(
    tmp_path: Path,
) -> None:
    with Pair(tmp_path) as pair:
        second = tmp_path / "second.json"
        second.write_text(json.dumps(AMENDED))
        with Traffic(pair, pair.xa) as there, Traffic(pair, pair.xb) as back:
            there.at_least(5)
            digest = pair.xa.json("agreements", "propose", str(second))["digest"]
            back.at_least(5)
            pair.until(pair.xb, digest, "pending")
            pair.xb.json("agreements", "accept", digest)
            pair.until(pair.xa, digest, "in-force")
            there.at_least(8)
            back.at_least(8)
        pair.quiet()
        told = pair.nothing_lost_nothing_twice()
        assert there.faults == back.faults == []
        for node in pair.nodes:
            alerts = [one for one in told[node.administration] if "alert." in one["type"]]
            judged = set()
            for one in (alerts[0], alerts[-1], alerts[len(alerts) // 2]):
                ours, theirs = (pair.shown(each, one["id"]) for each in (node, pair.other(node)))
                assert ours["event"]["agreement"] == theirs["event"]["agreement"]
                assert ours["message"]["agreement"] == theirs["message"]["agreement"]
                judged.add(ours["event"]["agreement"])
            assert judged == {pair.digest, digest}


def test_a_suspended_agreement_lets_nothing_pass_at_once_and_all_again_when_it_is_resumed(
    tmp_path: Path,
) -> None:
    with Pair(tmp_path) as pair:
        pair.send(pair.xa, "XA-1")
        pair.quiet()
        notice = ("agreements", "notice", pair.digest)
        pair.xb.json(*notice, "--suspend", "--reason", "an audit is under way")
        assert pair.refused(pair.xb, "XB-1"), "who suspends sends nothing, at once"
        pair.until(pair.xa, pair.digest, "suspended")
        assert pair.refused(pair.xa, "XA-2")
        assert pair.xa.run(*notice, "--resume", "--reason", "why not").returncode == 1
        pair.xb.json(*notice, "--resume", "--reason", "the audit is over")
        pair.until(pair.xa, pair.digest, "in-force")
        pair.send(pair.xa, "XA-3")
        pair.send(pair.xb, "XB-2")
        pair.quiet()
        pair.nothing_lost_nothing_twice()


def test_a_partner_is_suspended_under_traffic_and_gets_all_when_it_is_resumed(
    tmp_path: Path,
) -> None:
    with Pair(tmp_path) as pair:
        with Traffic(pair, pair.xa) as there:
            there.at_least(5)
            pair.xa.json("partners", "suspend", "XB")
            assert pair.refused(pair.xa, "XA-0"), "nothing new is begun"
            waiting = len(there.sent)
            pair.xa.json("partners", "resume", "XB")
            there.at_least(5)
        assert len(there.sent) > waiting
        assert all("suspended" in each for each in there.faults)
        pair.quiet()
        pair.nothing_lost_nothing_twice()


def test_what_a_suspended_partner_sends_is_refused_and_leaves_no_gap_open(tmp_path: Path) -> None:
    with Pair(tmp_path) as pair:
        pair.send(pair.xb, "XB-1")
        pair.quiet()
        pair.xa.json("partners", "suspend", "XB")
        lost = pair.send(pair.xb, "XB-2")
        pair.state(pair.xb, lost["id"], "refused")
        pair.xa.json("partners", "resume", "XB")
        pair.send(pair.xb, "XB-3")
        pair.quiet(within=90)  # the gap is asked for after half a minute, and answered
        inbox = {one["id"] for one in pair.xa.json("exchange", "inbox")}
        assert lost["id"] not in inbox
        states = {one["id"]: one["state"] for one in pair.xb.json("exchange", "status")["messages"]}
        assert [one for one, state in states.items() if state != "delivered"] == [lost["id"]]
