"""Currencies by ISO 4217, with the names of the CLDR: those in use and those that were."""

from functools import cache


@cache
def codes() -> frozenset[str]:
    """Every currency code of the CLDR, historical ones too."""
    from babel.core import get_global

    return frozenset(get_global("all_currencies"))


def well_formed(code: str) -> bool:
    """Three capital letters, whether anybody knows them or not."""
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


def known(code: str) -> bool:
    """Whether `code` is or was a currency."""
    return code in codes()


@cache
def _names(language: str) -> dict[str, str]:
    from babel import Locale

    return dict(Locale.parse(language).currencies)


def name(code: str, language: str = "en") -> str:
    """The currency's name in `language`; the code itself where nobody has named it."""
    return _names(language).get(code, code)
