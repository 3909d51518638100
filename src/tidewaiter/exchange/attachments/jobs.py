"""What machines do with attachments: give a partner what it lacks, unpack, tidy up.

Each may be killed at any moment and runs again: what a partner has it answers with 200.
"""

import time
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction

from tidewaiter import clock
from tidewaiter.exchange import jobs, retry, wire
from tidewaiter.exchange.attachments import actions as attachments
from tidewaiter.exchange.attachments import asking, attachment, opening
from tidewaiter.exchange.models import Awaited, Correspondent, Sealed
from tidewaiter.identity import queries as partners
from tidewaiter.ledger import actions as ledger
from tidewaiter.vault import errors as vault_errors
from tidewaiter.vault import queries as vault
from tidewaiter.work import jobs as work
from tidewaiter.work import schedules

TIDY: Final = schedules.Schedule(kind="exchange.tidy-attachments", every=timedelta(minutes=10))
SLOWEST: Final = 64 * 1024  # bytes a second that a line must carry
log: Final = structlog.get_logger("tidewaiter.exchange")


def upload(*, partner: str) -> datetime | None:
    """Give a partner the attachments that it lacks; when to call again where it did not answer."""
    ledger.hold()
    while not work.stopping():
        at = clock.real()
        known = partners.partner(partner)
        if known is None or not known.active or not known.url:
            return None  # one without an address fetches them when it collects
        if wait := Correspondent.objects.waits(partner, at):
            return wait
        row = Sealed.objects.wanted(partner, at).first()
        if row is None:
            return None
        try:
            _give(row, known.url)
        except wire.Unanswered as failure:
            return jobs.unanswered(partner, [], failure.reason, failure.retry_after)
    return clock.real()


def _give(row: Sealed, url: str) -> None:
    sha256 = attachment.sha256(row.jwe)
    size = vault.about(sha256).size
    seconds = retry.ANSWER.total_seconds() + size / SLOWEST
    with vault.open(sha256) as file:
        status = wire.put(wire.Line(url, seconds), sha256, file, size, tick=time.monotonic)
    at = clock.real()
    log.info("attachment given", jwe=row.jwe, partner=row.message.recipient, status=status)
    if status not in {200, 201}:
        row.leave()  # its message waits, and asks for it again
        return
    with transaction.atomic():
        asking.given(row, at=at, changed=status == 201)


def unpack() -> datetime | None:
    """Keep the plain bytes of what messages were accepted with."""
    for jwe in Awaited.objects.packed().values_list("jwe", flat=True)[:100]:
        if work.stopping():
            return clock.real()
        try:
            attachments.unpack(jwe, at=clock.real())
        except (opening.NotOpened, vault_errors.ContentMissing) as error:
            log.error("attachment lost", jwe=jwe, reason=str(error))
            raise
    return clock.real() if Awaited.objects.packed().exists() else None


def tidy() -> None:
    """Delete what no message needs any more."""
    ledger.hold()
    if count := attachments.tidy(at=clock.real()):
        log.info("attachments tidied", count=count)
