"""Reading CSV (RFC 4180) as a stream in bounded memory, and writing it so that no cell is run.

Records are framed on bytes, so that a bad row (NUL, undecodable, too large, a quote that never
ends) is refused by itself and the next one is read; each knows its line and its place in the file.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import BinaryIO, Final

from tidewaiter.documents.finding import Finding, find

RECORD: Final = 2**21  # bytes of one record
CELL: Final = 2**16  # bytes of one cell
ROWS: Final = 8_000  # records a chunk
CELLS: Final = 1_000_000  # cells a chunk
BYTES: Final = 2**23  # bytes a chunk, and the record that passes it
_BOM: Final = b"\xef\xbb\xbf"
_RUN: Final = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet run a cell


@dataclass(slots=True)
class Frame:
    """The bytes of one record, where it stands, and the rule that refuses it, if one does."""

    data: bytes
    line: int  # from 1
    start: int  # bytes into the file
    rule: str = ""


@dataclass(slots=True)
class Chunk:
    """Records that can be read: cells by row, with the line, place and length of each."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    refused: list[Finding] = field(default_factory=list)  # one a record that could not be read

    def add(self, other: "Chunk", rows: range) -> None:
        """Add these rows of `other`."""
        for name in ("rows", "lines", "starts", "lengths"):
            getattr(self, name).extend(getattr(other, name)[rows.start : rows.stop])


class Lines:
    """Physical lines of a file with their number and place; some can be put back."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.line = 1
        self.start = 0
        self.back: deque[bytes] = deque()

    def take(self) -> bytes:
        """The next line with its end; at most RECORD bytes of it; empty at the end of the file."""
        data = self.back.popleft() if self.back else self.file.readline(RECORD)
        self.line += data.endswith(b"\n")
        self.start += len(data)
        return data

    def give_back(self, lines: Sequence[bytes]) -> None:
        """Put lines back, to be taken again."""
        self.back.extendleft(reversed(lines))
        self.start -= sum(map(len, lines))
        self.line -= sum(line.endswith(b"\n") for line in lines)


def frames(file: BinaryIO) -> Iterator[Frame]:
    """The records of `file`, one by one, the header first; blank lines are none."""
    lines = Lines(file)
    while True:
        line, start = lines.line, lines.start
        data = lines.take()
        if not data:
            return
        if start == 0 and data.startswith(_BOM):
            data, start = data[len(_BOM) :], len(_BOM)
        if len(data) >= RECORD - len(_BOM) and not data.endswith(b"\n"):
            while data and not data.endswith(b"\n"):
                data = lines.take()
            yield Frame(b"", line, start, "row-too-large")
        elif b'"' in data and data.count(b'"') % 2:
            yield _quoted(lines, data, line, start)
        elif data := data.rstrip(b"\r\n"):
            yield Frame(data, line, start)


def _quoted(lines: Lines, first: bytes, line: int, start: int) -> Frame:
    """A record whose quotation goes over the line's end; refused where it never closes."""
    more: list[bytes] = []
    size, odd = len(first), True
    while odd:
        data = lines.take()
        size += len(data)
        if not data or size > RECORD:
            lines.give_back([*more, data] if data else more)
            return Frame(b"", line, start, "quote-open")
        more.append(data)
        odd ^= data.count(b'"') % 2 == 1
    return Frame(b"".join((first, *more)).rstrip(b"\r\n"), line, start)


def cells(frame: Frame, *, encoding: str, separator: str) -> list[str] | Finding:
    """The cells of one record, or the finding that refuses it."""
    if frame.rule:
        return find(frame.rule, "", frame.line, limit=RECORD)
    if b"\x00" in frame.data:
        return find("row-nul", "", frame.line)
    try:
        text = frame.data.decode(encoding)
    except UnicodeDecodeError as error:
        return find("encoding", "", frame.line, reason=f"{error.reason} at byte {error.start}")
    if '"' not in text:
        if "\r" in text:
            return find("csv-malformed", "", frame.line, reason="a carriage return stands alone")
        found = text.split(separator)
    else:
        try:
            found = next(csv.reader([text], delimiter=separator, strict=True))
        except csv.Error as error:
            return find("csv-malformed", "", frame.line, reason=error)
    if len(text) > CELL // 4 and any(len(cell.encode()) > CELL for cell in found):
        return find("cell-too-large", "", frame.line, limit=CELL)
    return found


def chunks(
    records: Iterable[Frame], *, columns: int, encoding: str, separator: str
) -> Iterator[Chunk]:
    """Records in chunks of 8,000, fewer where they are large; each must have `columns` cells."""
    chunk, size = Chunk(), 0
    most = max(1, min(ROWS, CELLS // columns))
    for frame in records:
        found = cells(frame, encoding=encoding, separator=separator)
        if isinstance(found, list) and len(found) != columns:
            found = find("row-columns", "", frame.line, found=len(found), expected=columns)
        if isinstance(found, Finding):
            chunk.refused.append(found)
        else:
            chunk.rows.append(found)
            chunk.lines.append(frame.line)
            chunk.starts.append(frame.start)
            chunk.lengths.append(len(frame.data))
            size += len(frame.data)
        if len(chunk.rows) >= most or len(chunk.refused) >= ROWS or size >= BYTES:
            yield chunk
            chunk, size = Chunk(), 0
    if chunk.rows or chunk.refused:
        yield chunk


def neutral(cell: str) -> str:
    """`cell` as text even for a spreadsheet: what it would run gets an apostrophe before it."""
    if not cell.startswith(_RUN):
        return cell
    bare = cell[1:].replace(".", "", 1)
    number = cell[0] in "+-" and bare.isascii() and bare.isdigit()
    return cell if number else f"'{cell}"


def written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV by RFC 4180 with neutral cells; None is an empty cell."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in ([*header], *rows):
        writer.writerow(["" if cell is None else neutral(str(cell)) for cell in row])
    return out.getvalue()
