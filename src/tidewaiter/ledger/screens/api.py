"""REST: alarms about partners' logs, with their evidence, and that somebody saw to one."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from tidewaiter import clock
from tidewaiter.ledger import actions
from tidewaiter.ledger import queries as ledger
from tidewaiter.permission import Permission, permitted

router = Router(tags=["alarms"])


class Alarm(Schema):
    """A log, or a witness, that contradicts itself; `first` and `second` are the signed notes.

    `proof` shows of notes of two sizes that the larger does not begin with the smaller.
    """

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


class Remark(Schema):
    """What was found, and who takes it in hand."""

    remark: str = Field(min_length=1, max_length=500)


@router.get("/alarms", response=list[Alarm])
@permitted(Permission.LEDGER_READ)
def alarms(request: HttpRequest, all: bool = False) -> Any:  # noqa: A002
    """The alarms that nobody has seen to, the newest first; with `all` the others too."""
    return ledger.alarms(request.viewer, open=not all)  # type: ignore[attr-defined]


@router.get("/alarms/{int:number}", response=Alarm)
@permitted(Permission.LEDGER_READ)
def alarm(request: HttpRequest, number: int) -> Any:
    """One alarm."""
    return ledger.alarm(request.viewer, number)  # type: ignore[attr-defined]


@router.post("/alarms/{int:number}/acknowledgement", response=Alarm)
@permitted(Permission.ALARM_ACKNOWLEDGE)
def acknowledge(request: HttpRequest, number: int, body: Remark) -> Any:
    """Note that somebody saw to it."""
    viewer = request.viewer  # type: ignore[attr-defined]
    actions.acknowledge(number, by=viewer.name, remark=body.remark, at=clock.real())
    return ledger.alarm(viewer, number)
