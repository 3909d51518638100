"""What messages oblige to: words owed by a day, either way; deletion; passing on."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.exchange import dealing
from tests.exchange.conftest import ALERT
from tests.exchange.partner import Partner
from tidewaiter import clock
from tidewaiter.exchange import actions as sending
from tidewaiter.exchange import schemas, types
from tidewaiter.exchange.models import Outbound
from tidewaiter.exchange.obligations import actions, messages, panels, queries
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import viewer
from tidewaiter.work import actions as working
from tidewaiter.work import errors as work_errors
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()
SHIPMENT = "org.tidewaiter.alert.shipment.v1"
FEEDBACK = "org.tidewaiter.alert.feedback.v1"
QUERY = "org.tidewaiter.request.query.v1"
REPORTED: dict[str, Any] = {"report": {"days": 60}}
ASKED: dict[str, Any] = {
    "categories": ["request"],
    "fields": {"allow": ["about", "category"]},
    "respond": {"days": 10},
}


@pytest.fixture
def treaty(xb: Partner) -> str:
    return dealing.in_force(xb, REPORTED, {"purposes": ["security"]}, ASKED)


def warned(xb: Partner, treaty: str, number: str = "XB-1", **more: Any) -> str:
    data = {**ALERT, "alert": number, "goods": [{"hs": "640411"}]}
    return str(dealing.came(xb, treaty, SHIPMENT, data, **more).id)


def tasks(*roles: str, at: Any = None) -> list[work.TaskView]:
    found = work.tasks(person="lia", roles=roles or ["liaison"], office=None, at=at)
    return [one for one in found if one.kind.startswith("exchange.")]


def send(type: str, data: dict[str, Any], **more: Any) -> sending.Sent:  # noqa: A002
    order = {"purpose": "ipr-enforcement", "handling": "TLP:AMBER", **more}
    return sending.send(to="XB", type=type, data=data, by=COMMAND, at=clock.real(), **order)


def delivered(sent: sending.Sent) -> None:
    """As if XB's receipt had come."""
    Outbound.objects.filter(message_id=sent.id).update(state="delivered")


class TestAWordThatWeOwe:
    def test_is_a_task_of_the_liaison_due_on_the_last_day_of_the_clause(
        self, xb: Partner, treaty: str
    ) -> None:
        message = warned(xb, treaty)
        (task,) = tasks()
        assert (task.kind, task.subject, task.role) == (actions.REPORT, message, "liaison")
        last = clock.real().date() + timedelta(days=60)
        assert task.params == {"partner": "XB", "number": "XB-1", "due": last.isoformat()}
        assert task.due_at is not None
        assert task.due_at.date() == last

    def test_is_none_under_a_clause_that_asks_for_none(self, xb: Partner, treaty: str) -> None:
        warned(xb, treaty, clause="2", purpose="security")
        assert tasks() == []

    def test_is_given_by_feedback_on_that_message_alone(self, xb: Partner, treaty: str) -> None:
        first, second = warned(xb, treaty), warned(xb, treaty, "XB-2")
        sent = send(FEEDBACK, {"alert": "XB-1", "useful": True})
        assert [one.subject for one in tasks()] == [second]
        (owed,) = queries.owed_by_us(COMMAND, at=clock.real(), id=_uuid(first), answered=True)
        assert (owed.answered_by, owed.ours) == (sent.id, True)
        (open_,) = queries.owed_by_us(COMMAND, at=clock.real(), partner="XB")
        assert str(open_.message_id) == second

    def test_comes_to_the_supervisor_too_once_it_is_late(self, xb: Partner, treaty: str) -> None:
        warned(xb, treaty)
        now = clock.real()
        assert tasks("supervisor", at=now) == []
        assert len(tasks("supervisor", at=now + timedelta(days=62))) == 1

    def test_is_not_owed_by_a_message_about_another(self, xb: Partner, treaty: str) -> None:
        warned(xb, treaty)
        correction = "org.tidewaiter.alert.correction.v1"
        dealing.came(xb, treaty, correction, {"alert": "XB-1", "correction": "withdrawn"})
        assert len(tasks()) == 1


class TestAWordThatWeAreOwed:
    def test_is_owed_once_the_partner_has_the_message(self, treaty: str) -> None:
        sent = send(SHIPMENT, ALERT)
        assert queries.owed_to_us(COMMAND, at=clock.real()) == []
        delivered(sent)
        (owed,) = queries.owed_to_us(COMMAND, at=clock.real(), partner="XB")
        assert (owed.message_id, owed.what, owed.number) == (sent.id, "report", ALERT["alert"])
        assert owed.due_on == clock.real().date() + timedelta(days=60)
        assert not owed.late
        (late,) = queries.owed_to_us(COMMAND, at=clock.real() + timedelta(days=62))
        assert late.late

    def test_is_given_by_the_partners_feedback(self, xb: Partner, treaty: str) -> None:
        sent = send(SHIPMENT, ALERT)
        delivered(sent)
        came = dealing.came(xb, treaty, FEEDBACK, {"alert": ALERT["alert"], "useful": False})
        assert queries.owed_to_us(COMMAND, at=clock.real()) == []
        (owed,) = queries.owed_to_us(COMMAND, at=clock.real(), id=sent.id, answered=True)
        assert owed.answered_by == came.id

    def test_is_an_answer_to_a_request(self, treaty: str) -> None:
        sent = send(QUERY, {"about": {"ucr": "6XB1"}, "category": "declaration"})
        delivered(sent)
        (owed,) = queries.owed_to_us(COMMAND, at=clock.real())
        assert (owed.what, owed.due_on) == ("respond", clock.real().date() + timedelta(days=10))

    def test_is_read_by_who_may_read_messages(self) -> None:
        stranger = viewer.person("t", frozenset({"trader"}), None)
        with pytest.raises(identity_errors.Forbidden):
            queries.owed_to_us(stranger, at=clock.real())

    def test_is_said_in_words(self, xb: Partner, treaty: str) -> None:
        message = warned(xb, treaty)
        delivered(send(SHIPMENT, ALERT))
        said = [one.words for one in panels.of_partner(COMMAND, "XB", at=clock.real())]
        assert sorted(said) == [
            "We tell XB what came of XB-1.",
            f"XB tells us what came of {ALERT['alert']}.",
        ]
        (line,) = panels.of_message(COMMAND, _uuid(message), at=clock.real())
        assert line.url == f"/exchange/{message}/"


class TestDeletion:
    @pytest.mark.parametrize(
        ("deleted", "kind"),
        [(False, messages.TO_DELETE), (True, messages.DELETED), ("2026-11-20", messages.DELETED)],
    )
    def test_is_shown_and_a_task(
        self, xb: Partner, treaty: str, deleted: object, kind: str
    ) -> None:
        first, second = warned(xb, treaty), warned(xb, treaty, "XB-2")
        data = {"messages": [first, "XB-2"], "deleted": deleted}
        came = dealing.came(xb, treaty, messages.DELETION_TYPE, data)
        (task,) = [one for one in tasks() if one.kind == kind]
        assert (task.subject, task.params["count"]) == (str(came.id), 2)
        assert second

    def test_is_of_what_was_exchanged_under_its_clause_all_of_it(
        self, xb: Partner, treaty: str
    ) -> None:
        first = warned(xb, treaty)
        other = warned(xb, treaty, "XB-2", clause="2", purpose="security")
        for named in ([first, other], ["XB-9"], [first, "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c77"]):
            data = {"messages": named, "deleted": True}
            made = dealing.made(xb, treaty, messages.DELETION_TYPE, data)
            assert dealing.taken(xb, made) == ["not-permitted"]

    def test_goes_either_way_under_the_clause_of_what_it_is_about(
        self, xb: Partner, treaty: str
    ) -> None:
        first = warned(xb, treaty)
        data = {"messages": [first], "deleted": True}
        sent = send(messages.DELETION_TYPE, data, purpose="", handling="")
        assert (sent.clause, sent.state) == ("1", "waiting")


class TestPassingOn:
    def test_is_asked_and_a_decision_of_ours_ends_the_task(self, xb: Partner, treaty: str) -> None:
        sent = send(SHIPMENT, ALERT)
        data = {"message": str(sent.id), "to": "XC"}
        dealing.came(xb, treaty, messages.ONWARD_TYPE, data)
        (task,) = tasks()
        assert (task.kind, task.params["to"]) == (messages.TO_CONSENT, "XC")
        granted = {**data, "decision": "granted"}
        send(messages.ONWARD_TYPE, granted, purpose="", handling="")
        assert tasks() == []

    def test_is_decided_by_the_partner(self, xb: Partner, treaty: str) -> None:
        message = warned(xb, treaty)
        data = {"message": message, "to": ["XC", "XD"], "decision": "refused"}
        dealing.came(xb, treaty, messages.ONWARD_TYPE, data)
        task = next(one for one in tasks() if one.kind == messages.CONSENTED)
        assert (task.params["to"], task.params["decision"]) == ("XC, XD", "refused")

    def test_is_taken_note_of_by_hand(self, xb: Partner, treaty: str) -> None:
        message = warned(xb, treaty)
        data = {"message": message, "to": "XC", "decision": "refused"}
        dealing.came(xb, treaty, messages.ONWARD_TYPE, data)
        identity.add_person(name="lia", roles=["liaison"], office=None, at=clock.real())
        client = Client()
        client.force_login(get_user_model().objects.get(name="lia"))
        by_kind = {one.kind: one.id for one in tasks()}
        page = client.get("/tasks/").content.decode()
        assert f"end-{by_kind[messages.CONSENTED]}" in page
        assert f"end-{by_kind[actions.REPORT]}" not in page
        assert client.post(f"/tasks/{by_kind[messages.CONSENTED]}/end/").status_code == 302
        assert client.post(f"/tasks/{by_kind[actions.REPORT]}/end/").status_code == 404
        assert [one.kind for one in tasks()] == [actions.REPORT]


def test_a_task_of_anothers_is_not_ended(xb: Partner, treaty: str) -> None:
    data = {"message": warned(xb, treaty), "to": "XC", "decision": "refused"}
    dealing.came(xb, treaty, messages.ONWARD_TYPE, data)
    task = next(one for one in tasks() if one.kind == messages.CONSENTED)
    with pytest.raises(work_errors.NoSuchTask):
        working.end_task(
            task.id, person="o", roles=["officer"], office=None, everywhere=False, at=clock.real()
        )


class TestTheSchemas:
    @pytest.mark.parametrize(
        ("kind", "data"),
        [
            (messages.DELETION, {"messages": [], "deleted": True}),
            (messages.DELETION, {"messages": ["a"]}),
            (messages.DELETION, {"messages": ["a"], "deleted": "soon"}),
            (messages.DELETION, {"messages": "a", "deleted": True}),
            (messages.ONWARD, {"message": "a"}),
            (messages.ONWARD, {"message": "a", "to": "Belmora"}),
            (messages.ONWARD, {"message": "a", "to": []}),
            (messages.ONWARD, {"message": "", "to": "XC"}),
        ],
    )
    def test_refuse_what_the_contract_does_not_say(
        self, kind: types.MessageType, data: dict[str, Any]
    ) -> None:
        assert schemas.fault(kind, data) != ""


def _uuid(text: str) -> Any:
    from uuid import UUID

    return UUID(text)
