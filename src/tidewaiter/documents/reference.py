"""Our references: year, administration, running number, two check digits (ISO 7064 MOD 97-10).

26XA001234520 is short enough to be read over a telephone, and a slip of one digit is seen.
"""

import re
from typing import Final

_REFERENCE: Final = re.compile(r"([0-9]{2})([A-Z]{2})([0-9]{7,})([0-9]{2})")


def made(number: int, *, year: int, administration: str) -> str:
    """The reference of the declaration with this running number.

    >>> made(12345, year=2026, administration="XA")
    '26XA001234520'
    """
    return f"{year % 100:02d}{administration}{number:07d}{_check(number):02d}"


def valid(text: str) -> bool:
    """Whether `text` is a reference with the right check digits."""
    met = _REFERENCE.fullmatch(text)
    return met is not None and int(met[4]) == _check(int(met[3]))


def _check(number: int) -> int:
    return 98 - number * 100 % 97
