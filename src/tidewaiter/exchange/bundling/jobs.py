"""What machines do with bundles: take receipts back over the wire, where there is one after all."""

import time
from datetime import datetime, timedelta
from typing import Final

import structlog

from tidewaiter import clock
from tidewaiter.exchange import delivery, jobs, retry, wire
from tidewaiter.exchange.bundling import actions
from tidewaiter.exchange.models import Correspondent, Returning
from tidewaiter.identity import queries as partners
from tidewaiter.work import jobs as work
from tidewaiter.work import schedules

TIDY: Final = schedules.Schedule(kind="exchange.tidy-bundles", every=timedelta(minutes=10))
log: Final = structlog.get_logger("tidewaiter.exchange")


def bring(*, partner: str) -> datetime | None:
    """Give a partner the receipts of what it put into bundles; when to call again, where it is not
    to be reached."""
    while not work.stopping():
        at = clock.real()
        known = partners.partner(partner)
        if known is None or not known.active or not known.url:
            return None  # they go in the next bundle
        if wait := Correspondent.objects.waits(partner, at):
            return wait
        kept = Returning.objects.of(partner).values_list("receipt", flat=True)
        receipts = list(kept[: delivery.MOST_LINES])
        if not receipts:
            return None
        line = wire.Line(known.url, retry.ANSWER.total_seconds())
        try:
            wire.receipts(line, receipts, tick=time.monotonic)
        except wire.Unanswered as failure:
            return jobs.unanswered(partner, [], failure.reason, failure.retry_after)
        Returning.objects.brought(receipts)
        log.info("receipts brought", partner=partner, receipts=len(receipts))
    return clock.real()


def tidy() -> None:
    """Drop receipts that were carried long enough ago, and see that no job was lost."""
    at = clock.real()
    if count := Returning.objects.tidy(at):
        log.info("receipts no longer carried", count=count)
    for each in partners.partners():
        actions.bring(each.administration, at=at)
