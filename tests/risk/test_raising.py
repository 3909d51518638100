"""A word that names thousands: written some at once, counted as a whole, whatever comes between."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.documents.papers import AT, taken
from tests.risk.test_assessing import alert
from tidewaiter.documents import actions as documents
from tidewaiter.documents import queries as declarations
from tidewaiter.exchange.types import Received
from tidewaiter.identifier import uuid7
from tidewaiter.risk import jobs, messages, queries, subjects
from tidewaiter.risk.models import Notice, Signal
from tidewaiter.risk.partners import actions, raising
from tidewaiter.risk.partners.models import AT_ONCE, WITHDRAWN_AT_ONCE
from tidewaiter.work.models import Job

pytestmark = pytest.mark.django_db
MARKS = 2 * AT_ONCE + 100
GOODS = [{"hs": "640411", "origin": "CN", "marks": [f"MARK {n}" for n in range(MARKS // 2)]}]
GOODS += [{"hs": "640411", "origin": "CN", "marks": [f"MARK {n}" for n in range(1000, 1600)]}]
WRITES = ("INSERT", "UPDATE", "DELETE")


class Commits:
    """Notes what the most is that changed from one commit to the next, by what counts it."""

    def __init__(self, *counts: Callable[[], int]) -> None:
        self.counts = counts
        self.most = [0] * len(counts)
        self._depth = 0
        self._looking = False
        self._last = [count() for count in counts]

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if self._looking:
            return result
        self._depth += sql.startswith("SAVEPOINT") - sql.startswith("RELEASE")
        if self._depth == 0 and sql.startswith(("RELEASE", *WRITES)):
            self._looking = True
            now = [count() for count in self.counts]
            self._looking = False
            changes = [abs(one - last) for one, last in zip(now, self._last, strict=True)]
            self.most = list(map(max, self.most, changes))
            self._last = now
        return result


def signals() -> int:
    return Signal.objects.count()


def live() -> int:
    return Signal.objects.filter(live=True).count()


def standing() -> int:
    return Notice.objects.filter(withdrawn_at=None).count()


def counted() -> int:
    return queries.kept().signals().height


def long_alert(**data: object) -> Received:
    return alert(goods=GOODS, **data)


def correction(of: Received) -> Received:
    told = {"alert": of.data["alert"], "correction": "withdrawn"}
    later = of.time + timedelta(hours=1)
    return replace(of, id=uuid7(AT), type=messages.CORRECTION_TYPE, time=later, data=told)


def named(received: Received) -> Counter[tuple[str, str, str]]:
    return Counter((one.part, one.kind, one.value) for one in subjects.subjects(received.data))


def written() -> Counter[tuple[str, str, str]]:
    return Counter(Signal.objects.values_list("part", "kind", "value"))


def begun() -> Received:
    """A long alert of which the first signals are written: then the job was killed."""
    received = long_alert()
    messages.raise_signals(received)
    notice = Notice.objects.get()
    about = raising.rows(
        subjects.subjects(received.data), str(received.id), "confirmed", notice.until_at
    )
    assert Notice.objects.raise_some(notice.word, about)
    assert signals() == AT_ONCE
    return received


def test_no_transaction_writes_more_than_some_and_the_whole_counts_at_once() -> None:
    (pk,) = documents.take([taken("L-1")], at=AT, by="test").ids
    received, commits, counts = long_alert(), Commits(signals), Commits(counted)
    with connection.execute_wrapper(commits), connection.execute_wrapper(counts):
        messages.raise_signals(received)
        assert counted() == 0
        assert messages.judge_again(str(received.id), at=AT) == 1
    assert commits.most == [AT_ONCE]
    assert written() == named(received)
    assert counts.most == [len(named(received))]  # from none to all
    assert declarations.summaries([pk])[pk].lane == "red"
    assert Notice.objects.get().waiting == ""


def test_a_job_that_was_killed_goes_on_where_it_was() -> None:
    received = begun()
    assert counted() == 0
    messages.raise_signals(received)  # the handler, too, may be called again
    jobs.warned(word=str(received.id))
    assert written() == named(received)
    assert set(Signal.objects.values_list("message_id", flat=True)) == {str(received.id)}
    assert counted() == len(named(received))
    jobs.warned(word=str(received.id))
    assert written() == named(received)


def test_what_is_withdrawn_while_it_is_raised_never_counts() -> None:
    received = begun()
    messages.correct(correction(received))
    assert counted() == 0
    jobs.warned(word=str(received.id))
    assert (counted(), live(), signals()) == (0, 0, AT_ONCE)
    assert (Notice.objects.get().unsettled, Notice.objects.get().waiting) == ("", "")


def test_what_is_forgotten_while_it_is_raised_is_raised_no_further() -> None:
    received = begun()
    actions.forget([received.id], AT)
    jobs.warned(word=str(received.id))
    assert (signals(), Notice.objects.count()) == (0, 0)


def test_a_correction_that_came_first_leaves_nothing_to_raise() -> None:
    received = long_alert()
    messages.correct(correction(received))
    messages.raise_signals(received)
    jobs.warned(word=str(received.id))
    assert (counted(), signals(), Notice.objects.get().waiting) == (0, 0, "")


def test_all_that_a_withdrawn_word_raised_ends_at_once_and_is_put_away_in_parts() -> None:
    received = long_alert()
    messages.raise_signals(received)
    jobs.warned(word=str(received.id))
    commits = Commits(live)
    with connection.execute_wrapper(commits):
        messages.correct(correction(received))
        assert counted() == 0
        assert live() > 0
        jobs.warned(word=str(received.id))
    assert commits.most == [AT_ONCE]
    assert (live(), signals()) == (0, len(named(received)))
    forgetting = Commits(signals)
    with connection.execute_wrapper(forgetting):
        actions.forget([received.id], AT)
    assert forgetting.most == [AT_ONCE]
    assert (signals(), Notice.objects.count()) == (0, 0)


def test_a_correction_of_many_words_of_one_number_withdraws_some_at_once() -> None:
    many = WITHDRAWN_AT_ONCE + 20
    for _ in range(many):
        messages.raise_signals(alert())
    said, commits = correction(alert()), Commits(standing)
    Job.objects.all().delete()
    with connection.execute_wrapper(commits):
        messages.correct(said)
        assert standing() == 20
        jobs.corrected(message=str(said.id))
    assert commits.most == [WITHDRAWN_AT_ONCE]
    assert (standing(), counted()) == (0, 0)
    assert Job.objects.filter(kind="risk.warned").count() == many  # each is judged again


@pytest.mark.parametrize(
    "data",
    [
        {"consignment": {"ucr": "U", "containers": ["A", "B"], "seals": "S"}},
        {"consignment": {"transportdocuments": "T", "ucr": "U", "containers": "C", "seals": "S",
                         "consignor": {"name": "n", "identifier": "1"},
                         "consignee": {"name": "m", "identifier": "2"}}},
        {"goods": [{"hs": "640411", "marks": ["A", "B"]}, {"hs": "0101", "marks": ["C"]}]},
        {"consignment": True, "goods": True},
    ],
)  # fmt: skip
def test_no_more_subjects_are_named_than_were_counted_before_they_are_read(
    data: dict[str, Any],
) -> None:
    assert len(subjects.subjects(data)) <= subjects.at_most(data)
