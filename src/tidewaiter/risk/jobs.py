"""What machines do for `risk`: open inspections, cut lanes, take norms, judge again when warned."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from tidewaiter import clock
from tidewaiter.risk import actions, learning, messages
from tidewaiter.risk.partners import correcting
from tidewaiter.work import actions as work
from tidewaiter.work import schedules

NORMS: Final = schedules.Schedule(kind="risk.norms", every=timedelta(minutes=2))


def follow(*, ids: list[int]) -> None:
    """What follows from the lanes of a batch."""
    actions.follow(ids, at=clock.trade())


def recut() -> None:
    """Cut the lanes anew where enough was assessed since."""
    actions.recut(at=clock.trade())


def norms() -> None:
    """Take norms anew where enough was declared since."""
    learning.learn_norms(at=clock.trade())


def warned(*, word: str) -> datetime | None:
    """Judge again what is held and meets a notice, or met one that was withdrawn."""
    messages.judge_again(word, at=clock.trade())
    return None


def corrected(*, message: str) -> None:
    """Withdraw the rest of many notices that a correction is about."""
    more = True
    while more:
        with transaction.atomic():
            more = correcting.go_on(message)
        work.give_way()
