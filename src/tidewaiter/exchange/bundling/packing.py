"""What waits for a partner, filled into one bundle or several, in memory that does not grow.

A message travels with its attachments. Where they do not fit one file together, the message goes in
each file that carries some of them: the files may come in any order, and only once all are there is
it taken.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from tidewaiter import canonical, jose
from tidewaiter.exchange import envelope
from tidewaiter.exchange.attachments import attachment
from tidewaiter.exchange.bundling import cosigning, writing
from tidewaiter.exchange.bundling.reading import ATTACHMENT, CHECKPOINT, RECEIPT
from tidewaiter.exchange.bundling.writing import Draft
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Handed, Outbound, Returning, Sealed
from tidewaiter.ledger.witness import Carried
from tidewaiter.vault import queries as vault

AT_ONCE: Final = 200  # rows read, sealed and noted at a time


class Packing:
    """What is put into bundles for one partner, each given to `write` when it is full."""

    def __init__(
        self,
        partner: str,
        key: jose.Jwk,
        write: Callable[[Draft], None],
        *,
        folder: Path,
        most: int | None,
        at: datetime,
    ) -> None:
        self.partner = partner
        self.key = key  # to which messages are sealed
        self.messages: set[int] = set()  # rows that went, each counted once
        self.receipts: list[int] = []
        self._write = write
        self._folder = folder  # for what is gathered aside
        self._most = most  # bytes of a file
        self._at = at
        self._draft = Draft(folder)

    def pack(self, checkpoints: Iterable[Carried]) -> None:
        """Fill and write all that there is; at least one bundle."""
        try:
            for each in checkpoints:
                self._room(writing.framed(len(each.note)) + 2 * len(each.entries))
                said = cosigning.members(each)
                self._draft.add_members(CHECKPOINT, said, counted=not each.entries)
            for pk, receipt in self._receipts():
                self._room(writing.framed(len(receipt)))
                self._draft.add(RECEIPT, receipt)
                self.receipts.append(pk)
            for pk, serial, line in self._lines():
                self._message(pk, serial, line)
            self._write(self._draft)
        finally:
            self._draft.close()

    def _room(self, plain: int) -> None:
        """Begin another bundle where so many plain bytes do not fit this one any more."""
        if not self._draft.empty and not self._draft.fits(plain, self._most):
            self._next()

    def _next(self) -> None:
        self._write(self._draft)
        self._draft.close()
        self._draft = Draft(self._folder)

    def _message(self, pk: int, serial: int, line: str) -> None:
        """A message with its attachments, in as many bundles as they need."""
        files = self._files(pk)
        self._room(writing.framed(len(line)) + sum(writing.framed(size) for _, size in files))
        self._draft.message(line, serial)
        self.messages.add(pk)
        for number, (jwe, size) in enumerate(files):
            if number and not self._draft.fits(writing.framed(size), self._most):
                self._next()
                self._draft.message(line, serial)
            with vault.open(attachment.sha256(jwe)) as file:
                self._draft.add_file(ATTACHMENT, file)

    def _receipts(self) -> Iterator[tuple[int, str]]:
        after = 0
        while rows := list(
            Returning.objects.of(self.partner, after=after).values_list("pk", "receipt")[:AT_ONCE]
        ):
            yield from rows
            after = rows[-1][0]

    def _lines(self) -> Iterator[tuple[int, int, str]]:
        """What waits for its receipt, whatever it waits for besides, sealed now; by serial."""
        waiting = Outbound.objects.filter(
            recipient=self.partner, state=State.WAITING, expires_at__gt=self._at
        ).exclude(jws="")
        after = 0
        while True:
            few = waiting.filter(serial__gt=after).order_by("serial")[:AT_ONCE]
            length, batch = 0, []
            for pk, serial, jws in few.values_list("pk", "serial", "jws").iterator(20):
                assert serial is not None, "what waits has its serial"
                line = envelope.sealed(jws, self.key, kid=self.key["kid"])
                batch.append((pk, serial, line))
                length += len(line)
                if length > writing.HELD:
                    break
            if not batch:
                return
            named = {canonical.digest(line.encode("ascii")): pk for pk, _, line in batch}
            Handed.objects.note(named, at=self._at, bundled=True)
            yield from batch
            after = batch[-1][1]

    def _files(self, pk: int) -> list[tuple[str, int]]:
        """The attachments of a message that its partner may lack, and their sizes."""
        rows = Sealed.objects.filter(message=pk, dropped_at=None).order_by("pk")
        jwes = [row.jwe for row in rows if row.asked or not row.given]
        held = [each for each in jwes if vault.held(attachment.sha256(each))]
        return [(each, vault.about(attachment.sha256(each)).size) for each in held]
