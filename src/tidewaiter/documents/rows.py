"""A chunk of a CSV file made a batch of declarations, column-wise, by a mapping.

Cells are typed (`columns`), the bodies written (`body`), and the rows of the tables picked from
the same typed columns; no object is made a row but the tuples that are kept.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from tidewaiter.documents import body, columns, picking
from tidewaiter.documents.anatomy import Kind
from tidewaiter.documents.batch import Batch, Source
from tidewaiter.documents.columns import Mark, Typed
from tidewaiter.documents.csvfile import Chunk
from tidewaiter.documents.declaration import CORRECTION
from tidewaiter.documents.finding import Finding, find
from tidewaiter.documents.mapping import Column, Mapping
from tidewaiter.documents.rulebook import RULES

SHOWN: Final = 200  # findings by one rule that are told one by one, of one chunk
NUMBER: Final = "functional_reference_id"
MOST_ITEMS: Final = 20_000  # rows of one declaration
_CODES: Final = {"%S": "204", "%T": "204", "%H": "203", "%R": "203", "%I": "203"}


@dataclass(slots=True)
class Made:
    """What a chunk became: the batch, how many declarations were refused, and what was found."""

    batch: Batch
    refused: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: dict[str, int] = field(default_factory=dict)  # findings by rule beyond those told


class Press:
    """Turns chunks of one file into batches: the mapping compiled for this file's header."""

    def __init__(self, mapping: Mapping, header: Sequence[str]) -> None:
        self.mapping = mapping
        self.header = list(header)
        used = {*mapping.needed}
        if mapping.outcomes:
            used |= {mapping.outcomes.column, mapping.outcomes.offence_column}
        self.extra = {f"+{at}": name for at, name in enumerate(header) if name not in used}
        self.has_items = any(column.target.of_item for column in mapping.columns)
        self.body, self.item = self._bodies()

    def press(self, chunk: Chunk, source: Source, file: str) -> Made:
        """The declarations of `chunk`; `source` says which file of the vault it is."""
        made = Made(Batch(), refused=len(chunk.refused))
        made.findings = [one.within(file) for one in chunk.refused]
        if not chunk.rows:
            return made
        frame, marks = self._typed(chunk)
        frame = frame.with_columns(picking.groups(frame, together=self.mapping.items_in_rows))
        marks += picking.whole(self.mapping, frame)
        kept = self._told(frame, marks, chunk, made, file)
        if kept.height:
            self._fill(made.batch, kept, source, file)
        return made

    def together(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """The same rows, cut between declarations: rows of one number stay in one chunk."""
        names = {column.target.path: column.name for column in self.mapping.columns}
        keys = [
            self.header.index(names[path])
            for path in (NUMBER, "declarant.id", "declarant.name")
            if path in names
        ]
        kept = Chunk()
        for chunk in chunks:
            kept.add(chunk, range(len(chunk.rows)))
            kept.refused += chunk.refused
            cut = len(kept.rows) - 1
            last = [kept.rows[cut][key] for key in keys] if kept.rows else []
            while cut > 0 and [kept.rows[cut - 1][key] for key in keys] == last:
                cut -= 1
            if cut > 0:
                done, rest = Chunk(refused=kept.refused), Chunk()
                done.add(kept, range(cut))
                rest.add(kept, range(cut, len(kept.rows)))
                kept = rest
                yield done
            elif len(kept.rows) > MOST_ITEMS:  # no declaration has so many: memory stays bounded
                yield kept
                kept = Chunk()
        if kept.rows or kept.refused:
            yield kept

    def _typed(self, chunk: Chunk) -> tuple[pl.DataFrame, list[Mark]]:
        cells = dict(enumerate(zip(*chunk.rows, strict=True)))
        texts = {
            at: columns.blanked(pl.Series(values, dtype=pl.String), self.mapping.blank)
            for at, values in cells.items()
        }
        by_name = {name: texts[at] for at, name in enumerate(self.header)}
        height = len(chunk.rows)
        made: dict[str, pl.Series] = {
            "#line": pl.Series(chunk.lines, dtype=pl.Int64),
            "#start": pl.Series(chunk.starts, dtype=pl.Int64),
            "#length": pl.Series(chunk.lengths, dtype=pl.Int64),
        }
        marks: list[Mark] = []
        for column in self.mapping.columns:
            other = by_name.get(column.currency_column or column.unit_column)
            one = columns.typed(column, by_name[column.name], other)
            marks += one.marks
            made[column.target.path] = one.values
            if one.other is not None:
                made[f"{column.target.path}#"] = one.other
        for target, text in self.mapping.defaults:
            if target.path in made:
                made[target.path] = made[target.path].fill_null(text)
            else:
                made[target.path] = pl.Series([text]).new_from_index(0, height)
        for name, title in self.extra.items():
            extra = Typed(texts[int(name[1:])])
            extra.mark("character", title, extra.values.str.contains(columns.CONTROL), extra.values)
            marks += extra.marks
            made[name] = extra.values
        if self.mapping.outcomes:
            for name in (self.mapping.outcomes.column, self.mapping.outcomes.offence_column):
                made[f"!{name}"] = by_name.get(name, pl.Series([None] * height, dtype=pl.String))
        return pl.DataFrame(made), marks

    def _bodies(self) -> tuple[pl.Expr, pl.Expr]:
        root, item = body.trees()
        inside = len(".".join(body.ITEMS)) + 1
        for column in self.mapping.columns:
            target = column.target
            steps = target.path[inside:].split(".") if target.of_item else target.path.split(".")
            tree = item if target.of_item else root
            if column.split:  # the part is a list of its own: one text each
                node = tree.at(steps[:-2])
                node.leaves[steps[-2]] = body.listed(f"{target.path}[]", steps[-1])
            else:
                said = body.value(target, target.path, f"{target.path}#", _format(column))
                tree.at(steps[:-1]).leaves[steps[-1]] = said
        mapped = {column.target.path for column in self.mapping.columns}
        for target, text in self.mapping.defaults:
            if target.path not in mapped:
                steps = (
                    target.path[inside:].split(".") if target.of_item else target.path.split(".")
                )
                tree = item if target.of_item else root
                tree.at(steps[:-1]).leaves[steps[-1]] = body.literal(text)
        together = self.mapping.items_in_rows
        (item if together else root).leaves["extensions"] = body.extensions(self.extra)
        if self.has_items:
            item.leaves["sequence_numeric"] = pl.col("#sequence").cast(pl.String)
            shipment = root.at(body.ITEMS[:1])
            shipment.leaves[body.ITEMS[1]] = pl.concat_str(
                pl.lit("["), pl.col("#items"), pl.lit("]")
            )
        return body.whole(root), body.whole(item)

    def _told(
        self, frame: pl.DataFrame, marks: list[Mark], chunk: Chunk, made: Made, file: str
    ) -> pl.DataFrame:
        """Tell the findings, drop whole declarations that one refuses, keep notes with the rest."""
        bad = pl.Series([False]).new_from_index(0, frame.height)
        notes: list[pl.Expr] = []
        for at, mark in enumerate(marks):
            if RULES[mark.rule].refuses:
                bad |= mark.rows
            else:
                frame = frame.with_columns(mark.rows.alias(f"~{at}"), mark.found.alias(f"={at}"))
                notes.append(picking.note(mark, at))
            rows = mark.rows.arg_true().to_list()
            for row in rows[:SHOWN]:
                found = find(mark.rule, mark.column, chunk.lines[row], found=mark.found[row] or "")
                said = {**found.parameters, **mark.parameters}
                made.findings.append(Finding(found.rule, found.place, found.line, file, said))
            if len(rows) > SHOWN:
                made.more[mark.rule] = made.more.get(mark.rule, 0) + len(rows) - SHOWN
        joined = pl.concat_str(*notes) if notes else pl.lit("")
        frame = frame.with_columns(bad.alias("#bad"), joined.alias("#notes"))
        groups = frame.filter("#bad")["#group"].unique()
        made.refused += len(groups)
        return frame.filter(~pl.col("#group").is_in(groups.implode()))

    def _fill(self, batch: Batch, frame: pl.DataFrame, source: Source, file: str) -> None:
        frame = picking.sequenced(frame.with_columns(picking.lists(self.mapping)))
        frame = frame.with_columns(
            self.item.alias("#item") if self.has_items else pl.lit("").alias("#item")
        )
        heads = picking.heads(frame, together=self.mapping.items_in_rows)
        bodies = heads.select(self.body.alias("body"))["body"].to_list()
        batch.bodies = bodies
        batch.digests = [hashlib.sha256(text.encode()).hexdigest() for text in bodies]
        batch.headers = picking.headers(heads, items=self.has_items)
        batch.corrections = (heads["function_code"] == CORRECTION).fill_null(value=False).to_list()
        places = zip(heads["#line"], heads["#start"], heads["#length"], strict=True)
        batch.sources = [Source(source.sha256, source.format, *place) for place in places]
        batch.findings = heads.select(picking.notes())["notes"].to_list()
        batch.files = [file] * heads.height
        batch.goods = picking.goods(frame, heads) if self.has_items else [[] for _ in bodies]
        batch.mentions = picking.mentions(frame, heads)
        if self.mapping.outcomes:
            batch.outcomes = picking.outcomes(heads, self.mapping.outcomes)


def _format(column: Column) -> str:
    if column.target.kind is not Kind.MOMENT:
        return ""
    return next((code for sign, code in _CODES.items() if sign in column.format), "102")
