"""Requests either way: answered by the machine where a clause lets it, by a person elsewhere."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.documents.papers import AT
from tests.documents.test_theirs import CONTAINER, paper
from tests.exchange import dealing
from tests.exchange.conftest import xb  # noqa: F401 (fixture)
from tests.exchange.partner import Partner
from tidewaiter import clock
from tidewaiter.assistance import actions, errors, life, messages, queries
from tidewaiter.documents import actions as documents
from tidewaiter.documents.batch import Taken
from tidewaiter.exchange import errors as exchange_errors
from tidewaiter.exchange import queries as exchange
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()
QUERY: dict[str, Any] = {"about": {"container": CONTAINER}, "category": "declaration"}
HELP: dict[str, Any] = {
    "request": "XB-R-2026-000001",
    "subject": "Trade in shoes",
    "facts": "Three consignments in March.",
    "asked": "Who imports them?",
}
REQUESTS: dict[str, Any] = {
    "categories": ["request"],
    "modes": ["spontaneous", "on-request"],
    "fields": {"allow": ["about", "category", "from", "to", *HELP, "due"]},
    "respond": {"workingdays": 10},
}
PAPERS: dict[str, Any] = {
    "categories": ["declaration"],
    "modes": ["on-request"],
    "fields": {
        "allow": ["declaration.goods_shipment", "declaration.functional_reference_id", "summary"],
        "withhold": ["declaration.goods_shipment.importer"],
    },
}


def treaty(xb: Partner, **changes: Any) -> str:  # noqa: F811
    return dealing.in_force(
        xb, REQUESTS, {**PAPERS, **changes}, refusals=["sovereignty", "ongoing-proceedings"]
    )


@pytest.fixture
def agreement(xb: Partner) -> str:  # noqa: F811
    return treaty(xb)


@pytest.fixture
def ours() -> str:
    return documents.take([Taken(paper("A-1"))], at=AT, by="test").taken[0].reference


def come(xb: Partner, agreement: str, data: Any = None, **more: Any) -> str:  # noqa: F811
    """A partner's query came, and the machine has looked at it."""
    sent = dealing.came(xb, agreement, messages.QUERY_TYPE, data or QUERY, **more)
    dealing.worked("assistance.answer")
    return str(sent.id)


def replies() -> list[dict[str, Any]]:
    """The events of the replies that went out."""
    rows = exchange.messages(COMMAND, "out")
    found = [row for row in rows if ".reply." in row.type]
    return [dict(exchange.message(COMMAND, row.id, at=clock.real()).event) for row in found]


def state(id: str) -> str:  # noqa: A002
    return queries.request(COMMAND, id, at=clock.real()).line.state


def tasks(role: str = "liaison") -> list[tuple[str, str]]:
    found = work.tasks(person="lia", roles=[role], office=None, everywhere=True)
    return [(one.kind, one.subject) for one in found if one.kind.startswith("assistance.")]


class TestAQueryThatComes:
    def test_is_answered_by_the_machine_as_far_as_the_clause_lets_it(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        ours: str,
    ) -> None:
        asked = come(xb, agreement)
        (event,) = replies()
        assert (event["type"], event["inreplyto"]) == (messages.REPLY_QUERY_TYPE, asked)
        assert (event["mode"], event["clause"]) == ("on-request", "2")
        assert event["data"]["carries"] == "declaration"
        (record,) = event["data"]["records"]
        assert record["declaration"]["functional_reference_id"] == "A-1"
        assert "declarant" not in record["declaration"]
        assert "importer" not in record["declaration"]["goods_shipment"]
        assert (state(asked), tasks()) == ("answered", [])

    def test_is_answered_with_nothing_where_nothing_is_held(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        come(xb, agreement)
        assert replies()[0]["data"] == {"carries": "declaration", "records": []}

    def test_is_narrowed_by_its_period(self, xb: Partner, agreement: str, ours: str) -> None:  # noqa: F811
        come(xb, agreement, {**QUERY, "from": "2026-03-02", "to": "2026-03"})
        come(xb, agreement, {**QUERY, "from": "2026-02", "to": "2026-03-01"})
        assert sorted(len(one["data"]["records"]) for one in replies()) == [0, 1]

    def test_about_an_operator_finds_it_by_identifier_and_by_name(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        ours: str,
    ) -> None:
        for operator in ("XA900002", "NORDMARK SPORT", "Nobody Ltd"):
            come(xb, agreement, {"about": {"operator": operator}, "category": "declaration"})
        assert sorted(len(one["data"]["records"]) for one in replies()) == [0, 1, 1]

    def test_waits_for_a_person_where_the_clause_asks_for_one(
        self,
        xb: Partner,  # noqa: F811
        ours: str,
    ) -> None:
        digest = treaty(xb, approval="one")
        asked = come(xb, digest)
        assert (replies(), state(asked)) == ([], "open")
        assert tasks() == [("assistance.answer", asked)]
        answer = actions.Answer(records=True)
        sent = actions.reply(id=asked, answer=answer, by=COMMAND, at=clock.real())
        assert (sent.state, sent.clause) == ("waiting", "2")
        assert len(replies()[0]["data"]["records"]) == 1
        assert (state(asked), tasks()) == ("answered", [])

    @pytest.mark.parametrize("category", ["seizure", "manifest"])
    def test_waits_for_a_person_where_no_clause_permits_it(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        ours: str,
        category: str,
    ) -> None:
        asked = come(xb, agreement, {**QUERY, "category": category})
        assert (replies(), tasks()) == ([], [("assistance.answer", asked)])

    @pytest.mark.parametrize("told", ["kh:" + "A" * 43, True])
    def test_waits_for_a_person_where_it_names_nothing_that_can_be_looked_for(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        told: object,
    ) -> None:
        asked = come(xb, agreement, {**QUERY, "about": {"container": told}})
        assert (replies(), tasks()) == ([], [("assistance.answer", asked)])

    def test_leaves_here_what_the_clauses_conditions_leave_out(
        self,
        xb: Partner,  # noqa: F811
        ours: str,
    ) -> None:
        other = documents.take([Taken(paper("A-2"))], at=AT, by="test")
        assert len(other.taken) == 1
        when = [{"field": "declaration.functional_reference_id", "equals": "A-2"}]
        come(xb, treaty(xb, when=when))
        (record,) = replies()[0]["data"]["records"]
        assert record["declaration"]["functional_reference_id"] == "A-2"

    def test_is_answered_once_however_often_the_machine_looks(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        asked = come(xb, agreement)
        assert actions.answer_by_machine(asked, at=clock.real()) is False
        assert len(replies()) == 1


class TestARequestInWords:
    def test_waits_for_a_person_until_the_day_of_the_clause(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        came = dealing.came(xb, agreement, messages.ASSISTANCE_TYPE, HELP)
        line = queries.request(COMMAND, str(came.id), at=clock.real()).line
        assert (line.kind, line.number, line.state) == ("assistance", HELP["request"], "open")
        assert line.due_on is not None
        assert line.due_on > clock.real().date() + timedelta(days=12)
        assert tasks() == [("assistance.answer", str(came.id))]

    def test_is_acknowledged_answered_in_part_and_then_whole(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        ours: str,
    ) -> None:
        asked = str(dealing.came(xb, agreement, messages.ASSISTANCE_TYPE, HELP).id)
        for answer, stands in (
            (actions.Answer(state="acknowledged"), "acknowledged"),
            (actions.Answer(state="partial", carries="declaration", text="One."), "partial"),
            (actions.Answer(carries="declaration", text="All.", reference=ours), "answered"),
        ):
            assert tasks() == [("assistance.answer", asked)]
            actions.reply(id=asked, answer=answer, by=COMMAND, at=clock.real())
            assert state(asked) == stands
        assert tasks() == []
        last = replies()[0]["data"]
        assert last["state"] == "final"
        assert last["answer"]["summary"] == "All."
        assert last["answer"]["declaration"]["functional_reference_id"] == "A-1"
        assert "declarant" not in last["answer"]["declaration"]
        with pytest.raises(errors.EndedAlready):
            actions.reply(id=asked, answer=answer, by=COMMAND, at=clock.real())

    def test_is_refused_on_a_ground_of_the_agreement_alone(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        asked = str(dealing.came(xb, agreement, messages.ASSISTANCE_TYPE, HELP).id)
        for ground in ("", "security", "no time"):
            with pytest.raises(errors.GroundUnknown):
                say(asked, state="refused", ground=ground)
        sent = say(asked, state="refused", ground="sovereignty")
        assert sent.clause == "1"
        assert replies()[0]["data"] == {"state": "refused", "ground": "sovereignty"}
        assert state(asked) == "refused"

    def test_is_refused_under_what_it_carries_where_requests_go_unasked_alone(
        self,
        xb: Partner,  # noqa: F811
    ) -> None:
        unasked = {**REQUESTS, "modes": ["spontaneous"]}
        digest = dealing.in_force(xb, unasked, PAPERS, refusals=["sovereignty"])
        asked = str(dealing.came(xb, digest, messages.ASSISTANCE_TYPE, HELP).id)
        sent = say(asked, state="refused", ground="sovereignty")
        assert (sent.clause, replies()[0]["data"]["carries"]) == ("2", "declaration")

    def test_is_not_answered_with_what_no_clause_lets_out(
        self,
        xb: Partner,  # noqa: F811
    ) -> None:
        digest = treaty(xb, fields={"allow": ["declaration"]})
        asked = str(dealing.came(xb, digest, messages.ASSISTANCE_TYPE, HELP).id)
        with pytest.raises(exchange_errors.NotPermitted):
            say(asked, carries="declaration", text="These words would be withheld.")
        with pytest.raises(errors.CategoryMissing):
            say(asked, text="Of nothing.")
        with pytest.raises(errors.AnswerMissing):
            say(asked, carries="declaration")
        with pytest.raises(errors.NothingHeld):
            say(asked, carries="declaration", reference="26XA999")

    def test_is_overdue_after_its_day_and_may_still_be_answered(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        asked = str(dealing.came(xb, agreement, messages.ASSISTANCE_TYPE, HELP).id)
        assert actions.lapse(at=clock.real()) == 0
        later = clock.real() + timedelta(days=20)
        assert actions.lapse(at=later) == 1
        assert state(asked) == "overdue"
        late = work.tasks(person="s", roles=["supervisor"], office=None, at=later)
        assert [one.subject for one in late] == [asked]
        say(asked, state="acknowledged")
        assert state(asked) == "overdue"
        say(asked, state="refused", ground="sovereignty")
        assert state(asked) == "refused"


def say(id: str, **told: Any) -> Any:  # noqa: A002
    answer = actions.Answer(**told)
    return actions.reply(id=id, answer=answer, by=COMMAND, at=clock.real())


class TestARequestOfOurs:
    def ask(self) -> str:
        sent = actions.ask_query(
            to="XB",
            about="container",
            value=CONTAINER,
            category="declaration",
            by=viewer.person("lia", frozenset({"liaison"}), None),
            at=clock.real(),
        )
        return str(sent.id)

    def answered(self, xb: Partner, agreement: str, asked: str, **more: Any) -> list[str]:  # noqa: F811
        data = {"carries": "declaration", "records": [{"declaration": {"goods_shipment": {}}}]}
        data = more.pop("data", data)
        kind = more.pop("type", messages.REPLY_QUERY_TYPE)
        more = {"clause": "2", "mode": "on-request", "in_reply_to": asked, **more}
        made = dealing.made(xb, agreement, kind, data, **more)
        found = dealing.taken(xb, made)
        dealing.handled()
        return found

    def test_is_kept_and_its_reply_is_told_to_who_asked(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        identity.add_person(name="lia", roles=["liaison"], office=None, at=clock.real())
        asked = self.ask()
        found = queries.request(COMMAND, asked, at=clock.real())
        assert (found.line.ours, found.line.state, found.line.by) == (True, "open", "lia")
        assert found.line.due_on is not None
        assert self.answered(xb, agreement, asked) == ["accepted"]
        assert state(asked) == "answered"
        assert tasks() == [("assistance.answered", asked)]
        (reply,) = queries.request(COMMAND, asked, at=clock.real()).replies
        assert reply.carries == "declaration"
        with pytest.raises(errors.NotOurs):
            say(asked, state="acknowledged")

    def test_is_answered_by_what_answers_it_alone(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        asked = self.ask()
        theirs = str(dealing.came(xb, agreement, messages.ASSISTANCE_TYPE, HELP).id)
        for wrong in (
            {"in_reply_to": ""},
            {"in_reply_to": theirs},
            {"in_reply_to": "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c77"},
            {"mode": "spontaneous"},
            {"data": {"carries": "alert", "records": []}},
            {"data": {"carries": "declaration", "records": [{"declaration": {"id": "1"}}]}},
        ):
            assert self.answered(xb, agreement, asked, **wrong) == ["not-permitted"]
        assert state(asked) == "open"
        assert self.answered(xb, agreement, asked) == ["accepted"]

    def test_is_judged_by_what_the_reply_carries(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        asked = self.ask()
        refusal = {"state": "refused", "ground": "sovereignty"}
        wrong = self.answered(
            xb, agreement, asked, type=messages.REPLY_ASSISTANCE_TYPE, data=refusal
        )
        assert wrong == ["not-permitted"]  # carrying nothing, it is of the category of requests
        right = self.answered(
            xb, agreement, asked, type=messages.REPLY_ASSISTANCE_TYPE, data=refusal, clause="1"
        )
        assert right == ["accepted"]
        assert state(asked) == "refused"

    def test_takes_replies_in_any_order(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        asked = self.ask()
        assert self.answered(xb, agreement, asked) == ["accepted"]
        late = {"type": messages.REPLY_ASSISTANCE_TYPE, "data": {"state": "acknowledged"}}
        assert self.answered(xb, agreement, asked, clause="1", **late) == ["accepted"]
        assert state(asked) == "answered"
        assert len(queries.request(COMMAND, asked, at=clock.real()).replies) == 2

    def test_gets_a_number_of_its_own_in_words(self, agreement: str) -> None:
        for _ in range(2):
            actions.ask_assistance(
                to="XB", subject="Shoes", asked="Who?", by=COMMAND, at=clock.real()
            )
        numbers = [one.number for one in queries.requests(COMMAND, at=clock.real())]
        year = clock.real().year
        assert numbers == [f"XA-R-{year}-000002", f"XA-R-{year}-000001"]

    @pytest.mark.usefixtures("xb")
    def test_goes_nowhere_without_a_clause(self) -> None:
        with pytest.raises(exchange_errors.NotPermitted):
            self.ask()
        assert queries.requests(COMMAND, at=clock.real()) == []


class TestTheTable:
    @pytest.mark.parametrize("state", list(life.State))
    def test_leads_from_every_state_that_waits_to_an_end(self, state: life.State) -> None:
        ends = {life.MOVES[state, event].to for event in life.ENDS if (state, event) in life.MOVES}
        waits = state in life.WAITING
        assert ends == ({life.State.ANSWERED, life.State.REFUSED} if waits else set())

    def test_names_every_state_and_what_replies_say(self) -> None:
        assert set(life.STATE_NAMES) == set(life.TONES) == set(life.State)
        assert (
            set(life.SAID) == set(life.LEADS) == {*("acknowledged", "partial", "final", "refused")}
        )


def client(role: str) -> Client:
    identity.add_person(name=role, roles=[role], office=None, at=clock.real())
    made = Client()
    made.force_login(get_user_model().objects.get(name=role))
    return made


class TestTheScreens:
    def test_show_a_request_and_take_the_answer(
        self,
        xb: Partner,  # noqa: F811
        ours: str,
    ) -> None:
        asked = come(xb, treaty(xb, approval="one"))
        lia = client("liaison")
        assert asked in lia.get("/requests/").content.decode()
        page = lia.get(f"/requests/{asked}/").content.decode()
        assert "One record is held here." in page
        assert lia.post(f"/requests/{asked}/records").status_code == 302
        assert len(replies()) == 1
        assert "answered" in lia.get(f"/requests/{asked}/").content.decode()
        assert f"/requests/{asked}/" in lia.get(f"/exchange/{asked}/").content.decode()

    def test_say_what_is_wrong_with_a_reply(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        asked = str(dealing.came(xb, agreement, messages.ASSISTANCE_TYPE, HELP).id)
        lia = client("liaison")
        answer = lia.post(f"/requests/{asked}/reply", {"state": "refused", "ground": ""})
        assert answer.status_code == 422
        assert "sovereignty" in answer.content.decode()
        right = {"state": "refused", "ground": "sovereignty"}
        assert lia.post(f"/requests/{asked}/reply", right).status_code == 302
        assert state(asked) == "refused"

    @pytest.mark.usefixtures("agreement")
    def test_ask_a_partner(self) -> None:
        lia = client("liaison")
        form = {
            "to": "XB",
            "about": "container",
            "value": CONTAINER,
            "category": "declaration",
        }
        answer = lia.post("/requests/new/query/", form)
        (one,) = queries.requests(COMMAND, at=clock.real())
        assert answer["Location"] == f"/requests/{one.message_id}/"
        assert one.by == "liaison"
        words = {"to": "XB", "subject": "Shoes", "asked": "Who?", "due": "2027-01-31"}
        assert lia.post("/requests/new/assistance/", words).status_code == 302
        newest = queries.requests(COMMAND, at=clock.real())[0]
        assert newest.due_on is not None

    def test_are_read_and_not_answered_by_who_may_not(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        asked = str(dealing.came(xb, agreement, messages.ASSISTANCE_TYPE, HELP).id)
        for role in ("auditor", "analyst", "officer"):
            who = client(role)
            page = who.get(f"/requests/{asked}/")
            assert page.status_code == 200
            assert "Send the reply" not in page.content.decode()
            form = {"state": "acknowledged"}
            assert who.post(f"/requests/{asked}/reply", form).status_code == 403
            assert who.get("/requests/new/query/").status_code == 403
        assert client("trader").get("/requests/").status_code == 403

    def test_are_there_by_rest(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        asked = str(dealing.came(xb, agreement, messages.ASSISTANCE_TYPE, HELP).id)
        identity.add_person(name="sys", roles=["liaison"], office=None, at=clock.real())
        token = identity.add_token(name="sys", at=clock.real()).token
        program = Client(HTTP_AUTHORIZATION=f"Bearer {token}")
        listed = program.get("/api/v1/requests?side=theirs&waiting=true").json()
        assert [one["message_id"] for one in listed["items"]] == [asked]
        assert program.get(f"/api/v1/requests/{asked}").json()["data"]["asked"] == HELP["asked"]
        body = json.dumps({"state": "acknowledged"})
        answer = program.post(
            f"/api/v1/requests/{asked}/replies", body, content_type="application/json"
        )
        assert answer.status_code == 201
        ask = json.dumps({"to": "XB", "about": "ucr", "value": "6XB1", "category": "declaration"})
        answer = program.post("/api/v1/requests/queries", ask, content_type="application/json")
        assert answer.status_code == 201
        assert state(answer.json()["id"]) == "open"
