"""The Harmonized System's codes, edition by edition, without its texts (those are the WCO's).

A national code begins with the six digits of the HS. Chapter 77 is reserved and 00 does not exist;
98 and 99 are left to national use (WCO, HS Convention, Article 3).
"""

import re
from functools import cache
from importlib import resources
from typing import Final

_FILE: Final = re.compile(r"hs-([0-9]{4})\.txt")
_CODE: Final = re.compile(r"[0-9]{6}(?:[0-9]{2}){0,3}")
CHAPTERS: Final = frozenset(f"{n:02d}" for n in range(1, 100)) - {"77"}
NATIONAL: Final = frozenset({"98", "99"})


@cache
def editions() -> dict[str, frozenset[str]]:
    """The six-digit codes of every edition that we hold, by its year."""
    held = {}
    for file in (resources.files("tidewaiter.reference") / "data").iterdir():
        if met := _FILE.fullmatch(file.name):
            held[met[1]] = frozenset(file.read_text(encoding="ascii").split())
    return dict(sorted(held.items()))


@cache
def codes() -> frozenset[str]:
    """The six-digit codes of all editions together."""
    return frozenset().union(*editions().values())


def well_formed(code: str) -> bool:
    """Six, eight, ten or twelve digits."""
    return _CODE.fullmatch(code) is not None


def chapter_exists(code: str) -> bool:
    """Whether the first two digits are a chapter."""
    return code[:2] in CHAPTERS


def known(code: str) -> bool:
    """Whether some edition holds the code's first six digits, or its chapter is a national one."""
    return code[:6] in codes() or code[:2] in NATIONAL
