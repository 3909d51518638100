"""Values of WCO elements, from text and back: counts, rates, money, masses, quantities, moments.

Each reader answers the value and the findings; a writer answers the text and the one attribute
that belongs to it. Numbers are plain decimals as XML Schema writes them, never negative.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from tidewaiter import quantity
from tidewaiter.documents.anatomy import Kind
from tidewaiter.documents.element import Mass, Moment, Money, Quantity

# grams of one unit (UN/ECE Recommendation 20)
MASSES: Final = {
    None: Decimal(1000),
    "KGM": Decimal(1000),
    "GRM": Decimal(1),
    "MGM": Decimal("0.001"),
    "TNE": Decimal(1_000_000),
    "DTN": Decimal(100_000),
    "LBR": Decimal("453.59237"),
    "ONZ": Decimal("28.349523125"),
}
_MOMENT: Final = re.compile(r"(\d{8})(?:(\d{4})(\d\d)?(Z|[+-]\d\d(?:\d\d)?)?)?", re.ASCII)
_LENGTHS: Final = {"102": 8, "203": 12, "204": 14, "304": 14}


class Bad(Exception):
    """The text is no such value: the rule that it breaks, and the parameters of its sentence."""

    def __init__(self, rule: str, **parameters: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.parameters = parameters


Read = tuple[Any, str]  # the value, and the rule of a finding ("" for none)


def scaled(text: str, places: int, most: int = quantity.MOST) -> quantity.Scaled:
    """`text` in smallest units. Raises Bad."""
    try:
        return quantity.scaled(text, places, most=most)
    except quantity.NotANumber as error:
        raise Bad(error.rule, found=text) from None


def count(text: str, _: str | None) -> Read:
    """A whole number. Raises Bad."""
    if text.isdecimal() and text.isascii() and len(text) < 16:
        return int(text), ""
    number = scaled(text, 0)
    if number.rounded:
        raise Bad("count-not-whole", found=text)
    return number.value, ""


def rate(text: str, _: str | None) -> Read:
    """A rate in millionths. Raises Bad."""
    number = scaled(text, quantity.MILLIONTHS)
    return number.value, "quantity-rounded" if number.rounded else ""


def money(text: str, currency: str | None) -> Read:
    """An amount of `currency`. Raises Bad."""
    number = scaled(text, quantity.minor_digits(currency or ""))
    if number.rounded:
        return Money(amount=number.value, currency=currency), "amount-rounded"
    return Money(amount=number.value, currency=currency), "" if currency else "currency-missing"


def mass(text: str, unit: str | None) -> Read:
    """A mass in its unit, kilograms unless said. Raises Bad."""
    if unit not in MASSES:
        raise Bad("mass-unit", found=unit)
    try:
        factor = MASSES[unit]
        number = quantity.scaled(quantity.decimal(text) * factor, 0, most=quantity.MASS_LIMIT - 1)
    except quantity.NotANumber as error:
        raise Bad(error.rule, found=text) from None
    return Mass(grams=number.value, unit_code=unit), "mass-rounded" if number.rounded else ""


def amount(text: str, unit: str | None) -> Read:
    """A quantity in its unit. Raises Bad."""
    number = scaled(text, quantity.MILLIONTHS)
    value = Quantity(millionths=number.value, unit_code=unit)
    return value, "quantity-rounded" if number.rounded else ""


def moment(text: str, code: str | None) -> Read:
    """A moment in one of the formats 102, 203, 204 and 304 of UN/EDIFACT 2379. Raises Bad."""
    found = _MOMENT.fullmatch(text)
    if found is None or code not in _LENGTHS:
        raise Bad("moment-malformed", found=text, format=code or "")
    day, clock, seconds, zone = found.groups()
    try:
        at = datetime.strptime(day + (clock or "0000") + (seconds or "00"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        raise Bad("moment-malformed", found=text, format=code) from None
    if zone:
        at = at.replace(tzinfo=_zone(zone))
    return Moment(at=at, format_code=code), ""  # type: ignore[arg-type]


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[3:5] or 0)
    if minutes >= 24 * 60:
        raise Bad("moment-malformed", found=text, format="304")
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))


def said(value: Moment) -> str:
    """A moment as its format writes it."""
    digits = value.at.strftime("%Y%m%d%H%M%S").rjust(14, "0")[: _LENGTHS[value.format_code]]
    offset = value.at.utcoffset()
    if value.format_code != "304" or offset is None:
        return digits
    if not offset:
        return digits + "Z"
    minutes = int(offset.total_seconds()) // 60
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return f"{digits}{sign}{hours:02}{rest:02}" if rest else f"{digits}{sign}{hours:02}"


def written_mass(value: Mass) -> str:
    """A mass in its own unit, to the gram."""
    factor = MASSES.get(value.unit_code, MASSES[None])
    if factor == MASSES[None]:
        return quantity.written(value.grams, quantity.GRAMS)
    text = f"{Decimal(value.grams) / factor:.12f}"
    return text.rstrip("0").rstrip(".")


# the attribute that belongs to a kind of value, its reader and its writer
ATTRIBUTES: Final = {
    Kind.MONEY: "currencyID",
    Kind.MASS: "unitCode",
    Kind.QUANTITY: "unitCode",
    Kind.MOMENT: "formatCode",
}
READERS: Final[dict[Kind, Callable[[str, str | None], Read]]] = {
    Kind.COUNT: count,
    Kind.RATE: rate,
    Kind.MONEY: money,
    Kind.MASS: mass,
    Kind.QUANTITY: amount,
    Kind.MOMENT: moment,
}


def write(kind: Kind, value: Any) -> tuple[str, str | None]:
    """The text of `value` and its attribute, None where it has none."""
    if kind is Kind.TEXT:
        return value, None
    if kind is Kind.COUNT:
        return str(value), None
    if kind is Kind.RATE:
        return quantity.written(value, quantity.MILLIONTHS), None
    if kind is Kind.MONEY:
        digits = quantity.minor_digits(value.currency or "")
        return quantity.written(value.amount, digits), value.currency
    if kind is Kind.MASS:
        return written_mass(value), value.unit_code
    if kind is Kind.QUANTITY:
        return quantity.written(value.millionths, quantity.MILLIONTHS), value.unit_code
    return said(value), value.format_code


def same(kind: Kind, value: Any, text: str, rule: str) -> bool:
    """Whether `value` writes what `text` says, numbers by value; `rule` is what reading found."""
    if rule.endswith("-rounded"):
        return False
    if kind is Kind.MOMENT:
        return said(value) == text
    if kind is Kind.MASS and MASSES[value.unit_code] != MASSES[None]:
        return Decimal(written_mass(value)) == Decimal(text)
    return True
