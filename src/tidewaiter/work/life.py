"""The life of a job as a table: from waiting, through a lease, to its end. Imports nothing of ours.

A job that is done leaves no row; what is left in the table is what has still to be done.
"""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"  # until `not_before`, then for a worker
    RUNNING = "running"  # a worker has it, until its lease ends
    FAILED = "failed"  # tried as often as we try; a person must look


class Event(StrEnum):
    """What can befall a job."""

    CLAIM = "claim"  # a worker takes it
    FINISH = "finish"  # its handler returned
    DEFER = "defer"  # its handler asks to be called again at a later moment
    STUMBLE = "stumble"  # its handler raised, and it may try again
    GIVE_UP = "give-up"  # its handler raised for the last time
    LOSE = "lose"  # its worker died: the lease ended
    RETRY = "retry"  # a person wants it tried again


MOVES: Final[dict[tuple[State, Event], State | None]] = {  # None: the row goes
    (State.WAITING, Event.CLAIM): State.RUNNING,
    (State.RUNNING, Event.FINISH): None,
    (State.RUNNING, Event.DEFER): State.WAITING,
    (State.RUNNING, Event.STUMBLE): State.WAITING,
    (State.RUNNING, Event.GIVE_UP): State.FAILED,
    (State.RUNNING, Event.LOSE): State.WAITING,
    (State.FAILED, Event.RETRY): State.WAITING,
}
