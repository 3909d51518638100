"""The life of a declaration as a table: in which state which event is legal, and where it leads.

Clearance is measured by it: every step is kept with its time and who took it. The rules follow the
Revised Kyoto Convention, General Annex, Chapter 3 (lodgement, amendment before examination has
begun, withdrawal, examination, release).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tidewaiter.problem import N_


class State(StrEnum):
    """Where a declaration stands."""

    LODGED = "lodged"
    ACCEPTED = "accepted"
    UNDER_CONTROL = "under control"
    RELEASED = "released"
    DETAINED = "detained"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to a declaration."""

    LODGE = "lodge"  # it comes in; the table begins after it
    ACCEPT = "accept"
    CONTROL = "control"
    RELEASE = "release"
    DETAIN = "detain"
    CORRECT = "correct"
    CANCEL = "cancel"


STATE_NAMES: Final = {
    State.LODGED: N_("Lodged"),
    State.ACCEPTED: N_("Accepted"),
    State.UNDER_CONTROL: N_("Under control"),
    State.RELEASED: N_("Released"),
    State.DETAINED: N_("Detained"),
    State.CORRECTED: N_("Corrected"),
    State.CANCELLED: N_("Cancelled"),
}
EVENT_NAMES: Final = {
    Event.LODGE: N_("Lodged"),
    Event.ACCEPT: N_("Accepted"),
    Event.CONTROL: N_("Taken under control"),
    Event.RELEASE: N_("Released"),
    Event.DETAIN: N_("Goods detained"),
    Event.CORRECT: N_("Corrected by the declarant"),
    Event.CANCEL: N_("Cancelled"),
}


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table: where an event leads, and why it may."""

    to: State
    because: str


MOVES: Final[dict[tuple[State, Event], Move]] = {
    (State.LODGED, Event.ACCEPT): Move(State.ACCEPTED, N_("it is complete and well formed")),
    (State.LODGED, Event.CANCEL): Move(State.CANCELLED, N_("the declarant withdraws it")),
    (State.ACCEPTED, Event.CONTROL): Move(State.UNDER_CONTROL, N_("an officer chose to look")),
    (State.ACCEPTED, Event.RELEASE): Move(State.RELEASED, N_("nothing stands against it")),
    (State.ACCEPTED, Event.DETAIN): Move(State.DETAINED, N_("the goods are held")),
    (State.ACCEPTED, Event.CORRECT): Move(State.CORRECTED, N_("nobody has begun to examine it")),
    (State.ACCEPTED, Event.CANCEL): Move(State.CANCELLED, N_("nobody has begun to examine it")),
    (State.CORRECTED, Event.CONTROL): Move(State.UNDER_CONTROL, N_("an officer chose to look")),
    (State.CORRECTED, Event.RELEASE): Move(State.RELEASED, N_("nothing stands against it")),
    (State.CORRECTED, Event.DETAIN): Move(State.DETAINED, N_("the goods are held")),
    (State.CORRECTED, Event.CORRECT): Move(State.CORRECTED, N_("nobody has begun to examine it")),
    (State.CORRECTED, Event.CANCEL): Move(State.CANCELLED, N_("nobody has begun to examine it")),
    (State.UNDER_CONTROL, Event.RELEASE): Move(State.RELEASED, N_("the control is done")),
    (State.UNDER_CONTROL, Event.DETAIN): Move(State.DETAINED, N_("the control found something")),
    (State.DETAINED, Event.CONTROL): Move(State.UNDER_CONTROL, N_("it is looked at again")),
    (State.DETAINED, Event.RELEASE): Move(State.RELEASED, N_("the reason to hold it is gone")),
}


class IllegalMove(ValueError):
    """The event is not legal in this state; `possible` names those that are."""

    def __init__(self, state: State, event: Event) -> None:
        self.state = state
        self.event = event
        self.possible = possible(state)
        super().__init__(f"{event} is not possible while {state}: {', '.join(self.possible)}")


def move(state: State, event: Event) -> Move:
    """The line of the table for `event` in `state`. Raises IllegalMove."""
    found = MOVES.get((state, event))
    if found is None:
        raise IllegalMove(state, event)
    return found


def possible(state: State) -> tuple[Event, ...]:
    """The events that are legal in `state`, in the table's order."""
    return tuple(event for at, event in MOVES if at is state)


def sources(event: Event) -> tuple[State, ...]:
    """The states in which `event` is legal."""
    return tuple(state for state, what in MOVES if what is event)
