"""Why: the sentence of each reason code, worded when it is read, in the reader's language.

A code comes with parameters; what is kept never holds a sentence. Profiles bring their own words.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import polars as pl

from tidewaiter.problem import N_, Word
from tidewaiter.risk import encoding, features, score

Parameters = Mapping[str, str | int | float]
Words = Callable[[str], str | None]  # a profile's id to its reason in the reader's language

SHOWN: Final = 3  # themes of the model that are told of an item
LEAST: Final = 0.08  # log-odds below which a theme is not worth a sentence

CONTROLLED: Final = N_("Earlier controls ({controls}) – {subject}: {share} % not conform")
UNKNOWN: Final = N_("Never controlled before – {subject}")
SUBJECTS: Final[dict[str, str]] = {
    "office": N_("office {value}"),
    "procedure": N_("procedure {value}"),
    "import_type": N_("type of import {value}"),
    "import_use": N_("use {value}"),
    "payment_type": N_("payment {value}"),
    "transport_mode": N_("mode of transport {value}"),
    "declarant": N_("declarant {value}"),
    "importer": N_("importer {value}"),
    "exporter": N_("exporter {value}"),
    "goods": N_("goods {value}"),
    "heading": N_("heading {value}"),
    "departure": N_("departure {value}"),
    "origin": N_("origin {value}"),
    "tax_type": N_("tax type {value}"),
    "goods_origin": N_("these goods from this origin ({value})"),
    "importer_goods": N_("this importer with these goods ({value})"),
    "exporter_goods": N_("this exporter with these goods ({value})"),
    "office_goods": N_("these goods at this office ({value})"),
    "pattern": N_("the same goods, origin, departure, tax type and mass ({value})"),
}
SENTENCES: Final[dict[str, str]] = {
    "model.value": N_("The declared value stands out"),
    "model.net_mass": N_("The net mass stands out"),
    "model.unit_value": N_("The declared value a kilogram stands out"),
    "model.unit_value_gap": N_("The declared value a kilogram is {value} times the usual one"),
    "model.gross_net": N_("The gross mass is {value} times the net mass"),
    "model.unit_mass": N_("The mass of one unit stands out"),
    "model.tax_rate": N_("The rate of duty ({value} %) gives a motive"),
    "model.departure_is_not_origin": N_("Departure and origin, taken together, stand out"),
    "model.chapter": N_("Goods of chapter {value}"),
    "signal.partner.consignment": N_("{partner} warned of this very consignment ({subject})"),
    "signal.partner.party_mark": N_("{partner} warned of this trader with this mark ({subject})"),
    "signal.partner.party_goods": N_("{partner} warned of this trader with such goods ({subject})"),
    "signal.partner.goods_mark": N_("{partner} warned of such goods with this mark ({subject})"),
    "signal.partner.party": N_("{partner} warned of this trader ({subject})"),
    "signal.partner.mark": N_("{partner} warned of this mark ({subject})"),
    "signal.partner.goods": N_("{partner} warned of such goods ({subject})"),
    "signal.own.consignment": N_("We found an offence in this very consignment ({subject})"),
    "signal.own.party_mark": N_("We found an offence of this trader with this mark ({subject})"),
    "signal.own.party_goods": N_("We found an offence of this trader with such goods ({subject})"),
    "signal.own.goods_mark": N_("We found an offence in such goods with this mark ({subject})"),
    "signal.own.party": N_("We found an offence of this trader ({subject})"),
    "signal.own.mark": N_("We found an offence with this mark ({subject})"),
    "signal.own.goods": N_("We found an offence in such goods ({subject})"),
}
OFFENCES: Final[dict[str, str]] = {
    "counterfeit": N_("counterfeit"),
    "piracy": N_("piracy"),
    "undervaluation": N_("undervaluation"),
    "misdescription": N_("misdescription"),
    "origin": N_("wrong origin"),
    "smuggling": N_("smuggling"),
    "drugs": N_("drugs"),
    "weapons": N_("weapons"),
    "wildlife": N_("wildlife"),
    "other": N_("another offence"),
}
CERTAINTIES: Final[dict[str, str]] = {
    "suspected": N_("suspected"),
    "confirmed": N_("confirmed"),
}
KINDS: Final[dict[str, str]] = {  # what a signal is of
    "ucr": N_("consignment {value}"),
    "container": N_("container {value}"),
    "seal": N_("seal {value}"),
    "transport_document": N_("transport document {value}"),
    "party": N_("trader {value}"),
    "name": N_("trader {value}"),
    "hs2": N_("goods of chapter {value}"),
    "hs4": N_("goods of heading {value}"),
    "hs6": N_("goods {value}"),
    "hs4_origin": N_("goods of heading {value}"),
    "hs6_origin": N_("goods {value}"),
    "mark": N_("mark {value}"),
}
HASHED: Final = N_("named by a pseudonym")


def word(code: str, parameters: Parameters, say: Word, profile: Words) -> str:
    """The sentence of a code with its parameters; `say` translates, `profile` knows the profiles.

    A code of another release, or of a profile that is gone, is shown as it is.
    """
    if code.startswith("profile."):
        words = profile(code.removeprefix("profile."))
        return _filled(words, parameters) if words else code
    if code.startswith(("model.controls.", "model.unknown.")):
        pattern = CONTROLLED if code.startswith("model.controls.") else UNKNOWN
        subject = SUBJECTS.get(code.rpartition(".")[2], "{value}")
        told = {**parameters, "subject": _filled(say(subject), parameters)}
        return _filled(say(pattern), told)
    sentence = SENTENCES.get(code)
    if sentence is None:
        return code
    told = dict(parameters)
    if code.startswith("signal."):
        told["subject"] = _subject(parameters, say)
    return _filled(say(sentence), told)


def _subject(parameters: Parameters, say: Word) -> str:
    offence = OFFENCES.get(str(parameters.get("offence")), OFFENCES["other"])
    certainty = CERTAINTIES.get(str(parameters.get("certainty")), CERTAINTIES["suspected"])
    parts = [say(offence), say(certainty)]
    for line in str(parameters.get("subjects", "")).split("\n"):
        kind, _, value = line.partition(" ")
        if value.startswith("kh:"):
            parts.append(say(HASHED))
        elif kind in KINDS:
            parts.append(_filled(say(KINDS[kind]), {"value": value}))
    return ", ".join(dict.fromkeys(parts))


def _filled(pattern: str, parameters: Parameters) -> str:
    try:
        return pattern.format_map(parameters)
    except (KeyError, IndexError, ValueError):
        return pattern


def of_model(
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
    told = _told(items, order, worth, tables)
    numbers = items["item"].to_list()
    found: list[tuple[int, score.Hit]] = []
    for row, rank in zip(*(axis.tolist() for axis in np.nonzero(worth)), strict=True):
        theme = int(order[row, rank])
        code, parameters = told[theme][row]
        hit = score.Hit(
            code=code,
            parameters=parameters,
            weight=round(float(chosen[row, rank]), 3),
            item=numbers[row],
            source=score.MODEL,
        )
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
