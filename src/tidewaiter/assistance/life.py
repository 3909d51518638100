"""The life of a request, ours or a partner's, as a table: what befalls it, and where it leads."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tidewaiter.problem import N_


class State(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    PARTIAL = "partial"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    REFUSED = "refused"


class Event(StrEnum):
    """What can befall a request; replies say the first four."""

    ACKNOWLEDGE = "acknowledge"
    ANSWER_PART = "answer in part"
    ANSWER = "answer"
    REFUSE = "refuse"
    LAPSE = "lapse"


STATE_NAMES: Final = {
    State.OPEN: N_("not answered yet"),
    State.ACKNOWLEDGED: N_("acknowledged"),
    State.PARTIAL: N_("answered in part"),
    State.OVERDUE: N_("overdue"),
    State.ANSWERED: N_("answered"),
    State.REFUSED: N_("turned down"),
}
TONES: Final = {
    State.OPEN: "info",
    State.ACKNOWLEDGED: "info",
    State.PARTIAL: "info",
    State.OVERDUE: "bad",
    State.ANSWERED: "good",
    State.REFUSED: "warn",
}
SAID: Final = {  # by a reply's `state`
    "acknowledged": Event.ACKNOWLEDGE,
    "partial": Event.ANSWER_PART,
    "final": Event.ANSWER,
    "refused": Event.REFUSE,
}
LEADS: Final = {  # how a reply's `state` is worded and coloured: as where it leads
    "acknowledged": State.ACKNOWLEDGED,
    "partial": State.PARTIAL,
    "final": State.ANSWERED,
    "refused": State.REFUSED,
}
WAITING: Final = (State.OPEN, State.ACKNOWLEDGED, State.PARTIAL, State.OVERDUE)
ENDS: Final = frozenset({Event.ANSWER, Event.REFUSE})


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table."""

    to: State
    because: str


_ANSWERED: Final = Move(State.ANSWERED, N_("the last of the answer is given"))
_REFUSED: Final = Move(State.REFUSED, N_("a ground of the agreement stands against it"))
_LATE: Final = Move(State.OVERDUE, N_("the day is past on which it was due"))
MOVES: Final[dict[tuple[State, Event], Move]] = {
    (State.OPEN, Event.ACKNOWLEDGE): Move(State.ACKNOWLEDGED, N_("it is being seen to")),
    (State.OPEN, Event.ANSWER_PART): Move(State.PARTIAL, N_("more is to come")),
    (State.OPEN, Event.ANSWER): _ANSWERED,
    (State.OPEN, Event.REFUSE): _REFUSED,
    (State.OPEN, Event.LAPSE): _LATE,
    (State.ACKNOWLEDGED, Event.ANSWER_PART): Move(State.PARTIAL, N_("more is to come")),
    (State.ACKNOWLEDGED, Event.ANSWER): _ANSWERED,
    (State.ACKNOWLEDGED, Event.REFUSE): _REFUSED,
    (State.ACKNOWLEDGED, Event.LAPSE): _LATE,
    (State.PARTIAL, Event.ANSWER): _ANSWERED,
    (State.PARTIAL, Event.REFUSE): _REFUSED,
    (State.PARTIAL, Event.LAPSE): _LATE,
    (State.OVERDUE, Event.ANSWER): _ANSWERED,
    (State.OVERDUE, Event.REFUSE): _REFUSED,
}


def sources(event: Event) -> list[State]:
    """The states in which the event changes a request; in the others it is kept and changes none.

    Replies come in any order: an acknowledgement after the answer is no step back.
    """
    return [state for state, each in MOVES if each is event]
