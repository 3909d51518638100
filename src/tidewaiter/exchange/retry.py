"""When to try again: the wait for a partner that gives no answer, and for a refusal that may pass.

The wire contract, "Trying again": 5 s, then doubling to 10 minutes, with jitter.
"""

from datetime import datetime, timedelta
from typing import Final

FIRST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(minutes=10)
JITTER: Final = 0.2  # of the wait, on top of it
ANSWER: Final = timedelta(seconds=30)  # how long a partner has for its answer
PASSING: Final = frozenset({"missing-attachment", "clock-skew", "unknown-agreement"})
PATIENCE: Final = timedelta(hours=24)  # how long a passing refusal is tried again


def wait(failures: int, *, jitter: float) -> timedelta:
    """How long to wait after so many failures in a row (from 1); `jitter` is from 0 to 1.

    Raises ValueError where there was no failure: then there is nothing to wait for.
    """
    if failures < 1:
        raise ValueError("there is no wait without a failure")
    doubled: timedelta = min(FIRST * 2 ** min(failures - 1, 20), LONGEST)
    return min(doubled * (1 + JITTER * jitter), LONGEST)


def again(problem: str, *, first_sent: datetime, failures: int, at: datetime) -> datetime | None:
    """When a message that was refused for `problem` is sent again, or None: the refusal is final.

    `first_sent` is when it was refused first, `failures` how often it was refused by now.
    """
    if problem not in PASSING:
        return None
    then = at + min(FIRST * 2 ** min(max(failures, 1) - 1, 20), PATIENCE)
    return then if then <= first_sent + PATIENCE else None
