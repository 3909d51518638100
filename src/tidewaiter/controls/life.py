"""The life of an inspection as a table: in which state which event is legal, and where it leads."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tidewaiter.problem import N_


class State(StrEnum):
    """Where an inspection stands."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to an inspection."""

    HAND_OVER = "hand over"
    RECORD = "record"
    CANCEL = "cancel"


class Result(StrEnum):
    """What an inspection found."""

    CONFORM = "conform"
    NOT_CONFORM = "not-conform"


STATE_NAMES: Final = {
    State.OPEN: N_("to be done"),
    State.DONE: N_("done"),
    State.CANCELLED: N_("not done"),
}
RESULT_NAMES: Final = {Result.CONFORM: N_("conform"), Result.NOT_CONFORM: N_("not conform")}
OFFENCES: Final = {  # as the wire contract names them
    "counterfeit": N_("counterfeit"),
    "piracy": N_("piracy"),
    "undervaluation": N_("undervaluation"),
    "misdescription": N_("misdescription"),
    "origin": N_("wrong origin"),
    "smuggling": N_("smuggling"),
    "drugs": N_("drugs"),
    "weapons": N_("weapons"),
    "wildlife": N_("wildlife"),
    "other": N_("another offence"),
}


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table."""

    to: State
    because: str


MOVES: Final[dict[tuple[State, Event], Move]] = {
    (State.OPEN, Event.HAND_OVER): Move(State.OPEN, N_("another person will look")),
    (State.OPEN, Event.RECORD): Move(State.DONE, N_("somebody has looked")),
    (State.OPEN, Event.CANCEL): Move(State.CANCELLED, N_("a person decided not to look")),
}


def possible(state: State) -> tuple[Event, ...]:
    """The events that are legal in `state`."""
    return tuple(event for at, event in MOVES if at is state)
