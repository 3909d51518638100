"""The model: gradient-boosted trees over features, learnt from the outcomes of controls.

A model is one JSON file; its version is the digest of that file, so that what an assessment names
can be checked years later. The same items and seed give the same bytes on the same machine.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
import xgboost

from tidewaiter.risk import encoding, features, norms

FORMAT: Final = "tidewaiter-model/1"
ROUNDS: Final = 100
LEAST_ROWS: Final = 50
LEAST_POSITIVE: Final = 10
PARAMETERS: Final[dict[str, Any]] = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 6,
    "eta": 0.1,
    "subsample": 0.8,
    "colsample_bytree": 0.5,
    "min_child_weight": 5,
    "nthread": 1,  # the cores are shared with the web and the workers, and one is quick enough
}


class TooFew(ValueError):
    """There are too few outcomes to learn from; `rows` and `positive` say how many."""

    def __init__(self, rows: int, positive: int) -> None:
        super().__init__(f"{rows} outcomes, {positive} of them positive")
        self.rows = rows
        self.positive = positive


class NotThisModel(ValueError):
    """The bytes are no model, or not the one that was asked for."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model ready to use: what past controls say, what is usual, and the trees."""

    version: str  # sha256:… of its file
    prior: float  # share not conform among the outcomes
    tables: tuple[encoding.Table, ...]
    norms: norms.Norms
    booster: xgboost.Booster


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model says of items, in their order."""

    probability: np.ndarray  # float64, 0 to 1
    parts: np.ndarray  # float32, items × features.THEMES: log-odds that each theme adds


def train(items: pl.DataFrame, *, seed: int) -> bytes:
    """The file of a model learnt from `items`, which have the frame's columns and `outcome`.

    Encodings are taken out of fold. Each item is taught twice: beside its likes (folds drawn by
    `seed`), and as though none of its pattern had been seen (folds by pattern), so that the trees
    know both what repeats and what is new. Raises TooFew.
    """
    positive = int(items["outcome"].sum())
    if items.height < LEAST_ROWS or min(positive, items.height - positive) < LEAST_POSITIVE:
        raise TooFew(items.height, positive)
    cleaned = norms.clean(items)
    usual = norms.values_alone(norms.learn(cleaned))
    beside = norms.beside(cleaned, usual)
    prior = positive / items.height
    known = features.tables(beside)
    drawn = np.random.default_rng(seed).integers(0, encoding.FOLDS, items.height)
    as_known = features.matrix(beside, known, prior, pl.Series("fold", drawn))
    as_new = features.matrix(beside, known, prior, features.folds_by_pattern(beside))
    outcome = items["outcome"].to_numpy()
    data = xgboost.DMatrix(np.vstack([as_known, as_new]), np.concatenate([outcome, outcome]))
    booster = xgboost.train({**PARAMETERS, "seed": seed}, data, ROUNDS)
    return _write(prior, known, usual, booster, seed)


def version(file: bytes) -> str:
    """The version of a model's file: its digest."""
    return "sha256:" + hashlib.sha256(file).hexdigest()


def read(file: bytes, expected: str | None = None) -> Model:
    """The model in `file`. Raises NotThisModel where it is not `expected`, or is no model."""
    found = version(file)
    if expected is not None and found != expected:
        raise NotThisModel(f"the file is {found}, not {expected}")
    try:
        document = msgspec.json.decode(file)
        if document["format"] != FORMAT or document["features"] != list(features.NAMES):
            raise NotThisModel("it was made by another release")
        tables = tuple(
            encoding.Table(
                table["name"],
                tuple(table["columns"]),
                pl.DataFrame(
                    {"value": table["value"], "n": table["n"], "s": table["s"]},
                    schema={"value": pl.String, "n": pl.Int64, "s": pl.Int64},
                ),
            )
            for table in document["tables"]
        )
        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(msgspec.json.encode(document["booster"])))
        usual = norms_of(document["norms"])
    except (msgspec.DecodeError, KeyError, TypeError, xgboost.core.XGBoostError) as error:
        raise NotThisModel(str(error)) from None
    return Model(found, document["prior"], tables, usual, booster)


def judge(model: Model, beside: pl.DataFrame) -> Judged:
    """Probability and parts for items over which `norms.beside` has been (with the model's norms).

    Parts are the approximate contributions of Saabas: exact in sum, and quick enough for every
    declaration, where Shapley values cost a hundred times as much.
    """
    matrix = features.matrix(beside, model.tables, model.prior)
    data = xgboost.DMatrix(matrix)
    single = model.booster.predict(data, pred_contribs=True, approx_contribs=True)
    probability = 1.0 / (1.0 + np.exp(-single.sum(axis=1, dtype=np.float64)))
    parts: np.ndarray = np.zeros((beside.height, len(features.THEMES)), dtype=np.float32)
    for feature, theme in enumerate(features.THEME_OF):
        parts[:, theme] += single[:, feature]
    return Judged(probability, parts)


def norms_document(usual: norms.Norms) -> dict[str, Any]:
    """Norms as JSON data, column by column."""
    return {
        "items": usual.items,
        "values": usual.values.to_dict(as_series=False),
        "traders": usual.traders.to_dict(as_series=False),
        "headings": usual.headings.to_dict(as_series=False),
    }


def norms_of(document: dict[str, Any]) -> norms.Norms:
    """Norms out of `norms_document`."""
    text, whole, real = pl.String, pl.Int64, pl.Float64
    return norms.Norms(
        pl.DataFrame(
            document["values"],
            schema={
                "hs6": text,
                "currency": text,
                "origin": text,
                "usual": real,
                "norm_items": whole,
            },
        ),
        pl.DataFrame(document["traders"], schema={"importer": text, "importer_known": whole}),
        pl.DataFrame(
            document["headings"],
            schema={"importer": text, "hs4": text, "heading_known": whole},
        ),
        document["items"],
    )


def _write(
    prior: float,
    known: Sequence[encoding.Table],
    usual: norms.Norms,
    booster: xgboost.Booster,
    seed: int,
) -> bytes:
    return msgspec.json.encode(
        {
            "format": FORMAT,
            "prior": prior,
            "seed": seed,
            "features": list(features.NAMES),
            "tables": [
                {
                    "name": table.name,
                    "columns": list(table.columns),
                    **table.values.to_dict(as_series=False),
                }
                for table in known
            ],
            "norms": norms_document(usual),
            "booster": msgspec.Raw(bytes(booster.save_raw("json"))),
        }
    )
