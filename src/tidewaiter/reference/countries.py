"""Countries by ISO 3166-1 alpha-2, named by the CLDR; XA to XZ are user-assigned: fictional here.

Aggregates and reserved codes (EU, UN, ZZ, AC, IC …) are of the right shape and no country.
"""

from functools import cache
from string import ascii_uppercase
from typing import Final

NOT_COUNTRIES: Final = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "ZZ"}
FICTIONAL: Final = frozenset("X" + letter for letter in ascii_uppercase) - {"XK"}


@cache
def _names(language: str) -> dict[str, str]:
    from babel import Locale

    return dict(Locale.parse(language).territories)


@cache
def codes() -> frozenset[str]:
    """Every code that names a country, the fictional XA to XZ among them."""
    known = {code for code in _names("en") if len(code) == 2 and code.isalpha()}
    return frozenset((known - NOT_COUNTRIES) | FICTIONAL)


def well_formed(code: str) -> bool:
    """Two capital letters, whether anybody knows them or not."""
    return len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()


def known(code: str) -> bool:
    """Whether `code` names a country."""
    return code in codes()


def name(code: str, language: str = "en") -> str:
    """The country's name in `language`; the code itself where nobody has named it."""
    if code in FICTIONAL:
        return code
    return _names(language).get(code, code)
