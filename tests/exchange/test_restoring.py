"""A node that was restored: its own log back first, then what was used, then everything else."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from tests.exchange import restored
from tests.exchange.conftest import TEXT
from tests.exchange.partner import Partner
from tests.exchange.restored import Keeper, grow, lose, lose_messages, round_, take
from tests.exchange.test_collect import collected, jws_of, lines_of, post
from tests.exchange.test_collect import said as brought
from tests.exchange.test_receiving import alert
from tests.exchange.test_sending import send
from tests.exchange.test_treaties import KEYED
from tidewaiter import clock, jose
from tidewaiter.agreements import actions as agreements
from tidewaiter.agreements import document
from tidewaiter.agreements import signing as agreement_signing
from tidewaiter.exchange import actions, envelope, jobs, queries
from tidewaiter.exchange.auditing import queries as auditing
from tidewaiter.exchange.auditing.tally import queries as tally
from tidewaiter.exchange.collecting import asking
from tidewaiter.exchange.keyring import actions as keyring
from tidewaiter.exchange.models import Correspondent, Gap, Inbound, Outbound, Rejoining
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.exchange.restoring import actions as restoring
from tidewaiter.exchange.restoring import commands, errors, numbering
from tidewaiter.exchange.restoring import jobs as rejoining
from tidewaiter.exchange.restoring import queries as progress
from tidewaiter.exchange.treaties import actions as treaties
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import queries as partners
from tidewaiter.identity import viewer
from tidewaiter.keys import actions as signing
from tidewaiter.keys import queries as keys
from tidewaiter.keys import ring
from tidewaiter.keys.keyfile import Use
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import commitment, note, proof, tile, witness
from tidewaiter.ledger import errors as ledger_errors
from tidewaiter.ledger import queries as log
from tidewaiter.ledger.models import ClosedLog, Entry
from tidewaiter.ledger.proving import actions as proving
from tidewaiter.node import queries as node

pytestmark = pytest.mark.django_db
RESTORED, STATE = "org.tidewaiter.node.restored.v1", "org.tidewaiter.node.state.v1"
RESEND, WITHDRAWN = "org.tidewaiter.resend.v1", "org.tidewaiter.withdrawn.v1"


@pytest.fixture
def keeper(xb: Partner, agreement: str) -> Iterator[Keeper]:
    """XB, reached by a real line: it cosigns our log and keeps it."""
    made = Keeper(xb)
    xb.url, xb.at = made.url, clock.real()
    assert identity.take_document(administration="XB", document=xb.document(), at=xb.at)
    yield made
    made.server.shutdown()
    made.server.server_close()


def stage() -> str:
    found = log.fenced()
    return found.stage if found is not None else ""


def sent(kind: str) -> list[dict[str, object]]:
    """The data of what we wrote of that type, in order."""
    rows = Outbound.objects.filter(type=kind).order_by("serial")
    return [json.loads(jose.read(row.jws).payload)["data"] for row in rows]


def said(receipts: list[str]) -> list[str]:
    return [json.loads(jose.read(each).payload)["data"]["outcome"] for each in receipts]


def places(receipts: list[str]) -> list[int]:
    return [json.loads(jose.read(each).payload)["data"]["logindex"] for each in receipts]


def problem(receipts: list[str]) -> str:
    (only,) = [json.loads(jose.read(each).payload)["data"] for each in receipts]
    return str(only["problem"]["type"].rpartition("/")[2])


class TestTheLog:
    def test_is_fetched_back_to_the_newest_checkpoint_that_was_cosigned(
        self, keeper: Keeper
    ) -> None:
        grow(700)
        before = log.size()
        grow(300)
        keeper.keep()
        newest = log.checkpoint()
        lose(before)
        round_()
        assert stage() == "partners"
        assert newest is not None
        found = log.checkpoint()
        assert found is not None
        assert (found.size, found.root) == (newest.size, newest.root)
        assert [bytes(row.entry) for row in Entry.objects.order_by("index")][
            : newest.size
        ] == keeper.entries
        assert log.verify().ok

    def test_is_fetched_onto_nothing_at_all(self, keeper: Keeper) -> None:
        grow(300)
        keeper.keep()
        size = log.size()
        lose(0)
        round_()
        assert (stage(), log.verify().ok) == ("partners", True)
        assert log.size() == size + 1  # the question

    def test_stands_as_it_is_where_nothing_was_lost(self, keeper: Keeper) -> None:
        grow(5)
        keeper.keep()
        lose(log.size())
        assert round_() is not None
        assert stage() == "partners"
        assert all("tile" not in path for path in keeper.asked)

    def test_stands_where_nobody_ever_cosigned_it(self, keeper: Keeper) -> None:
        grow(5)
        keeper.witnesses = False
        lose(log.size())
        round_()
        assert stage() == "partners"

    def test_waits_for_a_partner_that_is_down(self, keeper: Keeper) -> None:
        grow(5)
        keeper.keep()
        keeper.down = True
        lose(log.size())
        assert round_() is not None
        assert (stage(), keeper.questions()) == ("log", [])
        keeper.down = False
        round_()
        assert stage() == "partners"

    def test_is_not_believed_of_a_partner_whose_entries_do_not_lead_there(
        self, keeper: Keeper
    ) -> None:
        size = log.size()
        grow(30)
        keeper.keep()
        keeper.entries[size + 2] = b'{"commitment":"another","v":1}'
        lose(size)
        round_()
        assert (stage(), log.size()) == ("lost", size)
        assert "do not lead" in Rejoining.objects.get().reason

    def test_is_fetched_from_the_next_partner_where_one_lacks_it(
        self, keeper: Keeper, xb: Partner
    ) -> None:
        xc = Partner("XC", at=clock.real() - timedelta(minutes=5))
        other = Keeper(xc)
        xc.url = other.url
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        size = log.size()
        grow(30)
        other.keep()
        other.notes = []  # it keeps the entries, and shows no checkpoint
        keeper.keep()
        keeper.entries = []
        lose(size)
        round_()
        assert stage() == "partners"
        assert log.checkpoint().size == size + 30  # type: ignore[union-attr]
        assert sorted({each["recipient"] for each in keeper.questions()}) == ["XB"]
        assert [each["recipient"] for each in other.questions()] == ["XC"]

    def test_goes_back_to_the_larger_of_two_checkpoints(self, keeper: Keeper) -> None:
        xc = Partner("XC", at=clock.real() - timedelta(minutes=5))
        other = Keeper(xc)
        xc.url = other.url
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        size = log.size()
        grow(10)
        other.keep()
        grow(10)
        keeper.keep()
        lose(size)
        round_()
        assert (stage(), log.checkpoint().size) == ("partners", size + 20)  # type: ignore[union-attr]

    def test_does_not_come_back_where_it_signed_two_trees(self, keeper: Keeper) -> None:
        size = log.size()
        grow(10)
        keeper.keep()
        other = note.Checkpoint(log.origin(), size + 10, bytes(32))
        from tidewaiter.keys import actions as signing

        signatures = signing.sign_notes(other.text.encode(), at=clock.real())
        lines = [note.signature_line(note.verifier(vkey), raw) for vkey, raw in signatures]
        xc = Partner("XC", at=clock.real() - timedelta(minutes=5))
        liar = Keeper(xc)
        xc.url = liar.url
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        liar.notes = [note.signed(other.text, lines)]
        lose(size)
        round_()
        assert (stage(), log.size()) == ("lost", size)

    def test_is_held_up_by_a_checkpoint_under_its_name_that_it_did_not_sign(
        self, keeper: Keeper, xb: Partner
    ) -> None:
        grow(5)
        keeper.keep()
        keeper.notes = [keeper.notes[0].replace("\u2014 ", "\u2014 x")]
        lose(log.size())
        round_()
        assert stage() == "log"
        (found,) = progress.rejoining().partners  # type: ignore[union-attr]
        assert (found.standing, "does not hold" in found.detail) == ("fault", True)
        restoring.excuse("XB", by="alice", at=clock.real())
        round_()
        assert stage() == ""


class TestTheQuestion:
    def test_goes_under_a_serial_that_cannot_have_been_used(self, keeper: Keeper) -> None:
        lose(log.size())
        keeper.taken_to = 3
        round_()
        (question,) = keeper.questions()
        assert (question["type"], question["serial"]) == (RESTORED, 10_000)
        assert question["data"] == {"since": clock.text(restored.SINCE)}
        assert Correspondent.objects.get(pk="XB").last_serial == 10_000

    def test_tries_further_where_the_partner_has_that_serial(self, keeper: Keeper) -> None:
        lose(log.size())
        keeper.taken_to = 24_000
        round_()
        assert [each["serial"] for each in keeper.questions()] == [10_000, 20_000, 30_000]
        assert len({each["id"] for each in keeper.questions()}) == 1
        row = Outbound.objects.get(type=RESTORED)
        assert (row.serial, row.state) == (30_000, "delivered")

    def test_begins_behind_what_the_partner_receipted(self, keeper: Keeper, agreement: str) -> None:
        send()
        jobs.deliver(partner="XB")
        grow(1)
        lose(log.size())
        keeper.taken_to = 1
        round_()
        assert keeper.questions()[-1]["serial"] == 10_001

    def test_is_asked_once_however_many_rounds_there_are(self, keeper: Keeper) -> None:
        lose(log.size())
        round_()
        jobs_at = Rejoining.objects.get().next_at
        assert jobs_at is not None
        rejoining.rejoin()
        assert len(keeper.came) == 1

    def test_does_not_go_on_for_ever_to_a_partner_that_refuses_every_serial(
        self, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        xc = Partner("XC", at=clock.real() - timedelta(minutes=5))
        other = Keeper(xc)
        xc.url = other.url
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        monkeypatch.setattr(numbering, "FURTHEST", 8 * numbering.LEAP)
        monkeypatch.setattr(rejoining, "TRIES_AT_ONCE", 5)
        keeper.answer = keeper.refuse("bad-serial")
        lose(log.size())
        round_()
        assert (len(keeper.came), len(other.came)) == (5, 1)  # the next has its turn
        for _ in range(3):
            round_()
        found = {each.partner: each for each in progress.rejoining().partners}  # type: ignore[union-attr]
        assert "refuses every serial" in found["XB"].detail
        assert keeper.questions()[-1]["serial"] == 8 * numbering.LEAP
        assert len({each["serial"] for each in keeper.questions()}) == 8
        restoring.excuse("XB", by="alice", at=clock.real())
        take(xc.line(other.state()))
        round_()
        assert stage() == ""

    def test_is_signed_anew_when_a_clock_that_was_ahead_is_set_right(
        self, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lose(log.size())
        keeper.answer, right = keeper.refuse("clock-skew"), clock.real
        with monkeypatch.context() as ahead:
            ahead.setattr(clock, "real", lambda: right() + timedelta(days=30))
            rejoining.rejoin()
        keeper.answer = keeper.judge
        rejoining.rejoin()
        before, after = keeper.questions()
        assert (before["id"], before["serial"]) == (after["id"], after["serial"])
        assert after["time"] <= clock.text(right()) < before["time"]
        assert Rejoining.objects.get().taken_at is not None

    def test_waits_to_be_collected_by_a_partner_without_an_address(self, keeper: Keeper) -> None:
        keeper.partner.url = ""
        keeper.partner.at = clock.real()
        document = keeper.partner.document()
        identity.take_document(administration="XB", document=document, at=keeper.partner.at)
        send()
        lose(log.size())
        round_()
        assert stage() == "partners"
        due = Outbound.objects.due("XB", clock.real())
        assert [row.type for row in due] == [RESTORED]


class TestTheAnswer:
    def test_lifts_the_fence(self, keeper: Keeper) -> None:
        grow(3)
        keeper.keep()
        lose(log.size())
        round_()
        assert said(take(keeper.partner.line(keeper.state()))) == ["accepted"]
        assert round_() is None
        assert log.fenced() is None
        send()
        assert Outbound.objects.order_by("-serial").first().serial > 10_000  # type: ignore[union-attr, operator]

    def test_has_what_was_lost_asked_for(self, keeper: Keeper, xb: Partner, agreement: str) -> None:
        take(xb.line(alert(xb, agreement)))
        lost = alert(xb, agreement)
        take(xb.line(lost))
        keeper.keep() if grow(1) else None
        lose(log.size() - 1)
        lose_messages(*Inbound.objects.filter(serial=2))
        round_()
        take(xb.line(keeper.state()))
        round_()
        assert sent(RESEND) == [{"first": 2, "last": 2}]
        assert said(take(xb.line(lost))) == ["accepted"]
        assert not Gap.objects.exists()

    def test_leaves_what_was_receipted_before_at_its_place_in_the_log(
        self, keeper: Keeper, xb: Partner, agreement: str
    ) -> None:
        take(xb.line(alert(xb, agreement)))
        kept = log.size()
        lost = [alert(xb, agreement) for _ in range(2)]
        before = [place for each in lost for place in places(take(xb.line(each)))]
        assert before == [kept, kept + 1]
        grow(1)
        keeper.keep()
        lose(kept)
        lose_messages(*Inbound.objects.filter(serial__gt=1))
        round_()
        take(xb.line(keeper.state()))
        round_()
        size = log.size()
        new = alert(xb, agreement)
        receipts = [each for one in (lost[1], new, lost[0]) for each in take(xb.line(one))]
        assert said(receipts) == ["accepted"] * 3
        assert places(receipts) == [before[1], size, before[0]]
        assert log.size() == size + 1

    def test_is_taken_however_far_its_serial_is_ahead(self, keeper: Keeper, xb: Partner) -> None:
        lose(log.size())
        round_()
        xb.serial = 34_999
        assert said(take(xb.line(keeper.state()))) == ["accepted"]
        assert Correspondent.objects.get(pk="XB").highest == 35_000
        round_()
        spans = [(gap.first, gap.last) for gap in Gap.objects.order_by("first")]
        assert spans == [(1, 10_000), (10_001, 20_000), (20_001, 30_000), (30_001, 34_999)]
        assert [each["first"] for each in sent(RESEND)] == [1, 10_001, 20_001, 30_001]

    @pytest.mark.parametrize("name", ["sent", "received"])
    def test_that_cannot_be_is_refused_and_leaves_nothing_to_be_waited_for(
        self, keeper: Keeper, xb: Partner, agreement: str, name: str
    ) -> None:
        lose(log.size())
        round_()
        absurd = keeper.state(**{name: 2_147_483_647})
        assert problem(take(xb.line(absurd))) == "bad-payload"
        far = keeper.state()
        far = replace(far, serial=2_147_483_647)
        assert problem(take(xb.line(far))) == "bad-serial"
        assert not Gap.objects.exists()
        assert Correspondent.objects.get(pk="XB").last_serial == 10_000
        restoring.excuse("XB", by="alice", at=clock.real())
        round_()
        assert stage() == ""
        assert send().serial is not None

    def test_that_names_a_log_of_ours_that_we_do_not_know_stops_it(
        self, keeper: Keeper, xb: Partner
    ) -> None:
        lose(log.size())
        round_()
        told = f"{log.origin()}-2-4f0c1a\n7\nAAAA\n\n"
        assert said(take(xb.line(keeper.state(checkpoint=told)))) == ["accepted"]
        round_()
        assert stage() == "lost"
        (found,) = progress.rejoining().partners  # type: ignore[union-attr]
        assert (found.standing, "-2-4f0c1a" in found.detail) == ("fault", True)
        restoring.excuse("XB", by="alice", at=clock.real())
        round_()
        assert stage() == ""

    def test_has_the_serials_between_withdrawn(self, keeper: Keeper) -> None:
        lose(log.size())
        keeper.taken_to = 12_000
        round_()
        take(keeper.partner.line(keeper.state()))
        round_()
        told = sent(WITHDRAWN)
        named = [serial for each in told for serial in each["serials"]]  # type: ignore[attr-defined]
        assert named == list(range(1, 20_000))
        assert {each["reason"] for each in told} == {"expired"}
        now, day = clock.real(), timedelta(days=1)
        period = auditing.Wanted("XB", since=now - day, until=now + day)
        audited = tally.serials(viewer.command_line(), period)
        assert audited.sent.whole  # no auditor takes for lost what we took back
        assert set(audited.told_by_us) == set(named)
        rows = auditing.page(viewer.command_line(), period, at=now)
        assert [row.type for row in rows if row.altered] == []

    def test_has_our_document_told_anew(self, keeper: Keeper) -> None:
        before = publishing.own(at=clock.real())
        lose(log.size())
        round_()
        take(keeper.partner.line(keeper.state()))
        round_()
        (told,) = sent("org.tidewaiter.node.document.v1")
        assert told["document"] != before
        assert told["document"] == publishing.own(at=clock.real())

    def test_that_answers_nothing_changes_nothing(self, keeper: Keeper, xb: Partner) -> None:
        lose(log.size())
        round_()
        other = keeper.state()
        other = xb.house("node.state.v1", other.data, in_reply_to=str(other.id))
        assert said(take(xb.line(other))) == ["accepted"]
        round_()
        assert stage() == "partners"

    def test_that_names_a_larger_tree_of_ours_than_we_have_stops_it(self, keeper: Keeper) -> None:
        size = log.size()
        grow(10)
        keeper.keep()
        larger = keeper.notes[-1]
        keeper.notes = []
        lose(size)
        round_()
        take(keeper.partner.line(keeper.state(checkpoint=larger)))
        round_()
        assert stage() == "lost"
        (found,) = progress.rejoining().partners  # type: ignore[union-attr]
        assert found.standing == "fault"

    def test_that_names_a_larger_tree_of_ours_is_not_passed_over(self, keeper: Keeper) -> None:
        size = log.size()
        grow(10)
        keeper.keep()
        larger = keeper.notes[-1]
        keeper.notes = []
        lose(size)
        round_()
        take(keeper.partner.line(keeper.state(checkpoint=larger)))
        round_()
        restoring.excuse("XB", by="alice", at=clock.real())
        round_()
        round_()
        assert stage() == "lost"

    def test_is_taken_late_of_a_partner_that_was_not_waited_for(
        self, keeper: Keeper, xb: Partner
    ) -> None:
        keeper.keep() if log.checkpoint() else None
        lose(log.size())
        keeper.down = True
        round_()
        restoring.excuse("XB", by="alice", at=clock.real())
        round_()
        assert stage() == ""
        keeper.down = False
        jobs.deliver(partner="XB")
        (question,) = [each for each in keeper.questions() if each["type"] == RESTORED]
        xb.serial = 25_000
        data = {"sent": 25_001, "received": 10_000}
        late = xb.house("node.state.v1", data, in_reply_to=question["id"])
        assert said(take(xb.line(late))) == ["accepted"]
        assert Correspondent.objects.get(pk="XB").highest == 25_001

    def test_comes_from_every_partner_before_the_fence_is_lifted(self, keeper: Keeper) -> None:
        xc = Partner("XC", at=clock.real() - timedelta(minutes=5))
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        restoring_url = keeper.url
        assert restoring_url
        lose(log.size())
        round_()
        assert stage() == "log"  # nobody listens at XC's
        restoring.excuse("XC", by="alice", at=clock.real())
        round_()
        take(keeper.partner.line(keeper.state()))
        round_()
        assert stage() == ""

    def test_is_not_waited_for_of_a_partner_that_is_suspended(self, keeper: Keeper) -> None:
        xc = Partner("XC", at=clock.real() - timedelta(minutes=5))
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        identity.suspend_partner(administration="XC")
        lose(log.size())
        round_()
        take(keeper.partner.line(keeper.state()))
        round_()
        assert stage() == ""


class TestAPartnerThatIsBackLater:
    """The node went on without it, or it was suspended."""

    def gone_on(self, keeper: Keeper) -> None:
        keeper.down = True
        lose(log.size())
        round_()
        restoring.excuse("XB", by="alice", at=clock.real())
        round_()
        assert stage() == ""

    def test_hears_the_question_before_anything_else(
        self, keeper: Keeper, agreement: str, xb: Partner
    ) -> None:
        self.gone_on(keeper)
        waiting = send()
        assert [each["type"] for each in collected(xb)] == [RESTORED]
        keeper.down = False
        jobs.deliver(partner="XB")
        first, second = keeper.came
        assert [json.loads(jose.read(each).payload)["type"] for each in first] == [RESTORED]
        assert Outbound.objects.get(message_id=waiting.id).state == "delivered"
        assert RESTORED not in [json.loads(jose.read(each).payload)["type"] for each in second]

    def test_is_asked_anew_before_the_question_expires_and_after(self, keeper: Keeper) -> None:
        self.gone_on(keeper)
        for days in (3, 6, 40):
            later = clock.real() + timedelta(days=days)
            before = Outbound.objects.get(type=RESTORED)
            Outbound.objects.expire(later)
            restoring.keep_asking(at=later)
            row = Outbound.objects.get(type=RESTORED)
            assert (row.state, row.serial) == ("waiting", 10_000)
            assert row.expires_at > later + timedelta(days=3)
            assert (row.jws != before.jws) == (days > 3)

    def test_gets_nothing_under_a_serial_that_it_has(
        self, keeper: Keeper, agreement: str, xb: Partner
    ) -> None:
        self.gone_on(keeper)
        waiting = [send() for _ in range(3)]
        keeper.down, keeper.taken_to = False, 25_000
        jobs.deliver(partner="XB")
        came = [json.loads(jose.read(each).payload) for lines in keeper.came for each in lines]
        tried = [each["serial"] for each in came if each["type"] == RESTORED]
        assert tried == [10_000, 20_000, 30_000]
        rest = [each["serial"] for each in came if each["type"] != RESTORED]
        assert rest == list(range(30_001, 30_001 + len(rest)))
        assert {str(each.id) for each in waiting} <= {each["id"] for each in came}
        assert set(Outbound.objects.values_list("state", flat=True)) == {"delivered"}
        assert log.verify().ok

    def test_is_not_tried_for_ever(self, keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gone_on(keeper)
        monkeypatch.setattr(numbering, "FURTHEST", 3 * numbering.LEAP)
        keeper.down, keeper.answer = False, keeper.refuse("bad-serial")
        jobs.deliver(partner="XB")
        assert Outbound.objects.get(type=RESTORED).state == "refused"

    def test_is_asked_when_it_is_resumed(self, keeper: Keeper) -> None:
        xc = Partner("XC", at=clock.real() - timedelta(minutes=5))
        other = Keeper(xc)
        xc.url = other.url
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        identity.suspend_partner(administration="XC")
        lose(log.size())
        round_()
        take(keeper.partner.line(keeper.state()))
        round_()
        assert (stage(), other.came) == ("", [])
        actions.resume_partner(administration="XC", at=clock.real())
        jobs.deliver(partner="XC")
        asked = other.questions()[0]
        assert (asked["type"], asked["serial"]) == (RESTORED, 10_000)


class TestWithoutAnAddress:
    def test_a_node_looks_for_the_answer_among_what_waits_for_it(
        self,
        keeper: Keeper,
        xb: Partner,
        agreement: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(settings, "NODE_URL", "")
        monkeypatch.setattr(asking, "MOST", 2)
        lose(log.size())
        round_()
        assert keeper.receipts == []
        keeper.waiting = [alert(xb, agreement) for _ in range(5)]
        keeper.waiting.append(keeper.state())
        Rejoining.objects.update(next_at=None)
        round_()
        assert said(keeper.receipts) == ["accepted"]
        assert stage() == ""
        assert [row.type for row in Inbound.objects.all()] == [STATE]

    def test_a_partner_collects_the_question_and_brings_its_receipt(
        self, keeper: Keeper, xb: Partner, agreement: str, client: Client
    ) -> None:
        xb.url, xb.at = "", clock.real()
        identity.take_document(administration="XB", document=xb.document(), at=xb.at)
        waiting = send()
        lose(log.size())
        round_()
        assert [each["type"] for each in collected(xb)] == [RESTORED]
        (line,) = lines_of(xb)
        jws = jws_of(xb, line)
        refusal = {"type": "https://tidewaiter.org/problems/bad-serial", "title": "No"}
        facts = {"outcome": "refused", "problem": refusal, "log_index": None}
        answer = post("receipts", brought(xb, jws, **facts), "application/x-ndjson")
        assert answer.status_code == 204
        (again,) = collected(xb)
        assert (again["id"], again["serial"]) == (json.loads(jose.read(jws).payload)["id"], 20_000)
        (line,) = lines_of(xb)
        keeper.came.append([jws_of(xb, line)])
        taken = brought(xb, jws_of(xb, line))
        assert post("receipts", taken, "application/x-ndjson").status_code == 204
        keeper.taken_to = 20_000
        assert said(take(xb.line(keeper.state()))) == ["accepted"]
        round_()
        assert stage() == ""
        types = [each["type"] for each in collected(xb)]
        assert types[0].endswith("alert.shipment.v1")
        assert str(waiting.id) == collected(xb)[0]["id"]


class TestAFencedNode:
    def test_takes_nothing_but_the_answer(
        self, keeper: Keeper, xb: Partner, agreement: str, client: Client
    ) -> None:
        lose(log.size())
        round_()
        lines = [
            xb.line(alert(xb, agreement)),
            xb.line(keeper.state()),
            xb.line(alert(xb, agreement)),
        ]
        answers = actions.receive(lines, at=clock.real())
        assert answers[0] == answers[2] == "restoring"
        assert said(answers[1:2]) == ["accepted"]
        assert [row.type for row in Inbound.objects.all()] == [STATE]

    def test_takes_no_answer_of_before_until_its_log_is_back(
        self, keeper: Keeper, xb: Partner
    ) -> None:
        size = log.size()
        grow(10)
        keeper.keep()
        lose(size)
        late = xb.house("node.state.v1", {"sent": 1, "received": 0}, in_reply_to=str(uuid4()))
        with pytest.raises(ledger_errors.Restoring):
            take(xb.line(late))
        assert log.size() == size
        round_()
        assert stage() == "partners"
        assert said(take(xb.line(late))) == ["accepted"]
        assert log.verify().ok

    def test_signs_nothing_for_whoever_asks(
        self, keeper: Keeper, agreement: str, own_keys: Path
    ) -> None:
        before = publishing.own(at=clock.real())
        signing.rotate("sig", at=clock.real())  # as was done since the backup
        lose(log.size())
        assert publishing.own(at=clock.real()) == before
        files = sorted(own_keys.iterdir())
        unsigned = {**TEXT, "id": "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c02"}
        kid = keys.signing().kid
        for change in (
            lambda: keyring.rotate(["sig"], at=clock.real()),
            lambda: keyring.revoke(kid, reason="stolen", at=clock.real()),
            lambda: agreements.sign(json.dumps(unsigned).encode(), at=clock.real()),
        ):
            with pytest.raises(ledger_errors.Restoring):
                change()
        assert sorted(own_keys.iterdir()) == files

    def test_can_be_told_of_a_partner_that_was_registered_since(self, keeper: Keeper) -> None:
        lose(log.size())
        xc = Partner("XC", at=clock.real() - timedelta(minutes=5))
        actions.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        assert progress.rejoining().waits_for == ("XB", "XC")  # type: ignore[union-attr]

    def test_tells_such_a_partner_the_keys_of_names_when_it_is_back(
        self, keeper: Keeper, xb: Partner
    ) -> None:
        text = {**KEYED, "id": "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c03"}
        form = document.read(json.dumps(text).encode())
        member = xb.member(form.canonical, typ=agreement_signing.TYP)
        data = {"payload": jose.encode(form.canonical), "signatures": [member]}
        assert said(take(xb.line(xb.house("agreement.proposal.v1", data)))) == ["accepted"]
        treaties.accept(digest=form.digest, at=clock.real(), by="alice")
        key = "org.tidewaiter.agreement.key.v1"
        before = sent(key)
        assert len(before) == 1
        lose(log.size())
        identity.remove_partner(administration="XB")
        actions.add_partner(document=xb.document(), thumbprint=xb.thumbprint(), at=clock.real())
        round_()
        assert sent(key) == before
        take(xb.line(keeper.state()))
        round_()
        assert (stage(), sent(key)) == ("", before * 2)

    def test_answers_503_and_when_to_come_again(
        self, keeper: Keeper, xb: Partner, agreement: str, client: Client
    ) -> None:
        lose(log.size())
        line = xb.line(alert(xb, agreement))
        answer = client.post("/exchange/v1/messages", line, content_type="application/jose")
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert answer.json()["type"].endswith("/restoring")
        put = client.put(f"/exchange/v1/attachments/{'0' * 64}", b"x", "application/jose")
        assert put.status_code == 503

    def test_shows_no_checkpoint_before_it_has_rejoined(
        self, keeper: Keeper, xb: Partner, client: Client
    ) -> None:
        grow(3)
        keeper.keep()
        keeper.down = True
        lose(log.size())
        assert client.get("/tlog/checkpoint").status_code == 503
        keeper.down = False
        round_()
        assert stage() == "partners", "the log stands, and no partner has answered"
        assert client.get("/tlog/checkpoint").status_code == 503
        actions.receive([xb.line(keeper.state())], at=clock.real())
        receipted = log.size()  # the answer is the last of it
        assert round_() is None
        shown = client.get("/tlog/checkpoint")
        assert shown.status_code == 200
        assert int(shown.content.split(b"\n")[1]) >= receipted, "it covers what was receipted"

    def test_sends_nothing(self, keeper: Keeper, agreement: str) -> None:
        waiting = send()
        lose(log.size())
        with pytest.raises(ledger_errors.Restoring):
            send()
        for job in (jobs.seal, jobs.handle, jobs.ask, jobs.unlock):
            with pytest.raises(ledger_errors.Restoring):
                job()
        with pytest.raises(ledger_errors.Restoring):
            jobs.deliver(partner="XB")
        assert keeper.came == []
        assert queries.message is not None
        assert Outbound.objects.get(message_id=waiting.id).attempts == 0

    def test_goes_on_where_it_was_killed_when_it_is_served_again(self, keeper: Keeper) -> None:
        from tidewaiter.work import queries as work

        lose(log.size())
        actions.start(at=clock.real())
        assert work.pending(["exchange.rejoin"]) == 1
        assert work.pending(["exchange.deliver"]) == 0

    def test_can_be_made_to_go_on_only_without_whom_it_waits_for(self, keeper: Keeper) -> None:
        with pytest.raises(errors.NotRestoring):
            restoring.excuse("XB", by="alice", at=clock.real())
        lose(log.size())
        with pytest.raises(errors.NotAwaited):
            restoring.excuse("XC", by="alice", at=clock.real())


class TestAPartnersRestore:
    """The other side: XB was restored and asks us."""

    def ask(self, xb: Partner) -> str:
        made = xb.house("node.restored.v1", {"since": clock.text(restored.SINCE)})
        assert said(take(xb.line(made))) == ["accepted"]
        return str(made.id)

    def test_is_answered_at_once(self, xb: Partner, agreement: str) -> None:
        take(xb.line(alert(xb, agreement)))
        send()
        question = self.ask(xb)
        row = Outbound.objects.get(type=STATE)
        assert (row.in_reply_to, row.serial) == (question, 2)
        assert sent(STATE) == [{"sent": 2, "received": 2}]

    def test_hears_what_we_cosigned_of_its_log(self, xb: Partner) -> None:
        from tidewaiter.ledger.models import Witnessed

        origin = xb.key(Use.LOG).origin
        held = Witnessed.objects.of(origin, "XB")
        held.take(note.Checkpoint(origin, 4, bytes(32)), "a note\n", "our line\n", at=clock.real())
        self.ask(xb)
        assert sent(STATE)[0]["checkpoint"] == "a note\nour line\n"

    def test_gets_the_answer_before_anything_else(self, keeper: Keeper, xb: Partner) -> None:
        send()
        self.ask(xb)
        came: list[list[str]] = []

        def answer(lines: list[str]) -> tuple[int, bytes]:
            came.append([json.loads(jose.read(each).payload)["type"] for each in lines])
            return keeper.accept(lines)

        keeper.answer = answer
        jobs.deliver(partner="XB")
        assert came[0] == [STATE]
        assert STATE not in came[1]

    def test_has_what_it_receipted_and_lost_sent_again(self, keeper: Keeper, xb: Partner) -> None:
        keeper.answer = keeper.accept
        first = send()
        jobs.deliver(partner="XB")
        question = self.ask(xb)
        assert Outbound.objects.get(message_id=first.id).state == "delivered"
        rejoining.void(question=question)
        assert Outbound.objects.get(message_id=first.id).state == "waiting"
        assert progress.voided("XB", 7, clock.real() - timedelta(minutes=1))
        assert not progress.voided("XB", 7, restored.SINCE - timedelta(minutes=11))
        assert not progress.voided("XC", 7, clock.real() - timedelta(minutes=1))

    def test_may_be_from_before_all_time(self, keeper: Keeper, xb: Partner) -> None:
        keeper.answer = keeper.accept
        first = send()
        jobs.deliver(partner="XB")
        made = xb.house("node.restored.v1", {"since": "0001-01-01T00:00:00.000Z"})
        assert said(take(xb.line(made))) == ["accepted"]
        rejoining.void(question=str(made.id))
        assert Outbound.objects.get(message_id=first.id).state == "waiting"

    @pytest.mark.parametrize("ahead", [timedelta(minutes=9), timedelta(minutes=-9)], ids=str)
    def test_voids_receipts_by_whatever_clock_the_partner_goes(
        self, xb: Partner, ahead: timedelta
    ) -> None:
        since = clock.real() - timedelta(minutes=1)
        data = {"since": clock.text(since + ahead)}
        assert said(take(xb.line(xb.house("node.restored.v1", data)))) == ["accepted"]
        assert progress.voided("XB", 7, clock.real() - timedelta(seconds=30))
        assert not progress.voided("XB", 7, clock.real() + timedelta(seconds=30))

    def test_leaves_alone_what_its_log_still_holds(self, keeper: Keeper, xb: Partner) -> None:
        from tidewaiter.ledger.models import Witnessed

        keeper.answer = keeper.accept  # it receipts at index 7
        origin = xb.key(Use.LOG).origin
        held = Witnessed.objects.of(origin, "XB")
        held.take(note.Checkpoint(origin, 8, bytes(32)), "a note\n", "", at=clock.real())
        first = send()
        jobs.deliver(partner="XB")
        rejoining.void(question=self.ask(xb))
        assert Outbound.objects.get(message_id=first.id).state == "delivered"
        assert not progress.voided("XB", 7, clock.real())

    def test_drops_what_was_claimed_of_its_log_beyond_that(self, xb: Partner) -> None:
        from tidewaiter.ledger.models import Claim, Witnessed

        origin = xb.key(Use.LOG).origin
        held = Witnessed.objects.of(origin, "XB")
        held.take(note.Checkpoint(origin, 8, bytes(32)), "a note\n", "", at=clock.real())
        for size in (6, 12):
            facts = {"note": "n", "told_by": "XC", "told_at": clock.real()}
            Claim.objects.note(origin=origin, size=size, root=bytes(32), **facts)
        self.ask(xb)
        assert [claim.size for claim in Claim.objects.open(origin)] == [6]


def test_the_door_is_not_left_open(keeper: Keeper) -> None:
    """What passes the fence in one thread passes it nowhere else."""
    lose(log.size())
    with ledger.through():
        assert not ledger.standing_still()
    assert ledger.standing_still()
    assert keys.origin()
    assert envelope.TYP


@pytest.fixture
def own_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keys of this node that the test may change."""
    own = tmp_path / "keys"
    shutil.copytree(settings.KEYS_DIR, own)
    monkeypatch.setattr(settings, "KEYS_DIR", own)
    return own


class TestANewOrigin:
    """Nobody can give the log back: it is followed by another, and never gets another entry."""

    def begin(self, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
        """A log whose last 20 entries are lost for good; the name of the one that follows."""
        own = tmp_path / "keys"
        shutil.copytree(settings.KEYS_DIR, own)
        monkeypatch.setattr(settings, "KEYS_DIR", own)
        grow(300)
        before = log.size()
        grow(20)
        keeper.keep()
        keeper.entries = []
        lose(before)
        round_()
        assert stage() == "lost"
        return restoring.new_origin(by="alice", at=clock.real())

    def test_has_a_name_and_a_key_of_its_own(
        self, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        old = log.origin()
        new = self.begin(keeper, monkeypatch, tmp_path)
        assert re.fullmatch(re.escape(old) + "-2-[0-9a-f]{6}", new)
        assert log.origin() == new
        assert log.vkey().startswith(f"{new}+")

    def test_is_not_signed_over_the_tree_of_an_older_backup(
        self, keeper: Keeper, own_keys: Path
    ) -> None:
        grow(20)
        keeper.witnesses = False  # nobody pinned the log that followed: nobody cosigned it
        second = signing.new_log(at=clock.real())  # after the backup
        lose(log.size())
        round_()
        assert stage() == "lost"
        third = restoring.new_origin(by="alice", at=clock.real())
        assert (third == second, third.rpartition("-")[0].endswith("/tlog-3")) == (False, True)
        round_()
        assert stage() == "partners"
        assert log.size() == 2  # what it commits to, and the question

    def test_begins_with_a_commitment_to_the_last_cosigned_checkpoint(
        self, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        self.begin(keeper, monkeypatch, tmp_path)
        closed = ClosedLog.objects.get()
        assert closed.document == keeper.notes[-1]
        said = commitment.commit("XA", closed.document.encode(), bytes(closed.salt))
        first = Entry.objects.get(index=0)
        assert bytes(first.entry) == commitment.entry(said)

    def test_lifts_the_fence_when_partners_have_answered(
        self, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        origin = self.begin(keeper, monkeypatch, tmp_path)
        round_()
        take(keeper.partner.line(keeper.state()))
        round_()
        assert stage() == ""
        ledger.publish(at=clock.real() + timedelta(minutes=10))
        signed = log.checkpoint()
        assert signed is not None
        assert signed.note.startswith(origin + "\n")
        assert log.verify().ok
        (told,) = sent("org.tidewaiter.node.document.v1")
        named = json.loads(jose.read(str(told["document"])).payload)["log"]
        assert named == {"origin": origin, "vkey": log.vkey()}

    def test_leaves_the_old_log_verifiable_where_logs_are_kept(
        self,
        keeper: Keeper,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        client: Client,
    ) -> None:
        old, key = log.origin(), log.vkey()
        self.begin(keeper, monkeypatch, tmp_path)
        place = witness.mirror(old)
        text = client.get(f"{place}/checkpoint").content
        head = note.read(text, note.verifier(key))
        entries = []
        for index in range(-(-head.size // tile.WIDTH)):
            width = min(tile.WIDTH, head.size - index * tile.WIDTH)
            path = tile.path(tile.Tile(None, index, width))
            answer = client.get(f"{place}/tile/{path}")
            entries += tile.unbundle(b"".join(answer))
        assert restored.root_of(entries) == head.root

    def test_leaves_provable_what_the_old_log_holds(
        self, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, agreement: str
    ) -> None:
        publishing.own(at=clock.real())
        before = send()
        self.begin(keeper, monkeypatch, tmp_path)
        round_()
        take(keeper.partner.line(keeper.state()))
        round_()
        after = send()
        ledger.publish(at=clock.real() + timedelta(minutes=10))
        who, at = viewer.command_line(), clock.real()
        papers = [proving.find(str(each.id), who, at=at) for each in (before, after)]
        checked = proof.check(proving.prove(papers, at=at))
        assert [fault.text for fault in checked.faults] == []
        assert proof.check(proving.prove(papers[:1], at=at)).faults == ()

    def test_is_not_to_be_had_while_the_old_one_may_come_back(self, keeper: Keeper) -> None:
        with pytest.raises(errors.NotRestoring):
            restoring.new_origin(by="alice", at=clock.real())
        lose(log.size())
        with pytest.raises(errors.LogNotLost):
            restoring.new_origin(by="alice", at=clock.real())


class TestAPartnersNewOrigin:
    def renewed(self, xb: Partner) -> tuple[str, str]:
        """XB's document names another log; the old one's name, and the new one's."""
        old = xb.key(Use.LOG)
        origin = ring.successor(old.origin, "4f0c1a")
        new = replace(old, origin=origin, kid="XB-log-2", nbf=clock.real())
        xb.keys = (*(key for key in xb.keys if key is not old), new)
        xb.at = clock.real()
        assert identity.take_document(administration="XB", document=xb.document(), at=xb.at)
        return old.origin, new.origin

    def test_is_seen_and_not_followed_before_it_is_pinned_by_hand(self, xb: Partner) -> None:
        old, new = self.renewed(xb)
        known = partners.partner("XB")
        assert known is not None
        assert (known.log_origin, known.log_offered) == (old, new)
        assert known.log_vkey.startswith(old + "+")
        from tidewaiter.exchange.witnessing import actions as witnessing

        said = witnessing.witness_partner("XB", now=clock.real)
        assert "pin it by hand" in said.reasons[0]

    def test_is_followed_once_it_is_pinned(self, xb: Partner) -> None:
        old, new = self.renewed(xb)
        assert restoring.pin_log("XB", new, by="alice", at=clock.real()) == old
        known = partners.partner("XB")
        assert known is not None
        assert (known.log_origin, known.log_offered) == (new, "")
        assert known.log_vkey.startswith(new + "+")

    def test_is_pinned_by_the_name_that_its_document_names_alone(self, xb: Partner) -> None:
        self.renewed(xb)
        with pytest.raises(identity_errors.NoSuchLog):
            restoring.pin_log("XB", "another.example/tlog", by="alice", at=clock.real())


class TestTheScreens:
    def test_say_that_a_partner_names_another_log_and_let_it_be_pinned(
        self, xb: Partner, client: Client
    ) -> None:
        _, new = TestAPartnersNewOrigin().renewed(xb)
        sign_in(client, "node_admin")
        page = client.get("/exchange/partners/XB/").content.decode()
        assert new in page
        assert "names another log" in page
        wrong = client.post("/exchange/partners/XB/log", {"origin": "another.example/tlog"})
        assert wrong.status_code == 409
        client.post("/exchange/partners/XB/log", {"origin": f" {new} "})
        known = partners.partner("XB")
        assert known is not None
        assert (known.log_origin, known.log_offered) == (new, "")
        assert "names another log" not in client.get("/exchange/partners/XB/").content.decode()

    def test_say_on_every_page_that_the_node_is_not_back(
        self, keeper: Keeper, client: Client
    ) -> None:
        sign_in(client, "liaison")
        assert "restored from a backup" not in client.get("/exchange/").content.decode()
        lose(log.size())
        page = client.get("/exchange/").content.decode()
        assert "restored from a backup" in page
        assert "It waits for XB." in page


class TestTheCommandsAndChecks:
    def test_say_how_far_it_is_and_for_whom_it_waits(self, keeper: Keeper, client: Client) -> None:
        assert recover() == {"fenced": False}
        assert doctor()["fence"].ok
        assert "restoring" not in client.get("/readyz").json()
        keeper.down = True
        lose(log.size())
        round_()
        said_ = recover()
        assert (said_["fenced"], said_["stage"], said_["waits_for"]) == (True, "log", ["XB"])
        assert said_["partners"][0]["standing"] == "silent"
        assert not doctor()["fence"].ok
        assert "It waits for XB." in doctor()["fence"].detail
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["restoring"]["stage"]) == (200, "log")
        assert recover("--without", "XB")["waits_for"] == []

    def test_refuse_what_cannot_be_decided(self, keeper: Keeper) -> None:
        assert recover("--without", "XB")["type"].endswith("/not-restoring")
        assert recover("--new-origin")["type"].endswith("/not-restoring")


def recover(*arguments: str) -> Any:
    done = CliRunner().invoke(commands.recover, [*arguments, "--json"])
    return json.loads(done.stdout)


def doctor() -> dict[str, Any]:
    return {each.name: each for each in node.doctor(now=clock.real())}


def sign_in(client: Client, role: str) -> None:
    identity.add_person(name="ada", roles=[role], office=None, password=None, at=clock.real())
    client.force_login(get_user_model().objects.get(name="ada"))
