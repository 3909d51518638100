"""From a partner's word, or a finding of ours, to what it means for a goods item.

An alert or a report names `subjects` (a container, a party, goods); an item that meets some of them
is hit once a message, by the strongest combination that it meets. Pure.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import polars as pl

from tidewaiter import identifier
from tidewaiter.risk.subjects import HASHED, number

SIGNALS: Final[dict[str, Any]] = {  # the columns of a frame of signals
    "word": pl.String,  # what belongs together: a message's id, or an inspection's
    "source": pl.String,  # partner, own
    "partner": pl.String,
    "message_id": pl.String,
    "alert": pl.String,
    "agreement": pl.String,
    "offence": pl.String,
    "certainty": pl.String,  # suspected, confirmed
    "part": pl.String,
    "kind": pl.String,
    "value": pl.String,
}
Hasher = Callable[[str, str], str | None]  # a text and an agreement's digest to its keyed hash


def meet(items: pl.DataFrame, signals: pl.DataFrame, hasher: Hasher | None = None) -> pl.DataFrame:
    """Which items meet which signals: the columns of SIGNALS and `row` (of `items`, from 0).

    `items` has the frame's columns, hs2 and hs4. `hasher` gives the keyed hash of a text under an
    agreement, or None where its key is not here. Sorted by row and subject.
    """
    out = {"row": pl.UInt32, **SIGNALS}
    if not signals.height or not items.height:
        return pl.DataFrame(schema=out)
    numbered = items.with_row_index("row")
    met: list[pl.DataFrame] = []
    plain = signals.filter(~pl.col("value").str.starts_with(HASHED))
    for kind in plain["kind"].unique().sort().to_list():
        of_kind = plain.filter(pl.col("kind") == kind)
        said = _said(numbered, kind, of_kind)
        met.append(said.join(of_kind, on="value", how="inner").select(list(out)))
    hashed = signals.filter(pl.col("value").str.starts_with(HASHED))
    if hashed.height and hasher is not None:
        met.extend(_hashed(numbered, hashed, hasher, list(out)))
    if not met:
        return pl.DataFrame(schema=out)
    return pl.concat(met).unique().sort("row", "word", "part", "kind", "value")


def _hashed(
    numbered: pl.DataFrame, hashed: pl.DataFrame, hasher: Hasher, out: list[str]
) -> Iterable[pl.DataFrame]:
    pairs = hashed.select("kind", "agreement").unique().sort("kind", "agreement")
    for kind, agreement in pairs.iter_rows():
        of_kind = hashed.filter(pl.col("kind") == kind, pl.col("agreement") == agreement)
        said = _raw(numbered, kind)
        hashes = [
            (value, hasher(value, agreement)) for value in said["value"].unique().sort().to_list()
        ]
        known = {value: found for value, found in hashes if found is not None}
        if known:
            told = said.with_columns(pl.col("value").replace_strict(known, default=None))
            yield told.drop_nulls("value").join(of_kind, on="value", how="inner").select(out)


def _said(numbered: pl.DataFrame, kind: str, of_kind: pl.DataFrame) -> pl.DataFrame:
    """row and value: what items say of a kind, in the form that signals are compared in."""
    match kind:
        case "hs2" | "hs4" | "hs6":
            return numbered.select("row", value=kind)
        case "hs4_origin" | "hs6_origin":
            code = pl.col(kind.removesuffix("_origin"))
            return numbered.select("row", value=code + " " + pl.col("origin"))
        case "name":
            return _changed(_raw(numbered, kind), identifier.fold)
        case "mark":
            pieces = numbered.select("row", value=pl.col("marks").str.split("\n")).explode("value")
            told = numbered.select("row", value="description")
            wanted = of_kind["value"].unique().sort().to_list()
            return _marks(pl.concat([pieces, told]), wanted)
        case "party":
            return _raw(numbered, kind)
        case _:
            return _changed(_raw(numbered, kind), number)


def _raw(numbered: pl.DataFrame, kind: str) -> pl.DataFrame:
    match kind:
        case "container" | "seal" | "transport_document":
            found = numbered.select("row", value=pl.col(f"{kind}s")).explode("value")
        case "ucr":
            found = numbered.select("row", value="ucr")
        case "name":
            named = ("importer_name", "exporter_name", "importer", "exporter", "consignee")
            found = pl.concat([numbered.select("row", value=name) for name in named])
        case _:
            coded = ("importer", "exporter", "consignee", "declarant")
            found = pl.concat([numbered.select("row", value=name) for name in coded])
    return found.drop_nulls("value").filter(pl.col("value") != "")


def _changed(said: pl.DataFrame, change: Callable[[str], str]) -> pl.DataFrame:
    """`said` with each different value changed once."""
    values = said["value"].unique().sort().to_list()
    forms = {value: change(value) for value in values}
    if not forms:
        return said
    return said.with_columns(pl.col("value").replace_strict(forms, return_dtype=pl.String))


def _marks(said: pl.DataFrame, wanted: list[str]) -> pl.DataFrame:
    """The wanted marks that stand as whole words in what items say."""
    folded = _changed(said.drop_nulls("value").filter(pl.col("value") != ""), identifier.fold)
    values = folded["value"].unique().sort().to_list()
    by_first: dict[str, list[str]] = {}  # a partner may name thousands
    for mark in wanted:
        by_first.setdefault(mark.partition(" ")[0], []).append(mark)
    pairs = [
        (value, mark)
        for value in values
        for first in dict.fromkeys(value.split(" "))
        for mark in by_first.get(first, ())
        if f" {mark} " in f" {value} "
    ]
    met = pl.DataFrame(pairs, schema={"value": pl.String, "mark": pl.String}, orient="row")
    return folded.join(met, on="value", how="inner").select("row", value="mark")
