"""Who wants to hear when a partner had a larger tree of its log cosigned: filled by rooms above.

What it pushed is a root alone: until its entries are here too, nobody could give it its log back.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from tidewaiter.registry import Registry

Listener = Callable[[str, datetime], None]  # the partner's code, and when
REGISTRY: Final[Registry[Listener]] = Registry("ledger.cosigned")


def register(name: str, path: str) -> None:
    """Say that the function at `path` wants to hear of it."""
    REGISTRY.register(name, path)


def tell(partner: str, at: datetime) -> None:
    """Tell every listener."""
    for name in REGISTRY:
        REGISTRY.get(name)(partner, at)
