"""Whether our clock ran on evenly: nobody is accused by a time that did not pass.

The clock is compared with ticks that only grow; where it was put forward or back, moments that were
noted before say nothing of how long ago they were.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

SLACK: Final = 2.0  # seconds by which a clock may be led from one look to the next
AT_ONCE: Final = 0.5  # seconds in which both are read, or the look says nothing
ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Steady:
    """Since when the clock `now` ran on evenly; always, as far as this process has seen."""

    def __init__(self, now: Callable[[], datetime], tick: Callable[[], float]) -> None:
        self._now = now
        self._tick = tick
        self._lock = threading.Lock()
        self._last: tuple[datetime, float] | None = None
        self._since = ALWAYS

    def since(self) -> datetime:
        """From which moment on what was noted can be compared with now."""
        with self._lock:
            before, at = self._tick(), self._now()
            tick = self._tick()
            if tick - before > AT_ONCE:
                return self._since
            if self._last is not None:
                passed = (at - self._last[0]).total_seconds()
                if abs(passed - (tick - self._last[1])) > SLACK:
                    self._since = at
            self._last = (at, tick)
            return self._since
