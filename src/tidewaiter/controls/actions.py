"""What the outside can ask of `controls`: open and record inspections, seize, release.

Each step says who took it, when, and under which power, and moves the declaration along its life.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from django.conf import settings
from django.db import transaction

from tidewaiter.controls import errors, life, registries
from tidewaiter.controls.models import Inspection, Photograph, Release, Seizure, moment
from tidewaiter.documents import actions as documents
from tidewaiter.documents import errors as paper_errors
from tidewaiter.documents import life as papers
from tidewaiter.documents import queries as declarations
from tidewaiter.documents import registries as handed
from tidewaiter.identity.viewer import Viewer
from tidewaiter.problem import Problem
from tidewaiter.work import actions as work

TASK: Final = "controls.inspect"
PHOTOGRAPHS: Final = ("image/jpeg", "image/png", "image/webp")
LARGEST: Final = 20 * 2**20  # bytes of a photograph


@dataclass(frozen=True, slots=True)
class Wanted:
    """An inspection to be opened: of which declaration, for whom, and why."""

    declaration: int  # id
    reference: str
    office: str = ""
    person: str = ""
    lane: str = ""
    score: float | None = None
    message_id: str = ""  # the partner's message without which nobody would look


@dataclass(frozen=True, slots=True)
class Image:
    """A photograph as it comes: its name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A declaration that could not be released, and why."""

    reference: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Released:
    """What a release of many came to."""

    released: tuple[str, ...]
    refused: tuple[Refused, ...]


def open_many(wanted: Sequence[Wanted], *, by: str, at: datetime) -> int:
    """Open inspections and the tasks for them, set-wise; how many are new."""
    rows = [
        {
            "declaration": one.declaration,
            "reference": one.reference,
            "office": one.office,
            "person": one.person,
            "lane": one.lane,
            "score": one.score,
            "opened_at": at,
            "opened_by": by,
            "message_id": one.message_id,
        }
        for one in wanted
    ]
    opened = Inspection.objects.open_many(rows)
    for one in wanted:
        work.open_task(
            TASK,
            one.reference,
            {"reference": one.reference, "lane": one.lane},
            office=one.office,
            person=one.person,
            at=at,
        )
    return opened


def assign(*, reference: str, by: Viewer, at: datetime, office: str = "", person: str = "") -> None:
    """Open an inspection of a declaration, or hand the open one over.

    Raises DeclarationUnknown, InspectionOvertaken.
    """
    declaration = _declaration(reference, by)
    found = Inspection.objects.filter(declaration=declaration.id, state=life.State.OPEN).first()
    with transaction.atomic():
        if found is not None:
            if not found.hand_over(office=office or found.office, person=person):
                raise errors.InspectionOvertaken(reference=reference)
            work.close_task(TASK, reference, by=by.name, at=at)
        wanted = Wanted(
            declaration=declaration.id,
            reference=reference,
            office=office or (found.office if found else declaration.office),
            person=person,
            lane=declaration.lane,
            score=declaration.score,
        )
        open_many([wanted], by=by.name, at=at)


def record(
    *,
    reference: str,
    result: str,
    by: Viewer,
    at: datetime,
    power: str,
    offence: str = "",
    note: str = "",
    marks: Sequence[str] = (),
    photographs: Sequence[Image] = (),
) -> int:
    """Keep what an inspection found; its number.

    A declaration that nobody assigned is inspected all the same: the inspection is opened and
    closed at once. What does not conform stays under control until it is seized or released.
    Raises ResultUnknown, OffenceMissing, OffenceUnknown, PowerMissing, PhotographRefused,
    DeclarationUnknown, InspectionOvertaken.
    """
    found = _result(result, offence)
    _power(power)
    declaration = _declaration(reference, by)
    kept = [_kept(image) for image in photographs]
    _hearers()  # what they import is loaded before the writer is held
    with transaction.atomic():
        inspection = _open(declaration, by=by.name, at=at)
        if papers.State(declaration.state) in papers.sources(papers.Event.CONTROL):
            documents.move(reference, papers.Event.CONTROL, by=by.name, at=at, note=power)
        if not inspection.record(
            found, offence=offence, note=note, marks=marks, power=power, by=by.name, at=at
        ):
            raise errors.InspectionOvertaken(reference=reference)
        for sha256, image, mediatype in kept:
            Photograph.objects.keep(inspection.pk, sha256, image.name[:120], mediatype, at)
        work.close_task(TASK, reference, by=by.name, at=at)
        _tell([inspection])
    return inspection.pk


def cancel(*, reference: str, by: Viewer, at: datetime, note: str) -> None:
    """Close an open inspection without a result. Raises NoInspection."""
    with transaction.atomic():
        if not Inspection.objects.filter(reference=reference).cancel(by=by.name, at=at, note=note):
            raise errors.NoInspection(reference=reference)
        work.close_task(TASK, reference, by=by.name, at=at)


def seize(*, reference: str, power: str, by: Viewer, at: datetime, note: str = "") -> str:
    """Seize the goods of a declaration in which an inspection found an offence; its number.

    Raises PowerMissing, DeclarationUnknown, NothingFound, MoveRefused.
    """
    _power(power)
    declaration = _declaration(reference, by)
    inspection = (
        Inspection.objects.filter(declaration=declaration.id, result=life.Result.NOT_CONFORM)
        .order_by("-recorded_at")
        .first()
    )
    if inspection is None:
        raise errors.NothingFound(reference=reference)
    with transaction.atomic():
        documents.move(reference, papers.Event.DETAIN, by=by.name, at=at, note=power)
        seizure = Seizure.objects.make(
            number=Seizure.objects.number(settings.ADMINISTRATION, at.year),
            inspection=inspection,
            declaration=declaration.id,
            reference=reference,
            offence=inspection.offence,
            power=power,
            note=note,
            by=by.name,
            at=at,
            message_id=inspection.message_id,
        )
    return seizure.number


def release(*, reference: str, power: str, by: Viewer, at: datetime, note: str = "") -> None:
    """Release the goods of a declaration, inspected or not. Raises PowerMissing, MoveRefused,
    DeclarationUnknown.

    An inspection that is still open is closed without a result: a person decided, and that stands.
    """
    _power(power)
    declaration = _declaration(reference, by)
    with transaction.atomic():
        documents.move(reference, papers.Event.RELEASE, by=by.name, at=at, note=power)
        _let_go({reference: declaration.lane}, power=power, by=by.name, at=at, note=note)


def release_many(
    references: Sequence[str], *, power: str, by: Viewer, at: datetime, note: str = ""
) -> Released:
    """Release many at once, in one transaction; those that cannot be are named with the reason."""
    _power(power)
    wanted = list(dict.fromkeys(references))
    lanes = {
        one.reference: one
        for one in declarations.summaries(declarations.ids(references=wanted)).values()
        if _may_see(by, one)
    }
    with transaction.atomic():
        moved = set(
            documents.move_many(list(lanes), papers.Event.RELEASE, by=by.name, at=at, note=power)
        )
        let_go = {name: lanes[name].lane for name in wanted if name in moved and name in lanes}
        _let_go(let_go, power=power, by=by.name, at=at, note=note)
    refused = [Refused(name, _why(name, lanes.get(name))) for name in wanted if name not in moved]
    return Released(tuple(let_go), tuple(refused))


def keep_outcomes(inspected: Sequence[handed.Inspected]) -> None:
    """Keep the results that declarations brought from an earlier system (documents.outcomes)."""
    noons = {on: moment(_noon(on)) for on in {one.on for one in inspected}}
    results = {said: life.Result(said).value for said in {one.result for one in inspected}}
    Inspection.objects.keep_results(
        (one.declaration, one.reference, noons[one.on], results[one.result], one.offence[:24])
        for one in inspected
    )


def _noon(on: date) -> datetime:
    return datetime.combine(on, time(12), UTC)


def _declaration(reference: str, by: Viewer) -> declarations.Summary:
    found = declarations.summaries(declarations.ids(references=[reference]))
    one = next(iter(found.values()), None)
    if one is None or not _may_see(by, one):
        raise _unknown(reference)
    return one


def _may_see(by: Viewer, one: declarations.Summary) -> bool:
    return by.everywhere or one.office == (by.office or "")


def _unknown(reference: str) -> Problem:
    return paper_errors.DeclarationUnknown(reference=reference)


def _why(reference: str, declaration: declarations.Summary | None) -> Problem:
    if declaration is None:
        return _unknown(reference)
    state = papers.State(declaration.state)
    return paper_errors.MoveRefused(
        reference=reference,
        state=state.value,
        event=papers.Event.RELEASE.value,
        possible=", ".join(papers.possible(state)) or "-",
    )


def _result(result: str, offence: str) -> life.Result:
    try:
        found = life.Result(result)
    except ValueError:
        raise errors.ResultUnknown(result=result[:60]) from None
    offences = ", ".join(life.OFFENCES)
    if found is life.Result.NOT_CONFORM and not offence:
        raise errors.OffenceMissing(offences=offences)
    if offence and (offence not in life.OFFENCES or found is life.Result.CONFORM):
        raise errors.OffenceUnknown(offence=offence[:60], offences=offences)
    return found


def _power(power: str) -> None:
    if not power.strip():
        raise errors.PowerMissing()


def _kept(image: Image) -> tuple[str, Image, str]:
    """Keep a photograph without what the camera wrote beside it; its digest and media type."""
    from tidewaiter.vault import actions as vault
    from tidewaiter.vault import content

    mediatype = content.found(image.data[: content.HEAD])
    if mediatype not in PHOTOGRAPHS:
        raise errors.PhotographRefused(name=image.name[:120])
    return vault.keep(image.data, mediatype, limit=LARGEST, strip=True), image, mediatype


def _open(declaration: declarations.Summary, *, by: str, at: datetime) -> Inspection:
    standing = Inspection.objects.filter(declaration=declaration.id, state=life.State.OPEN)
    found = standing.first()
    if found is None:
        wanted = Wanted(
            declaration.id,
            declaration.reference,
            office=declaration.office,
            person=by,
            lane=declaration.lane,
            score=declaration.score,
        )
        open_many([wanted], by=by, at=at)
        found = standing.first()
    if found is None:
        raise errors.InspectionOvertaken(reference=declaration.reference)
    return found


def _let_go(lanes: dict[str, str], *, power: str, by: str, at: datetime, note: str) -> None:
    names = list(lanes)
    still_open = Inspection.objects.filter(reference__in=names, state=life.State.OPEN)
    waiting = list(still_open.values_list("reference", flat=True))
    if waiting:
        Inspection.objects.filter(reference__in=waiting).cancel(by=by, at=at, note=power)
        for reference in waiting:
            work.close_task(TASK, reference, by=by, at=at)
    looked = set(
        Inspection.objects.filter(
            reference__in=names, state=life.State.DONE, imported=False
        ).values_list("reference", flat=True)
    )
    Release.objects.keep(
        {
            "reference": name,
            "lane": lane,
            "inspected": name in looked,
            "power": power,
            "note": note,
            "by": by,
            "at": at,
        }
        for name, lane in lanes.items()
    )


def _tell(inspections: Iterable[Inspection]) -> None:
    recorded = [
        registries.Recorded(
            inspection=one.pk,
            declaration=one.declaration,
            reference=one.reference,
            conform=one.result == life.Result.CONFORM,
            offence=one.offence,
            marks=tuple(one.marks),
            message_id=one.message_id,
            at=one.recorded_at or one.opened_at,
        )
        for one in inspections
    ]
    for hear in _hearers():
        hear(recorded)


def _hearers() -> list[Callable[[Sequence[registries.Recorded]], None]]:
    return [registries.findings.get(name) for name in registries.findings]
