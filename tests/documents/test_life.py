"""The state table of a declaration, walked."""

import pytest

from tidewaiter.documents import life, reference
from tidewaiter.documents.life import Event, State


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_event_in_every_state_leads_on_or_names_what_is_possible(
    state: State, event: Event
) -> None:
    if (state, event) in life.MOVES:
        assert life.move(state, event).to in State
        assert event in life.possible(state)
        assert state in life.sources(event)
    else:
        with pytest.raises(life.IllegalMove) as refusal:
            life.move(state, event)
        assert refusal.value.possible == life.possible(state)


def test_every_state_can_be_reached() -> None:
    reached, last = {State.LODGED}, set[State]()
    while reached != last:
        last = set(reached)
        reached |= {move.to for (state, _), move in life.MOVES.items() if state in last}
    assert reached == set(State)


def test_what_is_released_or_cancelled_stays_so() -> None:
    assert life.possible(State.RELEASED) == life.possible(State.CANCELLED) == ()


def test_no_correction_once_control_has_begun() -> None:
    assert State.UNDER_CONTROL not in life.sources(Event.CORRECT)


def test_every_state_and_event_has_a_name() -> None:
    assert set(life.STATE_NAMES) == set(State)
    assert set(life.EVENT_NAMES) == set(Event)


class TestReference:
    def test_is_short_and_checked(self) -> None:
        made = reference.made(12345, year=2026, administration="XA")
        assert made == "26XA001234520"
        assert reference.valid(made)

    def test_a_slip_of_one_digit_is_seen(self) -> None:
        made = reference.made(12345, year=2026, administration="XA")
        for at in range(4, len(made)):
            slip = made[:at] + str((int(made[at]) + 1) % 10) + made[at + 1 :]
            assert not reference.valid(slip)
