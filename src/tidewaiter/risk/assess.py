"""The assessor: a frame of goods items in, a frame of declarations with score and reasons out.

One declaration is a batch of one. Everything that an assessment rests on is in `Knowledge`, and
named in what comes out; the same knowledge and items give the same answer. Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl

from tidewaiter.risk import contributions, lanes, matching, model, norms, profiles, score, signals

RESULT: Final[dict[str, Any]] = {
    "declaration": pl.Int64,
    "probability": pl.Float64,  # the model's, or the base rate
    "score": pl.Float64,
    "lane": pl.String,
    "reasons": pl.String,  # JSON list of score.Hit, the weightiest first
}
FOUND: Final[dict[str, Any]] = {  # what a registered assessor answers
    "consignment": pl.Int64,
    "item": pl.Int32,
    "reason": pl.String,
    "parameters": pl.String,  # JSON object
    "weight": pl.Float64,
    "until": pl.Datetime("us", "UTC"),
}
Assessor = Callable[[pl.DataFrame, datetime], pl.DataFrame]
_hits: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What an assessment rests on."""

    cuts: lanes.Thresholds
    sought: tuple[profiles.Profile, ...] = ()
    trained: model.Model | None = None
    usual: norms.Norms | None = None  # for the profiles; a model brings those it was taught with
    warned: pl.DataFrame | None = None  # matching.SIGNALS, those in force
    hasher: matching.Hasher | None = None
    assessors: tuple[tuple[str, Assessor], ...] = ()


def assess(
    items: pl.DataFrame, ids: Sequence[int], knowledge: Knowledge, at: datetime
) -> pl.DataFrame:
    """RESULT, a row for each of `ids` in their order; `items` are their goods items.

    A declaration without items has the base probability and no reason.
    """
    cleaned = norms.clean(items)
    beside = norms.beside(cleaned, knowledge.usual)
    rows: dict[int, list[score.Hit]] = {}
    chances = [score.BASE] * items.height
    found: list[tuple[int, score.Hit]] = []
    if knowledge.warned is not None:
        met = matching.meet(beside, knowledge.warned, knowledge.hasher)
        found += signals.find(met, beside)
    found += profiles.find(beside, knowledge.sought)
    for name, assessor in knowledge.assessors:
        found += _registered(name, assessor(items, at), items, at)
    if knowledge.trained is not None and items.height:
        taught = norms.beside(cleaned, knowledge.trained.norms)
        judged = model.judge(knowledge.trained, taught)
        chances = judged.probability.tolist()
        found += contributions.hits(taught, judged.parts, knowledge.trained.tables)
    declarations = items["declaration"].to_list()
    for row, hit in found:
        rows.setdefault(row, []).append(hit)
    by_declaration: dict[int, tuple[float, list[score.Hit]]] = {}
    for row, declaration in enumerate(declarations):
        chance, hits = by_declaration.get(declaration, (0.0, []))
        hits = _merged(hits, rows.get(row, []), riskier=chances[row] > chance)
        by_declaration[declaration] = (max(chance, chances[row]), hits)
    return _result([(pk, *by_declaration.get(pk, (score.BASE, []))) for pk in ids], knowledge.cuts)


def _merged(known: list[score.Hit], new: list[score.Hit], *, riskier: bool) -> list[score.Hit]:
    """The hits of a declaration: of the model those of the riskiest item, of others each once.

    The same ground on several items counts once, where it weighs most.
    """
    if not known:
        return new
    of_model = [hit for hit in (new if riskier else known) if hit.source == score.MODEL]
    best: dict[tuple[str, str], score.Hit] = {}
    for hit in (*known, *new):
        if hit.source != score.MODEL:
            key = (hit.code, hit.message_id)
            if key not in best or hit.weight > best[key].weight:
                best[key] = hit
    return [*best.values(), *of_model]


def _result(
    judged: Sequence[tuple[int, float, list[score.Hit]]], cuts: lanes.Thresholds
) -> pl.DataFrame:
    told = []
    for declaration, chance, hits in judged:
        if any(hit.source != score.MODEL for hit in hits):
            hits = sorted(hits, key=lambda hit: (hit.source == score.MODEL, -hit.weight, hit.code))
        value, least = score.replay(chance, hits)
        lane = lanes.lane(value, cuts, least)
        told.append((declaration, chance, value, lane, _hits.encode(hits).decode()))
    return pl.DataFrame(told, schema=RESULT, orient="row")


def _registered(
    name: str, answer: pl.DataFrame, items: pl.DataFrame, at: datetime
) -> list[tuple[int, score.Hit]]:
    """The hits of a registered assessor; those whose `until` is past are left out."""
    rows = items.with_row_index("row").select("row", "item", consignment="declaration")
    live = answer.filter(pl.col("until").is_null() | (pl.col("until") > at))
    met = live.join(rows, on=["consignment", "item"], how="inner", maintain_order="left")
    return [
        (
            one["row"],
            score.Hit(
                code=one["reason"],
                parameters=msgspec.json.decode(one["parameters"] or "{}"),
                weight=one["weight"],
                item=one["item"],
                source=name,
            ),
        )
        for one in met.iter_rows(named=True)
    ]
