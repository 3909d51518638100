"""What machines do to forget: once a day, and at once where a person agreed to a deletion."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tidewaiter import clock
from tidewaiter.exchange.forgetting import actions
from tidewaiter.work import jobs, schedules

AGAIN: Final = timedelta(minutes=10)
DAILY: Final = schedules.Schedule(kind=actions.JOB, every=timedelta(days=1))


def run() -> datetime | None:
    """Forget what is due; again at once where it was cut short, soon where files were in use."""
    done = actions.run(at=clock.real(), stopping=jobs.stopping)
    if jobs.stopping():
        return clock.real()
    return None if done.erased else clock.real() + AGAIN


def wished(*, partner: str, names: list[str], asked_by: str, withdrawn: bool) -> None:
    """Note the rest of what a partner wishes to be deleted, where that is very much."""
    actions.wish_all(partner, names, UUID(asked_by), withdrawn=withdrawn)
