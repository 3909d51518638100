"""Goods items as a Polars frame, a row an item: what assessors take in.

The columns and their types are a contract with every assessor; `SCHEMA` is the list.
"""

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

MILLION: Final = 1_000_000
_DECLARED: Final = (
    *("reference", "kind", "lodged_on", "office", "declarant", "importer", "exporter"),
    *("importer_name", "exporter_name", "consignee", "ucr", "departure", "destination"),
    *("transport_mode", "payment_type", "import_type", "import_use"),
)
_LISTS: Final = ("containers", "seals", "transport_documents")
_GOODS: Final = (
    *("sequence", "procedure", "hs6", "hs_code", "description", "marks", "origin"),
    *("net_mass", "gross_mass", "value", "currency", "quantity", "unit", "tax_rate", "tax_type"),
)
_NUMBERS: Final = {
    "declaration": pl.Int64,
    "item": pl.Int32,
    "net_mass": pl.Int64,
    "gross_mass": pl.Int64,
    "value": pl.Int64,
    "quantity": pl.Int64,
    "tax_rate": pl.Float64,
    "lodged_on": pl.Date,
}
_ORDER: Final = (
    *("declaration", "item", "reference", "kind", "lodged_on", "office", "procedure"),
    *("declarant", "importer", "exporter", "importer_name", "exporter_name", "consignee", "ucr"),
    *("hs6", "hs_code", "description", "marks", "origin", "departure", "destination"),
    *("transport_mode", "net_mass", "gross_mass", "value", "currency", "quantity", "unit"),
    *("tax_rate", "tax_type", "payment_type", "import_type", "import_use", *_LISTS),
)
SCHEMA: Final[dict[str, Any]] = {
    name: pl.List(pl.String) if name in _LISTS else _NUMBERS.get(name, pl.String) for name in _ORDER
}
# What is asked of the database, in this order
FIELDS: Final = (
    "declaration_id",
    *(f"declaration__{name}" for name in (*_DECLARED, *_LISTS)),
    *_GOODS,
)
_NAMES: Final = ("declaration", *_DECLARED, *_LISTS, *_GOODS)


def of(rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    """The frame of rows in the order of FIELDS. Masses are grams, values minor units, quantities
    millionths of the unit, `tax_rate` per cent; a text that is not known is empty, never null."""
    if not rows:
        return pl.DataFrame(schema=SCHEMA)
    columns = dict(zip(_NAMES, zip(*rows, strict=True), strict=True))
    columns["item"] = columns.pop("sequence")
    raw = pl.DataFrame(
        [_series(name, values) for name, values in columns.items()],
    )
    return raw.with_columns(
        pl.col("tax_rate") / MILLION,
        *(_lines(name) for name in _LISTS),
    ).select(_ORDER)


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    kind = pl.Int64 if name == "tax_rate" else _NUMBERS.get(name, pl.String)
    return pl.Series(name, values, dtype=kind, strict=True)


def _lines(name: str) -> pl.Expr:
    empty = pl.lit([], dtype=pl.List(pl.String))
    split = pl.col(name).str.split("\n")
    return pl.when(pl.col(name) == "").then(empty).otherwise(split).alias(name)
