"""A profile's conditions over the columns of a frame: read from text, turned into expressions.

A condition names a field and one test; there is no code to run and nothing else that it can say.
Texts compare as text, numbers as numbers. Imports nothing of ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import Final

import polars as pl


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    TEXTS = "texts"


_TEXTS: Final = """
kind office procedure declarant importer exporter importer_name exporter_name consignee ucr
hs2 hs4 hs6 hs_code description marks origin departure destination transport_mode currency
unit tax_type payment_type import_type import_use
"""
_NUMBERS: Final = """
net_mass gross_mass value quantity tax_rate unit_value usual_unit_value unit_value_ratio
norm_items importer_known heading_known gross_net_ratio unit_mass
"""
_LISTS: Final = ("containers", "seals", "transport_documents")
FIELDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(_TEXTS.split(), Kind.TEXT),
    **dict.fromkeys(_NUMBERS.split(), Kind.NUMBER),
    **dict.fromkeys(_LISTS, Kind.TEXTS),
}
TESTS: Final = ("under", "in", "not_in", "equals", "differs_from", "least", "most", "over", "below",
                "present", "contains")  # fmt: skip


class NotACondition(ValueError):
    """A condition says something that cannot be tested; the message says what."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` holds to `test` with `values`; or, with `any_of`, one of these conditions holds."""

    field: str = ""
    test: str = ""
    values: tuple[str, ...] = ()
    any_of: tuple["Condition", ...] = ()


def condition(told: Mapping[str, object]) -> Condition:
    """The condition in {"field": …, test: …} or {"any": […]}. Raises NotACondition."""
    if set(told) == {"any"}:
        inner = told["any"]
        if not isinstance(inner, list) or not inner:
            raise NotACondition("'any' holds a list of conditions")
        return Condition(any_of=tuple(condition(_mapping(one)) for one in inner))
    field = told.get("field")
    tests = [name for name in told if name != "field"]
    if not isinstance(field, str) or field not in FIELDS:
        raise NotACondition(f"there is no field {str(field)[:60]!r}")
    if len(tests) != 1 or tests[0] not in TESTS:
        raise NotACondition(f"{field}: one test of {', '.join(TESTS)}, not {tests or 'none'}")
    test = tests[0]
    value = told[test]
    if isinstance(value, list):
        if test not in {"under", "in", "not_in", "contains"} or not value:
            raise NotACondition(f"{field}: '{test}' takes no list")
        values = tuple(str(one) for one in value)
    elif isinstance(value, str):
        values = (value,)
    else:
        raise NotACondition(f"{field}: '{test}' takes a text")
    _check(field, test, values)
    return Condition(field, test, values)


def expression(conditions: Sequence[Condition]) -> pl.Expr:
    """True for a row where all `conditions` hold; a field that is missing meets none of them."""
    parts = (_one(each) for each in conditions)
    return reduce(lambda left, right: left & right, parts, pl.lit(True)).fill_null(False)


def _mapping(told: object) -> Mapping[str, object]:
    if not isinstance(told, dict):
        raise NotACondition("a condition is a mapping")
    return told


def _check(field: str, test: str, values: tuple[str, ...]) -> None:
    kind = FIELDS[field]
    if test in {"least", "most", "over", "below"}:
        if kind is not Kind.NUMBER:
            raise NotACondition(f"{field} is no number: '{test}' cannot be asked of it")
        _number(values[0])
    elif test == "differs_from":
        other = FIELDS.get(values[0])
        if other is not kind or kind is Kind.TEXTS:
            raise NotACondition(f"{field} cannot be compared with {values[0][:60]!r}")
    elif test == "present":
        if values[0] not in {"true", "false"}:
            raise NotACondition(f"{field}: 'present' is true or false")
    elif kind is Kind.NUMBER:
        for value in values:
            _number(value)
        if test in {"under", "contains"}:
            raise NotACondition(f"{field} is a number: '{test}' cannot be asked of it")


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise NotACondition(f"{text[:60]!r} is no number") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise NotACondition(f"{text[:60]!r} is no number")
    return number


def _one(asked: Condition) -> pl.Expr:
    if asked.any_of:
        either = (_one(each).fill_null(False) for each in asked.any_of)
        return reduce(lambda left, right: left | right, either)
    column, kind = pl.col(asked.field), FIELDS[asked.field]
    if asked.test == "present":
        there = column.list.len() > 0 if kind is Kind.TEXTS else column.is_not_null()
        return there if asked.values == ("true",) else ~there.fill_null(False)
    if asked.test == "differs_from":
        return column != pl.col(asked.values[0])
    if kind is Kind.NUMBER:
        return _of_number(column.cast(pl.Float64), asked.test, [_number(v) for v in asked.values])
    if kind is Kind.TEXTS:
        return column.list.eval(_of_text(pl.element(), asked.test, asked.values)).list.any()
    return _of_text(column, asked.test, asked.values)


def _of_number(column: pl.Expr, test: str, values: list[float]) -> pl.Expr:
    match test:
        case "least":
            return column >= values[0]
        case "most":
            return column <= values[0]
        case "over":
            return column > values[0]
        case "below":
            return column < values[0]
        case "not_in":
            return ~column.is_in(values)
        case _:
            return column.is_in(values)


def _of_text(column: pl.Expr, test: str, values: tuple[str, ...]) -> pl.Expr:
    match test:
        case "under":
            starts = (column.str.starts_with(value) for value in values)
            return reduce(lambda left, right: left | right, starts)
        case "contains":
            folded = column.str.to_lowercase()
            holds = (folded.str.contains(value.lower(), literal=True) for value in values)
            return reduce(lambda left, right: left | right, holds)
        case "not_in":
            return ~column.is_in(values)
        case _:
            return column.is_in(values)
