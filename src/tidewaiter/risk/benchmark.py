"""A benchmark of the model on files with known outcomes: taught with one, scored on another.

Labels of the test file are used for scoring only. Test rows whose pattern the training had are told
apart from those it had not: a look-up of repeated patterns does well on the first alone.
"""

import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from tidewaiter.documents import batch, formats, frame, readers
from tidewaiter.documents import mapping as mappings
from tidewaiter.risk import errors, measures, model, teaching

PATTERN: Final = ("hs6", "origin", "departure", "tax_type", "net_mass")  # unless columns are named
PUBLISHED: Final = {"precision": 0.762, "recall": 0.641}
ORIENTATION: Final = (
    "The best published figures for the Korean data (precision 0.762, recall 0.641) are for other "
    "months, and a bare look-up of repeated patterns does better than they do on these: they are "
    "an orientation, not a rival. What counts is `new`, the rows whose pattern training had not."
)


@dataclass(frozen=True, slots=True)
class Table:
    """A file's items with their labels (`outcome`, 0 or 1) and patterns, in the file's order."""

    items: pl.DataFrame
    patterns: tuple[tuple[Any, ...], ...]


def read(
    path: Path, mapping: mappings.Mapping, label: str, *, positive: int, pattern: Sequence[str]
) -> Table:
    """The rows of a CSV file that the mapping takes, with their labels. Raises BadTable.

    A row counts as found where its label is at least `positive`.
    """
    labels, patterns = _beside(path, mapping, label, pattern)
    headers: list[tuple[Any, ...]] = []
    kept: list[int] = []
    with path.open("rb") as stream:
        paper = formats.Paper(path.name, stream, batch.Source(), formats.Options(mapping, None))
        for part in readers.csv(paper):
            if not part.batch.headers and part.findings:
                raise errors.BadTable(file=path.name, reason=str(part.findings[0].rule))
            for header, goods, source in zip(
                part.batch.headers, part.batch.goods, part.batch.sources, strict=True
            ):
                for one in goods:
                    headers.append(_row(len(kept) + 1, header, one))
                    kept.append(source.line)
    if not kept:
        raise errors.BadTable(file=path.name, reason="no row can be read")
    items = frame.of(headers)
    try:
        found = [int(float(labels[line]) >= positive) for line in kept]
    except ValueError as error:
        raise errors.BadTable(file=path.name, reason=f"{label}: {error}") from None
    items = items.with_columns(pl.Series("outcome", found, dtype=pl.Int64))
    if pattern:
        return Table(items, tuple(patterns[line] for line in kept))
    return Table(items, tuple(items.select(PATTERN).iter_rows()))


def run(train: Table, test: Table, *, seed: int) -> dict[str, Any]:
    """Teach with `train`, score `test`: the figures, all and apart. Raises TooFewOutcomes."""
    began = time.perf_counter()
    try:
        taught = model.read(model.train(train.items, seed=seed))
    except model.TooFew as few:
        raise errors.TooFewOutcomes(rows=few.rows, positive=few.positive) from None
    trained = time.perf_counter()
    scores = teaching.scores(taught, test.items.drop("outcome"))
    scored = time.perf_counter()
    labels = test.items["outcome"].to_numpy()
    known = set(train.patterns)
    seen = np.array([one in known for one in test.patterns], dtype=bool)
    return {
        **measures.figures(labels, scores).document(),
        "train_seconds": round(trained - began, 3),
        "rows_per_second": round(test.items.height / max(scored - trained, 1e-9)),
        "seen": measures.figures(labels[seen], scores[seen]).document(),
        "new": measures.figures(labels[~seen], scores[~seen]).document(),
        "lookup": measures.figures(labels, _looked_up(train, test)).document(),
        "published": PUBLISHED,
        "orientation": ORIENTATION,
    }


def together(tables: Sequence[Table]) -> Table:
    """Several tables as one."""
    items = pl.concat([one.items for one in tables])
    numbered = items.with_columns(declaration=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    return Table(numbered, tuple(pattern for one in tables for pattern in one.patterns))


def _looked_up(train: Table, test: Table) -> np.ndarray:
    """What a bare look-up says: the share found among training rows of the same pattern."""
    told: dict[tuple[Any, ...], tuple[int, int]] = {}
    for pattern, outcome in zip(train.patterns, train.items["outcome"].to_list(), strict=True):
        n, s = told.get(pattern, (0, 0))
        told[pattern] = (n + 1, s + outcome)
    prior = float(np.mean(train.items["outcome"].to_numpy()))
    pairs = (told.get(pattern, (0, 0)) for pattern in test.patterns)
    shares: np.ndarray = np.array([(s + prior) / (n + 1) for n, s in pairs])
    return shares


def _beside(
    path: Path, mapping: mappings.Mapping, label: str, pattern: Sequence[str]
) -> tuple[dict[int, str], dict[int, tuple[str, ...]]]:
    """Label and pattern columns of each record, by the line on which it starts."""
    labels: dict[int, str] = {}
    patterns: dict[int, tuple[str, ...]] = {}
    with path.open(encoding=mapping.encoding, errors="replace", newline="") as file:
        reader = csv.reader((line.replace("\0", "") for line in file), delimiter=mapping.separator)
        header = [name.strip().removeprefix("\ufeff") for name in next(reader, [])]
        for name in (label, *pattern):
            if name not in header:
                raise errors.BadTable(file=path.name, reason=f"there is no column {name!r}")
        at, columns = header.index(label), [header.index(name) for name in pattern]
        start = reader.line_num + 1
        for row in reader:
            if len(row) == len(header):
                labels[start] = row[at]
                patterns[start] = tuple(row[column] for column in columns)
            start = reader.line_num + 1
    return labels, patterns


def _row(number: int, header: Any, goods: Any) -> tuple[Any, ...]:
    """A row in the order of frame.FIELDS, as the database would give it."""
    values: dict[str, Any] = {"declaration_id": number, "declaration__reference": str(number)}
    values.update({f"declaration__{name}": value for name, value in header._asdict().items()})
    values.update({name: value for name, value in goods._asdict().items() if name})
    on = values["declaration__lodged_on"]
    values["declaration__lodged_on"] = _day(on)
    return tuple(values[name] for name in frame.FIELDS)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
