"""When a job that failed is tried again: doubling waits with a limit. Imports nothing of ours."""

from datetime import timedelta
from typing import Final

LEASE: Final = timedelta(seconds=60)
HEARTBEAT: Final = timedelta(seconds=15)
ATTEMPTS: Final = 12  # after so many the job has failed
FIRST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(minutes=10)


def wait(attempts: int) -> timedelta:
    """How long after the `attempts`-th failure (from 1) the next attempt is due."""
    if attempts < 1:
        raise ValueError(f"{attempts} attempts: a wait follows a failure")
    doubled: timedelta = FIRST * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST)


def spent(attempts: int) -> bool:
    """Whether a job that failed `attempts` times is given up."""
    return attempts >= ATTEMPTS
