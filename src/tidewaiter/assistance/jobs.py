"""What machines do for `assistance`: answer queries, and mark what was not answered in time."""

from datetime import datetime, timedelta
from typing import Final

from tidewaiter import clock
from tidewaiter.assistance import actions
from tidewaiter.work import schedules

LAPSE: Final = schedules.Schedule(kind="assistance.lapse", every=timedelta(minutes=5))


def answer(*, id: str) -> datetime | None:  # noqa: A002
    """Answer a partner's query, or have people answer it."""
    actions.answer_by_machine(id, at=clock.real())
    return None


def lapse() -> None:
    """Mark what was not answered in time."""
    actions.lapse(at=clock.real())
