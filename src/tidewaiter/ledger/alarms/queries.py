"""What may be read of alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger import errors
from tidewaiter.ledger.alarms.models import Alarm

MOST_ALARMS: Final = 200


@dataclass(frozen=True, slots=True)
class Alarmed:
    """An alarm, for people."""

    id: int
    administration: str
    origin: str
    kind: str
    told_by: str
    first: str
    second: str
    detail: str
    proof: str
    raised_at: datetime
    seen_at: datetime
    times: int
    acknowledged_at: datetime | None
    acknowledged_by: str
    remark: str


def alarms(viewer: Viewer | None = None, *, open: bool = True) -> Sequence[Alarmed]:  # noqa: A002
    """The alarms, the newest first; those that nobody acknowledged, unless `open` is False.

    They are of logs, which hold nothing of anybody: the permission on the door is enough.
    """
    rows = Alarm.objects.order_by("-pk")
    if open:
        rows = rows.filter(acknowledged_at=None)
    return [_alarmed(row) for row in rows[:MOST_ALARMS]]


def alarm(viewer: Viewer | None, id: int) -> Alarmed:  # noqa: A002
    """One alarm. Raises NoSuchAlarm."""
    row = Alarm.objects.filter(pk=id).first()
    if row is None:
        raise errors.NoSuchAlarm(number=id)
    return _alarmed(row)


def _alarmed(row: Alarm) -> Alarmed:
    return Alarmed(
        id=row.pk,
        administration=row.administration,
        origin=row.origin,
        kind=row.kind,
        told_by=row.told_by,
        first=row.first,
        second=row.second,
        detail=row.detail,
        proof=row.proof,
        raised_at=row.raised_at,
        seen_at=row.seen_at,
        times=row.times,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        remark=row.remark,
    )
