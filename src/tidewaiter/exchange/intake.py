"""Lines that came, judged in one go: opened, checked, held against what was taken before.

The order of the checks is `checks`'; what needs the record of accepted messages is done in the
transaction that writes them, everything else before it, so that the writer is held shortly.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from tidewaiter.exchange import about, checks, envelope, errors, housekeeping, receipt, types
from tidewaiter.exchange.envelope import Arrival
from tidewaiter.exchange.knowledge import Known
from tidewaiter.exchange.message import Message
from tidewaiter.exchange.models import Inbound

UNSIGNED = frozenset({"undecryptable", "malformed", "unknown-sender", "bad-signature"})


@dataclass(slots=True)
class Judged:
    """One line on its way: `early` fails before the record is asked, `late` after it.

    One that is `about` another is judged when those before it are settled: that may come with it.
    """

    arrival: Arrival
    early: checks.Refused | None
    late: checks.Refused | None = None
    about: bool = False

    @property
    def signed(self) -> bool:
        """Whether a partner's signature held, whatever came after."""
        return self.early is None or self.early.problem not in UNSIGNED


class First(msgspec.Struct, frozen=True):
    """What the first receipt said of an accepted message."""

    digest: str
    log_index: int | None  # None while its own batch is not logged yet
    received_at: datetime
    receipt_id: UUID | None = None


class Accepted(msgspec.Struct, frozen=True):
    """The row of a message that is accepted, by the names of `models.Inbound`."""

    message_id: UUID
    sender: str
    serial: int
    type: str
    agreement: str
    clause: str
    handling: str
    conversation: str
    in_reply_to: str
    label: str
    retain_until: datetime | None
    sent_at: datetime
    received_at: datetime
    digest: str
    kid: str
    jws: str
    log_index: int
    receipt_id: UUID
    handle_at: datetime
    handled_at: datetime | None
    stumbles: int = 0
    error: str = ""
    forgotten_at: datetime | None = None


@dataclass(slots=True)
class Record:
    """What was accepted before of the senders in a batch; grows with the batch."""

    firsts: dict[tuple[str, str], First] = field(default_factory=dict)
    serials: set[tuple[str, int]] = field(default_factory=set)
    highests: dict[str, int] = field(default_factory=dict)

    def digest(self, sender: str, id: str) -> str | None:  # noqa: A002
        """The digest of the accepted message of that id."""
        first = self.firsts.get((sender, id))
        return first.digest if first else None

    def has_serial(self, sender: str, serial: int) -> bool:
        """Whether an accepted message has that serial."""
        return (sender, serial) in self.serials

    def highest(self, sender: str) -> int:
        """The highest serial taken, 0 where there is none."""
        return self.highests.get(sender, 0)

    def take(self, message: Message, digest: str, at: datetime) -> None:
        """Note a message of this batch that is accepted."""
        self.firsts[message.sender, str(message.id)] = First(digest, None, at)
        self.serials.add((message.sender, message.serial))
        self.highests[message.sender] = max(self.highest(message.sender), message.serial)

    def logged(self, rows: Iterable["Accepted"]) -> None:
        """Note where the accepted messages of this batch stand in the log."""
        for row in rows:
            facts = First(row.digest, row.log_index, row.received_at, row.receipt_id)
            self.firsts[row.sender, str(row.message_id)] = facts

    def first(self, arrival: Arrival) -> First | None:
        """What the first receipt said of that message."""
        return self.firsts.get((arrival.sender, arrival.id))


def opened(lines: Iterable[bytes], open_: Callable[[str], bytes]) -> list[Arrival]:
    """Each line opened and read; nothing in it is believed yet."""
    return [envelope.arrived(line, open_) for line in lines]


def runs(arrivals: Sequence[Arrival]) -> list[list[Arrival]]:
    """The lines of a POST in runs: one ends after each line that changes by what we judge."""
    found: list[list[Arrival]] = [[]]
    for arrival in arrivals:
        found[-1].append(arrival)
        kind = housekeeping.TYPES.get(arrival.message.type) if arrival.message else None
        if kind is not None and kind.changes:
            found.append([])
    return [run for run in found if run]


def judge(arrivals: Iterable[Arrival], known: Known) -> list[Judged]:
    """Each line checked, but for what needs the record."""
    judged = []
    for arrival in arrivals:
        early = checks.before(arrival, known)
        if early is not None or arrival.message is None:
            judged.append(Judged(arrival, early))
        elif known.about(arrival.message):
            judged.append(Judged(arrival, None, about=True))
        else:
            judged.append(Judged(arrival, None, checks.after(arrival, known)))
    return judged


def record(judged: Sequence[Judged], highests: Mapping[str, int]) -> Record:
    """What was accepted before that these could be, or could clash with.

    `highests` are the highest serials taken, by sender.
    """
    found = Record(highests=dict(highests))
    by_sender: dict[str, list[Message]] = {}
    for each in judged:
        if each.early is None and each.arrival.message is not None:
            by_sender.setdefault(each.arrival.message.sender, []).append(each.arrival.message)
    for sender, messages in by_sender.items():
        either = [each.id for each in messages], [each.serial for each in messages]
        for row in Inbound.objects.filter(sender=sender).with_either(*either):
            first = First(row.digest, row.log_index, row.received_at)
            found.firsts[sender, str(row.message_id)] = first
            found.serials.add((sender, row.serial))
    return found


Outcome = checks.Refused | checks.Duplicate | None


def settle(judged: Sequence[Judged], found: Record, known: Known, at: datetime) -> list[Outcome]:
    """The outcome of each line in order; None is accepted, and noted in `found` and `known`."""
    outcomes: list[Outcome] = []
    for each in judged:
        outcome: Outcome = each.early
        message = each.arrival.message
        if outcome is None and message is not None:
            outcome = checks.recorded(message, each.arrival.digest, found) or each.late
            if outcome is None and each.about:
                outcome = checks.after(each.arrival, known)
            if outcome is None:
                known.took(message)
                found.take(message, each.arrival.digest, at)
        outcomes.append(outcome)
    return outcomes


def row(arrival: Arrival, *, index: int, receipt_id: UUID, at: datetime) -> Accepted:
    """The row of an accepted message."""
    message = arrival.message
    assert message is not None
    kind = housekeeping.get(message.type)
    done = isinstance(kind, housekeeping.Housekeeping) and kind.handle is None
    permit = None if isinstance(kind, housekeeping.Housekeeping) else message.permit
    return Accepted(
        message_id=message.id,
        sender=message.sender,
        serial=message.serial,
        type=message.type,
        agreement=permit.agreement if permit else "",
        clause=permit.clause if permit else "",
        handling=permit.handling if permit else "",
        conversation=permit.conversation if permit else "",
        retain_until=permit.retain_until if permit else None,
        in_reply_to=message.in_reply_to,
        label=about.label(kind, message.data) if kind else "",
        sent_at=message.time,
        received_at=at,
        digest=arrival.digest,
        kid=arrival.kid[:100],
        jws=arrival.compact,
        log_index=index,
        receipt_id=receipt_id,
        handle_at=at,
        handled_at=at if done else None,
    )


def received(arrival: Arrival, at: datetime) -> types.Received:
    """A housekeeping message as its effect gets it."""
    message = arrival.message
    assert message is not None
    return types.Received(
        id=message.id,
        source=message.sender,
        type=message.type,
        time=message.time,
        received_at=at,
        data=message.data,
        digest=arrival.digest,
        in_reply_to=message.in_reply_to,
    )


def answer(arrival: Arrival, outcome: Outcome, first: First | None, at: datetime) -> receipt.Answer:
    """What the receipt of a line says."""
    if isinstance(outcome, checks.Refused):
        return receipt.Answer(
            digest=arrival.digest,
            outcome=receipt.REFUSED,
            received=at,
            about=arrival.id,
            to=arrival.sender,
            problem=problem(outcome),
        )
    assert first is not None
    return receipt.Answer(
        digest=arrival.digest,
        outcome=receipt.DUPLICATE if outcome else receipt.ACCEPTED,
        received=first.received_at,
        about=arrival.id,
        to=arrival.sender,
        log_index=first.log_index,
        id=None if outcome else first.receipt_id,
    )


def problem(refused: checks.Refused) -> dict[str, object]:
    """The problem document of a refusal; it holds the rule and no value of the message."""
    document = errors.REFUSALS[refused.problem](rule=refused.rule[:300]).document()
    return {name: document[name] for name in ("type", "title", "status", "detail")}


def lacking(pairs: Iterable[tuple[Judged, Outcome]]) -> list[Message]:
    """The messages that are refused for lack of their attachments."""
    return [
        each.arrival.message
        for each, outcome in pairs
        if isinstance(outcome, checks.Refused)
        and outcome.problem == "missing-attachment"
        and each.arrival.message is not None
    ]


def refusals(
    judged: Sequence[Judged], outcomes: Sequence[Outcome], *, address: str, at: datetime
) -> dict[str, dict[str, object]]:
    """What is kept of the lines that were refused, by key (see `models.Refusal`)."""
    found: dict[str, dict[str, object]] = {}
    for each, outcome in zip(judged, outcomes, strict=True):
        if not isinstance(outcome, checks.Refused):
            continue
        arrival = each.arrival
        values: dict[str, object] = {"problem": outcome.problem, "address": address}
        if each.signed and arrival.message is not None:
            key = f"{arrival.digest}:{outcome.problem}"
            values |= {
                "sender": arrival.sender,
                "message_id": arrival.id,
                "type": arrival.message.type[:120],
                "digest": arrival.digest,
                "rule": outcome.rule[:300],
            }
        else:
            key = f"{address}:{outcome.problem}:{at.date()}"
        kept = found.setdefault(key, {**values, "times": 0})
        kept["times"] = int(str(kept["times"])) + 1
    return found
