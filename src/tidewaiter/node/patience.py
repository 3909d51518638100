"""What a request may cost before anybody reads it: bytes by its path, and seconds to arrive.

Pure: seconds come from a clock that only grows. A request that keeps the pace may take long; one
that drips is ended however it drips, in its headers or in its body.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

HEADERS: Final = 15.0  # seconds from the first byte to the end of the headers
GRACE: Final = 20.0  # seconds for all of it, whatever its pace
PACE: Final = 32 * 1024  # bytes a second on the average, where it takes longer
IDLE: Final = 60.0  # seconds that a connection may wait for its next request, or for its reader


@dataclass(frozen=True, slots=True)
class Limits:
    """The most bytes of a body: by the longest prefix of the path that stands in the table."""

    table: Sequence[tuple[str, int]]

    def body(self, path: str) -> int:
        """The most bytes of a body that is sent to `path`."""
        found = [each for each in self.table if path.startswith(each[0])]
        return max(found, key=lambda each: len(each[0]), default=("", 0))[1]


def late(seconds: float, *, received: int, headers: bool) -> bool:
    """Whether a request should be here by now, or be coming faster.

    `seconds` since its first byte, `received` bytes of it, `headers` whether those are complete.
    """
    if not headers:
        return seconds > HEADERS
    return seconds > GRACE + received / PACE
