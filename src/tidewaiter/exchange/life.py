"""The life of a message that we send, as a table. Imports nothing of ours."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a message of ours stands."""

    HELD = "held"  # until as many people released it as its clause asks for, or a key is here
    WAITING = "waiting"  # for its partner's receipt
    DELIVERED = "delivered"  # the partner accepted it
    REFUSED = "refused"  # the partner's refusal is final
    EXPIRED = "expired"  # it was not delivered in time
    WITHDRAWN = "withdrawn"  # taken back before it was delivered


class Event(StrEnum):
    """What can befall a message of ours."""

    RELEASE = "release"  # the last person needed released it, and nothing else is waited for
    ACCEPT = "accept"  # a receipt says accepted or duplicate
    REFUSE = "refuse"  # a receipt refuses it for good
    EXPIRE = "expire"  # `expires` has passed
    ASK = "ask"  # the partner lost it and asks for it again
    WITHDRAW = "withdraw"  # a person takes it back
    DECIDE = "decide"  # decided anew after a refusal: another clause lets it go
    HOLD = "hold"  # decided anew after a refusal: another clause does, when more people release it


MOVES: Final[dict[tuple[State, Event], State]] = {
    (State.HELD, Event.RELEASE): State.WAITING,
    (State.HELD, Event.EXPIRE): State.EXPIRED,
    (State.HELD, Event.WITHDRAW): State.WITHDRAWN,
    (State.WAITING, Event.ACCEPT): State.DELIVERED,
    (State.WAITING, Event.REFUSE): State.REFUSED,
    (State.WAITING, Event.EXPIRE): State.EXPIRED,
    (State.WAITING, Event.WITHDRAW): State.WITHDRAWN,
    (State.REFUSED, Event.DECIDE): State.WAITING,
    (State.REFUSED, Event.HOLD): State.HELD,
    (State.REFUSED, Event.WITHDRAW): State.WITHDRAWN,
    (State.DELIVERED, Event.ASK): State.WAITING,
    (State.EXPIRED, Event.ACCEPT): State.DELIVERED,  # the receipt was under way when it expired
    (State.WITHDRAWN, Event.ACCEPT): State.DELIVERED,  # … or when it was taken back
}
APPROVALS: Final = {"none": 0, "one": 1, "two": 2}  # how many people release it


def before(event: Event) -> list[State]:
    """The states in which the event can befall a message."""
    return [state for state, each in MOVES if each is event]
