"""A bundle read line by line in bounded memory: the manifest, then what travels (the contract).

Nothing is believed here: a line is what its own signature, or its digest, says. A long attachment
is a stream; whoever wants it reads it before asking for the next line. Pure.
"""

import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final, TypeAlias

from tidewaiter import canonical
from tidewaiter.exchange.bundling import inflating, manifest
from tidewaiter.exchange.bundling.inflating import Damaged, Limits, NoBundle, TooMuch
from tidewaiter.problem import N_

OTHERS: Final = N_("its lines are not those that its manifest was signed for")
CHECKPOINT: Final = "checkpoint"
ATTACHMENT: Final = "attachment"
RECEIPT: Final = "receipt"
MESSAGE: Final = "message"
KINDS: Final = (CHECKPOINT, ATTACHMENT, RECEIPT, MESSAGE)  # in the order of the contract's page
IDLE: Final = 1_000_000  # lines that are passed over, at most: they press to next to nothing
FRAME: Final = 256  # bytes of a line around its value, blanks and line end with them
MANIFEST: Final = 64 * 1024  # bytes of the first line, at most
_PLAIN: Final = re.compile(rb'\s*\{\s*"([a-z]+)"\s*:\s*"([A-Za-z0-9_.\-]*)"\s*\}\s*')
_LONG: Final = re.compile(rb'\s*\{\s*"attachment"\s*:\s*"')
_CLOSED: Final = re.compile(rb'"\s*\}\s*')
_STOP: Final = re.compile(rb'["\n]')

Members: TypeAlias = tuple[str, str, Mapping[str, canonical.Json]]
_NONE: Final[Members] = ("", "", {})


@dataclass(slots=True)
class Entry:
    """A line: its number (the manifest is 1), its kind ("" where it is none), its value.

    `stream` is the value of an attachment that is too long to be held; `text` is "" then.
    `more` are the members that stand beside the value.
    """

    number: int
    kind: str
    text: str = ""
    more: Mapping[str, canonical.Json] = field(default_factory=dict)
    stream: "Value | None" = None

    def open(self) -> BinaryIO:
        """The value as a file, once."""
        return io.BytesIO(self.text.encode()) if self.stream is None else self.stream  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Survey:
    """What a bundle holds, found without taking anything; `fault` says why it is not whole."""

    counts: dict[str, int]  # lines by kind, those of none under ""
    attachments: dict[int, str]  # the digest of each attachment by its line
    last: int  # the number of the last whole line
    fault: str = ""


class Reader:
    """The lines of a bundle. Every method raises NoBundle, Damaged and TooMuch."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self.limits = limits
        self.number = 0  # of the line that was read last
        self._blocks = inflating.blocks(file, limits)
        self._held = b""
        self._at = 0
        self._digest = hashlib.sha256()
        self._end = b""  # a line end that is hashed once something follows it
        self._hashes = False
        self._idle = 0  # lines that were empty, or of no kind of ours

    def manifest(self) -> str:
        """The first line."""
        line = self._line(MANIFEST)
        if line is None:
            raise NoBundle(manifest.NONE)
        self._hashes = True
        try:
            return line.decode("ascii").strip()
        except UnicodeDecodeError:
            raise NoBundle(manifest.NONE) from None

    def entries(self) -> Iterator[Entry]:
        """The lines that follow; empty ones are passed over."""
        while True:
            line = self._line(self.limits.line + FRAME)
            if line is None:
                value = Value(self)
                yield Entry(self.number, ATTACHMENT, stream=value)
                value.drain()
            elif not line:
                return
            else:
                kind, text, more = _read(line) if line.strip() else _NONE
                self._idle += not kind
                if self._idle > IDLE:
                    raise TooMuch("lines of no kind", IDLE)
                if line.strip():
                    yield Entry(self.number, kind, text, more)

    def digests(self) -> frozenset[str]:
        """The digest of the lines that were read, with the last line end and without it."""
        whole = self._digest.copy()
        whole.update(self._end)
        found = {self._digest.hexdigest(), whole.hexdigest()}
        return frozenset(f"sha256:{each}" for each in found)

    def _line(self, most: int) -> bytes | None:
        """The next line with its end, b"" where there is none; None where it is over `most`."""
        searched = 0
        while True:
            end = self._held.find(b"\n", self._at + searched)
            if end >= 0 and end - self._at < most:
                self.number += 1
                return self.consume(end + 1 - self._at)
            searched = len(self._held) - self._at
            if end >= 0 or searched > most:
                self.number += 1
                return None
            if not self.fill():
                self.number += bool(searched)
                return self.consume(searched)

    def fill(self) -> bool:
        """Hold one block more; False where the file is over."""
        block = next(self._blocks, b"")
        self._held, self._at = self._held[self._at :] + block, 0
        return bool(block)

    def held(self) -> bytes:
        """What is held and not consumed."""
        if self._at:
            self._held, self._at = self._held[self._at :], 0
        return self._held

    def consume(self, count: int) -> bytes:
        """Take so many of the bytes held."""
        taken = self._held[self._at : self._at + count]
        self._at += count
        if self._hashes and taken:
            self._digest.update(self._end)
            self._end = b"\n" if taken.endswith(b"\n") else b""
            self._digest.update(taken.removesuffix(b"\n"))
        return taken


class Value:
    """The value of an attachment's line as a stream, in the middle of its reader's."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._held = b""
        self._length = 0
        self._over = False
        self.fault = False  # known when it is read to its end
        head = _LONG.match(reader.held()[:FRAME])
        if head is None:
            raise TooMuch("a line", reader.limits.line)
        reader.consume(head.end())

    def read(self, size: int = -1) -> bytes:
        """As a file's: less than `size` only where it ends."""
        while (size < 0 or len(self._held) < size) and not self._over:
            self._held += self._part()
        end = len(self._held) if size < 0 else size
        found, self._held = self._held[:end], self._held[end:]
        return found

    def drain(self) -> None:
        """Pass over what was not read."""
        while not self._over:
            self._part()

    def _part(self) -> bytes:
        held = self._reader.held()
        if not held and not self._reader.fill():
            raise Damaged(inflating.EARLY)
        held = held or self._reader.held()
        stop = _STOP.search(held)
        part = self._reader.consume(stop.start() if stop else len(held))
        self._length += len(part)
        if self._length > self._reader.limits.attachment:
            raise TooMuch("an attachment", self._reader.limits.attachment)
        if stop:
            self._close()
        return part

    def _close(self) -> None:
        """What follows the value to the end of the line."""
        self._over = True
        while b"\n" not in self._reader.held()[:FRAME] and len(self._reader.held()) < FRAME:
            if not self._reader.fill():
                break
        held = self._reader.held()
        end = held.find(b"\n") + 1 or len(held)
        if end > FRAME:
            raise TooMuch("a line", self._reader.limits.line)
        self.fault = not _CLOSED.fullmatch(self._reader.consume(end))


@dataclass(slots=True)
class _Counts:
    kinds: dict[str, int] = field(default_factory=dict)
    attachments: dict[int, str] = field(default_factory=dict)
    last: int = 1

    def take(self, entry: Entry) -> None:
        kind = entry.kind
        if kind == ATTACHMENT:
            digest, file = hashlib.sha256(), entry.open()
            while block := file.read(inflating.BLOCK):
                digest.update(block)
            if entry.stream is not None and entry.stream.fault:
                kind = ""
            else:
                self.attachments[entry.number] = f"sha256:{digest.hexdigest()}"
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        self.last = entry.number


def survey(reader: Reader, sha256: str) -> Survey:
    """Read a bundle to its end behind its manifest, which says the digest. Raises TooMuch."""
    counts, fault = _Counts(), ""
    try:
        for entry in reader.entries():
            counts.take(entry)
        if sha256 not in reader.digests():
            fault = OTHERS
    except Damaged as damaged:
        fault = str(damaged)
    return Survey(counts.kinds, counts.attachments, counts.last, fault)


def _read(line: bytes) -> Members:
    """The kind and the value of a line, and what stands beside; `_NONE` where it is of no kind."""
    found = _PLAIN.fullmatch(line)
    if found:
        kind = found[1].decode()
        return (kind, found[2].decode(), {}) if kind in KINDS else _NONE
    try:
        value = canonical.read(line)
    except canonical.NotIJson:
        return _NONE
    kinds = [each for each in KINDS if isinstance(value, dict) and each in value]
    if len(kinds) != 1 or not isinstance(value, dict):
        return _NONE
    text = value.pop(kinds[0])
    return (kinds[0], text, value) if isinstance(text, str) else _NONE
