"""What is usual here: unit values by goods and origin, and which traders bring what.

Norms are learnt from our own declarations and looked up for new ones; nobody's outcome is in them.
Values are minor units of the currency declared, and only like is compared with like; masses are
grams. Imports nothing of ours.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

LEAST: Final = 5  # items behind a norm; fewer say nothing
LEARNT_FROM: Final = ["declaration", "importer", "hs6", "origin", "currency", "net_mass", "value"]
LARGEST: Final = 300_000  # traders kept, those with most declarations first
UNIT_VALUE: Final = (pl.col("value") / (pl.col("net_mass") / 1000)).cast(pl.Float64)  # a kg


@dataclass(frozen=True, slots=True)
class Norms:
    """Three look-up tables, each with unique keys, and the number of items behind them."""

    values: pl.DataFrame  # hs6, currency, origin (or null), usual: f64 minor units a kg, norm_items
    traders: pl.DataFrame  # importer, importer_known: declarations seen
    headings: pl.DataFrame  # importer, hs4, heading_known: items of this heading seen
    items: int


def clean(items: pl.DataFrame) -> pl.DataFrame:
    """`items` with null where a text is empty: what is not known is not a value."""
    texts = [name for name, kind in items.schema.items() if kind == pl.String]
    return items.with_columns(pl.col(texts).replace("", None))


def learn(items: pl.DataFrame) -> Norms:
    """The norms of `items`, of which LEARNT_FROM is read; `clean` has been over them."""
    kept = items.select(*LEARNT_FROM, hs4=_heading())
    priced = kept.filter((pl.col("value") > 0) & (pl.col("net_mass") > 0)).with_columns(
        u=UNIT_VALUE.log()
    )
    by_origin = _usual(priced, ["hs6", "currency", "origin"])
    by_goods = _usual(priced, ["hs6", "currency"]).with_columns(origin=pl.lit(None, pl.String))
    traders = _counted(kept.unique("declaration"), ["importer"], "importer_known")
    headings = _counted(kept, ["importer", "hs4"], "heading_known")
    values = pl.concat([by_origin, by_goods.select(by_origin.columns)])
    return Norms(
        values.sort("hs6", "currency", "origin", nulls_last=True), traders, headings, kept.height
    )


def values_alone(norms: Norms) -> Norms:
    """The unit values without the traders, who are nothing to a model."""
    return Norms(norms.values, norms.traders.clear(), norms.headings.clear(), norms.items)


def beside(items: pl.DataFrame, norms: Norms | None) -> pl.DataFrame:
    """`items` in order, with what is usual beside each.

    Added: hs2, hs4, unit_value (minor units a kg), usual_unit_value, unit_value_ratio
    (declared over usual), norm_items, importer_known, heading_known, gross_net_ratio,
    unit_mass (g a unit). Where no norm is known the columns are null.
    """
    full = items.with_columns(hs4=_heading(), hs2=pl.col("hs6").str.slice(0, 2))
    full = full.with_columns(
        unit_value=pl.when((pl.col("value") > 0) & (pl.col("net_mass") > 0)).then(UNIT_VALUE),
        gross_net_ratio=pl.when(pl.col("net_mass") > 0).then(
            pl.col("gross_mass") / pl.col("net_mass")
        ),
        unit_mass=pl.when(pl.col("quantity") > 0).then(
            pl.col("net_mass") / (pl.col("quantity") / 1_000_000)
        ),
    )
    if norms is None:
        return full.with_columns(
            pl.lit(None, pl.Float64).alias("usual_unit_value"),
            pl.lit(None, pl.Float64).alias("unit_value_ratio"),
            pl.lit(None, pl.Int64).alias("norm_items"),
            pl.lit(None, pl.Int64).alias("importer_known"),
            pl.lit(None, pl.Int64).alias("heading_known"),
        )
    return _looked_up(full, norms)


def _looked_up(full: pl.DataFrame, norms: Norms) -> pl.DataFrame:
    near = norms.values.filter(pl.col("origin").is_not_null())
    wide = norms.values.filter(pl.col("origin").is_null())
    wide = wide.select("hs6", "currency", usual_wide="usual", items_wide="norm_items")
    near = near.select("hs6", "currency", "origin", usual_near="usual", items_near="norm_items")
    known = (
        full.join(near, on=["hs6", "currency", "origin"], how="left", maintain_order="left")
        .join(wide, on=["hs6", "currency"], how="left", maintain_order="left")
        .join(norms.traders, on="importer", how="left", maintain_order="left")
        .join(norms.headings, on=["importer", "hs4"], how="left", maintain_order="left")
    )
    known = known.with_columns(
        usual_unit_value=pl.coalesce("usual_near", "usual_wide"),
        norm_items=pl.coalesce("items_near", "items_wide").fill_null(0),
        importer_known=pl.when(pl.col("importer").is_not_null()).then(
            pl.col("importer_known").fill_null(0)
        ),
        heading_known=pl.when(pl.col("importer").is_not_null()).then(
            pl.col("heading_known").fill_null(0)
        ),
    ).drop("usual_near", "usual_wide", "items_near", "items_wide")
    return known.with_columns(unit_value_ratio=pl.col("unit_value") / pl.col("usual_unit_value"))


def _heading() -> pl.Expr:
    return pl.col("hs6").str.slice(0, 4)


def _usual(priced: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    return (
        priced.drop_nulls(by)
        .group_by(by)
        .agg(
            usual=pl.col("u").median().exp(),
            norm_items=pl.len().cast(pl.Int64),
        )
        .filter(pl.col("norm_items") >= LEAST)
    )


def _counted(items: pl.DataFrame, by: list[str], name: str) -> pl.DataFrame:
    return (
        items.drop_nulls(by)
        .group_by(by)
        .agg(pl.len().cast(pl.Int64).alias(name))
        .sort([name, *by], descending=[True, *(False for _ in by)])
        .head(LARGEST)
    )
