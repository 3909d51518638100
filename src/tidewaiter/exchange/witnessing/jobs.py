"""The rounds of witnessing: one job a partner, so that one that is slow delays no other."""

import time
from datetime import timedelta
from typing import Final

from django.conf import settings

from tidewaiter import clock
from tidewaiter.exchange.witnessing import actions
from tidewaiter.exchange.witnessing.steadiness import Steady
from tidewaiter.work.schedules import Schedule

ROUNDS: Final = Schedule(
    kind="exchange.witness-all", every=timedelta(seconds=settings.WITNESS_PERIOD)
)
STEADY: Final = Steady(clock.real, time.monotonic)  # of this process


def witness_all() -> None:
    """Begin a round with every partner."""
    actions.rounds(at=clock.real())


def witness(*, partner: str) -> None:
    """One round with that partner."""
    actions.witness_partner(partner, now=clock.real, steady=STEADY)
