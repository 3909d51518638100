"""Where a list of passages goes on: the moment, the side and the row of the last one shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tidewaiter import clock

SIDES: Final = ("in", "out")  # in the order in which they stand at one moment


class NoSuchPlace(ValueError):
    """A cursor that no list of ours gave."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A passage's place among all others."""

    time: datetime
    side: str
    pk: int

    def written(self) -> str:
        """As an address carries it."""
        return f"{self.time.isoformat()}~{self.side}~{self.pk}"


def read(text: str) -> Place:
    """The place that `written` wrote. Raises NoSuchPlace."""
    time, _, rest = text.partition("~")
    side, _, pk = rest.partition("~")
    if side not in SIDES or not (pk.isascii() and pk.isdigit()) or len(pk) > 18:
        raise NoSuchPlace(text[:80])
    try:
        return Place(clock.parse(time), side, int(pk))
    except ValueError:
        raise NoSuchPlace(text[:80]) from None
