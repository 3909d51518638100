"""The life of a message of ours: every state and event of the table."""

import pytest

from tidewaiter.exchange.life import APPROVALS, MOVES, Event, State, before


@pytest.mark.parametrize(
    ("state", "events"),
    [
        (State.HELD, {Event.RELEASE, Event.EXPIRE, Event.WITHDRAW}),
        (State.WAITING, {Event.ACCEPT, Event.REFUSE, Event.EXPIRE, Event.WITHDRAW}),
        (State.REFUSED, {Event.DECIDE, Event.HOLD, Event.WITHDRAW}),
        (State.DELIVERED, {Event.ASK}),
        (State.EXPIRED, {Event.ACCEPT}),
        (State.WITHDRAWN, {Event.ACCEPT}),
    ],
)
def test_what_can_befall_a_message(state: State, events: set[Event]) -> None:
    assert {event for each, event in MOVES if each is state} == events


def test_a_receipt_that_was_under_way_still_counts() -> None:
    assert before(Event.ACCEPT) == [State.WAITING, State.EXPIRED, State.WITHDRAWN]
    assert before(Event.REFUSE) == [State.WAITING]


def test_what_was_delivered_goes_out_again_only_when_it_is_asked_for() -> None:
    assert MOVES[State.DELIVERED, Event.ASK] is State.WAITING


def test_a_clause_asks_for_nobody_one_or_two() -> None:
    assert APPROVALS == {"none": 0, "one": 1, "two": 2}
