"""Raising an alarm, with a task for the liaison, and noting that somebody saw to it."""

from datetime import datetime
from typing import Final

import structlog
from django.db import transaction

from tidewaiter.ledger import errors
from tidewaiter.ledger.alarms.models import Alarm, Fault
from tidewaiter.work import actions as work

ALARM: Final = "ledger.alarm"  # the kind of task
log: Final = structlog.get_logger("tidewaiter.ledger")


def alarm(fault: Fault, *, at: datetime) -> int | None:
    """Raise an alarm, with a task for the liaison; its number, None where it stands already."""
    with transaction.atomic():
        raised = Alarm.objects.sound(fault, at=at)
        if raised is None:
            return None
        params: dict[str, str | int] = {"administration": fault.administration, "log": fault.origin}
        work.open_task(ALARM, str(raised.pk), params, at=at, role="liaison")
    log.error(
        "alarm raised",
        alarm=raised.pk,
        kind=fault.kind,
        administration=fault.administration,
        origin=fault.origin,
        told_by=fault.told_by,
    )
    return raised.pk


def acknowledge(id: int, *, by: str, remark: str, at: datetime) -> None:  # noqa: A002
    """Somebody saw to an alarm. Raises NoSuchAlarm, AcknowledgedAlready."""
    row = Alarm.objects.filter(pk=id).first()
    if row is None:
        raise errors.NoSuchAlarm(number=id)
    with transaction.atomic():
        if not row.acknowledge(by, remark, at=at):
            raise errors.AcknowledgedAlready(number=id)
        work.close_task(ALARM, str(id), by=by, at=at)
