"""What follows from a message beside what its type means: tasks for words that we owe, their end.

`follow` runs as an accepted message is handled, `went` as one of ours is signed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tidewaiter import canonical
from tidewaiter.agreements import duties
from tidewaiter.exchange import about, types
from tidewaiter.exchange.models import Answer, Inbound, Outbound, exchanged
from tidewaiter.exchange.obligations import queries
from tidewaiter.exchange.types import MessageType, Received, Went
from tidewaiter.work import actions as work

REPORT: Final = "exchange.report"
LIAISON: Final = "liaison"


def follow(received: Received) -> None:
    """What an accepted message obliges us to, and what it ends that its sender owed us."""
    kind = types.get(received.type)
    if kind is None or not received.agreement:
        return
    if kind.answers is not None:
        if kind.answers(received.data):
            at = received.received_at
            for row in _asked(kind, received.data, received, received.source, Outbound):
                Answer.objects.keep(row.message_id, answered_by=received.id, at=at)
        return
    day = queries.due(received.agreement, received.clause, received.time).report_by
    if day is not None and queries.kind(received.type) == queries.REPORT:
        number = about.label(kind, received.data) or str(received.id)
        work.open_task(
            REPORT,
            str(received.id),
            {"partner": received.source, "number": number[:80], "due": day.isoformat()},
            role=LIAISON,
            due=duties.through(day),
            at=received.received_at,
            message_id=str(received.id),
        )


def went(rows: Sequence[Outbound], *, at: datetime) -> None:
    """What follows from drafts of ours that are about to be signed, in the same transaction."""
    for row in rows:
        kind = types.get(row.type)
        if kind is None or (kind.sent is None and kind.answers is None):
            continue
        told = _told(row, at)
        if kind.answers is not None and kind.answers(told.data):
            for asked in _asked(kind, told.data, told, told.to, Inbound):
                Answer.objects.keep(asked.message_id, answered_by=told.id, at=at)
                work.close_task(REPORT, str(asked.message_id), by=told.by, at=at)
        if kind.sent is not None:
            kind.sent(told)


def _told(row: Outbound, at: datetime) -> Went:
    return Went(
        id=row.message_id,
        to=row.recipient,
        type=row.type,
        at=at,
        data=canonical.read(row.draft.encode()),
        agreement=row.agreement,
        clause=row.clause,
        purpose=row.purpose,
        handling=row.handling,
        retain_until=row.retain_until,
        conversation=row.conversation,
        in_reply_to=row.in_reply_to,
        by=row.by,
    )


def _asked(
    kind: MessageType,
    data: Mapping[str, Any],
    message: Received | Went,
    partner: str,
    side: type[Inbound] | type[Outbound],
) -> list[Inbound | Outbound]:
    """The messages of the other direction that this one answers, under its agreement and clause."""
    if kind.about:
        place = (message.agreement, message.clause)
        return [
            row
            for row in exchanged(partner, about.names(kind, data))
            if isinstance(row, side) and (row.agreement, row.clause) == place
        ]
    try:
        asked = UUID(message.in_reply_to)
    except ValueError:
        return []
    return [row for row in exchanged(partner, [str(asked)]) if isinstance(row, side)]
