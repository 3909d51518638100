"""The life of a message of ours: every state and event of the table."""

import pytest

from tidewaiter.exchange.life import APPROVALS, MOVES, Event, State, before

FINAL = {State.DELIVERED, State.REFUSED, State.WITHDRAWN}


@pytest.mark.parametrize("state", State)
def test_what_has_ended_well_or_badly_stays_so(state: State) -> None:
    leaves = [event for each, event in MOVES if each is state]
    assert (leaves == []) == (state in FINAL)


def test_a_receipt_that_was_under_way_still_counts_when_the_message_expired() -> None:
    assert before(Event.ACCEPT) == [State.WAITING, State.EXPIRED]
    assert before(Event.REFUSE) == [State.WAITING]


def test_a_clause_asks_for_nobody_one_or_two() -> None:
    assert APPROVALS == {"none": 0, "one": 1, "two": 2}
