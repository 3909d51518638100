"""How fast lines may come: of a partner, and of an address whose lines fail before a signature.

Counted by the minute in the database, so that every web process knows; a count is written in the
commit that takes the lines, and read before anything is decrypted.
"""

import ipaddress
from datetime import datetime
from typing import Final

from tidewaiter.exchange import errors
from tidewaiter.exchange.door.models import Rate

NETWORK: Final = 64  # bits of an IPv6 address that one client can't choose at will


def hold_partner(code: str, lines: int, limit: int, *, at: datetime) -> None:
    """Raises TooFast where so many lines more are above the rate of the partner `code`.

    The first POST of a minute is let in whatever it holds: what comes at once is bounded anyway.
    """
    _hold(f"partner:{code}", lines, limit, at)


def hold_address(address: str, limit: int, *, at: datetime) -> None:
    """Raises TooFast where over `limit` lines of that address have failed in this minute."""
    _hold(f"address:{network(address)}", 0, limit, at)


def took(code: str, lines: int, *, at: datetime) -> None:
    """Count lines of a partner, in the caller's transaction."""
    Rate.objects.add(f"partner:{code}", _minute(at), lines)


def failed(address: str, lines: int, *, at: datetime) -> None:
    """Count lines of an address that failed before a signature held, in the caller's transaction.

    What can't be read at all counts as one line.
    """
    if lines:
        Rate.objects.add(f"address:{network(address)}", _minute(at), lines)


def network(address: str) -> str:
    """What a client can't change by itself: the address, of IPv6 the first 64 bits."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, NETWORK), strict=False).network_address)


def _hold(key: str, more: int, limit: int, at: datetime) -> None:
    count = Rate.objects.counted(key, _minute(at))
    if count and count + more > limit:
        raise errors.TooFast(limit=limit, seconds=60 - at.second)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
