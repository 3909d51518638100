"""Columns of text made typed columns, a whole chunk at a time: exact numbers, days, codes.

Polars does the work and no float is touched; what cannot be read is marked with its rule, so that
the row is refused or noted. Numbers agree with `quantity.scaled`, which the tests compare.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from tidewaiter import quantity
from tidewaiter.documents import rules
from tidewaiter.documents.anatomy import Kind
from tidewaiter.documents.mapping import MASSES, Column
from tidewaiter.quantity import Rounding, Signs

# characters that XML cannot hold (XML 1.0 §2.2), so that every declaration can be exported
CONTROL: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]"
_PLACES: Final = {Kind.COUNT: 0, Kind.RATE: 6, Kind.QUANTITY: 6}
_ROUNDED: Final = {
    Kind.MONEY: "amount-rounded",
    Kind.MASS: "mass-rounded",
    Kind.QUANTITY: "quantity-rounded",
    Kind.RATE: "quantity-rounded",
}
_TIME: Final = ("%H", "%M", "%T", "%R", "%I")


@dataclass(frozen=True, slots=True)
class Mark:
    """Rows of one column that a rule speaks of; `found` is what stood there."""

    rule: str
    column: str
    rows: pl.Series  # Boolean, a row each
    found: pl.Series  # String, a row each
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Typed:
    """A typed column: texts, whole numbers, or moments as ISO text; null where nothing stands."""

    values: pl.Series
    other: pl.Series | None = None  # the currency or unit of each row
    marks: list[Mark] = field(default_factory=list)

    def mark(self, rule: str, column: str, rows: pl.Series, found: pl.Series, **more: str) -> None:
        """Mark rows, if there are any."""
        rows = rows.fill_null(value=False)
        if rows.any():
            self.marks.append(Mark(rule, column, rows, found, more))


def blanked(cells: pl.Series, blank: frozenset[str]) -> pl.Series:
    """`cells` without blanks around them; null where a cell says nothing."""
    bare = cells.str.strip_chars()
    return bare.set(bare.is_in(list(blank)), None) if blank else bare


def typed(column: Column, text: pl.Series, other: pl.Series | None) -> Typed:
    """The typed column of `text`; `other` is the currency or unit column, where one is named."""
    result = Typed(text)
    if column.default:
        text = text.fill_null(column.default)
    if column.codes:
        text = _coded(column, text, result)
    read = {Kind.TEXT: _text, Kind.MOMENT: _moment, Kind.MONEY: _money, Kind.MASS: _mass}
    if column.target.kind in read:
        read[column.target.kind](column, text, other, result)
    else:
        _number(column, text, result, _PLACES[column.target.kind])
        if column.target.kind is Kind.QUANTITY:
            unit = pl.Series([column.unit or None], dtype=pl.String).new_from_index(0, len(text))
            result.other = unit if other is None else other
    return result


def _coded(column: Column, text: pl.Series, result: Typed) -> pl.Series:
    found = text.replace_strict(column.codes, default=None, return_dtype=pl.String)
    unknown = found.is_null() & text.is_not_null()
    if column.otherwise == "keep":
        return found.zip_with(~unknown, text)
    if column.otherwise == "refuse":
        result.mark("code-unmapped", column.name, unknown, text)
    return found.set(found == "", None)


def _text(column: Column, text: pl.Series, _other: pl.Series | None, result: Typed) -> None:
    result.mark("character", column.name, text.str.contains(CONTROL), text)
    if column.target.code and not column.split:
        checked(column.target.code, column.name, text, result)
    result.values = text


def checked(code: str, name: str, text: pl.Series, result: Typed) -> None:
    """Mark what the code list `code` says of each text, asking once for each different text."""
    check: Callable[[str], str] = rules.CHECKS[code]
    said: dict[str, list[str]] = {}
    for one in text.drop_nulls().unique():
        if rule := check(one):
            said.setdefault(rule, []).append(one)
    for rule, texts in said.items():
        result.mark(rule, name, text.is_in(texts), text)


def _moment(column: Column, text: pl.Series, _other: pl.Series | None, result: Typed) -> None:
    kind = pl.Datetime("us") if any(sign in column.format for sign in _TIME) else pl.Date
    try:
        moments = text.str.strptime(kind, column.format, strict=False)
    except pl.exceptions.PolarsError:
        moments = pl.Series([None] * len(text), dtype=kind)
    sane = moments.dt.year().is_between(1900, 2199)
    moments = moments.set(~sane.fill_null(value=False), None)
    wrong = moments.is_null() & text.is_not_null()
    result.mark("date-malformed", column.name, wrong, text, format=column.format)
    result.values = moments.cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S")


def _money(column: Column, text: pl.Series, other: pl.Series | None, result: Typed) -> None:
    if other is None:
        other = pl.Series([column.currency or None], dtype=pl.String).new_from_index(0, len(text))
    elif column.currency:
        other = other.fill_null(column.currency)
    name = column.currency_column or column.name
    checked("currency", name, other, result)
    result.mark("currency-missing", name, other.is_null() & text.is_not_null(), text)
    digits = {one: quantity.minor_digits(one) for one in other.drop_nulls().unique()}
    places = other.replace_strict(digits, default=2, return_dtype=pl.Int64)
    _places(column, text, result, places, quantity.MOST)
    result.other = other


def _mass(column: Column, text: pl.Series, other: pl.Series | None, result: Typed) -> None:
    if other is None:
        _number(column, text, result, MASSES[column.unit], quantity.MASS_LIMIT - 1)
        return
    units = other.fill_null(column.unit)
    places = units.replace_strict(MASSES, default=None, return_dtype=pl.Int64)
    result.mark("mass-unit", column.unit_column, places.is_null() & text.is_not_null(), units)
    _places(column, text, result, places.fill_null(3), quantity.MASS_LIMIT - 1)


def _places(column: Column, text: pl.Series, result: Typed, places: pl.Series, most: int) -> None:
    """Numbers whose decimal places differ by row: a pass for each number of places."""
    values = pl.Series([None], dtype=pl.Int64).new_from_index(0, len(text))
    for count in places.unique():
        here = places == count
        _number(column, text.zip_with(here, text.clear(len(text))), result, count, most)
        values = result.values.zip_with(here, values)
    result.values = values


def _number(
    column: Column, text: pl.Series, result: Typed, places: int, most: int = quantity.MOST
) -> None:
    parts = scaled(text, places, column.signs, column.rounding, most)
    result.values = parts["value"]
    name, kind = column.name, column.target.kind
    result.mark("number-malformed", name, parts["malformed"], text)
    result.mark("number-negative", name, parts["negative"], text)
    result.mark("number-too-large", name, parts["large"], text)
    if kind is Kind.COUNT:
        result.mark("count-not-whole", name, parts["rounded"], text)
    elif column.rounding is Rounding.REFUSE:
        result.mark("number-too-fine", name, parts["rounded"], text)
    else:
        result.mark(_ROUNDED[kind], name, parts["rounded"], text)


def scaled(
    text: pl.Series, places: int, signs: Signs, rounding: Rounding, most: int
) -> pl.DataFrame:
    """`text` times ten to the `places`, whole: value (null where it is none) and what is wrong.

    Columns value (Int64), malformed, negative, large, rounded (Boolean); null text is nothing.
    """
    bare = pl.col("text")
    if signs.thousands:
        bare = bare.str.replace_all(signs.thousands, "", literal=True)
    if signs.decimal != ".":
        bare = bare.str.replace(signs.decimal, ".", literal=True)
    ok = pl.col("text").str.contains(f"^{signs.pattern}$")
    ok &= pl.col("text").str.len_bytes() <= quantity.DIGITS
    frame = pl.DataFrame({"text": text}).with_columns(
        ok=ok, minus=bare.str.starts_with("-"), digits=bare.str.strip_chars_start("+-")
    )
    cut = pl.col("digits").str.splitn(".", 2)
    frame = frame.with_columns(
        whole=cut.struct.field("field_0").fill_null(""),
        tail=cut.struct.field("field_1").fill_null(""),
    ).with_columns(
        kept=pl.col("tail").str.slice(0, places).str.pad_end(places, "0"),
        rest=pl.col("tail").str.slice(places).str.strip_chars_end("0"),
    )
    number = (
        pl.when(pl.col("ok"))
        .then(pl.concat_str(pl.lit("0"), pl.col("whole"), pl.col("kept")))
        .cast(pl.Int64, strict=False)
    )
    frame = frame.with_columns(number=number, rounded=pl.col("ok") & (pl.col("rest") != ""))
    up = _up(rounding, pl.col("rest"), pl.col("number"))
    value = pl.col("number") + up.cast(pl.Int64)
    large = pl.col("ok") & (pl.col("number").is_null() | (value > most))
    negative = pl.col("ok") & pl.col("minus") & pl.col("digits").str.contains("[1-9]")
    return frame.select(
        value=pl.when(~large & ~negative).then(value),
        malformed=~pl.col("ok"),
        negative=negative,
        large=large & ~negative,
        rounded=pl.col("rounded") & ~negative & ~large,
    )


def _up(rounding: Rounding, rest: pl.Expr, number: pl.Expr) -> pl.Expr:
    """Whether the decimals that are dropped, without zeros at the end, count one up."""
    if rounding in (Rounding.UP, Rounding.CEILING):
        return rest != ""
    if rounding is Rounding.HALF_UP:
        return rest >= "5"
    if rounding is Rounding.HALF_EVEN:
        return (rest > "5") | ((rest == "5") & (number % 2 == 1))
    return pl.lit(value=False)
