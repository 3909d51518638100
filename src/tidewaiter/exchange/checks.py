"""The checks of a message that came, in the contract's order: the first that fails is the refusal.

A table of functions over what the recipient knows; `undecryptable` and `malformed` come before them
all and are found while the line is opened (`envelope`). Pure: asks no clock and no database; what
is known comes as `Knowledge`, and what was taken before as `Record`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from tidewaiter.exchange.envelope import Arrival
from tidewaiter.exchange.message import Message
from tidewaiter.exchange.types import MessageType, housekeeping

AHEAD: Final = 10_000  # how far a serial may run ahead of the highest one taken
SKEW: Final = timedelta(minutes=10)
OLDEST: Final = timedelta(days=31)


class Knowledge(Protocol):
    """What the recipient knows about a message's sender, type and agreement.

    Each answers "" (or None, or True) where nothing is wrong, else the rule that is broken, in
    words that hold no value of the message's data.
    """

    us: str
    at: datetime

    def in_good_standing(self, sender: str) -> bool:
        """Whether `sender` is a partner of ours that is not suspended."""

    def signature(self, arrival: Arrival) -> str:
        """What is wrong with the signature, its key and the key's validity at `time`."""

    def type(self, name: str) -> MessageType | None:
        """The type, where we take it."""

    def payload(self, kind: MessageType, data: Any) -> str:
        """What in `data` breaks the type's schema."""

    def housekeeping(self, message: Message) -> tuple[str, str] | None:
        """What is wrong with what a housekeeping message says: (problem, rule), or None."""

    def attachment(self, message: Message) -> str:
        """Which attachment that the message names is not here, or is not what it says."""

    def agreement(self, message: Message) -> str:
        """What is wrong with the agreement: not known, not both signed, not in force."""

    def clause(self, message: Message, kind: MessageType) -> str:
        """What our own copy of the clause does not permit."""


class Record(Protocol):
    """What was accepted of a sender before, ids and serials."""

    def digest(self, sender: str, id: str) -> str | None:  # noqa: A002
        """The digest of the accepted message of that id, None where there is none."""

    def has_serial(self, sender: str, serial: int) -> bool:
        """Whether an accepted message of that sender has that serial."""

    def highest(self, sender: str) -> int:
        """The highest serial taken of that sender, 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The first check that failed, by its problem type, and the rule in words."""

    problem: str
    rule: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same message as one that was accepted: answered with the first receipt's facts."""


Standing = Callable[[Arrival, Message, Knowledge], str]


def unknown_sender(_: Arrival, message: Message, known: Knowledge) -> str:
    """`source` is a partner of ours in good standing."""
    return "" if known.in_good_standing(message.sender) else "the source is no partner of ours"


def bad_signature(arrival: Arrival, _: Message, known: Knowledge) -> str:
    """The signature holds by a pinned key that was valid at `time`."""
    return known.signature(arrival)


def wrong_recipient(_: Arrival, message: Message, known: Knowledge) -> str:
    """`recipient` is us."""
    return "" if message.recipient == known.us else "the recipient is another"


def clock_skew(_: Arrival, message: Message, known: Knowledge) -> str:
    """`time` is at most 10 minutes ahead of our clock."""
    return "the time is over 10 minutes ahead" if message.time > known.at + SKEW else ""


def expired(_: Arrival, message: Message, known: Knowledge) -> str:
    """`expires` is not past, and `time` is not over 31 days past."""
    if message.expires <= known.at:
        return "it expired"
    return "the time is over 31 days past" if message.time < known.at - OLDEST else ""


def unsupported_type(_: Arrival, message: Message, known: Knowledge) -> str:
    """We take this `type`."""
    return "" if known.type(message.type) else "this node does not take this type"


def bad_payload(_: Arrival, message: Message, known: Knowledge) -> str:
    """The members required under an agreement are there, and `data` keeps the type's schema."""
    kind = _kind(message, known)
    if housekeeping(message.type):
        return known.payload(kind, message.data) or _house("bad-payload", message, known)
    if message.lacking:
        return f"the member {message.lacking} is missing or has no such form"
    return known.payload(kind, message.data)


def unknown_agreement(_: Arrival, message: Message, known: Knowledge) -> str:
    """The agreement is one that both signed, in force at `time` and now."""
    if housekeeping(message.type):
        return _house("unknown-agreement", message, known)
    return known.agreement(message)


def not_permitted(_: Arrival, message: Message, known: Knowledge) -> str:
    """The clause named permits it by our own copy."""
    if housekeeping(message.type):
        return _house("not-permitted", message, known)
    return known.clause(message, _kind(message, known))


def missing_attachment(_: Arrival, message: Message, known: Knowledge) -> str:
    """Every attachment named is here and is what it says."""
    return "" if housekeeping(message.type) else known.attachment(message)


def _house(problem: str, message: Message, known: Knowledge) -> str:
    """The rule that a housekeeping message breaks, where this is its problem."""
    found = known.housekeeping(message)
    return found[1] or problem if found is not None and found[0] == problem else ""


BEFORE: Final[tuple[tuple[str, Standing], ...]] = (
    ("unknown-sender", unknown_sender),
    ("bad-signature", bad_signature),
    ("wrong-recipient", wrong_recipient),
)
RECORDED: Final = ("replayed", "bad-serial")
AFTER: Final[tuple[tuple[str, Standing], ...]] = (
    ("clock-skew", clock_skew),
    ("expired", expired),
    ("unsupported-type", unsupported_type),
    ("bad-payload", bad_payload),
    ("unknown-agreement", unknown_agreement),
    ("not-permitted", not_permitted),
    ("missing-attachment", missing_attachment),
)
ORDER: Final = (
    "undecryptable",
    "malformed",
    *(name for name, _ in BEFORE),
    *RECORDED,
    *(name for name, _ in AFTER),
)


def before(arrival: Arrival, known: Knowledge) -> Refused | None:
    """The first failure up to `wrong-recipient`: what needs no record of ours."""
    if arrival.message is None:
        return Refused(arrival.problem, arrival.rule)
    return _first(BEFORE, arrival, arrival.message, known)


def recorded(message: Message, digest: str, record: Record) -> Refused | Duplicate | None:
    """Whether its id or its serial was taken before; a Duplicate ends the checks."""
    first = record.digest(message.sender, str(message.id))
    if first is not None:
        if first == digest:
            return Duplicate()
        return Refused("replayed", "another message of this source has this id")
    if record.has_serial(message.sender, message.serial):
        return Refused("bad-serial", "another message of this source has this serial")
    if message.serial > record.highest(message.sender) + AHEAD:
        return Refused("bad-serial", f"the serial is over {AHEAD:,} ahead of the highest")
    return None


def after(arrival: Arrival, known: Knowledge) -> Refused | None:
    """The first failure from `clock-skew` on: what only a new message can fail."""
    return _first(AFTER, arrival, arrival.message, known) if arrival.message else None


def _first(
    table: tuple[tuple[str, Standing], ...], arrival: Arrival, message: Message, known: Knowledge
) -> Refused | None:
    for problem, check in table:
        rule = check(arrival, message, known)
        if rule:
            return Refused(problem, rule)
    return None


def _kind(message: Message, known: Knowledge) -> MessageType:
    kind = known.type(message.type)
    assert kind is not None, "unsupported-type stands before"
    return kind
