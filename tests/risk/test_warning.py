"""Alerts of ours: what a partner is told, by which clause, and how it is taken back."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from tests.agreements.test_faces import signed_in
from tests.documents.papers import AT, taken
from tests.exchange.conftest import agreement, xb  # noqa: F401 (fixtures)
from tests.exchange.partner import Partner
from tidewaiter import clock
from tidewaiter.controls import actions as controls
from tidewaiter.controls import errors as control_errors
from tidewaiter.documents import actions as documents
from tidewaiter.exchange import errors as exchange_errors
from tidewaiter.exchange import queries as exchange
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer
from tidewaiter.risk import actions, errors, messages, queries, steps, warning
from tidewaiter.risk.partners import queries as said

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()
POWER = "Customs Code, Art. 188"


@pytest.fixture
def reference() -> str:
    report = documents.take([taken("L-1")], at=AT, by="test")
    return report.taken[0].reference


@pytest.fixture
def found(reference: str) -> str:
    controls.record(
        reference=reference,
        result="not-conform",
        offence="counterfeit",
        marks=["NORDVIK"],
        power=POWER,
        by=COMMAND,
        at=AT + timedelta(hours=1),
    )
    return reference


def send(reference: str, **told: object) -> actions.Alerted:
    return actions.send_alert(
        reference=reference,
        to="XB",
        by=COMMAND,
        at=clock.real(),
        on=AT,
        told=warning.Told(**told),  # type: ignore[arg-type]
    )


@pytest.mark.usefixtures("agreement")
class TestAnAlert:
    def test_tells_what_the_inspection_found_as_far_as_the_clause_lets_it(self, found: str) -> None:
        sent = send(found)
        assert (sent.alert, sent.state, sent.clause) == ("XA-2026-000001", "waiting", "1")
        assert "goods.value" in sent.withheld
        data = exchange.message(COMMAND, sent.id, at=clock.real()).event["data"]
        assert data["offence"] == "counterfeit"
        assert data["certainty"] == "confirmed"
        assert data["goods"][0]["marks"] == ["NORDVIK", "Alpenlauf"]
        assert "consignment" not in data

    def test_names_an_offence(self, reference: str) -> None:
        with pytest.raises(errors.NothingToWarnOf):
            send(reference)
        assert send(reference, offence="undervaluation").clause == "2"

    def test_is_withdrawn_once(self, found: str) -> None:
        sent = send(found)
        (done,) = actions.withdraw_alert(alert=sent.alert, by=COMMAND, at=clock.real(), reason="no")
        assert done.alert == sent.alert
        data = exchange.message(COMMAND, done.id, at=clock.real()).event["data"]
        assert data == {"alert": sent.alert, "correction": "withdrawn", "reason": "no"}
        with pytest.raises(errors.AlertWithdrawn):
            actions.withdraw_alert(alert=sent.alert, by=COMMAND, at=clock.real())

    def test_shows_beforehand_what_may_be_sent(self, found: str) -> None:
        told = steps.alert(COMMAND, found, to="", at=clock.real(), on=AT)
        assert (told.to, told.offence, told.permitted) == ("XB", "counterfeit", True)
        first = told.answer.offers[0]
        assert (first.purpose, first.clause) == ("ipr-enforcement", "1")

    def test_shows_for_each_partner_what_may_be_sent_and_why_not(self, found: str) -> None:
        for code in ("XC", "XD"):
            other, now = Partner(code), clock.real()
            identity.add_partner(document=other.document(), thumbprint=other.thumbprint(), at=now)
        first, second, third = steps.answers(COMMAND, found, at=clock.real(), on=AT)
        assert [one.to for one in (first, second, third)] == ["XB", "XC", "XD"]
        assert (first.permitted, second.permitted) == (True, False)
        assert first.allowed[0].clause == "1"
        assert second.allowed == ()
        ((purpose, why),) = second.refused(str)  # what all have in common is said once
        assert (purpose, "No agreement is in force" in why) == ("", True)
        said_ = dict(first.refused(str))
        assert all(why for why in said_.values())

    def test_says_it_on_the_page_of_the_consignment(self, found: str) -> None:
        page = signed_in("liaison").get(f"/declarations/{found}").content.decode()
        assert "What may be sent of this" in page
        assert "may be told" in page
        assert "?to=XB" in page

    def test_is_sent_once_for_an_idempotency_key(self, found: str) -> None:
        identity.add_office(code="XA001", name="Port")
        identity.add_person(
            name="lia", roles=["liaison"], office="XA001", password="a long enough word", at=AT
        )
        token = identity.add_token(name="lia", at=AT).token
        client = Client(HTTP_AUTHORIZATION=f"Bearer {token}")
        body = json.dumps({"reference": found, "to": "XB"})
        headers = {"HTTP_IDEMPOTENCY_KEY": "k-1"}
        first, second = (
            client.post("/api/v1/alerts", body, content_type="application/json", **headers)
            for _ in range(2)
        )
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert len(said.alerts()) == 1
        other = json.dumps({"reference": found, "to": "XB", "summary": "other"})
        refused = client.post("/api/v1/alerts", other, content_type="application/json", **headers)
        assert refused.status_code == 409


@pytest.mark.usefixtures("xb")
def test_without_an_agreement_nothing_leaves_and_no_number_is_used(found: str) -> None:
    with pytest.raises(exchange_errors.NotPermitted):
        send(found)
    assert said.alerts() == []


def test_an_alert_of_nothing_is_none(reference: str) -> None:
    with pytest.raises(control_errors.NotASeizure):
        actions.send_report(reference=reference, to="XB", by=COMMAND, at=clock.real())
    with pytest.raises(errors.NoSuchAlert):
        actions.withdraw_alert(alert="XA-1", by=COMMAND, at=clock.real())


def test_our_finding_raises_signals_that_carry_the_partners_message(found: str) -> None:
    (notice,) = said.warnings(source="own")
    assert (notice.kind, notice.number, notice.offence) == ("finding", found, "counterfeit")
    later = documents.take([taken("L-2")], at=AT + timedelta(days=1), by="test")
    judged = queries.assessment(COMMAND, later.taken[0].reference, at=AT)
    assert any(reason.code.startswith("signal.own.") for reason in judged.reasons)


class TestTheSchemas:
    @pytest.mark.parametrize("kind", [messages.SHIPMENT, messages.SEIZURE])
    def test_admit_generalised_forms(self, kind: object) -> None:
        from tidewaiter.exchange import schemas

        data = {
            "alert": "XB-1",
            "seizure": "XB-S-1",
            "date": "2026-11",
            "offence": "counterfeit",
            "certainty": "suspected",
            "validuntil": "2027",
            "consignment": {"consignee": {"name": "kh:" + "A" * 43}, "ucr": True, "route": ["CN"]},
            "goods": [{"hs": "6404", "value": {"amount": "band:1000"}, "marks": ["X"]}],
        }
        assert schemas.fault(kind, data) == ""  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "change",
        [
            {"offence": "jaywalking"},
            {"certainty": "maybe"},
            {"validuntil": "tomorrow"},
            {"goods": [], "consignment": {}},
            {"goods": [{"hs": 640411}]},
            {"goods": [{"hs": "64", "value": {"amount": 5}}]},
            {"alert": ""},
        ],
    )
    def test_refuse_what_the_contract_does_not_say(self, change: dict[str, object]) -> None:
        from tidewaiter.exchange import schemas

        data = {
            "alert": "XB-1",
            "offence": "counterfeit",
            "certainty": "suspected",
            "validuntil": "2027-03-01T00:00:00.000Z",
            "goods": [{"hs": "640411"}],
            **change,
        }
        assert schemas.fault(messages.SHIPMENT, data) != ""
