"""Who wants to hear when a partner had a larger tree of its log cosigned: filled by rooms above.

What it pushed is a root alone: until its entries are here too, nobody could give it its log back.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from tidewaiter.registry import Registry

Listener = Callable[[str, datetime], None]  # the partner's code, and when
Bundles = Sequence[tuple[int, Sequence[bytes]]]  # entries, by the index of their bundle
# The partner's code, the size and root that it signed, the entries that are kept already.
Fetcher = Callable[[str, int, bytes, int], Bundles]
REGISTRY: Final[Registry[Listener]] = Registry("ledger.cosigned")
FETCHERS: Final[Registry[Fetcher]] = Registry("ledger.entries")


def register(name: str, told: str, fetcher: str) -> None:
    """Say that the function at `told` wants to hear of it, and that at `fetcher` brings entries."""
    REGISTRY.register(name, told)
    FETCHERS.register(name, fetcher)


def tell(partner: str, at: datetime) -> None:
    """Tell every listener."""
    for name in REGISTRY:
        REGISTRY.get(name)(partner, at)


def fetch(partner: str, size: int, root: bytes, kept: int) -> Bundles:
    """The entries under a tree that we are about to cosign, held against its root.

    None where they cannot be had quickly: then we cosign all the same, and they come later.
    """
    for name in FETCHERS:
        if found := FETCHERS.get(name)(partner, size, root, kept):
            return found
    return ()
