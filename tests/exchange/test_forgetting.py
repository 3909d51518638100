"""What is due is forgotten, what an open case needs is kept, and its originator is told."""

import json
import random
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from tests.documents import papers
from tests.exchange import dealing, files
from tests.exchange.conftest import ALERT
from tests.exchange.partner import Partner, read
from tests.exchange.test_attachments import digest, named, put, sealed
from tests.risk.test_assessing import alert as warning
from tests.risk.test_raising import Commits
from tidewaiter import clock, jose
from tidewaiter.agreements import actions as agreements
from tidewaiter.assistance import actions as asking
from tidewaiter.controls import actions as controls
from tidewaiter.controls.models import Photograph
from tidewaiter.documents import actions as documents
from tidewaiter.documents.theirs.models import PartnerPaper
from tidewaiter.exchange import actions as sending
from tidewaiter.exchange import errors as exchange_errors
from tidewaiter.exchange import queries
from tidewaiter.exchange.attachments import actions as unpacked
from tidewaiter.exchange.attachments import attachment
from tidewaiter.exchange.attachments import jobs as unpacking
from tidewaiter.exchange.forgetting import actions, commands, errors, registry
from tidewaiter.exchange.forgetting import queries as forgotten
from tidewaiter.exchange.forgetting.erasing import actions as erasing
from tidewaiter.exchange.models import Former, Inbound, Outbound, Tomb, Wish
from tidewaiter.exchange.obligations import messages
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger.fencing import actions as fencing
from tidewaiter.risk import actions as risk
from tidewaiter.risk import queries as assessed
from tidewaiter.risk.models import Assessment, Notice, Signal
from tidewaiter.vault import queries as vaulted
from tidewaiter.work import actions as working
from tidewaiter.work import queries as work
from tidewaiter.work.models import Job, Task

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()
SHIPMENT = "org.tidewaiter.alert.shipment.v1"
CORRECTION = "org.tidewaiter.alert.correction.v1"
FEEDBACK = "org.tidewaiter.alert.feedback.v1"
POWER = "Customs Code, Art. 188"
OVER = timedelta(days=301)  # a partner's message here is to be deleted after 300
DATA: dict[str, Any] = {**ALERT, "goods": [{"hs": "640411"}]}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings: Any) -> Path:
    settings.VAULT_DIR = tmp_path / "vault"
    return tmp_path / "vault"


@pytest.fixture
def treaty(xb: Partner) -> str:
    return dealing.in_force(xb, {"report": {"days": 60}})


def warned(xb: Partner, treaty: str, number: str = "XB-1", **more: Any) -> UUID:
    return dealing.came(xb, treaty, SHIPMENT, {**DATA, "alert": number}, **more).id


def mine(number: str = "XA-1", **more: Any) -> sending.Sent:
    order = {"purpose": "ipr-enforcement", "handling": "TLP:AMBER", "by": COMMAND, **more}
    return sending.send(
        to="XB", type=SHIPMENT, data={**DATA, "alert": number}, at=clock.real(), **order
    )


def run(after: timedelta = OVER) -> actions.Run:
    return actions.run(at=clock.real() + after)


def deletions() -> list[dict[str, Any]]:
    """What our signed words on deletions say."""
    rows = Outbound.objects.filter(type=messages.DELETION_TYPE).order_by("pk")
    return [json.loads(jose.read(row.jws).payload)["data"] for row in rows]


class TestWhatIsDue:
    def test_is_what_was_to_be_deleted_by_now_and_nothing_else(
        self, xb: Partner, treaty: str
    ) -> None:
        first = warned(xb, treaty)
        assert run(timedelta(days=299)).due == 0
        done = run()
        assert (done.due, done.deleted, done.told) == (1, 1, 1)
        row = Inbound.objects.get(message_id=first)
        assert (row.jws, row.label, row.forgotten_at is not None) == ("", "", True)

    def test_stays_where_it_is_only_asked_what_would_go(self, xb: Partner, treaty: str) -> None:
        warned(xb, treaty)
        done = actions.run(at=clock.real() + OVER, dry=True)
        assert (done.due, done.deleted, done.told) == (1, 0, 0)
        assert Inbound.objects.get(sender="XB").jws
        assert deletions() == []

    def test_is_forgotten_once(self, xb: Partner, treaty: str) -> None:
        warned(xb, treaty)
        assert run().deleted == 1
        again = run()
        assert (again.due, again.deleted, again.told) == (0, 0, 0)
        assert len(deletions()) == 1

    def test_of_ours_waits_thirty_days_from_its_receipt(self, treaty: str) -> None:
        sent = mine()
        year = timedelta(days=366)
        settled = clock.real() + year - timedelta(days=29)
        Outbound.objects.filter(message_id=sent.id).update(state="delivered", settled_at=settled)
        assert run(year).due == 0
        assert run(year + timedelta(days=2)).deleted == 1
        row = Outbound.objects.get(message_id=sent.id)
        assert (row.jws, row.draft, row.asked, row.label) == ("", "", {}, "")
        assert row.log_index is not None

    def test_of_ours_that_nobody_receipted_waits_for_nothing(self, treaty: str) -> None:
        sent = mine()
        Outbound.objects.filter(message_id=sent.id).update(
            state="withdrawn", settled_at=clock.real() + timedelta(days=365)
        )
        assert run(timedelta(days=366)).deleted == 1

    def test_of_ours_goes_nowhere_after_its_day(self, treaty: str) -> None:
        later = clock.real() + timedelta(days=366)
        sent = mine(expires=later + OVER)
        row = Outbound.objects.get(message_id=sent.id)
        assert row.expires_at == row.retain_until
        Outbound.objects.filter(pk=row.pk).update(state="held")
        with pytest.raises(exchange_errors.NotHeld):
            sending.release(id=sent.id, by="sue", at=later)
        Outbound.objects.expire(later)
        assert Outbound.objects.get(message_id=sent.id).state == "expired"

    def test_of_ours_that_waits_still_is_not_touched(self, treaty: str) -> None:
        mine()
        assert run(timedelta(days=400)).due == 0

    def test_is_the_same_for_what_was_signed_of_ours_before(self, treaty: str) -> None:
        sent = mine()
        row = Outbound.objects.get(message_id=sent.id)
        Former.objects.keep([row], at=clock.real())
        Outbound.objects.filter(pk=row.pk).update(state="refused", settled_at=clock.real())
        run(timedelta(days=400))
        assert Former.objects.get(message_id=sent.id).jws == ""

    def test_is_not_housekeeping(self, xb: Partner, treaty: str) -> None:
        dealing.taken(xb, xb.house("resend.v1", {"first": 1, "last": 1}))
        assert run(timedelta(days=9_999)).due == 0


class TestWhatBelongsToIt:
    def test_what_is_about_it_goes_with_it(self, xb: Partner, treaty: str) -> None:
        warned(xb, treaty)
        data = {"alert": "XB-1", "correction": "amended", "reason": "quoted"}
        late = dealing.made(xb, treaty, CORRECTION, data)
        assert late.permit is not None
        longer = replace(late.permit, retain_until=clock.real() + timedelta(days=360))
        assert dealing.taken(xb, replace(late, permit=longer)) == ["accepted"]
        dealing.handled()
        assert run().deleted == 2
        assert not Inbound.objects.exclude(jws="").exists()

    def test_what_we_said_of_it_goes_too_but_our_word_of_its_deletion(
        self, xb: Partner, treaty: str
    ) -> None:
        warned(xb, treaty)
        order = {"purpose": "", "handling": "", "by": COMMAND, "at": clock.real()}
        told = sending.send(to="XB", type=FEEDBACK, data={"alert": "XB-1", "useful": True}, **order)
        assert run().deleted == 2
        assert Outbound.objects.get(message_id=told.id).state == "withdrawn"
        assert not Outbound.objects.filter(jws__contains="x").exclude(
            type__in=[messages.DELETION_TYPE, "org.tidewaiter.withdrawn.v1"]
        ).exists()  # fmt: skip

    def test_another_message_stays(self, xb: Partner, treaty: str) -> None:
        warned(xb, treaty)
        kept = warned(xb, treaty, "XB-2", at=clock.real() + timedelta(minutes=5))
        run(timedelta(days=300))
        assert Inbound.objects.get(message_id=kept).jws


class TestAnOpenCase:
    def red(self, xb: Partner, **also: Any) -> tuple[str, UUID]:
        """A declaration that a partner's word made red, its inspection open; and the message."""
        treaty = dealing.in_force(
            xb, {"fields": {"allow": list(warning().data)}, "purposes": ["security"]}
        )
        sent = dealing.came(xb, treaty, SHIPMENT, warning().data, purpose="security")
        if also:
            data = {**warning().data, **also}
            dealing.came(xb, treaty, SHIPMENT, data, purpose="security")
        report = documents.take([papers.taken("L-1")], at=papers.AT, by="test")
        risk.follow(report.ids, at=papers.AT)
        return report.taken[0].reference, sent.id

    def test_keeps_the_message_that_led_to_it_until_the_inspection_is_done(
        self, xb: Partner
    ) -> None:
        reference, message = self.red(xb)
        done = run()
        (kept,) = done.kept
        assert (done.due, done.deleted) == (1, 0)
        assert (kept.reference, kept.reason, kept.case) == (
            str(message),
            "inspection-open",
            reference,
        )
        assert Notice.objects.filter(message_id=str(message)).exists()
        controls.record(
            reference=reference, result="conform", power=POWER, by=COMMAND, at=papers.AT
        )
        assert run().deleted == 1

    def test_keeps_every_message_that_led_to_it(self, xb: Partner) -> None:
        reference, _ = self.red(xb, alert="XB-2026-000002")
        done = run()
        assert [(one.reason, one.case) for one in done.kept] == [("inspection-open", reference)] * 2
        found = {"result": "not-conform", "offence": "counterfeit", "power": POWER}
        controls.record(reference=reference, by=COMMAND, at=papers.AT, **found)
        controls.seize(reference=reference, power=POWER, by=COMMAND, at=papers.AT)
        assert [one.reason for one in run().kept] == ["goods-detained"] * 2
        controls.release(reference=reference, power=POWER, by=COMMAND, at=papers.AT)
        assert run().deleted == 2

    def test_keeps_it_as_long_as_the_goods_are_detained(self, xb: Partner) -> None:
        reference, _ = self.red(xb)
        found = {"result": "not-conform", "offence": "counterfeit", "power": POWER}
        controls.record(reference=reference, by=COMMAND, at=papers.AT, **found)
        seizure = controls.seize(reference=reference, power=POWER, by=COMMAND, at=papers.AT)
        (kept,) = run().kept
        assert (kept.reason, kept.case) == ("goods-detained", seizure)
        controls.release(reference=reference, power=POWER, by=COMMAND, at=papers.AT)
        done = run()
        assert (done.kept, done.deleted) == ([], 1)

    def test_that_is_closed_keeps_what_the_word_weighed_and_not_what_it_said(
        self, xb: Partner
    ) -> None:
        reference, message = self.red(xb)
        before = assessed.assessment(COMMAND, reference, at=papers.AT)
        controls.record(
            reference=reference, result="conform", power=POWER, by=COMMAND, at=papers.AT
        )
        assert run().deleted == 1
        assert not Notice.objects.filter(source="partner").exists()
        assert not Signal.objects.filter(message_id=str(message), notice__source="partner").exists()
        after = assessed.assessment(COMMAND, reference, at=papers.AT)
        assert (after.score, after.lane) == (before.score, before.lane)
        (said,) = [one for one in after.reasons if one.partner]
        assert said.text == "XB warned of it; what it said has been deleted since"
        assert said.weight == next(one.weight for one in before.reasons if one.partner)
        assert warning().data["alert"] not in Assessment.objects.get().reasons


class TestATombstone:
    def test_answers_a_repetition_as_before(self, xb: Partner, treaty: str) -> None:
        sent = dealing.made(xb, treaty, SHIPMENT, DATA)
        (first,) = sending.receive([xb.line(sent)], at=clock.real())
        run()
        (again,) = sending.receive([xb.line(sent)], at=clock.real())
        told, before = read(again)["data"], read(first)["data"]
        assert told["outcome"] == "duplicate"
        assert (told["logindex"], told["digest"]) == (before["logindex"], before["digest"])

    def test_is_shown_with_when_why_and_who_was_told(self, xb: Partner, treaty: str) -> None:
        id_ = warned(xb, treaty)
        run()
        found = queries.message(COMMAND, id_, at=clock.real())
        assert found.forgotten is not None
        assert (found.purpose, found.mode) == ("ipr-enforcement", "spontaneous")
        page = liaison().get(f"/exchange/{id_}/").content.decode()
        assert "What it said was deleted here on" in page
        assert "the signed message" in page
        assert "XB-1" not in page

    def test_is_never_sent_again(self, xb: Partner, treaty: str) -> None:
        sent = mine()
        old = {
            "state": "delivered",
            "settled_at": clock.real(),
            "expires_at": clock.real() + 2 * OVER,
        }
        Outbound.objects.filter(message_id=sent.id).update(**old)
        run(timedelta(days=396))
        ask = xb.house("resend.v1", {"first": 1, "last": 1})
        assert dealing.taken(xb, ask) == ["accepted"]
        dealing.handled()
        dealing.worked("exchange.resend")
        withdrawn = Outbound.objects.get(type="org.tidewaiter.withdrawn.v1")
        assert json.loads(jose.read(withdrawn.jws).payload)["data"]["serials"] == [1]


class TestAReplyToWhatWasForgotten:
    def test_is_taken_and_handled_as_a_message_and_no_more(self, xb: Partner) -> None:
        clauses = [
            {
                "categories": [each],
                "modes": ["on-request", "spontaneous"],
                "fields": {"allow": allow},
            }
            for each, allow in (
                ("request", ["request", "subject", "asked"]),
                ("declaration", ["declaration", "summary"]),
            )
        ]
        treaty = dealing.in_force(xb, *clauses)
        at = clock.real()
        asked = asking.ask_assistance(to="XB", subject="Shoes", asked="Who?", by=COMMAND, at=at)
        Outbound.objects.filter(message_id=asked.id).update(state="delivered", settled_at=at)
        assert run(timedelta(days=400)).deleted == 1
        told = {"carries": "declaration", "state": "final", "answer": {"summary": "Nobody."}}
        kind = "org.tidewaiter.reply.assistance.v1"
        terms: dict[str, Any] = {"clause": "2", "mode": "on-request", "in_reply_to": str(asked.id)}
        dealing.came(xb, treaty, kind, told, **terms)
        assert not Inbound.objects.filter(handled_at=None).exists()


class TestItsOriginator:
    def test_is_told_of_many_in_one_signed_message_that_outlives_them(
        self, xb: Partner, treaty: str
    ) -> None:
        ids = {str(warned(xb, treaty, f"XB-{n}")) for n in range(3)}
        at = clock.real() + OVER
        assert actions.run(at=at).told == 3
        (said,) = deletions()
        assert (set(said["messages"]), said["deleted"]) == (ids, clock.text(at))
        row = Outbound.objects.get(type=messages.DELETION_TYPE)
        assert (row.agreement, row.clause) == (treaty, "1")
        assert row.retain_until is not None
        assert row.retain_until > at + timedelta(days=300)

    def test_is_told_later_where_the_agreement_does_not_let_us_now(
        self, xb: Partner, treaty: str
    ) -> None:
        id_ = warned(xb, treaty)
        identity.suspend_partner(administration="XB")
        done = run()
        assert (done.deleted, done.told, done.untold) == (1, 0, 1)
        identity.resume_partner(administration="XB")
        later = run()
        assert (later.told, later.untold) == (1, 0)
        assert forgotten.left("XB", id_).told_at is not None  # type: ignore[union-attr]

    @pytest.mark.parametrize("how", ["superseded", "terminated", "expired"])
    def test_is_told_though_the_agreement_has_ended(self, xb: Partner, how: str) -> None:
        """What was given outlives most agreements, and so does what is owed of it."""
        ends = {"until": (clock.real() + timedelta(days=200)).date().isoformat()}
        treaty = dealing.in_force(xb, {}, **(ends if how == "expired" else {}))
        id_ = str(warned(xb, treaty))
        if how == "superseded":
            dealing.in_force(xb, {}, version=2)
        if how == "terminated":
            word = {"notice": "terminate", "reason": "no more"}
            agreements.notice(digest=treaty, party="XB", at=clock.real(), **word)
        done = run()
        assert (done.told, done.untold) == (1, 0)
        assert [each["messages"] for each in deletions()] == [[id_]]
        row = Outbound.objects.get(type=messages.DELETION_TYPE)
        assert (row.agreement, row.state) == (treaty, "waiting")

    def test_is_told_once_an_agreement_that_is_suspended_is_resumed(
        self, xb: Partner, treaty: str
    ) -> None:
        warned(xb, treaty)
        word: dict[str, Any] = {"digest": treaty, "party": "XB", "reason": "a while"}
        agreements.notice(notice="suspend", at=clock.real(), **word)
        assert run().untold == 1
        agreements.notice(notice="resume", at=clock.real(), **word)
        assert run().told == 1

    def test_is_told_again_where_the_word_did_not_arrive_in_time(
        self, xb: Partner, treaty: str
    ) -> None:
        warned(xb, treaty)
        run()
        rows = Outbound.objects.filter(type=messages.DELETION_TYPE)
        assert rows.get().expires_at > clock.real() + OVER + timedelta(days=29)
        Outbound.objects.expire(clock.real() + OVER + timedelta(days=31))
        done = run(OVER + timedelta(days=31))
        assert (done.told, rows.filter(state="waiting").count()) == (1, 1)
        assert run(OVER + timedelta(days=31)).told == 0

    def test_is_told_when_a_restored_node_is_back_and_nothing_waits_for_that(
        self, xb: Partner, treaty: str
    ) -> None:
        warned(xb, treaty)
        order = {"purpose": "", "handling": "", "by": COMMAND, "at": clock.real()}
        told = sending.send(to="XB", type=FEEDBACK, data={"alert": "XB-1", "useful": True}, **order)
        ledger.fence(since=clock.real(), at=clock.real())
        done = run()
        assert (done.deleted, done.told, done.untold) == (2, 0, 1)
        row = Outbound.objects.get(message_id=told.id)
        assert (row.state, row.jws) == ("withdrawn", "")
        fencing.lift(at=clock.real())
        assert run().told == 1

    def test_is_heard_though_the_agreement_has_ended(self, xb: Partner, treaty: str) -> None:
        sent = mine()
        Outbound.objects.filter(message_id=sent.id).update(state="delivered")
        dealing.in_force(xb, {}, version=2)
        data = {"messages": [str(sent.id)], "deleted": "2026-11-25T08:00:00.000Z"}
        late = clock.real() + timedelta(minutes=5)
        word = dealing.made(xb, treaty, messages.DELETION_TYPE, data, at=late)
        other = dealing.made(xb, treaty, SHIPMENT, DATA, at=late)
        assert dealing.taken(xb, word, other) == ["accepted", "unknown-agreement"]
        dealing.handled()
        assert Outbound.objects.get(message_id=sent.id).deleted_at is not None

    def test_is_not_told_of_the_deletion_of_its_own_word_on_a_deletion(
        self, xb: Partner, treaty: str
    ) -> None:
        sent = mine()
        Outbound.objects.filter(message_id=sent.id).update(state="delivered")
        data = {"messages": [str(sent.id)], "deleted": True}
        dealing.came(xb, treaty, messages.DELETION_TYPE, data)
        run()
        assert deletions() == []

    def test_shows_that_a_partner_deleted_ours(self, xb: Partner, treaty: str) -> None:
        sent = mine()
        Outbound.objects.filter(message_id=sent.id).update(state="delivered")
        data = {"messages": [str(sent.id)], "deleted": "2026-11-25T08:00:00.000Z"}
        dealing.came(xb, treaty, messages.DELETION_TYPE, data)
        assert queries.message(COMMAND, sent.id, at=clock.real()).deleted is not None
        assert "Deleted by XB" in liaison().get(f"/exchange/{sent.id}/").content.decode()


class TestAWish:
    def wished(self, xb: Partner, treaty: str) -> tuple[UUID, UUID]:
        first = warned(xb, treaty)
        warned(xb, treaty, "XB-2")
        data = {"messages": [str(first), "XB-2"], "deleted": False}
        return first, dealing.came(xb, treaty, messages.DELETION_TYPE, data).id

    def test_deletes_nothing_by_itself(self, xb: Partner, treaty: str) -> None:
        self.wished(xb, treaty)
        assert run(timedelta(0)).due == 0
        assert Wish.objects.open().count() == 2

    def test_for_very_many_is_noted_some_at_once(
        self, xb: Partner, treaty: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(actions, "WISHED_AT_ONCE", 2)
        wanted = {warned(xb, treaty) for _ in range(5)}
        for round_ in (1, 2):
            data = {"messages": ["XB-1"], "deleted": False}
            asked = dealing.came(xb, treaty, messages.DELETION_TYPE, data).id
            opened = Wish.objects.open()
            assert opened.count() == 2, round_
            dealing.worked("exchange.wished")
            assert {each.message_id for each in opened.filter(asked_by=asked)} == wanted
            actions.decide(id=asked, agreed=False, by=COMMAND, at=clock.real())

    def test_is_agreed_to_on_the_page_and_done_at_once(self, xb: Partner, treaty: str) -> None:
        first, asked = self.wished(xb, treaty)
        client = liaison()
        assert "wishes that 2 messages" in client.get(f"/exchange/{asked}/").content.decode()
        client.post(f"/exchange/{asked}/deletion", {"decision": "delete"})
        dealing.worked("exchange.retention")
        assert Inbound.objects.get(message_id=first).jws == ""
        assert forgotten.left("XB", first).because == "wish"  # type: ignore[union-attr]
        assert not [one for one in tasks() if one.kind == messages.TO_DELETE]
        assert len(deletions()) == 1

    def test_is_declined_and_its_day_comes_all_the_same(self, xb: Partner, treaty: str) -> None:
        first, asked = self.wished(xb, treaty)
        actions.decide(id=asked, agreed=False, by=COMMAND, at=clock.real())
        assert run(timedelta(0)).due == 0
        assert not [one for one in tasks() if one.kind == messages.TO_DELETE]
        with pytest.raises(errors.NothingWished):
            actions.decide(id=first, agreed=True, by=COMMAND, at=clock.real())
        run()
        assert Inbound.objects.get(message_id=first).jws == ""

    def test_is_what_a_withdrawal_of_an_alert_comes_to(self, xb: Partner, treaty: str) -> None:
        first = warned(xb, treaty)
        data = {"alert": "XB-1", "correction": "withdrawn"}
        dealing.came(xb, treaty, CORRECTION, data)
        assert "it was withdrawn" in liaison().get(f"/exchange/{first}/").content.decode()
        actions.decide(id=first, agreed=True, by=COMMAND, at=clock.real())
        assert run(timedelta(0)).deleted == 2

    def test_that_was_declined_can_be_wished_again(self, xb: Partner, treaty: str) -> None:
        first, asked = self.wished(xb, treaty)
        actions.decide(id=asked, agreed=False, by=COMMAND, at=clock.real())
        data = {"messages": [str(first)], "deleted": False}
        again = dealing.came(xb, treaty, messages.DELETION_TYPE, data).id
        (task,) = [one for one in tasks() if one.kind == messages.TO_DELETE]
        assert task.params["count"] == 1
        assert actions.decide(id=again, agreed=True, by=COMMAND, at=clock.real()) == 1
        run(timedelta(minutes=1))
        assert Inbound.objects.get(message_id=first).forgotten_at is not None

    def test_that_is_open_already_asks_people_once(self, xb: Partner, treaty: str) -> None:
        first, _ = self.wished(xb, treaty)
        data = {"messages": [str(first)], "deleted": False}
        dealing.came(xb, treaty, messages.DELETION_TYPE, data)
        assert len([one for one in tasks() if one.kind == messages.TO_DELETE]) == 1

    def test_of_a_stranger_to_the_message_is_refused(self, xb: Partner, treaty: str) -> None:
        data = {"messages": ["019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c77"], "deleted": False}
        made = dealing.made(xb, treaty, messages.DELETION_TYPE, data)
        assert dealing.taken(xb, made) == ["not-permitted"]

    def test_is_for_those_to_decide_who_may_release(self, xb: Partner, treaty: str) -> None:
        _, asked = self.wished(xb, treaty)
        identity.add_person(name="olga", roles=["auditor"], office=None, at=clock.real())
        client = Client()
        client.force_login(get_user_model().objects.get(name="olga"))
        answer = client.post(f"/exchange/{asked}/deletion", {"decision": "delete"})
        assert answer.status_code == 403


class TestAttachments:
    def enclosed(self, xb: Partner, treaty: str, plain: bytes, number: str) -> Any:
        jwe = sealed(plain)
        data = {**DATA, "alert": number, "attachments": [named(plain, jwe)]}
        sent = dealing.made(xb, treaty, SHIPMENT, data)
        dealing.taken(xb, sent)
        put(jwe)
        assert dealing.taken(xb, sent) == ["accepted"]
        dealing.handled()
        unpacking.unpack()
        return sent

    def test_are_unlinked_with_their_message(self, xb: Partner, treaty: str, root: Path) -> None:
        self.enclosed(xb, treaty, files.PDF, "XB-1")
        assert vaulted.held(attachment.sha256(digest(files.PDF)))
        run()
        assert [file for file in root.rglob("*") if file.is_file()] == []

    def test_are_not_brought_back_by_what_unpacks_them_meanwhile(
        self, xb: Partner, treaty: str, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        jwe = sealed(files.PDF)
        data = {**DATA, "attachments": [named(files.PDF, jwe)]}
        sent = dealing.made(xb, treaty, SHIPMENT, data)
        dealing.taken(xb, sent)
        put(jwe)
        dealing.taken(xb, sent)
        dealing.handled()
        real = unpacked.vault.keep

        def slow(*args: Any, **more: Any) -> str:
            run()
            return real(*args, **more)

        monkeypatch.setattr(unpacked.vault, "keep", slow)
        unpacking.unpack()
        assert [file for file in root.rglob("*") if file.is_file()] == []

    def test_stay_where_another_message_has_the_same_bytes(self, xb: Partner, treaty: str) -> None:
        first = self.enclosed(xb, treaty, files.PDF, "XB-1")
        self.enclosed(xb, treaty, files.PDF, "XB-2")
        Inbound.objects.exclude(message_id=first.id).update(retain_until=None)
        run()
        assert vaulted.held(attachment.sha256(digest(files.PDF)))

    def test_stay_where_an_inspection_of_ours_has_the_same_bytes(
        self, xb: Partner, treaty: str
    ) -> None:
        reference = documents.take([papers.taken()], at=papers.AT, by="t").taken[0].reference
        picture = files.photograph("JPEG")
        controls.record(
            reference=reference,
            result="conform",
            power=POWER,
            photographs=[controls.Image("a.jpg", picture)],
            by=COMMAND,
            at=papers.AT,
        )
        taken = Photograph.objects.get()
        plain = vaulted.read(taken.sha256)
        jwe = sealed(plain)
        told = named(plain, jwe, name="1.jpg", mediatype="image/jpeg")
        sent = dealing.made(xb, treaty, SHIPMENT, {**DATA, "attachments": [told]})
        dealing.taken(xb, sent)
        put(jwe)
        dealing.taken(xb, sent)
        unpacking.unpack()
        assert run().deleted == 1
        assert vaulted.held(taken.sha256)


class TestWorkThatItMade:
    def test_is_ended_and_says_nothing_any_more(self, xb: Partner, treaty: str) -> None:
        warned(xb, treaty)
        assert [one.params["number"] for one in tasks()] == ["XB-1"]
        run()
        assert [one for one in tasks() if "XB-1" in json.dumps(one.params)] == []
        assert set(Task.objects.exclude(message_id="").values_list("closed_by", flat=True)) == {
            working.FORGOTTEN
        }

    def test_that_failed_is_dropped_where_it_names_or_quotes_it(
        self, xb: Partner, treaty: str
    ) -> None:
        id_ = str(warned(xb, treaty, "XB-QUOTED-1"))
        at = clock.real()
        for key, args, error in (
            ("a", {"word": id_}, "no such thing"),
            ("b", {"ids": [1]}, "ValueError: XB-QUOTED-1"),
            ("c", {"ids": [2]}, "ValueError: something else"),
        ):
            working.enqueue("risk.follow", args, at=at, key=key)
            (job,) = working.claim("t", at=at, limit={}, busy=dealing.all_but("risk.follow"))
            Job.objects.filter(pk=job.id).update(attempts=99)
            working.stumble("t", job.id, error=error, at=at)
        run()
        assert [job.error for job in work.jobs()] == ["ValueError: something else"]

    def test_is_not_begun_for_a_message_that_nobody_handled(self, xb: Partner, treaty: str) -> None:
        dealing.taken(xb, dealing.made(xb, treaty, SHIPMENT, DATA))
        run()
        dealing.handled_later()
        assert not Notice.objects.exists()


class TestARunThatIsCutShort:
    def test_goes_on_where_it_stood(
        self, xb: Partner, treaty: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        warned(xb, treaty)
        real = actions.emptying.empty_inbound

        def killed(*_: Any, **__: Any) -> int:
            raise SystemExit

        monkeypatch.setattr(actions.emptying, "empty_inbound", killed)
        with pytest.raises(SystemExit):
            run()
        assert Inbound.objects.get(sender="XB").forgotten_at is None
        monkeypatch.setattr(actions.emptying, "empty_inbound", real)
        done = run()
        assert (done.deleted, done.told) == (1, 1)

    def test_is_continued_between_two_groups_as_it_is_asked_to_stop(
        self, xb: Partner, treaty: str
    ) -> None:
        for number in range(actions.AT_ONCE + 5):
            dealing.taken(xb, dealing.made(xb, treaty, SHIPMENT, {**DATA, "alert": f"XB-{number}"}))
        dealing.handled()
        at = clock.real() + OVER
        first = actions.run(at=at, stopping=lambda: True)
        assert (first.deleted, first.told) == (actions.AT_ONCE, 0)
        second = actions.run(at=at)
        assert (second.deleted, second.told) == (5, actions.AT_ONCE + 5)

    def test_is_swept_after_what_was_under_way(self, xb: Partner, treaty: str) -> None:
        id_ = warned(xb, treaty)
        at = clock.real() + OVER
        actions.run(at=at)
        late = Notice.objects.keep(
            [],
            word=str(id_),
            source="partner",
            partner="XB",
            message_id=str(id_),
            kind="alert",
            offence="other",
            certainty="suspected",
            received_at=at,
            until_at=at,
        )
        actions.run(at=at + timedelta(hours=2))
        assert not Notice.objects.filter(pk=late.pk).exists()
        assert Tomb.objects.get().swept_at is not None


def test_no_commit_of_a_run_forgets_more_than_a_few(xb: Partner, treaty: str) -> None:
    for _ in range(2 * actions.AT_ONCE + 1):
        warned(xb, treaty)
    commits = Commits(lambda: Inbound.objects.filter(forgotten_at=None).count())
    with connection.execute_wrapper(commits):
        done = run()
    assert done.deleted == 2 * actions.AT_ONCE + 1
    assert 0 < commits.most[0] <= actions.AT_ONCE


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_no_copy_of_a_row_stays_in_the_free_room_of_a_page(db: None) -> None:
    """SQLite's `secure_delete` does not reach what a page held of rows that moved to another."""
    chance = random.Random(1)
    facts = {"agreement": "", "clause": "", "handling": "", "sent_at": clock.real()}
    for number in range(700):  # one by one, as messages come
        mark = f"qz{number:06d}vkj"
        words = [f"{chance.randrange(10**6):06d}{mark}" for _ in range(4)]
        body = {"a": mark * chance.choice([3, 20, 60, 200, 600])}
        PartnerPaper.objects.keep(
            [("ucr", each * chance.choice([1, 2, 5])) for each in words],
            **{"message_id": str(number), "partner": "XB", "body": body, **facts},
            received_at=clock.real(),
        )
    gone = [str(number) for number in chance.sample(range(700), 350)]
    for start in range(0, len(gone), actions.AT_ONCE):
        PartnerPaper.objects.forget(gone[start : start + actions.AT_ONCE])
    assert erasing.erase([], most=erasing.SMALL)
    held = Path(connection.settings_dict["NAME"]).read_bytes()
    left = {str(int(each)) for each in re.findall(rb"qz([0-9]{6})vkj", held)}
    assert len(left) >= 350
    assert left.isdisjoint(gone)


class TestTheCommand:
    def said(self, *arguments: str) -> dict[str, Any]:
        done = CliRunner().invoke(commands.retention, ["run", *arguments, "--json"])
        assert done.exit_code == 0, done.output
        told: dict[str, Any] = json.loads(done.output)
        return told

    def test_says_what_is_due_what_went_and_what_an_open_case_keeps(self, xb: Partner) -> None:
        reference, message = TestAnOpenCase().red(xb)
        warned(xb, dealing.in_force(xb, {}, version=2))
        Inbound.objects.update(retain_until=clock.real())
        kept = {
            "reference": str(message),
            "reason": "inspection-open",
            "from": "XB",
            "case": reference,
        }
        due = {"due": 2, "kept": [kept], "told": 0, "untold": 0, "erased": False}
        assert self.said("--dry-run") == {**due, "deleted": 0}
        assert self.said() == {**due, "deleted": 1, "told": 1}
        assert self.said() == {**due, "due": 1, "deleted": 0}
        words = CliRunner().invoke(commands.retention, ["run"]).output
        assert f"an inspection that it led to is open ({reference})" in words


class TestTheRegistry:
    def test_names_a_forgetter_of_each_room_that_keeps_what_came_of_messages(self) -> None:
        assert set(registry.paths()) >= {"documents", "controls", "risk", "assistance"}
        for room in registry.REGISTRY:
            assert isinstance(registry.REGISTRY.get(room), registry.Forgetter)

    def test_refuses_a_name_that_is_taken(self) -> None:
        with pytest.raises(LookupError):
            registry.register("risk", "elsewhere.FORGETTER")

    def test_knows_every_table_that_carries_a_message(self) -> None:
        """A model with a `message_id` is forgotten by its room, or stands here with its reason."""
        from django.apps import apps

        aside = {
            "exchange_answer": "ids alone",
            "exchange_former": "emptied with its message",
            "exchange_awaited": "deleted with its message",
            "exchange_inbound": "the message itself",
            "exchange_outbound": "the message itself",
            "exchange_question": "ids and codes alone",
            "exchange_refusal": "the rule broken, no value",
            "exchange_tomb": "what is left",
            "exchange_wish": "ids alone",
            "identity_revocation": "of a key, housekeeping",
            "exchange_restore": "of a restore, housekeeping",
            "controls_inspection": "ours: what led to it is an id",
            "controls_seizure": "ours: what led to it is an id",
            "work_task": "emptied by work.actions.forget",
        }
        known = set(registry.tables()) | set(aside)
        for model in apps.get_models():
            names = {field.name for field in model._meta.get_fields()}
            if "message_id" in names and model._meta.app_label not in {"auth", "ledger"}:
                assert model._meta.db_table in known, model._meta.db_table


def tasks() -> list[work.TaskView]:
    return work.tasks(person="lia", roles=["liaison"], office=None)


def liaison() -> Client:
    identity.add_person(name="lia", roles=["liaison"], office=None, at=clock.real())
    client = Client()
    client.force_login(get_user_model().objects.get(name="lia"))
    return client
