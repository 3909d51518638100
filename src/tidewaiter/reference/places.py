"""Places by UN/LOCODE (UNECE Recommendation 16): name, functions and position.

One packaged text a country, read when the first place of that country is asked for.
"""

import re
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

_POSITION: Final = re.compile(r"([0-9]{2})([0-9]{2})([NS]) ([0-9]{3})([0-9]{2})([EW])")
FUNCTIONS: Final = {
    "1": "port",
    "2": "rail",
    "3": "road",
    "4": "airport",
    "5": "post",
    "6": "multimodal",
    "7": "fixed",
    "B": "border",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place of trade and transport; position in degrees, north and east positive."""

    code: str
    name: str
    functions: frozenset[str]
    latitude: float | None
    longitude: float | None


def find(code: str) -> Place | None:
    """The place of a UN/LOCODE (five signs, a space after the country is let pass), or None."""
    bare = code.replace(" ", "").upper()
    if len(bare) != 5:
        return None
    line = _country(bare[:2]).get(bare[2:])
    if line is None:
        return None
    functions, position, name = line.split("\t")
    latitude, longitude = _degrees(position)
    does = frozenset(FUNCTIONS[sign] for sign in functions if sign in FUNCTIONS)
    return Place(bare, name, does, latitude, longitude)


def known(code: str) -> bool:
    """Whether `code` is a UN/LOCODE that we hold."""
    return find(code) is not None


@lru_cache(maxsize=32)
def _country(country: str) -> dict[str, str]:
    file = resources.files("tidewaiter.reference") / "data" / "places.zip"
    with file.open("rb") as packed, zipfile.ZipFile(packed) as archive:
        try:
            text = archive.read(country).decode()
        except KeyError:
            return {}
    pairs = (line.split("\t", 1) for line in text.splitlines())
    return {code: rest for code, rest in pairs}  # noqa: C416 (pairs are lists)


def _degrees(position: str) -> tuple[float | None, float | None]:
    met = _POSITION.fullmatch(position)
    if met is None:
        return None, None
    latitude = int(met[1]) + int(met[2]) / 60
    longitude = int(met[4]) + int(met[5]) / 60
    return (
        round(-latitude if met[3] == "S" else latitude, 4),
        round(-longitude if met[6] == "W" else longitude, 4),
    )
