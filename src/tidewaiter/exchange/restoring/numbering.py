"""Under which serial a restored node may speak, when it lost count of those it used. Pure.

The wire contract takes a serial that is not taken and at most 10,000 ahead of the highest taken.
What a partner receipted before the backup it has for certain, so that 10,000 beyond that is never
too far ahead for it, and beyond whatever of the last 10,000 may be under way, in a bundle say. A
refusal `bad-serial` of such a serial therefore means that it is taken: the partner has that one,
and the next try is another 10,000 further. It ends where more was not sent since the backup, and
where nobody can have sent so much: then the partner refuses whatever we try, for it lies, or more
waits for it than it takes ahead.
"""

from typing import Final

from tidewaiter.exchange import message

LEAP: Final = 10_000  # as far ahead of what it has taken as a partner takes a serial
FURTHEST: Final = 1_000 * LEAP  # no two nodes exchange so much between a backup and its restore


class NoSerial(ValueError):
    """No serial is left to be tried; the message says why."""


def first(*, given: int, receipted: int) -> int:
    """The serial of the first try: `given` is the highest given out, `receipted` by the partner.

    Where more wait than one leap, it cannot be both beyond them and near enough; then it is the
    next one, and stays refused until what waits before it has been taken.
    """
    return _checked(max(receipted + LEAP, given + 1))


def following(tried: int, *, receipted: int) -> int:
    """The next try, when the partner said that it has `tried`. Raises NoSerial."""
    if tried + LEAP > receipted + FURTHEST:
        raise NoSerial(f"it refuses every serial from {receipted + 1:,} to {tried:,}")
    return _checked(tried + LEAP)


def believable(said: int, *, known: int) -> bool:
    """Whether a partner's word can be: a serial so far beyond the highest that we know of."""
    return said <= known + FURTHEST


def _checked(serial: int) -> int:
    if serial > message.MOST_SERIAL:
        raise NoSerial(f"no serial is left below {message.MOST_SERIAL}")
    return serial
