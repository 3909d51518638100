"""Sending: decided, cut down, written with its serial, signed, logged, released by people."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.exchange.conftest import ALERT
from tests.exchange.partner import ALERT as TYPE
from tests.exchange.partner import Partner
from tidewaiter import clock
from tidewaiter.exchange import actions, errors, jobs, queries
from tidewaiter.exchange.models import Outbound
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import queries as identity_queries
from tidewaiter.identity import viewer
from tidewaiter.ledger import queries as ledger
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db


def order(**changes: Any) -> dict[str, Any]:
    values = {
        "to": "XB",
        "type": TYPE,
        "purpose": "ipr-enforcement",
        "handling": "TLP:AMBER",
        "by": viewer.command_line(),
        "at": clock.real(),
    }
    return {**values, **changes}


def send(**changes: Any) -> actions.Sent:
    data = changes.pop("data", ALERT)
    return actions.send(data=data, **order(**changes))


class TestAMessage:
    def test_waits_signed_and_logged_under_the_clause_that_permits_it(self, agreement: str) -> None:
        before = ledger.size()
        sent = send()
        assert (sent.serial, sent.state, sent.clause) == (1, "waiting", "1")
        assert sent.agreement == agreement
        shown = queries.message(viewer.command_line(), sent.id, at=clock.real())
        assert (shown.log_index, ledger.size()) == (before, before + 1)
        assert shown.event["serial"] == 1

    def test_lets_out_what_its_clause_allows_and_says_what_it_withheld(
        self, agreement: str
    ) -> None:
        sent = send()
        shown = queries.message(viewer.command_line(), sent.id, at=clock.real())
        assert shown.event["data"]["goods"] == [{"hs": "640411", "description": "Shoes"}]
        assert sent.withheld == ("goods.value",)

    def test_keeps_what_was_asked_to_be_decided_again_years_later(self, agreement: str) -> None:
        asked = queries.message(viewer.command_line(), send().id, at=clock.real()).asked
        assert asked["agreements"] == [agreement]
        assert asked["data"] == ALERT

    def test_gets_serials_without_a_gap_even_where_one_fails(self, agreement: str) -> None:
        assert send().serial == 1
        with pytest.raises(errors.NotPermitted):
            send(purpose="revenue")
        assert send().serial == 2

    def test_is_noted_with_whom_it_tells_of(self, agreement: str) -> None:
        party = {"name": "Brisk Trading", "identifier": "XA123"}
        goods = ALERT["goods"]
        send(data={**ALERT, "goods": goods, "consignment": {"consignee": party}})
        rows = identity_queries.readings(subject="XA123")
        assert [row.kind for _, row in rows] == ["sending"]


class TestARefusal:
    def test_names_the_reason_and_writes_nothing(self, agreement: str) -> None:
        with pytest.raises(errors.NotPermitted) as refused:
            send(purpose="revenue")
        assert refused.value.members["reason"] == "purpose"
        assert not Outbound.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"to": "XC"}, identity_errors.UnknownPartner),
            ({"type": "org.tidewaiter.nothing.v1"}, errors.NoSuchType),
            ({"data": {"alert": "1"}}, errors.UnreadableData),
            ({"data": {**ALERT, "goods": [{"description": "x" * 900_000}]}}, Exception),
            ({"handling": "TLP:CLEAR"}, errors.NotPermitted),
        ],
    )
    def test_is_specific(
        self, agreement: str, changes: dict[str, Any], problem: type[Exception]
    ) -> None:
        with pytest.raises(problem):
            send(**changes)

    def test_of_a_suspended_partner_says_so(self, agreement: str) -> None:
        identity.suspend_partner(administration="XB")
        with pytest.raises(errors.PartnerSuspended):
            send()


class TestABatch:
    def test_is_written_whole_and_signed_by_a_job(self, agreement: str) -> None:
        datas = [{**ALERT, "alert": f"XA-{number}"} for number in range(450)]
        sent = actions.send_batch(datas=datas, **order())
        assert [each.serial for each in sent] == list(range(1, 451))
        assert Outbound.objects.unsealed().count() == 450
        assert work.pending(["exchange.seal"]) == 1
        before = ledger.size()
        jobs.seal()
        assert Outbound.objects.unsealed().count() == 0
        assert ledger.size() == before + 450
        assert work.pending(["exchange.deliver"]) == 1

    def test_is_all_or_nothing(self, agreement: str) -> None:
        with pytest.raises(errors.UnreadableData) as refused:
            actions.send_batch(datas=[ALERT, {"alert": "2"}], **order())
        assert refused.value.members["place"] == "line 2"
        assert not Outbound.objects.exists()

    def test_has_at_most_2000_lines(self, agreement: str) -> None:
        with pytest.raises(errors.TooManyLines):
            actions.send_batch(datas=[ALERT] * 2001, **order())

    def test_of_nothing_is_nothing(self, agreement: str) -> None:
        assert actions.send_batch(datas=[], **order()) == []


class TestAHeldMessage:
    def test_needs_no_other_person_where_one_sent_it_and_one_is_needed(
        self, agreement: str
    ) -> None:
        assert send(purpose="customs-enforcement").state == "waiting"

    def test_waits_for_a_person_where_a_machine_sent_it(self, agreement: str) -> None:
        before = ledger.size()
        sent = send(purpose="customs-enforcement", by=viewer.machine())
        assert (sent.state, sent.serial, ledger.size()) == ("held", None, before)
        done = actions.release(id=sent.id, by="ada", at=clock.real())
        assert (done.state, done.released_by) == ("waiting", ("ada",))
        shown = queries.message(viewer.command_line(), sent.id, at=clock.real())
        assert (shown.row.serial, shown.log_index) == (1, before)

    def test_asks_for_two_people(self, agreement: str) -> None:
        sent = send(purpose="security", by="ada")
        assert sent.state == "held"
        with pytest.raises(errors.ReleasedAlready):
            actions.release(id=sent.id, by="ada", at=clock.real())
        assert actions.release(id=sent.id, by="bea", at=clock.real()).state == "waiting"
        with pytest.raises(errors.NotHeld):
            actions.release(id=sent.id, by="cyd", at=clock.real())

    def test_can_expire_while_it_is_held(self, agreement: str) -> None:
        at = clock.real()
        sent = send(purpose="security", expires=at + timedelta(seconds=1))
        with pytest.raises(errors.NotHeld):
            actions.release(id=sent.id, by="bea", at=at + timedelta(seconds=2))
        assert _expired(at + timedelta(seconds=2)) == 1
        rows = queries.messages(viewer.command_line(), "out")
        assert [(row.id, row.state) for row in rows] == [(sent.id, "expired")]


def test_every_word_ends_the_wait_for_a_partner(agreement: str, xb: Partner) -> None:
    send()
    again = jobs.deliver(partner="XB")  # nobody listens at its address
    assert again is not None
    assert queries.waits()["XB"] == again
    assert jobs.deliver(partner="XB") == again
    actions.receive([xb.line(xb.next(clock.real()))], at=clock.real())
    assert queries.waits() == {}


def _expired(at: datetime) -> int:
    return Outbound.objects.expire(at)
