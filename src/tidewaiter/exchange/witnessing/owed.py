"""Receipts looked up in the partner's own log: at its index must be the commitment to our message.

The wire contract, "The log": the commitment is computed from our signed bytes and their salt.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from tidewaiter.exchange.models import Owed, Watch
from tidewaiter.exchange.restoring import queries as restores
from tidewaiter.identity import queries as partners
from tidewaiter.ledger import commitment
from tidewaiter.ledger.alarms.kinds import Kind
from tidewaiter.ledger.witnessing import accusing as witnessing
from tidewaiter.ledger.witnessing import queries as held

AT_ONCE: Final = 256
COVERED: Final = timedelta(seconds=12)  # the contract promises a checkpoint within 10
MOST: Final = 4096  # a round
NEVER: Final = datetime.min.replace(tzinfo=UTC)
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
            shown = _shown(logged, watch, at)
            late = _late(rows, logged, shown)
            twice = [each for each in late if each.late_again(shown, min(COVERED, period))]
            Owed.objects.late([each.pk for each in late], at=shown)
            if twice:
                wrong = _accuse(partner, known.log_origin, Kind.WITHHELD, twice[0], at=at)
            break
    return wrong


def receipt(partner: str, at: datetime) -> str:
    """A receipt that no checkpoint was shown for though it was time; "" where there is none.

    It shows that the partner's log has an entry at least.
    """
    for row in Owed.objects.next(partner, (-1, 0), 1):
        if row.at + COVERED <= at and not restores.voided(partner, row.index, row.at):
            return row.message.receipt
    return ""


def receipted(partner: str, since: datetime) -> bool:
    """Whether a receipt of that partner came since then, which its log has still to bear out."""
    return Owed.objects.filter(partner=partner, at__gte=since).exists()


def _holds(origin: str, partner: str, owed: Owed) -> bool:
    """Whether the entry there is the commitment to our message; a forgotten one tells nothing."""
    message = owed.message
    if not message.jws:
        return True
    said = commitment.commit(partner, message.jws.encode("ascii"), bytes(message.salt))
    return held.kept_entries(origin, owed.index, owed.index + 1) == [commitment.entry(said)]


def _shown(logged: held.Held | None, watch: Watch, at: datetime) -> datetime:
    """When the log last showed a checkpoint.

    A moment that is yet to come was noted by a clock that was put back since, and says nothing; nor
    does when a bundle came, which was made before.
    """
    cosigned = None if logged is None or logged.by_hand else logged.cosigned_at
    moments = [watch.followed_at, cosigned]
    return max((each for each in moments if each is not None and each <= at), default=NEVER)


def _late(rows: Sequence[Owed], logged: held.Held | None, shown: datetime) -> list[Owed]:
    """Those that no checkpoint covers, though the log showed one since and has had its time.

    A log that shows nothing because its node is down withholds nothing. Once is not enough for an
    alarm: the node may have just been started again, or our clock been put ahead.
    """
    if logged is None:
        return []
    return [each for each in rows if each.index >= logged.size and shown >= each.at + COVERED]


def _accuse(partner: str, origin: str, kind: Kind, owed: Owed, *, at: datetime) -> str:
    receipt = owed.message.receipt
    index, detail = owed.index, f"{owed.message.message_id} at {owed.index}"
    witnessing.accuse(partner, origin, kind, receipt, index=index, detail=detail, at=at)
    log.error("receipt not borne out", partner=partner, kind=kind.value, index=owed.index)
    return f"its log does not bear out the receipt of {owed.message.message_id}"
