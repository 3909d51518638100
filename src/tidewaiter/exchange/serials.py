"""Serials that did not come, as spans: opened by what leaps ahead, closed by what comes after.

The wire contract, "A message": serials count from 1 without gaps for each pair. Pure; the cost
follows what came, never how much there is.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

PATIENCE: Final = timedelta(seconds=30)  # how long a gap may close by itself
EVERY: Final = timedelta(minutes=10)  # how often it is asked for
WIDEST: Final = 10_000  # as far as a serial may run ahead; a wider gap is several


@dataclass(frozen=True, slots=True)
class Span:
    """Serials from `first` to `last`, both in it."""

    first: int
    last: int


def opened(highest: int, serials: Iterable[int]) -> list[Span]:
    """The gaps that open where `serials` come and `highest` was the highest before."""
    found: list[Span] = []
    for serial in sorted(set(serials)):
        for first in range(highest + 1, serial, WIDEST):
            found.append(Span(first, min(first + WIDEST, serial) - 1))
        highest = max(highest, serial)
    return found


def left(gap: Span, taken: Sequence[int]) -> list[Span]:
    """What is left of a gap once `taken`, sorted, have come or were withdrawn."""
    found: list[Span] = []
    first = gap.first
    for serial in taken[bisect_left(taken, gap.first) : bisect_right(taken, gap.last)]:
        if serial > first:
            found.append(Span(first, serial - 1))
        first = serial + 1
    if first <= gap.last:
        found.append(Span(first, gap.last))
    return found
