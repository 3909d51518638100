"""Receipts looked up in the partner's own log: at its index must be the commitment to our message.

The wire contract, "The log": the commitment is computed from our signed bytes and their salt.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from tidewaiter.exchange.models import Owed, Watch
from tidewaiter.exchange.restoring import queries as restores
from tidewaiter.identity import queries as partners
from tidewaiter.ledger import commitment
from tidewaiter.ledger.alarms.kinds import Kind
from tidewaiter.ledger.witnessing import actions as witnessing
from tidewaiter.ledger.witnessing import queries as held

AT_ONCE: Final = 256
COVERED: Final = timedelta(seconds=12)  # the contract promises a checkpoint within 10
MOST: Final = 4096  # a round
log: Final = structlog.get_logger("tidewaiter.exchange")


def audit(partner: str, watch: Watch, period: timedelta, *, at: datetime) -> str:
    """Look up what the partner receipted, as far as we keep its log; what it does not bear out."""
    known = partners.partner(partner)
    assert known is not None
    logged = held.held(known.log_origin)
    after, done, wrong = (-1, 0), 0, ""
    while done < MOST and (rows := Owed.objects.next(partner, after, AT_ONCE)):
        after, done = (rows[-1].index, rows[-1].pk), done + len(rows)
        void = [each for each in rows if restores.voided(partner, each.index, each.at)]
        rows = [each for each in rows if each not in void]
        kept = [each for each in rows if logged is not None and each.index < logged.kept]
        missing = [each for each in kept if not _holds(known.log_origin, partner, each)]
        for each in missing:
            wrong = _accuse(partner, known.log_origin, Kind.ENTRY_MISSING, each, at=at)
        Owed.objects.borne_out([each.pk for each in (*void, *kept)])
        if len(kept) < len(rows):
            late = _late(rows, logged, watch.followed_at, period, at)
            if late is not None:
                wrong = _accuse(partner, known.log_origin, Kind.WITHHELD, late, at=at)
            break
    return wrong


def _holds(origin: str, partner: str, owed: Owed) -> bool:
    """Whether the entry there is the commitment to our message; a forgotten one tells nothing."""
    message = owed.message
    if not message.jws:
        return True
    said = commitment.commit(partner, message.jws.encode("ascii"), bytes(message.salt))
    return held.kept_entries(origin, owed.index, owed.index + 1) == [commitment.entry(said)]


def _late(
    rows: Sequence[Owed],
    logged: held.Held | None,
    followed: datetime | None,
    period: timedelta,
    at: datetime,
) -> Owed | None:
    """The first that no checkpoint covers, though the log signed one since and has had its time.

    A log that shows nothing because its node is down withholds nothing. A moment that is yet to
    come was noted by a clock that was put back since, and says nothing.
    """
    moments = [followed, None if logged is None else logged.cosigned_at]
    shown = max((each for each in moments if each is not None and each <= at), default=None)
    if logged is None or shown is None:
        return None
    for each in rows:
        due = each.at + max(period, COVERED)
        if each.index >= logged.size and due <= at and shown >= each.at + COVERED:
            return each
    return None


def _accuse(partner: str, origin: str, kind: Kind, owed: Owed, *, at: datetime) -> str:
    receipt = owed.message.receipt
    detail = f"{owed.message.message_id} at {owed.index}"
    witnessing.accuse(partner, origin, kind, receipt, detail=detail, at=at)
    log.error("receipt not borne out", partner=partner, kind=kind.value, index=owed.index)
    return f"its log does not bear out the receipt of {owed.message.message_id}"
