"""Passing on what a partner gave: refused, asked first, or gone, as its clause says."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client

from tests.documents import papers
from tests.exchange import dealing
from tests.exchange.conftest import ALERT
from tests.exchange.partner import Partner
from tests.exchange.test_redeciding import TestAnAgreementsKey as SealedNames
from tests.risk.test_assessing import alert as warning
from tidewaiter import clock, jose
from tidewaiter.agreements import actions as agreements
from tidewaiter.controls import actions as controls
from tidewaiter.documents import actions as documents
from tidewaiter.exchange import actions as sending
from tidewaiter.exchange import commands, jobs, queries, redeciding
from tidewaiter.exchange.forgetting import actions as forgetting
from tidewaiter.exchange.models import Consent, Inbound, Outbound
from tidewaiter.exchange.obligations import messages
from tidewaiter.exchange.onward import errors, terms
from tidewaiter.exchange.onward import queries as onward
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer
from tidewaiter.keys import actions as keys
from tidewaiter.risk import actions as risk
from tidewaiter.risk.partners import holding
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()
SHIPMENT = "org.tidewaiter.alert.shipment.v1"
OTHER = "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c09"
ANOTHER = "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c0b"
CONSENT = {"onward": "with-consent"}


@pytest.fixture
def xc(db: None) -> Partner:
    """A third administration, with which we have an agreement of our own."""
    made = Partner("XC", at=clock.real() - timedelta(minutes=5))
    identity.add_partner(document=made.document(), thumbprint=made.thumbprint(), at=made.at)
    dealing.in_force(
        made, {"disclosers": ["XA"], "recipients": ["XC"]}, parties=["XA", "XC"], id=OTHER
    )
    return made


def given(xb: Partner, **clause: Any) -> str:
    """A warning of XB under a clause that says so of passing on; its id."""
    treaty = dealing.in_force(xb, clause)
    data = {**ALERT, "alert": "XB-1", "goods": [{"hs": "640411"}]}
    return str(dealing.came(xb, treaty, SHIPMENT, data).id)


def pass_on(source: str, to: str = "XC", **more: Any) -> sending.Sent:
    order = {"purpose": "ipr-enforcement", "handling": "TLP:AMBER", "by": COMMAND, **more}
    return sending.send(
        to=to, type=SHIPMENT, data=ALERT, rests_on=[source], at=clock.real(), **order
    )


def decided(xb: Partner, source: str, decision: str, to: Any = "XC") -> None:
    """XB answers our question."""
    agreement = Outbound.objects.filter(type=messages.ONWARD_TYPE)[0].agreement
    data = {"message": source, "to": to, "decision": decision}
    dealing.came(xb, agreement, messages.ONWARD_TYPE, data)
    dealing.worked("exchange.onward")


def state(sent: sending.Sent) -> str:
    return queries.message(COMMAND, sent.id, at=clock.real()).row.state


class TestWhatMayBePassedOnToNobody:
    @pytest.mark.parametrize("clause", [{}, {"onward": "none"}, {"onward": ["XD"]}])
    def test_is_refused_and_says_under_which_clause_it_came(
        self, xb: Partner, xc: Partner, clause: dict[str, Any]
    ) -> None:
        source = given(xb, **clause)
        with pytest.raises(errors.NotOnward) as refused:
            pass_on(source)
        assert refused.value.members["partner"] == "XB"
        assert "clause 1" in refused.value.line()
        assert not Outbound.objects.filter(recipient="XC", agreement__gt="").exists()

    def test_goes_back_to_who_gave_it(self, xb: Partner, xc: Partner) -> None:
        source = given(xb, onward="none")
        assert pass_on(source, "XB").state == "waiting"

    def test_is_no_partners_message_where_the_id_is_of_nothing(self, xc: Partner) -> None:
        assert pass_on("019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c77").state == "waiting"
        assert pass_on("no id").state == "waiting"


class TestWhatMayBePassedOnToSome:
    def test_goes_to_them_at_once_and_is_bound_to_its_terms(self, xb: Partner, xc: Partner) -> None:
        source = given(xb, onward=["XC", "XD"])
        sent = pass_on(source)
        row = Outbound.objects.get(message_id=sent.id)
        assert (sent.state, row.handling) == ("waiting", "TLP:AMBER")
        (rests,) = onward.grounds(sent.id)
        assert (rests.partner, str(rests.source), rests.asked_at) == ("XB", source, None)
        came = queries.message(COMMAND, UUID(source), at=clock.real())
        assert row.retain_until == came.retain_until, "300 days there, 365 by the clause of XC"

    def test_is_never_passed_on_once_its_time_is_over(self, xb: Partner, xc: Partner) -> None:
        source = given(xb, onward=["XC"])
        later = clock.real() + timedelta(days=301)
        with pytest.raises(errors.TooLate):
            sending.send(
                to="XC",
                type=SHIPMENT,
                data=ALERT,
                purpose="ipr-enforcement",
                handling="TLP:AMBER",
                rests_on=[source],
                by=COMMAND,
                at=later,
            )


class TestWhatItsOriginatorIsAskedOf:
    def test_is_held_without_a_serial_while_the_question_goes(
        self, xb: Partner, xc: Partner
    ) -> None:
        source = given(xb, **CONSENT)
        sent = pass_on(source)
        assert (sent.state, sent.serial) == ("held", None)
        (asked,) = Outbound.objects.filter(type=messages.ONWARD_TYPE)
        event = queries.message(COMMAND, asked.message_id, at=clock.real()).event
        assert (event["recipient"], event["data"]) == ("XB", {"message": source, "to": "XC"})
        assert Consent.objects.get().asked_by == asked.message_id

    def test_is_asked_once_for_all_that_rests_on_it(self, xb: Partner, xc: Partner) -> None:
        source = given(xb, **CONSENT)
        first, second = pass_on(source), pass_on(source)
        assert Outbound.objects.filter(type=messages.ONWARD_TYPE).count() == 1
        decided(xb, source, "granted")
        assert (state(first), state(second)) == ("waiting", "waiting")

    def test_goes_once_it_is_granted(self, xb: Partner, xc: Partner) -> None:
        source = given(xb, **CONSENT)
        sent = pass_on(source)
        decided(xb, source, "granted")
        assert state(sent) == "waiting"
        row = Outbound.objects.get(message_id=sent.id)
        assert (row.serial, bool(row.jws), row.log_index is not None) == (1, True, True)
        assert pass_on(source).state == "waiting", "what was granted need not be asked again"

    @pytest.mark.parametrize("word", ["refused", "not now", "GRANTED, but to nobody else"])
    def test_is_taken_back_by_every_other_word_and_refused_from_then_on(
        self, xb: Partner, xc: Partner, word: str
    ) -> None:
        source = given(xb, **CONSENT)
        sent = pass_on(source)
        decided(xb, source, word)
        assert state(sent) == "withdrawn"
        assert onward.grounds(sent.id)[0].said == word
        with pytest.raises(errors.ConsentRefused):
            pass_on(source)

    def test_is_asked_again_where_the_question_did_not_arrive(
        self, xb: Partner, xc: Partner
    ) -> None:
        source = given(xb, **CONSENT)
        pass_on(source)
        Outbound.objects.filter(type=messages.ONWARD_TYPE).update(state="expired")
        second = pass_on(source)
        (asked,) = Outbound.objects.filter(type=messages.ONWARD_TYPE, state="waiting")
        assert Consent.objects.get().asked_by == asked.message_id
        decided(xb, source, "granted")
        assert state(second) == "waiting"

    def test_is_taken_back_where_what_was_granted_is_refused_before_it_arrived(
        self, xb: Partner, xc: Partner
    ) -> None:
        source = given(xb, **CONSENT)
        sent = pass_on(source)
        decided(xb, source, "granted")
        assert state(sent) == "waiting"
        decided(xb, source, "refused")
        assert state(sent) == "withdrawn"

    def test_is_not_decided_anew_against_its_word(self, xb: Partner, xc: Partner) -> None:
        """XC refuses the clause, another would let it go; XB has changed its mind meanwhile."""
        source = given(xb, **CONSENT)
        sent = pass_on(source)
        decided(xb, source, "granted")
        Consent.objects.update(decision="refused")
        row = Outbound.objects.get(message_id=sent.id)
        clause = {"disclosers": ["XA"], "recipients": ["XC"]}
        dealing.in_force(xc, clause, parties=["XA", "XC"], id=ANOTHER)
        anew = redeciding.Anew("XC", us=sending.us(), at=clock.real())
        permit = anew.decided(row, "not-permitted")
        assert permit is not None
        Outbound.objects.filter(pk=row.pk).update(state="refused")
        row.refresh_from_db()
        with transaction.atomic():
            redeciding.sign_anew([(row, permit)], us=sending.us(), sign=keys.sign, at=clock.real())
        assert state(sent) == "held"

    def test_does_not_go_where_the_agreement_with_its_recipient_has_ended(
        self, xb: Partner, xc: Partner
    ) -> None:
        source = given(xb, **CONSENT)
        sent = pass_on(source)
        word = {"notice": "terminate", "reason": "no more"}
        agreements.notice(digest=sent.agreement, party="XC", at=clock.real(), **word)
        decided(xb, source, "granted")
        assert state(sent) == "held"

    def test_is_deleted_with_what_it_rests_on(self, xb: Partner, xc: Partner) -> None:
        sent = pass_on(given(xb, **CONSENT))
        forgetting.run(at=clock.real() + timedelta(days=301))
        row = Outbound.objects.get(message_id=sent.id)
        assert (row.state, row.draft, row.asked) == ("withdrawn", "", {})

    def test_is_asked_back_where_its_originator_wishes_it_gone(
        self, xb: Partner, xc: Partner
    ) -> None:
        source = given(xb, onward=["XC"])
        sent = pass_on(source)
        Outbound.objects.filter(message_id=sent.id).update(state="delivered")
        data = {"messages": [source], "deleted": False}
        treaty = Inbound.objects.get(message_id=source).agreement
        wish = dealing.came(xb, treaty, messages.DELETION_TYPE, data)
        forgetting.decide(id=wish.id, agreed=True, by=COMMAND, at=clock.real())
        forgetting.run(at=clock.real())
        asked = Outbound.objects.get(recipient="XC", type=messages.DELETION_TYPE)
        event = queries.message(COMMAND, asked.message_id, at=clock.real()).event
        assert event["data"] == {"messages": [str(sent.id)], "deleted": False}
        assert Outbound.objects.get(message_id=sent.id).jws == ""

    def test_waits_for_the_word_on_this_recipient(self, xb: Partner, xc: Partner) -> None:
        source = given(xb, **CONSENT)
        sent = pass_on(source)
        decided(xb, source, "granted", to=["XD", "XE"])
        assert state(sent) == "held"

    def test_waits_for_people_as_well(self, xb: Partner, xc: Partner) -> None:
        source = given(xb, **CONSENT)
        dealing.in_force(
            xc,
            {
                "approval": "two",
                "purposes": ["security"],
                "disclosers": ["XA"],
                "recipients": ["XC"],
            },
            parties=["XA", "XC"],
            id=ANOTHER,
        )
        sent = pass_on(source, purpose="security")
        decided(xb, source, "granted")
        assert state(sent) == "held"
        sending.release(id=sent.id, by="lia", at=clock.real())
        assert state(sent) == "waiting"

    def test_is_not_let_go_by_people_alone(self, xb: Partner, xc: Partner) -> None:
        source = given(xb, **CONSENT)
        sent = pass_on(source)
        assert sending.release(id=sent.id, by="lia", at=clock.real()).state == "held"

    def test_says_on_its_page_for_whose_word_it_waits(self, xb: Partner, xc: Partner) -> None:
        sent = pass_on(given(xb, **CONSENT))
        page = seen(f"/exchange/{sent.id}/")
        assert "It waits for the word of XB" in page
        assert "asked, no word yet" in page

    def test_is_not_granted_by_somebody_else(self, xb: Partner, xc: Partner) -> None:
        source = given(xb, **CONSENT)
        pass_on(source)
        parties = {"disclosers": ["XA", "XC"], "recipients": ["XA", "XC"]}
        other = dealing.in_force(xc, parties, parties=["XA", "XC"], id=ANOTHER)
        data = {"message": source, "to": "XC", "decision": "granted"}
        forged = dealing.made(xc, other, messages.ONWARD_TYPE, data)
        assert dealing.taken(xc, forged) == ["not-permitted"]


class TestByTheCommand:
    def sent(self, tmp_path: Path, rests_on: str) -> Any:
        file = tmp_path / "alert.json"
        file.write_text(json.dumps(ALERT))
        order = ["--to", "XC", "--type", SHIPMENT, "--purpose", "ipr-enforcement"]
        order += ["--handling", "TLP:AMBER", "--data", str(file), "--rests-on", rests_on, "--json"]
        return CliRunner().invoke(commands.exchange, ["send", *order])

    def test_a_partners_number_names_its_message(
        self, xb: Partner, xc: Partner, tmp_path: Path
    ) -> None:
        given(xb, **CONSENT)
        assert json.loads(self.sent(tmp_path, "XB-1").output)["state"] == "held"

    @pytest.mark.parametrize("name", ["XB-11", "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c77"])
    def test_nothing_goes_that_rests_on_what_is_not_here(
        self, xb: Partner, xc: Partner, tmp_path: Path, name: str
    ) -> None:
        given(xb, onward="none")
        done = self.sent(tmp_path, name)
        assert done.exit_code == 1
        assert "no-such-message" in done.output
        assert not Outbound.objects.filter(recipient="XC").exclude(agreement="").exists()


class TestWhatWaitsForAKey:
    def test_is_bound_by_what_it_rests_on_when_the_key_has_come(self, xb: Partner) -> None:
        eu = Partner("EU", at=clock.real() - timedelta(minutes=5))
        identity.add_partner(document=eu.document(), thumbprint=eu.thumbprint(), at=eu.at)
        dealing.in_force(eu, SealedNames.SEALED, parties=["EU", "XA"], id=ANOTHER)
        source = given(xb, onward=["EU"])
        order = {"purpose": "ipr-enforcement", "handling": "TLP:AMBER", "by": COMMAND}
        at, data = clock.real(), SealedNames.DATA
        sent = sending.send(to="EU", type=SHIPMENT, data=data, rests_on=[source], at=at, **order)
        assert sent.state == "held"
        key = {"agreement": ANOTHER, "key": jose.encode(bytes(32))}
        assert dealing.taken(eu, eu.house("agreement.key.v1", key)) == ["accepted"]
        jobs.unlock()
        row = Outbound.objects.get(message_id=sent.id)
        given_until = Inbound.objects.get(message_id=source).retain_until
        assert (row.state, row.retain_until) == ("waiting", given_until)


class TestByRest:
    def test_is_held_to_the_terms_of_what_it_rests_on(self, xb: Partner, xc: Partner) -> None:
        given(xb, onward="none")
        identity.add_person(name="lia", roles=["liaison"], office=None, at=clock.real())
        token = identity.add_token(name="lia", at=clock.real()).token
        order = {"to": "XC", "type": SHIPMENT, "purpose": "ipr-enforcement", "data": ALERT}
        order |= {"handling": "TLP:AMBER", "rests_on": ["XB-1"]}
        answer = Client().post(
            "/api/v1/messages",
            json.dumps(order),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 403, answer.content
        assert "XB" in answer.json()["detail"]
        assert not Outbound.objects.filter(recipient="XC", agreement__gt="").exists()


class TestWhatSeveralPartnersLedTo:
    def test_is_bound_by_the_terms_of_each(self, xb: Partner, xc: Partner) -> None:
        """XB's word and XC's lead to one inspection, which names one of them: both bind."""
        words = {"fields": {"allow": list(warning().data)}, "purposes": ["security"]}
        first = dealing.in_force(xb, {**words, "onward": ["XC"]})
        both = {"disclosers": ["XA", "XC"], "recipients": ["XA", "XC"], "onward": "none"}
        second = dealing.in_force(xc, {**words, **both}, parties=["XA", "XC"], id=ANOTHER)
        dealing.came(xb, first, SHIPMENT, warning().data, purpose="security")
        theirs = {**warning().data, "alert": "XC-1"}
        dealing.came(xc, second, SHIPMENT, theirs, purpose="security")
        report = documents.take([papers.taken("L-1")], at=papers.AT, by="test")
        risk.follow(report.ids, at=papers.AT)
        reference = report.taken[0].reference
        controls.record(
            reference=reference, result="conform", power="Art. 1", by=COMMAND, at=papers.AT
        )
        behind = set(holding.rests_on(reference))
        assert behind == set(map(str, Inbound.objects.values_list("message_id", flat=True)))


class TestAPartnersQuestion:
    def ask(self, xb: Partner) -> sending.Sent:
        treaty = dealing.in_force(xb, {})
        sent = sending.send(
            to="XB",
            type=SHIPMENT,
            data=ALERT,
            purpose="ipr-enforcement",
            handling="TLP:AMBER",
            by=COMMAND,
            at=clock.real(),
        )
        data = {"message": ALERT["alert"], "to": ["XD", "XE"]}
        self.question = dealing.came(xb, treaty, messages.ONWARD_TYPE, data)
        return sent

    @pytest.mark.parametrize("word", ["granted", "refused"])
    def test_is_decided_on_the_page_of_our_message_and_answered_signed(
        self, xb: Partner, word: str
    ) -> None:
        sent = self.ask(xb)
        client = liaison()
        page = client.get(f"/exchange/{sent.id}/").content.decode()
        assert "XB asks to pass this message of ours on to XD, XE." in page
        answer = client.post(f"/exchange/{self.question.id}/onward", {"decision": word})
        assert answer.status_code == 302
        said = Outbound.objects.get(type=messages.ONWARD_TYPE)
        event = queries.message(COMMAND, said.message_id, at=clock.real()).event
        assert event["data"] == {"message": str(sent.id), "to": ["XD", "XE"], "decision": word}
        (asked,) = onward.questions(sent.id)
        assert (asked.decision, asked.decided_by) == (word, "lia")
        assert not [
            t
            for t in work.tasks(person="lia", roles=["liaison"], office=None)
            if "consent" in t.kind
        ]

    def test_is_answered_once(self, xb: Partner) -> None:
        self.ask(xb)
        client = liaison()
        for _ in range(2):
            client.post(f"/exchange/{self.question.id}/onward", {"decision": "refused"})
        assert Outbound.objects.filter(type=messages.ONWARD_TYPE).count() == 1

    def test_is_not_for_everybody_to_answer(self, xb: Partner) -> None:
        self.ask(xb)
        identity.add_person(name="olga", roles=["auditor"], office=None, at=clock.real())
        client = Client()
        client.force_login(get_user_model().objects.get(name="olga"))
        answer = client.post(f"/exchange/{self.question.id}/onward", {"decision": "granted"})
        assert answer.status_code == 403


def liaison() -> Client:
    identity.add_person(name="lia", roles=["liaison"], office=None, at=clock.real())
    client = Client()
    client.force_login(get_user_model().objects.get(name="lia"))
    return client


def seen(path: str) -> str:
    return liaison().get(path).content.decode()


def test_the_tightest_mark_counts() -> None:
    assert terms.tightest(["TLP:AMBER", "TLP:RED", "TLP:GREEN"]) == "TLP:RED"
