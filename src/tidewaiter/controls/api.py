"""REST: inspections, seizures, releases."""

from datetime import datetime
from typing import Any, Final, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Router, Schema, Status
from pydantic import Field

from tidewaiter import clock
from tidewaiter.controls import actions, queries
from tidewaiter.controls.theirs import queries as theirs
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted

router: Final = Router(tags=["controls"])
MOST: Final = 500


class Inspection(Schema):
    """One inspection in a list."""

    id: int
    reference: str
    local_reference: str
    lane: str
    score: float | None
    state: str
    office: str
    person: str
    result: str
    offence: str
    opened_at: datetime
    recorded_at: datetime | None
    by: str


class Inspections(Schema):
    """A page of inspections, the newest first; `next` is the cursor of the following one."""

    items: list[Inspection]
    next: str | None


class Theirs(Schema):
    """What a partner's control found of the same goods."""

    message_id: str
    partner: str
    number: str
    done_on: str
    kind: str
    office: str
    result: str
    findings: str
    seals: list[str]
    handling: str
    received_at: datetime


class Step(Schema):
    """One step of the controls of a declaration."""

    kind: str
    at: datetime
    by: str
    power: str
    offence: str
    note: str
    number: str
    marks: list[str]
    photographs: list[str]


class Record(Schema):
    """What an inspection found."""

    reference: str
    result: str
    offence: str = ""
    note: str = Field("", max_length=10_000)
    marks: list[str] = Field([], max_length=100)
    power: str = Field("", max_length=200)


class Recorded(Schema):
    """A recorded inspection."""

    id: int
    reference: str
    result: str
    offence: str


class Seizure(Schema):
    """Goods to be seized."""

    reference: str
    power: str = Field("", max_length=200)
    note: str = Field("", max_length=10_000)


class Seized(Schema):
    """Goods that were seized."""

    reference: str
    seizure: str


class Release(Schema):
    """Declarations to be released."""

    references: list[str] = Field(max_length=MOST)
    power: str = Field("", max_length=200)
    note: str = Field("", max_length=10_000)


class Refused(Schema):
    """A declaration that could not be released, and why."""

    reference: str
    reason: str


class Released(Schema):
    """What a release of many came to."""

    released: list[str]
    refused: list[Refused]


@router.get("/inspections", response=Inspections, summary="Inspections, the newest first")
@permitted(Permission.INSPECTION_READ)
def listed(
    request: HttpRequest,
    state: str = "",
    lane: str = "",
    office: str = "",
    mine: bool = False,
    cursor: str = "",
    limit: int = queries.PAGE,
) -> Inspections:
    """Inspections that may be seen; `state` is open, done or cancelled."""
    page = queries.inspections(
        _viewer(request),
        at=clock.real(),
        state=state,
        lane=lane,
        office=office,
        mine=mine,
        before=int(cursor) if cursor.isdecimal() else None,
        limit=max(1, min(limit, MOST)),
    )
    return Inspections(
        items=[_line(line) for line in page.lines], next=str(page.next) if page.next else None
    )


@router.get("/inspections/{reference}", response=list[Step], summary="Controls of one declaration")
@permitted(Permission.INSPECTION_READ)
def history(request: HttpRequest, reference: str) -> list[Any]:
    """All that was inspected, seized and released, the first step first."""
    return list(queries.seen_history(_viewer(request), reference, at=clock.real()))


@router.get(
    "/inspections/{reference}/partners", response=list[Theirs], summary="Controls by partners"
)
@permitted(Permission.INSPECTION_READ)
def partners(request: HttpRequest, reference: str) -> list[Any]:
    """What partners' controls found of the goods of a declaration, the newest first."""
    return list(theirs.results(_viewer(request), reference, at=clock.real()))


@router.post("/inspections", response={201: Recorded}, summary="Record an inspection")
@permitted(Permission.INSPECTION_RECORD)
def record(request: HttpRequest, body: Record) -> Status[Recorded]:
    """Keep what was found; an inspection that nobody had assigned is opened and closed at once."""
    number = actions.record(
        reference=body.reference,
        result=body.result,
        offence=body.offence,
        note=body.note,
        marks=body.marks,
        power=body.power or settings.POWER_INSPECT,
        by=_viewer(request),
        at=clock.trade(),
    )
    told = {"reference": body.reference, "result": body.result, "offence": body.offence}
    return Status(201, Recorded(id=number, **told))


@router.post("/seizures", response={201: Seized}, summary="Seize goods")
@permitted(Permission.SEIZURE_MAKE)
def seize(request: HttpRequest, body: Seizure) -> Status[Seized]:
    """Seize the goods of a declaration in which an inspection found an offence."""
    number = actions.seize(
        reference=body.reference,
        power=body.power or settings.POWER_SEIZE,
        note=body.note,
        by=_viewer(request),
        at=clock.trade(),
    )
    return Status(201, Seized(reference=body.reference, seizure=number))


@router.post("/releases", response=Released, summary="Release goods")
@permitted(Permission.DECLARATION_RELEASE)
def release(request: HttpRequest, body: Release) -> Released:
    """Release many declarations in one transaction; those that cannot be are named."""
    done = actions.release_many(
        body.references,
        power=body.power or settings.POWER_RELEASE,
        note=body.note,
        by=_viewer(request),
        at=clock.trade(),
    )
    refused = [
        Refused(reference=one.reference, reason=one.problem.line(gettext)) for one in done.refused
    ]
    return Released(released=list(done.released), refused=refused)


def _line(line: queries.Line) -> Inspection:
    return Inspection(
        id=line.id,
        reference=line.reference,
        local_reference=line.declaration.local_reference if line.declaration else "",
        lane=line.lane,
        score=line.score,
        state=line.state,
        office=line.office,
        person=line.person,
        result=line.result,
        offence=line.offence,
        opened_at=line.opened_at,
        recorded_at=line.recorded_at,
        by=line.by,
    )


def _viewer(request: HttpRequest) -> Viewer:
    return cast(Viewer, request.viewer)  # type: ignore[attr-defined]
