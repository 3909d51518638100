"""Who wants to hear when an agreement got a new signature: filled by the rooms above.

A listener runs in the transaction that keeps the signature, so what it does is done with it or not
at all; it must be quick.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from tidewaiter.registry import Registry

Listener = Callable[[str, datetime], None]  # the agreement's digest, and when
REGISTRY: Final[Registry[Listener]] = Registry("agreements.listeners")


def register(name: str, path: str) -> None:
    """Say that the function at `path` wants to hear of new signatures."""
    REGISTRY.register(name, path)


def tell(digest: str, at: datetime) -> None:
    """Tell every listener."""
    for name in REGISTRY:
        REGISTRY.get(name)(digest, at)
