"""The log's background work: its head is signed when it has grown, each day's audit logged."""

from datetime import datetime, timedelta
from typing import Final

from tidewaiter import clock
from tidewaiter.ledger import actions, queries
from tidewaiter.ledger.models import EVERY
from tidewaiter.work.schedules import Schedule

PUBLISH: Final = Schedule(kind="ledger.publish", every=EVERY)
AUDIT: Final = Schedule(kind="ledger.audit", every=timedelta(hours=1))


def publish() -> datetime | None:
    """Sign the head where it is due; else say when it will be."""
    at = clock.real()
    due = queries.due()
    if due is None:
        return None
    if at < due <= at + EVERY:  # one further ahead is by a clock that was put back since
        return due
    actions.publish(at=at)
    return None


def audit() -> None:
    """Log the digest of each day of the read-audit that is over."""
    actions.log_audit(at=clock.real())
