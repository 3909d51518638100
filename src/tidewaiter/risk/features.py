"""What the model sees of an item: numbers, and what past controls say of its values.

A feature is a function of one item and of what was learnt before it came. Each belongs to a
**theme**, by which its part in a score is told in words (`reasons`). Missing is NaN.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from tidewaiter.risk import encoding

KEYS: Final[dict[str, tuple[str, ...]]] = {  # what past controls are looked up by
    "office": ("office",),
    "procedure": ("procedure",),
    "import_type": ("import_type",),
    "import_use": ("import_use",),
    "payment_type": ("payment_type",),
    "transport_mode": ("transport_mode",),
    "declarant": ("declarant",),
    "importer": ("importer",),
    "exporter": ("exporter",),
    "goods": ("hs6",),
    "heading": ("hs4",),
    "departure": ("departure",),
    "origin": ("origin",),
    "tax_type": ("tax_type",),
    "goods_origin": ("hs6", "origin"),
    "importer_goods": ("importer", "hs6"),
    "exporter_goods": ("exporter", "hs6"),
    "office_goods": ("office", "hs6"),
    "pattern": ("hs6", "origin", "departure", "tax_type", "net_mass"),
}
NUMBERS: Final[dict[str, pl.Expr]] = {
    "value": pl.col("value").cast(pl.Float64).clip(0).log1p(),
    "net_mass": pl.col("net_mass").cast(pl.Float64).clip(0).log1p(),
    "unit_value": pl.col("unit_value").log(),
    "unit_value_gap": pl.col("unit_value_ratio").log(),
    "gross_net": pl.col("gross_net_ratio"),
    "unit_mass": pl.col("unit_mass").log1p(),
    "tax_rate": pl.col("tax_rate"),
    "departure_is_not_origin": (pl.col("departure") != pl.col("origin")).cast(pl.Float64),
    "chapter": pl.col("hs2").cast(pl.Float64, strict=False),
}
NAMES: Final = (
    *(f"{name}.{part}" for name in KEYS for part in ("share", "controls")),
    *NUMBERS,
)
THEMES: Final = (*KEYS, *NUMBERS)  # of the features: a key's two parts are one theme
THEME_OF: Final = np.array(
    [*(index for index in range(len(KEYS)) for _ in range(2)), *range(len(KEYS), len(THEMES))]
)


def tables(items: pl.DataFrame) -> tuple[encoding.Table, ...]:
    """What controlled `items` (with `outcome`) say of each key."""
    return tuple(encoding.learn(items, name, columns) for name, columns in KEYS.items())


def folds_by_pattern(items: pl.DataFrame) -> pl.Series:
    """A fold for each item, the same for all of one pattern; in order."""
    ranked = encoding.key(KEYS["pattern"]).rank("dense").fill_null(0).cast(pl.Int64)
    return items.select(fold=ranked % encoding.FOLDS).to_series()


def matrix(
    items: pl.DataFrame,
    known: Sequence[encoding.Table],
    prior: float,
    fold: pl.Series | None = None,
) -> np.ndarray:
    """The features of `items` (`norms.beside` has been over them), float32, a row an item.

    With `fold` the items are those that `known` was learnt from and are encoded out of fold.
    """
    columns: list[np.ndarray] = []
    for table in known:
        if fold is None:
            share, controls = encoding.shares(items, table, prior)
        else:
            share, controls = encoding.shares_out_of_fold(items, table, prior, fold)
        columns.append(share.to_numpy())
        columns.append(np.log1p(controls.to_numpy()))
    numbers = items.select([expr.alias(name) for name, expr in NUMBERS.items()])
    columns.extend(numbers[name].cast(pl.Float64).to_numpy() for name in NUMBERS)
    stacked: np.ndarray = np.column_stack(columns).astype(np.float32)
    stacked[~np.isfinite(stacked)] = np.nan
    return stacked
