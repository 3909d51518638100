"""Gaps: of a partner's serials, asked for and healed; of ours, answered whatever is asked."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.exchange.partner import Partner
from tests.exchange.test_receiving import alert, outcomes
from tests.exchange.test_sending import send
from tidewaiter import clock, jose
from tidewaiter.exchange import actions, gaps, jobs, queries
from tidewaiter.exchange.models import Correspondent, Gap, Outbound
from tidewaiter.identity import actions as identity
from tidewaiter.keys import actions as keys
from tidewaiter.work import actions as work_actions
from tidewaiter.work import jobs as work_jobs
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
RESEND, WITHDRAWN = "org.tidewaiter.resend.v1", "org.tidewaiter.withdrawn.v1"
LATER = timedelta(seconds=31)


def told(kind: str) -> list[dict[str, Any]]:
    """What we told of that type, in order."""
    rows = Outbound.objects.filter(type=kind).order_by("serial")
    return [json.loads(jose.read(row.jws).payload)["data"] for row in rows]


def ask(at: datetime) -> int:
    return gaps.ask(us=actions.us(), sign=keys.sign, at=at)


def spans() -> list[tuple[int, int]]:
    return [(gap.first, gap.last) for gap in queries.gaps()]


def delivered(*sent: actions.Sent, ago: timedelta = timedelta(minutes=1)) -> None:
    """As if the partner had taken these."""
    ids = [each.id for each in sent]
    rows = Outbound.objects.filter(message_id__in=ids)
    rows.update(state="delivered", settled_at=clock.real() - ago)


def questions_had() -> None:
    """As if the partner had taken every question."""
    Outbound.objects.filter(type=RESEND).update(state="delivered", settled_at=clock.real())


def states(*sent: actions.Sent) -> list[str]:
    return [Outbound.objects.get(message_id=each.id).state for each in sent]


def asked(xb: Partner, first: int, last: int) -> None:
    """The partner asks for serials of ours, and the jobs do what it asks."""
    assert outcomes(xb.line(xb.house("resend.v1", {"first": first, "last": last}))) == ["accepted"]
    jobs.handle()
    others = [kind for kind in work_jobs.REGISTRY if kind != "exchange.resend"]
    while claimed := work_actions.claim("test", at=clock.real(), limit={}, busy=others):
        for job in claimed:
            jobs.resend(**job.args)
            work_actions.finish("test", [job.id])


class TestAGapOfTheirs:
    def test_is_left_to_close_by_itself_for_30_seconds(self, xb: Partner, agreement: str) -> None:
        first, second = alert(xb, agreement), alert(xb, agreement)
        outcomes(xb.line(second))
        assert spans() == [(1, 1)]
        assert work.pending(["exchange.ask"]) == 1
        assert ask(clock.real()) == 0
        outcomes(xb.line(first))
        assert (spans(), ask(clock.real() + LATER)) == ([], 0)

    def test_is_asked_for_and_then_at_most_every_10_minutes(
        self, xb: Partner, agreement: str
    ) -> None:
        xb.serial = 4
        outcomes(xb.line(alert(xb, agreement)))
        at = clock.real() + LATER
        assert ask(at) == 1
        questions_had()
        assert [ask(at + timedelta(minutes=9)), ask(at + timedelta(minutes=10))] == [0, 1]
        assert told(RESEND) == [{"first": 1, "last": 4}] * 2
        (gap,) = queries.gaps()
        assert gap.asked_at == at + timedelta(minutes=10)

    def test_is_asked_for_though_the_clock_was_put_back_since(
        self, xb: Partner, agreement: str
    ) -> None:
        xb.serial = 4
        outcomes(xb.line(alert(xb, agreement)))
        at = clock.real() - timedelta(minutes=5)
        due = Gap.objects.next(at)
        assert due is not None
        assert due <= at + timedelta(seconds=30)
        assert ask(at) == 1
        questions_had()
        assert ask(at - timedelta(minutes=5)) == 1, "nor is the last question one of tomorrow"

    def test_is_not_asked_for_again_of_a_partner_that_has_not_had_the_question(
        self, xb: Partner, agreement: str
    ) -> None:
        """One that everything reaches in bundles is not sent a question every 10 minutes."""
        xb.serial = 4
        outcomes(xb.line(alert(xb, agreement)))
        at = clock.real() + LATER
        assert ask(at) == 1
        xb.serial = 8
        outcomes(xb.line(alert(xb, agreement)))
        assert ask(at + timedelta(minutes=10)) == 1  # the new gap alone
        assert told(RESEND) == [{"first": 1, "last": 4}, {"first": 6, "last": 8}]
        assert ask(at + timedelta(minutes=20)) == 0
        questions_had()
        assert ask(at + timedelta(minutes=29)) == 0
        assert ask(at + timedelta(minutes=30)) == 2

    def test_keeps_its_turn_when_a_part_of_it_comes(self, xb: Partner, agreement: str) -> None:
        five = [alert(xb, agreement) for _ in range(5)]
        outcomes(xb.line(five[4]))
        at = clock.real() + LATER
        assert ask(at) == 1
        questions_had()
        outcomes(xb.line(five[1]))
        assert spans() == [(1, 1), (3, 4)]
        assert ask(at + timedelta(minutes=9)) == 0
        assert ask(at + timedelta(minutes=10)) == 2

    def test_is_healed_by_what_was_withdrawn(self, xb: Partner, agreement: str) -> None:
        xb.serial = 4
        outcomes(xb.line(alert(xb, agreement)))
        word = {"serials": [2, 4, 3, 900], "reason": "expired"}
        assert outcomes(xb.line(xb.house("withdrawn.v1", word))) == ["accepted"]
        assert spans() == [(1, 1)]

    def test_may_still_be_filled_by_what_was_withdrawn(self, xb: Partner, agreement: str) -> None:
        first, second = alert(xb, agreement), alert(xb, agreement)
        outcomes(xb.line(second))
        outcomes(xb.line(xb.house("withdrawn.v1", {"serials": [1], "reason": "refused"})))
        assert outcomes(xb.line(first)) == ["accepted"]
        assert spans() == []

    def test_is_not_asked_of_a_partner_that_is_suspended(self, xb: Partner, agreement: str) -> None:
        xb.serial = 4
        outcomes(xb.line(alert(xb, agreement)))
        identity.suspend_partner(administration="XB")
        assert ask(clock.real() + LATER) == 0

    def test_is_asked_for_in_bounded_numbers(self, xb: Partner, agreement: str) -> None:
        made = [alert(xb, agreement) for _ in range(240)]
        outcomes(*(xb.line(each) for each in made[1::2]))
        assert len(spans()) == 120
        at = clock.real() + LATER
        assert [ask(at), ask(at), ask(at)] == [gaps.ASKED_AT_ONCE, 20, 0]

    def test_costs_what_came_and_not_how_much_there_is(
        self, xb: Partner, agreement: str, django_assert_max_num_queries: Any
    ) -> None:
        outcomes(*(xb.line(alert(xb, agreement)) for _ in range(100)))
        with django_assert_max_num_queries(4):
            assert queries.gaps() == []
            assert Gap.objects.next(clock.real()) is None
        assert Correspondent.objects.get(pk="XB").highest == 100


class TestAGapOfOurs:
    def test_is_filled_with_what_is_still_valid_though_it_was_receipted(
        self, xb: Partner, agreement: str
    ) -> None:
        lost, waiting = send(), send()
        delivered(lost)
        asked(xb, 1, 2)
        assert states(lost, waiting) == ["waiting", "waiting"]
        assert told(WITHDRAWN) == []
        due = Outbound.objects.due("XB", clock.real())
        assert [row.serial for row in due] == [1, 2]

    def test_is_answered_as_withdrawn_where_it_does_not_come(
        self, xb: Partner, agreement: str
    ) -> None:
        at = clock.real()
        late, refused, old, gone = send(), send(), send(), send()
        Outbound.objects.filter(message_id=late.id).update(expires_at=at)
        Outbound.objects.filter(message_id=refused.id).update(state="refused")
        delivered(old, ago=timedelta(days=31))
        Outbound.objects.filter(message_id=gone.id).update(state="expired")
        asked(xb, 1, 4)
        assert told(WITHDRAWN) == [
            {"serials": [1, 3, 4], "reason": "expired"},
            {"serials": [2], "reason": "refused"},
        ]
        assert states(late) == ["expired"]

    def test_answers_the_question_by_its_id(self, xb: Partner, agreement: str) -> None:
        sent = send()
        Outbound.objects.filter(message_id=sent.id).update(state="refused")
        question = xb.house("resend.v1", {"first": 1, "last": 1})
        outcomes(xb.line(question))
        jobs.resend(partner="XB", first=1, last=1, about=str(question.id))
        (row,) = Outbound.objects.filter(type=WITHDRAWN)
        assert row.in_reply_to == str(question.id)

    def test_of_serials_that_were_never_given_is_answered_with_nothing(
        self, xb: Partner, agreement: str
    ) -> None:
        send()
        before = Outbound.objects.count()
        asked(xb, 2, 2_147_483_647)
        assert Outbound.objects.count() == before

    def test_is_answered_as_far_as_a_gap_can_reach_whatever_is_asked(
        self, xb: Partner, agreement: str
    ) -> None:
        Correspondent.objects.lock(["XB"])
        Correspondent.objects.filter(pk="XB").update(last_serial=2_000_000)
        asked(xb, 1, 2_147_483_647)
        serials = [serial for each in told(WITHDRAWN) for serial in each["serials"]]
        assert serials == list(range(1, 10_001))
        assert max(len(each["serials"]) for each in told(WITHDRAWN)) == gaps.AT_ONCE

    def test_is_filled_again_though_it_was_receipted_a_moment_ago(
        self, xb: Partner, agreement: str
    ) -> None:
        lost = send()
        delivered(lost, ago=timedelta(seconds=1))
        asked(xb, 1, 1)
        assert states(lost) == ["waiting"]


class TestWhatWeWithdraw:
    def test_is_told_to_the_partner_where_it_has_a_serial(
        self, xb: Partner, agreement: str
    ) -> None:
        sent = send()
        done = actions.withdraw(id=sent.id, by="ada", at=clock.real())
        assert done.state == "withdrawn"
        assert told(WITHDRAWN) == [{"serials": [1], "reason": "refused"}]
        assert [row.serial for row in Outbound.objects.due("XB", clock.real())] == [2]
