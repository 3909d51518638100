"""Passages as rows of a table: CSV (RFC 4180) that no spreadsheet runs, and plain JSON values."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

from tidewaiter import clock
from tidewaiter.exchange.auditing.queries import Passage

COLUMNS: Final = (
    "time",
    "direction",
    "serial",
    "id",
    "type",
    "agreement",
    "clause",
    "handling",
    "state",
    "problem",
    "digest",
    "forgotten",
    "logindex",
    "covered",
    "cosigned",
    "altered",
    "former",
    "receipt",
    "received",
    "partner_logindex",
    "receipt_holds",
    "held_back",
    "salt",
)
RUNS: Final = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet take a cell for a formula


def values(passage: Passage) -> dict[str, Any]:
    """A passage in plain values under the names of COLUMNS."""
    said = passage.receipt
    ours = passage.side == "out"
    return {
        "time": clock.text(passage.time),
        "direction": passage.side,
        "serial": passage.serial,
        "id": str(passage.id),
        "type": passage.type,
        "agreement": passage.agreement or None,
        "clause": passage.clause or None,
        "handling": passage.handling or None,
        "state": passage.state,
        "problem": passage.problem or None,
        "digest": passage.digest or None,
        "forgotten": passage.forgotten,
        "logindex": passage.log_index,
        "covered": passage.covered,
        "cosigned": passage.cosigned,
        "altered": passage.altered,
        "former": [index for index, _ in passage.former],
        "receipt": said.outcome or None,
        "received": clock.text(said.received) if said.received else None,
        "partner_logindex": said.log_index if ours else None,
        "receipt_holds": said.holds if ours and (said.outcome or not said.holds) else None,
        "held_back": passage.held_back or None,
        "salt": passage.salt or None,
    }


def lines(passages: Iterable[Passage]) -> Iterator[str]:
    """The table in CSV, a line at a time, the names of the columns first."""
    yield _line(COLUMNS)
    for each in passages:
        yield _line([_cell(value) for value in values(each).values()])


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return " ".join(map(str, value))
    text = str(value)
    return f"'{text}" if text.startswith(RUNS) else text


def _line(cells: Iterable[str]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerow(cells)
    return made.getvalue()
