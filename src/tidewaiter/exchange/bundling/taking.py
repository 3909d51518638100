"""A bundle taken: its lines received as those of the wire are, in batches, in bounded memory.

Messages first; what they lack is then looked for in the same file, and they are judged again, as on
the wire. So the order of the lines tells nothing, and whoever is stopped begins again at the start.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Final

import structlog

from tidewaiter import canonical, jose
from tidewaiter.exchange import intake, receipt, receiving
from tidewaiter.exchange.attachments import actions as attachments
from tidewaiter.exchange.attachments import errors as attachment_errors
from tidewaiter.exchange.bundling import cosigning, reading
from tidewaiter.exchange.bundling.inflating import Damaged, Limits
from tidewaiter.exchange.bundling.manifest import Manifest
from tidewaiter.exchange.bundling.reading import Entry, Reader, Survey
from tidewaiter.exchange.collecting import actions as collecting
from tidewaiter.exchange.collecting import errors as collecting_errors
from tidewaiter.exchange.models import Awaited, Returning
from tidewaiter.exchange.restoring import taking as restoring
from tidewaiter.identity import queries as partners
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import errors as ledger_errors
from tidewaiter.ledger.witnessing import keeping
from tidewaiter.problem import Problem

LINES: Final = 500  # of a batch, as of a POST
BYTES: Final = 8 * 2**20
ROUNDS: Final = 50  # how often what was refused is judged again, each time for something that came
RACES: Final = 5
# what may be mended by another line of the same bundle
MENDED: Final = frozenset(
    {"missing-attachment", "unknown-agreement", "not-permitted", "bad-signature"}
)
log: Final = structlog.get_logger("tidewaiter.exchange")


@dataclass(slots=True)
class Tally:
    """What became of the lines; `refused` are the messages by the problem that refused them."""

    accepted: int = 0
    duplicates: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    receipts: int = 0  # that verify
    unproven: int = 0  # receipts and checkpoints that do not
    attachments: int = 0
    checkpoints: int = 0
    cosigned: int = 0
    unknown: int = 0  # lines of no kind that we know


@dataclass(slots=True)
class Taking:
    """One bundle on its way in: `survey` says what of it is taken, `introduced` what was."""

    file: BinaryIO
    limits: Limits
    manifest: Manifest
    survey: Survey
    introduced: frozenset[int]
    door: receiving.Door
    at: datetime
    progress: Callable[[int, int], None]  # messages taken, of how many
    tally: Tally = field(default_factory=Tally)
    again: dict[int, str] = field(default_factory=dict)  # refused lines, and for what
    lost: set[str] = field(default_factory=set)  # attachments that nobody wants, or not these
    brought: list[int] = field(default_factory=list)  # lines with entries of the maker's log

    def all(self) -> Tally:
        """Take every line."""
        self.tally.unknown = self.survey.counts.get("", 0)
        self._first()
        for _ in range(ROUNDS):
            before = self.tally.accepted
            came = self._attachments()
            self._messages(self.again)
            if not self.again or (not came and self.tally.accepted == before):
                break
        self.tally.refused.update(self.again.values())
        return self.tally

    def _first(self) -> None:
        """Every line but attachments, once."""
        batch = _Batch(self._receive)
        receipts = _Batch(self._settle)
        for entry in self._entries():
            if entry.kind == reading.MESSAGE:
                batch.add(entry)
            elif entry.kind == reading.RECEIPT:
                receipts.add(entry)
            elif entry.kind == reading.CHECKPOINT:
                self._checkpoint(entry)
        batch.end()
        receipts.end()
        self._keep_entries()

    def _messages(self, numbers: Collection[int]) -> None:
        """The messages of these lines once more."""
        if not numbers:
            return
        wanted = frozenset(numbers)
        batch = _Batch(self._receive)
        for entry in self._entries():
            if entry.number in wanted:
                batch.add(entry)
        batch.end()

    def _entries(self) -> Iterator[Entry]:
        """The lines, up to the last whole one."""
        self.file.seek(0)
        reader = Reader(self.file, self.limits)
        reader.manifest()
        if self.survey.last == reader.number:
            return
        try:
            for entry in reader.entries():
                yield entry
                if entry.number >= self.survey.last:
                    return
        except Damaged:  # only behind what was found to be whole
            return

    def _receive(self, batch: Sequence[Entry]) -> None:
        lines = [entry.text.encode("ascii", "replace") for entry in batch]
        for race in range(RACES):
            try:
                receipts = receiving.receive(lines, self.door, at=self.at)
                break
            except receiving.Overtaken:  # another was quicker so often: judged anew
                if race == RACES - 1:
                    raise
        kept: dict[str, dict[str, str]] = {}
        for entry, compact in zip(batch, receipts, strict=True):
            if compact == restoring.NOT_NOW:  # a fenced node takes it when the file comes again
                continue
            event = canonical.read(jose.read(compact).payload)
            data = event["data"]
            if partner := self._returns_to(event):
                kept.setdefault(partner, {})[data["digest"]] = compact
            self._count(entry.number, data)
        for partner, mine in kept.items():
            Returning.objects.keep(partner, mine, at=self.at)
        self.progress(
            self.tally.accepted + self.tally.duplicates, self.survey.counts.get(reading.MESSAGE, 0)
        )

    def _returns_to(self, event: canonical.Json) -> str:
        """Whose a receipt is: the maker's, but for a message that another partner signed.

        A receipt for another, among those that are brought to a partner, has it take none of them.
        """
        assert isinstance(event, dict)
        maker, to = self.manifest.sender, str(event.get("recipient", ""))
        if to in {"", maker}:
            return maker
        return to if partners.partner(to) and _signed(event["data"]) else ""

    def _count(self, number: int, data: canonical.Json) -> None:
        assert isinstance(data, dict)
        outcome, name = data["outcome"], _problem(data)
        self.again.pop(number, None)
        if outcome == receipt.ACCEPTED or (
            outcome != receipt.REFUSED and number in self.introduced
        ):
            self.tally.accepted += 1
        elif outcome == receipt.DUPLICATE:
            self.tally.duplicates += 1
        elif name in MENDED:
            self.again[number] = name
        else:
            self.tally.refused[name] += 1

    def _settle(self, batch: Sequence[Entry]) -> None:
        """Receipts, as they are brought; one that does not verify keeps back no other."""
        lines = [entry.text.encode("ascii", "replace") for entry in batch]
        try:
            collecting.take_receipts(lines, at=self.at, by_hand=True)
            self.tally.receipts += len(lines)
        except collecting_errors.NotProven as fault:
            if len(batch) == 1:
                self.tally.unproven += 1
                log.warning("receipt not taken", rule=str(fault.members["rule"]))
                return
            half = len(batch) // 2
            self._settle(batch[:half])
            self._settle(batch[half:])

    def _checkpoint(self, entry: Entry) -> None:
        """A checkpoint: cosigned where its maker asks and proves, and heard as what it is."""
        try:
            body = cosigning.request(entry.text, entry.more)
            if "entries" in entry.more:
                self.brought.append(entry.number)  # kept once all that is cosigned is
                return
            if body is not None:
                ledger.add_checkpoint(body, at=self.at, by_hand=True)
                self.tally.cosigned += 1
        except ledger_errors.OtherTree as problem:  # made before what we cosigned since
            log.info("checkpoint not cosigned", reason=problem.line())
        except cosigning.NotAsked as fault:
            log.warning("checkpoint not cosigned", reason=str(fault))
        except Problem as problem:
            log.warning("checkpoint not cosigned", reason=problem.line())
        self._tell(entry.text)

    def _keep_entries(self) -> None:
        """The entries of its log that the maker brought, under what we cosigned."""
        wanted = frozenset(self.brought)
        for entry in self._entries() if wanted else ():
            if entry.number not in wanted:
                continue
            try:
                body = cosigning.entries(entry.more)
                if body is not None:
                    keeping.add_entries(body, at=self.at)
            except cosigning.NotAsked as fault:
                log.warning("entries not kept", reason=str(fault))
            except Problem as problem:
                log.info("entries not kept", reason=problem.line())

    def _tell(self, note: str) -> None:
        try:
            ledger.told(note.encode(), by=self.manifest.sender, at=self.at)
            self.tally.checkpoints += 1
        except Problem as problem:
            self.tally.unproven += 1
            log.warning("checkpoint not taken", reason=problem.line())

    def _attachments(self) -> int:
        """The attachments that messages were refused for; how many came."""
        wanted = set(Awaited.objects.wanted(self.manifest.sender, self.at))
        numbers = {
            number
            for number, jwe in self.survey.attachments.items()
            if jwe in wanted and jwe not in self.lost
        }
        came = 0
        if not numbers:
            return came
        for entry in self._entries():
            if entry.number not in numbers:
                continue
            jwe = self.survey.attachments[entry.number]
            try:
                came += attachments.take(jwe, entry.open(), at=self.at)
            except attachment_errors.TooMuchWaits:  # what is here is taken first
                break
            except Problem as problem:
                self.lost.add(jwe)
                log.warning("attachment not taken", jwe=jwe, reason=problem.line())
        self.tally.attachments += came
        return came


def _problem(data: canonical.Json) -> str:
    """The name of the problem that a receipt refuses for; "" where it accepts."""
    assert isinstance(data, dict)
    problem = data.get("problem")
    return str(problem["type"]).rpartition("/")[2] if isinstance(problem, dict) else ""


def _signed(data: canonical.Json) -> bool:
    """Whether what a receipt is for was signed by whom it says."""
    return _problem(data) not in intake.UNSIGNED


class _Batch:
    """Lines gathered until they are as many as one POST may hold."""

    def __init__(self, give: Callable[[Sequence[Entry]], None]) -> None:
        self._give = give
        self._held: list[Entry] = []
        self._bytes = 0

    def add(self, entry: Entry) -> None:
        self._held.append(entry)
        self._bytes += len(entry.text)
        if len(self._held) == LINES or self._bytes >= BYTES:
            self.end()

    def end(self) -> None:
        if self._held:
            held, self._held, self._bytes = self._held, [], 0
            self._give(held)
