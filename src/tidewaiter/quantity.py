"""Money, mass and quantity as exact integers: parsed from text, rounded as told, printed back.

Money is minor units of ISO 4217, mass grams, a quantity millionths of its unit. No float anywhere.
"""

import re
from dataclasses import dataclass
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    InvalidOperation,
)
from enum import StrEnum
from typing import Final

MOST: Final = 2**53 - 1  # the largest whole number that I-JSON carries (RFC 7493 §2.2)
GRAMS: Final = 3  # decimal places between kilograms and grams
MILLIONTHS: Final = 6
MASS_LIMIT: Final = 10**15  # grams: masses stay under 10**12 kg
DIGITS: Final = 60  # of a number, as it is written

# ISO 4217 minor units, where they are not two
_MINOR: Final = {
    currency: digits
    for digits, currencies in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for currency in currencies.split()
}
_EXACT: Final = Context(prec=2 * DIGITS)


class Rounding(StrEnum):
    """How decimals beyond the smallest unit are dropped."""

    HALF_EVEN = "half-even"
    HALF_UP = "half-up"
    DOWN = "down"  # towards zero
    UP = "up"  # away from zero
    FLOOR = "floor"
    CEILING = "ceiling"
    REFUSE = "refuse"  # more decimals are an error


_MODES: Final = {
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.UP: ROUND_UP,
    Rounding.FLOOR: ROUND_FLOOR,
    Rounding.CEILING: ROUND_CEILING,
}


class NotANumber(ValueError):
    """The text is no number as it was announced; `rule` names what it breaks."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule  # number-malformed, number-negative, number-too-large, number-too-fine


@dataclass(frozen=True, slots=True)
class Scaled:
    """A number in whole smallest units; `rounded` says that decimals were dropped."""

    value: int
    rounded: bool


@dataclass(frozen=True, slots=True)
class Signs:
    """How a source writes numbers: its decimal sign, and the thousands sign that may stand."""

    decimal: str = "."
    thousands: str = ""

    def __post_init__(self) -> None:
        if self.decimal not in {".", ","}:
            raise ValueError(f"a decimal sign is '.' or ',', not {self.decimal!r}")
        if self.thousands and (len(self.thousands) > 1 or self.thousands in f"{self.decimal}+-"):
            raise ValueError(f"{self.thousands!r} cannot part thousands beside {self.decimal!r}")
        if self.thousands.isalnum():
            raise ValueError(f"a thousands sign is no letter or digit: {self.thousands!r}")

    @property
    def pattern(self) -> str:
        """The regular expression of a whole number so written, without anchors."""
        whole = "[0-9]+"
        if self.thousands:
            whole = f"(?:[0-9]{{1,3}}(?:{re.escape(self.thousands)}[0-9]{{3}})+|[0-9]+)"
        point = re.escape(self.decimal)
        return rf"[+-]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)"

    def plain(self, text: str) -> str:
        """`text` with digits and a point alone, as Python reads it."""
        bare = text.replace(self.thousands, "") if self.thousands else text
        return bare.replace(self.decimal, ".")


PLAIN: Final = Signs()


def minor_digits(currency: str) -> int:
    """Decimal places of the minor unit of `currency` (ISO 4217): 0, 2, 3 or 4."""
    return _MINOR.get(currency, 2)


def decimal(text: str, signs: Signs = PLAIN) -> Decimal:
    """The number in `text`, exactly. Raises NotANumber (`number-malformed`)."""
    if len(text) > DIGITS or not re.fullmatch(signs.pattern, text):
        raise NotANumber("number-malformed", f"{text[:80]!r} is no number in digits")
    return Decimal(signs.plain(text))


def scaled(
    number: Decimal | str,
    places: int,
    rounding: Rounding = Rounding.HALF_EVEN,
    *,
    signs: Signs = PLAIN,
    negative: bool = False,
    most: int = MOST,
) -> Scaled:
    """`number` times ten to the `places`, whole.

    Raises NotANumber: `number-malformed`, `number-negative` (unless `negative`),
    `number-too-large` (beyond `most`), `number-too-fine` (decimals left and rounding refused).
    """
    exact = decimal(number, signs) if isinstance(number, str) else number
    if not exact.is_finite():
        raise NotANumber("number-malformed", f"{exact} is no number")
    if exact < 0 and not negative:
        raise NotANumber("number-negative", f"{exact:f} is negative")
    moved = exact.scaleb(places, _EXACT)
    if abs(moved) > most:
        raise NotANumber("number-too-large", f"{str(number)[:80]} is larger than can be")
    try:
        mode = _MODES.get(rounding, ROUND_HALF_EVEN)
        whole = moved.quantize(Decimal(1), rounding=mode, context=_EXACT)
    except InvalidOperation:
        raise NotANumber("number-too-large", f"{str(number)[:80]} is larger than can be") from None
    if whole != moved and rounding is Rounding.REFUSE:
        raise NotANumber("number-too-fine", f"{exact:f} has more than {places} decimals")
    return Scaled(int(whole), whole != moved)


def money(
    number: Decimal | str,
    currency: str,
    rounding: Rounding = Rounding.HALF_EVEN,
    *,
    signs: Signs = PLAIN,
    negative: bool = False,
) -> Scaled:
    """An amount in minor units of `currency`. Raises NotANumber as `scaled`."""
    return scaled(number, minor_digits(currency), rounding, signs=signs, negative=negative)


def mass(
    number: Decimal | str, rounding: Rounding = Rounding.HALF_EVEN, *, signs: Signs = PLAIN
) -> Scaled:
    """A mass in kilograms as grams, under 10**12 kg. Raises NotANumber as `scaled`."""
    return scaled(number, GRAMS, rounding, signs=signs, most=MASS_LIMIT - 1)


def quantity(
    number: Decimal | str, rounding: Rounding = Rounding.HALF_EVEN, *, signs: Signs = PLAIN
) -> Scaled:
    """A quantity as millionths of its unit. Raises NotANumber as `scaled`."""
    return scaled(number, MILLIONTHS, rounding, signs=signs)


def written(value: int, places: int) -> str:
    """`value` smallest units as a plain decimal number: written(1250, 3) is '1.25'."""
    text = f"{Decimal(value).scaleb(-places, _EXACT):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
