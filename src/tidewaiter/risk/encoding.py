"""What past controls say of a value: its share found not conform, and how often it was controlled.

A table is learnt from controlled items only. For the rows that it is learnt from the share is taken
out of fold, so that no row is told its own outcome. Imports nothing of ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

FOLDS: Final = 8
SMOOTHING: Final = 10.0  # as many imagined controls at the general share stand behind each value
LARGEST: Final = 200_000  # values kept a table, the most controlled first
JOINT: Final = "\x1f"  # between the parts of a combined key


@dataclass(frozen=True, slots=True)
class Table:
    """One key's outcomes: value, controls `n` and not conform `s`; values are unique."""

    name: str
    columns: tuple[str, ...]
    values: pl.DataFrame  # value: str, n: i64, s: i64


def key(columns: Sequence[str]) -> pl.Expr:
    """The text by which items are grouped: the columns joined; null where all of them are."""
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in columns]
    joined = pl.concat_str(parts, separator=JOINT)
    absent = pl.all_horizontal([pl.col(name).is_null() for name in columns])
    return pl.when(absent).then(None).otherwise(joined)


def learn(items: pl.DataFrame, name: str, columns: Sequence[str]) -> Table:
    """The table of `columns` over controlled items; `items` has these columns and `outcome` (0, 1).

    Values without a key are left out. Order does not matter: ties are cut by the value itself.
    """
    counted = (
        items.select(value=key(columns), outcome=pl.col("outcome"))
        .drop_nulls("value")
        .group_by("value")
        .agg(n=pl.len().cast(pl.Int64), s=pl.col("outcome").sum().cast(pl.Int64))
        .sort(["n", "value"], descending=[True, False])
        .head(LARGEST)
    )
    return Table(name, tuple(columns), counted)


def shares(items: pl.DataFrame, table: Table, prior: float) -> tuple[pl.Series, pl.Series]:
    """For each item, in order: the smoothed share not conform (0 to 1), and the controls behind it.

    A value never controlled has the prior share and 0 controls.
    """
    met = items.select(value=key(table.columns)).join(
        table.values, on="value", how="left", maintain_order="left"
    )
    return _smoothed(met, prior)


def shares_out_of_fold(
    items: pl.DataFrame, table: Table, prior: float, fold: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """As `shares` for the rows that `table` was learnt from, each without the rows of its fold.

    `fold`: an integer a row, in the order of `items`; `items` has `outcome`.
    """
    keyed = items.select(value=key(table.columns), outcome=pl.col("outcome"), fold=fold)
    own = keyed.group_by("value", "fold").agg(
        n_fold=pl.len().cast(pl.Int64), s_fold=pl.col("outcome").sum().cast(pl.Int64)
    )
    met = (
        keyed.join(table.values, on="value", how="left", maintain_order="left")
        .join(own, on=["value", "fold"], how="left", maintain_order="left")
        .select(
            n=pl.max_horizontal(pl.col("n") - pl.col("n_fold"), 0),
            s=pl.max_horizontal(pl.col("s") - pl.col("s_fold"), 0),
        )
    )
    return _smoothed(met, prior)


def _smoothed(met: pl.DataFrame, prior: float) -> tuple[pl.Series, pl.Series]:
    counted = met.select(pl.col("n").fill_null(0), pl.col("s").fill_null(0))
    share = (pl.col("s") + SMOOTHING * prior) / (pl.col("n") + SMOOTHING)
    return counted.select(share=share).to_series(), counted["n"]
