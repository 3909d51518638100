"""Which themes raised a probability most, as hits: a code with parameters for each, set-wise. Pure.

What past controls said of a value is told with their number; `reasons` has the sentences.
"""

from typing import Final

import numpy as np
import polars as pl

from tidewaiter.risk import encoding, features, score

SHOWN: Final = 3  # themes of the model that are told of an item
LEAST: Final = 0.15  # log-odds below which a theme is not worth a sentence


def hits(
    items: pl.DataFrame, parts: np.ndarray, tables: tuple[encoding.Table, ...]
) -> list[tuple[int, score.Hit]]:
    """The themes that raise each item's probability most, at most SHOWN: row and hit.

    `parts`: log-odds, items × features.THEMES; `tables`: what the model knows of each key.
    """
    if not items.height:
        return []
    order = np.argsort(-parts, axis=1, kind="stable")[:, :SHOWN]
    chosen = np.take_along_axis(parts, order, axis=1)
    worth = chosen >= LEAST
    numbers = items["item"].to_list()
    told = _told(items, order, worth, tables)
    rows, ranks = np.nonzero(worth)
    themes = order[rows, ranks].tolist()
    weights = chosen[rows, ranks].round(3).tolist()
    found: list[tuple[int, score.Hit]] = []
    for row, theme, weight in zip(rows.tolist(), themes, weights, strict=True):
        code, parameters = told[theme][row]
        hit = score.Hit(code, parameters, round(weight, 3), numbers[row], score.MODEL)
        found.append((row, hit))
    return found


_Told = dict[int, tuple[str, dict[str, str | int | float]]]  # by row: code and parameters


def _told(
    items: pl.DataFrame, order: np.ndarray, worth: np.ndarray, tables: tuple[encoding.Table, ...]
) -> dict[int, _Told]:
    """By theme, what is told of the rows in which it was chosen."""
    by_name = {table.name: table for table in tables}
    told: dict[int, _Told] = {}
    for theme, name in enumerate(features.THEMES):
        rows = np.flatnonzero(((order == theme) & worth).any(axis=1))
        if not rows.size:
            continue
        some = items[rows]
        if name in by_name:
            told[theme] = _of_key(rows.tolist(), some, by_name[name])
        else:
            told[theme] = _of_number(rows.tolist(), some, name)
    return told


def _of_key(rows: list[int], some: pl.DataFrame, table: encoding.Table) -> _Told:
    met = some.select(value=encoding.key(table.columns)).join(
        table.values, on="value", how="left", maintain_order="left"
    )
    told: _Told = {}
    for row, (value, n, s) in zip(rows, met.iter_rows(), strict=True):
        shown = (value or "–").replace(encoding.JOINT, " ")
        if n:
            parameters = {"value": shown, "controls": n, "share": round(100 * s / n)}
            told[row] = (f"model.controls.{table.name}", parameters)
        else:
            told[row] = (f"model.unknown.{table.name}", {"value": shown})
    return told


def _of_number(rows: list[int], some: pl.DataFrame, name: str) -> _Told:
    column = {
        "unit_value_gap": "unit_value_ratio",
        "gross_net": "gross_net_ratio",
        "tax_rate": "tax_rate",
        "chapter": "hs2",
    }.get(name)
    if column is None:
        return {row: (f"model.{name}", {}) for row in rows}
    values = some[column].to_list()
    return {
        row: (
            f"model.{name}",
            {"value": round(value, 2) if isinstance(value, float) else value or "–"},
        )
        for row, value in zip(rows, values, strict=True)
    }
