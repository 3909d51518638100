"""What is done again and again: the registry of schedules, filled by the rooms above.

A schedule puts a job of its kind into the queue every so often; once, however many workers run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tidewaiter.registry import Registry

TOGETHER: Final = timedelta(seconds=10)  # between a worker's look at the clock and at the turns


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job without arguments, and how often it is due."""

    kind: str
    every: timedelta

    def due(self, turn: datetime | None, at: datetime) -> bool:
        """Whether the turn that was set last has come.

        One that lies further ahead than it can was set by a clock that has been put back since;
        a little, where another worker took the turn after this one looked at the clock.
        """
        return turn is None or not at < turn <= at + self.every + TOGETHER


REGISTRY: Final[Registry[Schedule]] = Registry("work.schedules")


def register(name: str, path: str) -> None:
    """Say that the `Schedule` at `path` is to be kept under `name`."""
    REGISTRY.register(name, path)


def each() -> Iterator[tuple[str, Schedule]]:
    """Every schedule with its name."""
    for name in REGISTRY:
        yield name, REGISTRY.get(name)
