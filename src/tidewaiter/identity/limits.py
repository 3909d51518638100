"""How often signing in may fail, for one account and from one address."""

from datetime import timedelta
from typing import Final

WINDOW: Final = timedelta(minutes=15)
AN_ACCOUNT: Final = 10  # attempts in the window, the one under way counted
AN_ADDRESS: Final = 40


def exceeded(*, account: int, address: int) -> bool:
    """Whether an attempt is one too many, both counts with itself in it."""
    return account > AN_ACCOUNT or address > AN_ADDRESS


def minutes() -> int:
    """What the refusal says: after this long it may be tried again."""
    return int(WINDOW.total_seconds() // 60)
