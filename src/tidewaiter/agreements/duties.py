"""By when a clause wants an answer, and a word on what came of what was told under it. Pure.

Periods count from the message's time and begin on the next day; the day named is the last, whole.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from tidewaiter.agreements import decision
from tidewaiter.agreements.document import Clause


@dataclass(frozen=True, slots=True)
class Duties:
    """The last days for an answer and for a report; None where the clause asks for none."""

    respond_by: date | None = None
    report_by: date | None = None


NONE: Final = Duties()


def of(clause: Clause, at: datetime) -> Duties:
    """What `clause` binds the recipient to of a message that was sent at `at`."""
    return Duties(
        respond_by=decision.due(at, clause.respond_days, working=clause.respond_working),
        report_by=decision.due(at, clause.report_days, working=False),
    )


def through(day: date) -> datetime:
    """The last second of the day, as tasks are due."""
    return end(day) - timedelta(seconds=1)


def end(day: date) -> datetime:
    """The moment at which that day is over."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)
