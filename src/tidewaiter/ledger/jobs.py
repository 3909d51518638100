"""The log's background work: its head is signed at most every five seconds, when it has grown."""

from datetime import datetime
from typing import Final

from tidewaiter import clock
from tidewaiter.ledger import actions, queries
from tidewaiter.ledger.models import EVERY
from tidewaiter.work.schedules import Schedule

PUBLISH: Final = Schedule(kind="ledger.publish", every=EVERY)


def publish() -> datetime | None:
    """Sign the head where it is due; else say when it will be."""
    at = clock.real()
    due = queries.due()
    if due is None:
        return None
    if at < due:
        return due
    actions.publish(at=at)
    return None
