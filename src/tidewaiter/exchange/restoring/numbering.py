"""Under which serial a restored node may speak, when it lost count of those it used. Pure.

The wire contract takes a serial that is not taken and at most 10,000 ahead of the highest taken.
What a partner receipted before the backup it has for certain, so that 10,000 beyond that is never
too far ahead for it, and beyond whatever of the last 10,000 may be under way, in a bundle say. A
refusal `bad-serial` of such a serial therefore means that it is taken: the partner has that one,
and the next try is another 10,000 further. It ends where more was not sent since the backup.
"""

from typing import Final

from tidewaiter.exchange import message

LEAP: Final = 10_000  # as far ahead of what it has taken as a partner takes a serial


def first(*, given: int, receipted: int) -> int:
    """The serial of the first try: `given` is the highest given out, `receipted` by the partner.

    Where more wait than one leap, it cannot be both beyond them and near enough; then it is the
    next one, and stays refused until what waits before it has been taken.
    """
    return _checked(max(receipted + LEAP, given + 1))


def following(tried: int) -> int:
    """The next try, when the partner said that it has `tried`."""
    return _checked(tried + LEAP)


def _checked(serial: int) -> int:
    if serial > message.MOST_SERIAL:
        raise OverflowError(f"no serial is left below {message.MOST_SERIAL}")
    return serial
