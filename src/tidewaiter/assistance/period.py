"""A period as messages name it: moments, days, months or years, turned into days. Pure.

Periods on the wire are closed: `from` and `to` are the first and the last of them.
"""

import calendar
from datetime import date

from tidewaiter import clock


def first(text: str) -> date | None:
    """The first day that `text` names; None where it names none that can be read."""
    return _days(text)[0]


def last(text: str) -> date | None:
    """The last day that `text` names; None where it names none that can be read."""
    return _days(text)[1]


def _days(text: str) -> tuple[date | None, date | None]:
    """
    >>> _days("2026-02")
    (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
    >>> _days("kh:…")
    (None, None)
    """
    try:
        if "T" in text:
            day = clock.parse(text).date()
            return day, day
        parts = [int(part) for part in text.split("-")]
        match parts:
            case [year]:
                return date(year, 1, 1), date(year, 12, 31)
            case [year, month]:
                return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
            case [year, month, day_]:
                return date(year, month, day_), date(year, month, day_)
    except ValueError:
        pass
    return None, None
