"""Lanes: how high a score must be, from what can be inspected in a day.

The cuts stand where the day's capacity meets the recent scores. They are kept with every
assessment, so that a lane can be replayed. Pure: no clock, no chance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tidewaiter.risk import score

ENOUGH: Final = 200  # scores below which the cuts that a node starts with stand


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A score at or above `red` is red, at or above `yellow` yellow; else green."""

    red: float
    yellow: float


@dataclass(frozen=True, slots=True)
class Capacity:
    """What can be looked at in a day: goods opened (red), papers checked (yellow).

    A whole number is so many declarations a day; where it is None the share (0 to 1) is taken.
    """

    red_a_day: int | None = None
    yellow_a_day: int | None = None
    red_share: float = 0.05
    yellow_share: float = 0.10


START: Final = Thresholds(red=0.60, yellow=0.30)


def thresholds(
    scores: Sequence[float], days: float, capacity: Capacity, start: Thresholds = START
) -> Thresholds:
    """The cuts that would have filled the capacity over `days` days of recent `scores`.

    Of equal scores either all pass a cut or none. Too few scores, or no days: `start`.
    """
    if len(scores) < ENOUGH or days <= 0:
        return start
    falling = sorted(scores, reverse=True)
    red = _many(len(falling), days, capacity.red_a_day, capacity.red_share)
    yellow = _many(len(falling), days, capacity.yellow_a_day, capacity.yellow_share)
    cut_red = _cut(falling, red)
    return Thresholds(red=cut_red, yellow=min(cut_red, _cut(falling, red + yellow)))


def lane(value: float, cuts: Thresholds, least: str = "green") -> str:
    """The lane of a score, no looser than `least`."""
    found = "red" if value >= cuts.red else "yellow" if value >= cuts.yellow else "green"
    return max(found, least, key=score.LANES.index)


def _many(count: int, days: float, a_day: int | None, share: float) -> int:
    wanted = share * count if a_day is None else a_day * days
    return max(0, min(count, round(wanted)))


def _cut(falling: Sequence[float], most: int) -> float:
    if most <= 0:
        return math.nextafter(max(falling[0], 1.0), 2.0)
    if most >= len(falling):
        return falling[-1]
    edge, beyond = falling[most - 1], falling[most]
    if edge > beyond:
        return edge
    above = [value for value in falling[:most] if value > edge]
    return above[-1] if above else math.nextafter(edge, 2.0)
