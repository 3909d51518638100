"""What came of an alert goes back to who warned, and what came of ours is shown."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.exchange import dealing
from tests.exchange.conftest import xb  # noqa: F401 (fixture)
from tests.exchange.partner import Partner
from tests.risk.test_correcting import CLAUSES, alert, declared, inspect, take
from tidewaiter import clock
from tidewaiter.exchange import queries as exchange
from tidewaiter.exchange.obligations import actions as obligations
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer
from tidewaiter.risk import actions, errors, messages, warning
from tidewaiter.risk.partners import actions as telling
from tidewaiter.risk.partners import queries as said
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()


@pytest.fixture
def agreement(xb: Partner) -> str:  # noqa: F811
    return dealing.in_force(xb, {**CLAUSES[0], "report": {"days": 60}})


@pytest.fixture
def olga() -> Client:
    """An officer, signed in."""
    identity.add_office(code="XA001", name="Port")
    identity.add_person(name="olga", roles=["officer"], office="XA001", at=clock.real())
    client = Client()
    client.force_login(get_user_model().objects.get(name="olga"))
    return client


def reports() -> list[str]:
    found = work.tasks(person="lia", roles=["liaison"], office=None, everywhere=True)
    return [one.subject for one in found if one.kind == obligations.REPORT]


def told() -> list[dict[str, Any]]:
    """The data of the feedback that went out."""
    rows = exchange.messages(COMMAND, "out", type=messages.FEEDBACK_TYPE)
    return [exchange.message(COMMAND, one.id, at=clock.real()).event["data"] for one in rows]


class TestFeedbackThatWeGive:
    def test_goes_under_the_alerts_clause_and_ends_the_task_to_report(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        warned = alert(xb, agreement)
        take(xb, warned)
        assert reports() == [str(warned.id)]
        done = telling.feedback(
            alert="XB-1", useful=True, outcome="seized", by=COMMAND, at=clock.real()
        )
        assert (done.partner, done.message.clause, done.message.state) == ("XB", "1", "waiting")
        assert told() == [{"alert": "XB-1", "useful": True, "outcome": "seized"}]
        assert reports() == []
        (notice,) = said.warnings(source="partner")
        assert (notice.told_useful, notice.told_outcome) == (True, "seized")
        assert notice.told_message_id == str(done.message.id)

    def test_counts_however_it_is_sent(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        from tidewaiter.exchange import actions as sending

        take(xb, alert(xb, agreement))
        sending.send(
            to="XB",
            type=messages.FEEDBACK_TYPE,
            purpose="",
            handling="",
            data={"alert": "XB-1", "useful": False},
            by=COMMAND,
            at=clock.real(),
        )
        assert reports() == []
        assert said.warnings(source="partner")[0].told_useful is False

    @pytest.mark.usefixtures("agreement")
    def test_is_about_an_alert_that_came(self) -> None:
        with pytest.raises(errors.NoSuchWarning):
            telling.feedback(alert="XB-9", useful=True, by=COMMAND, at=clock.real())

    def test_is_one_tick_on_the_form_of_the_inspection(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        olga: Client,
    ) -> None:
        reference = declared()
        warned = alert(xb, agreement)
        take(xb, warned)
        page = olga.get(f"/inspections/{reference}/").content.decode()
        assert "XB, XB-1" in page
        form = {
            "result": "not-conform",
            "offence": "counterfeit",
            "power": "Art. 188",
            "tell": [str(warned.id)],
        }
        assert olga.post(f"/inspections/{reference}/", form).status_code == 302
        assert told() == [{"alert": "XB-1", "useful": True, "outcome": "not-conform: counterfeit"}]
        assert "XB, XB-1" not in olga.get(f"/inspections/{reference}/").content.decode()

    def test_is_one_click_on_the_consignments_page_once_it_is_concluded(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        olga: Client,
    ) -> None:
        reference = declared()
        warned = alert(xb, agreement)
        take(xb, warned)
        button = f"useless-{warned.id}"
        assert button not in olga.get(f"/declarations/{reference}").content.decode()
        inspect(reference, viewer.person("olga", frozenset({"officer"}), "XA001"))
        assert button in olga.get(f"/declarations/{reference}").content.decode()
        form = {"useful": "no", "outcome": "conform", "reference": reference}
        answer = olga.post(f"/alerts/{warned.id}/feedback", form)
        assert (answer.status_code, answer["Location"]) == (302, f"/declarations/{reference}")
        assert told() == [{"alert": "XB-1", "useful": False, "outcome": "conform"}]
        page = olga.get(f"/declarations/{reference}").content.decode()
        assert "We told XB that it was not useful" in page

    def test_is_offered_after_a_release_without_an_inspection(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        olga: Client,
    ) -> None:
        from tidewaiter.controls import actions as controls

        reference = declared()
        warned = alert(xb, agreement)
        take(xb, warned)
        controls.release(reference=reference, power="Art. 194", by=COMMAND, at=clock.real())
        page = olga.get(f"/declarations/{reference}").content.decode()
        assert 'value="released, not inspected"' in page

    def test_is_offered_when_the_alert_has_lapsed(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        olga: Client,
    ) -> None:
        warned = alert(xb, agreement)
        past = clock.text(clock.real() - timedelta(days=1))
        take(xb, dealing.with_data(warned, validuntil=past))
        page = olga.get("/alerts/").content.decode()
        assert f"useful-{warned.id}" in page

    def test_is_given_by_rest(self, xb: Partner, agreement: str, olga: Client) -> None:  # noqa: F811
        take(xb, alert(xb, agreement))
        token = identity.add_token(name="olga", at=clock.real()).token
        client = Client(HTTP_AUTHORIZATION=f"Bearer {token}")
        body = json.dumps({"useful": True, "summary": "Two pallets."})
        answer = client.post("/api/v1/alerts/XB-1/feedback", body, content_type="application/json")
        assert answer.status_code == 201
        assert told() == [{"alert": "XB-1", "useful": True, "summary": "Two pallets."}]

    def test_is_not_a_directors_to_give(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        warned = alert(xb, agreement)
        take(xb, warned)
        identity.add_person(name="dora", roles=["director"], office=None, at=clock.real())
        client = Client()
        client.force_login(get_user_model().objects.get(name="dora"))
        assert client.post(f"/alerts/{warned.id}/feedback", {"useful": "no"}).status_code == 403
        assert f"useful-{warned.id}" not in client.get("/alerts/").content.decode()


class TestFeedbackThatComes:
    def test_is_shown_with_our_alert_and_counts_in_the_figures(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        olga: Client,
    ) -> None:
        reference = declared()
        sent = actions.send_alert(
            reference=reference,
            to="XB",
            by=COMMAND,
            at=clock.real(),
            on=clock.real(),
            told=warning.Told(offence="counterfeit"),
        )
        data = {"alert": sent.alert, "useful": True, "outcome": "seized", "summary": "Two pallets."}
        came = dealing.came(xb, agreement, messages.FEEDBACK_TYPE, data)
        (line,) = said.alerts()
        assert (line.useful, line.outcome) == (True, "seized")
        assert line.feedback_message_id == str(came.id)
        figures = said.figures()
        assert (figures.sent, figures.useful, figures.silent) == (1, 1, 0)
        page = olga.get(f"/exchange/{sent.id}/").content.decode()
        assert "Two pallets." in page


class TestTheResultOfAControl:
    @pytest.fixture
    def treaty(self, xb: Partner) -> str:  # noqa: F811
        allow = ["control", "date", "kind", "result", "consignment.consignor", "findings"]
        clause = {"categories": ["control-result"], "fields": {"allow": allow}}
        return dealing.in_force(xb, clause)

    @pytest.mark.usefixtures("treaty")
    def test_goes_to_a_partner_as_far_as_the_clause_lets_it(self) -> None:
        reference = declared()
        inspect(reference, COMMAND, result="not-conform", offence="counterfeit")
        sent = telling.send_result(reference=reference, to="XB", by=COMMAND, at=clock.real())
        data = exchange.message(COMMAND, sent.id, at=clock.real()).event["data"]
        assert (data["result"], data["findings"]) == ("not-conform", "counterfeit")
        assert set(data["consignment"]) == {"consignor"}
        assert "office" not in data

    @pytest.mark.usefixtures("treaty")
    def test_needs_a_control(self) -> None:
        with pytest.raises(errors.NothingControlled):
            telling.send_result(reference=declared(), to="XB", by=COMMAND, at=clock.real())
