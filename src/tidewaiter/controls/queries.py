"""What the outside may read of controls: lists for people, outcomes for those who learn from them.

Lists show what the viewer's office may see, and are audited; outcomes name nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Max, QuerySet

from tidewaiter.controls import life
from tidewaiter.controls.models import SLICE, Inspection, Photograph, Release, Seizure
from tidewaiter.documents import errors as paper_errors
from tidewaiter.documents import queries as declarations
from tidewaiter.identity import actions as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.problem import N_

if TYPE_CHECKING:
    import polars as pl

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One inspection in a list, with the line of its declaration."""

    id: int
    reference: str
    office: str
    person: str
    lane: str
    score: float | None
    state: str
    result: str
    offence: str
    opened_at: datetime
    recorded_at: datetime | None
    by: str
    declaration: declarations.Summary | None

    @property
    def state_name(self) -> str:
        """The state, for gettext."""
        return life.STATE_NAMES[life.State(self.state)]

    @property
    def result_name(self) -> str:
        """The result, for gettext; empty where there is none."""
        return life.RESULT_NAMES[life.Result(self.result)] if self.result else ""

    @property
    def offence_name(self) -> str:
        """The offence, for gettext."""
        return life.OFFENCES.get(self.offence, self.offence)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; `next` is the cursor of the following one, None on the last."""

    lines: tuple[Line, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph; its bytes are in the vault."""

    sha256: str
    name: str
    mediatype: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One step in the history of a declaration's controls, worded by `kind`."""

    kind: str  # opened, conform, not-conform, cancelled, seized, released
    at: datetime
    by: str
    power: str = ""
    offence: str = ""
    note: str = ""
    number: str = ""
    marks: tuple[str, ...] = ()
    photographs: tuple[str, ...] = ()  # SHA-256, of the vault

    @property
    def offence_name(self) -> str:
        """The offence, for gettext."""
        return life.OFFENCES.get(self.offence, self.offence)


def inspections(
    viewer: Viewer,
    *,
    at: datetime,
    state: str = "",
    office: str = "",
    lane: str = "",
    mine: bool = False,
    before: int | None = None,
    limit: int = PAGE,
) -> Page:
    """Inspections that the viewer may see, the newest first, those from elsewhere left out."""
    found: QuerySet[Inspection] = Inspection.objects.filter(imported=False)
    if not viewer.everywhere:
        found = found.filter(office=viewer.office or "")
    for name, value in (("state", state), ("office", office), ("lane", lane)):
        if value:
            found = found.filter(**{name: value})
    if mine:
        found = found.filter(person=viewer.name)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: limit + 1])
    shown = rows[:limit]
    papers = declarations.summaries([row.declaration for row in shown])
    about = [
        name
        for one in papers.values()
        for name in (one.importer, one.exporter, one.declarant)
        if name
    ]
    if shown:
        identity.audit(viewer, N_("inspections"), [row.reference for row in shown], about, at)
    lines = tuple(_line(row, papers.get(row.declaration)) for row in shown)
    return Page(lines, shown[-1].pk if len(rows) > limit else None)


def standing(reference: str) -> Line | None:
    """The open inspection of a declaration, or None."""
    row = Inspection.objects.filter(reference=reference, state=life.State.OPEN).first()
    return _line(row, None) if row else None


def latest(reference: str) -> Line | None:
    """The last inspection of a declaration that was done here, or None."""
    done = Inspection.objects.filter(reference=reference, state=life.State.DONE, imported=False)
    row = done.order_by("-recorded_at", "-pk").first()
    return _line(row, None) if row else None


def marks(reference: str) -> tuple[str, ...]:
    """The marks that inspections of a declaration saw on the goods."""
    found = Inspection.objects.filter(reference=reference, state=life.State.DONE)
    return tuple(dict.fromkeys(mark for seen in found.values_list("marks", flat=True)
                               for mark in seen))  # fmt: skip


def seized(reference: str) -> Entry | None:
    """The last seizure of goods of a declaration, or None."""
    made = Seizure.objects.filter(reference=reference).order_by("pk").last()
    if made is None:
        return None
    return Entry("seized", made.at, made.by, made.power, made.offence, made.note, made.number)


def history(reference: str) -> tuple[Entry, ...]:
    """All that was done about a declaration's goods, the first step first."""
    found: list[Entry] = []
    for row in Inspection.objects.filter(reference=reference).prefetch_related("photographs"):
        if not row.imported:
            found.append(Entry("opened", row.opened_at, row.opened_by))
        if row.recorded_at is not None:
            kind = row.result or "cancelled"
            found.append(
                Entry(
                    *(kind, row.recorded_at, row.by, row.power, row.offence, row.note),
                    marks=tuple(row.marks),
                    photographs=tuple(each.sha256 for each in row.photographs.all()),
                )
            )
    for made in Seizure.objects.filter(reference=reference):
        found.append(
            Entry("seized", made.at, made.by, made.power, made.offence, made.note, made.number)
        )
    for gone in Release.objects.filter(reference=reference):
        found.append(Entry("released", gone.at, gone.by, gone.power, note=gone.note))
    return tuple(sorted(found, key=lambda entry: entry.at))


def seen_history(viewer: Viewer, reference: str, *, at: datetime) -> tuple[Entry, ...]:
    """As `history`, for a viewer: audited. Raises DeclarationUnknown."""
    summary(viewer, reference, at=at)
    return history(reference)


def summary(viewer: Viewer, reference: str, *, at: datetime) -> declarations.Summary:
    """The line of a declaration that the viewer may see, audited. Raises DeclarationUnknown."""
    found = declarations.summaries(declarations.ids(references=[reference]))
    one = next(iter(found.values()), None)
    if one is None or not (viewer.everywhere or one.office == (viewer.office or "")):
        raise paper_errors.DeclarationUnknown(reference=reference[:80])
    about = [name for name in (one.importer, one.exporter, one.declarant) if name]
    identity.audit(viewer, N_("controls"), [reference], about, at)
    return one


def photograph(reference: str, sha256: str) -> Picture | None:
    """A photograph of an inspection of a declaration, or None."""
    found = Photograph.objects.filter(inspection__reference=reference, sha256=sha256).first()
    return Picture(found.sha256, found.name, found.mediatype) if found else None


def photographs(reference: str) -> tuple[Picture, ...]:
    """The photographs of the last inspection of a declaration that found something."""
    done = Inspection.objects.filter(reference=reference, result="not-conform")
    last = done.order_by("recorded_at", "pk").last()
    if last is None:
        return ()
    rows = last.photographs.order_by("pk")
    return tuple(Picture(each.sha256, each.name, each.mediatype) for each in rows)


def with_outcome() -> list[int]:
    """Ids of the declarations that have a result, ascending."""
    done = Inspection.objects.filter(state=life.State.DONE)
    return sorted(set(done.values_list("declaration", flat=True)))


def outcomes(ids: Sequence[int] | None = None, *, newest: int | None = None) -> "pl.DataFrame":
    """The last result of each declaration that has one: declaration, not_conform, offence, at,
    message_id (the partner's message without which nobody would have looked; else empty).

    Of `ids`, else of all or the `newest` results.
    """
    import polars as pl

    done = Inspection.objects.filter(state=life.State.DONE)
    names = ("declaration", "result", "offence", "recorded_at", "message_id")
    rows: list[tuple[Any, ...]] = []
    if ids is None:
        rows = list(done.order_by("-pk").values_list(*names)[:newest])[::-1]
    else:
        for start in range(0, len(ids), SLICE):
            some = done.filter(declaration__in=list(ids[start : start + SLICE]))
            rows += some.order_by("pk").values_list(*names)
    last = {row[0]: row for row in rows}
    return pl.DataFrame(
        [
            (pk, result == life.Result.NOT_CONFORM.value, offence, at, message_id)
            for pk, result, offence, at, message_id in (last[pk] for pk in sorted(last))
        ],
        schema={
            "declaration": pl.Int64,
            "not_conform": pl.Boolean,
            "offence": pl.String,
            "at": pl.Datetime("us", "UTC"),
            "message_id": pl.String,
        },
        orient="row",
    )


def inspected(ids: Sequence[int], *, done: bool = False) -> set[int]:
    """Which of these declarations have an inspection: of whatever state, or one that is `done`."""
    found: set[int] = set()
    for start in range(0, len(ids), SLICE):
        some = Inspection.objects.filter(declaration__in=list(ids[start : start + SLICE]))
        if done:
            some = some.filter(state=life.State.DONE)
        found.update(some.values_list("declaration", flat=True))
    return found


def led_to(reference: str) -> list[str]:
    """The partners' messages without which nobody would have looked at, or seized, these goods."""
    looked = Inspection.objects.filter(reference=reference).exclude(message_id="")
    seized = Seizure.objects.filter(reference=reference).exclude(message_id="")
    ids = [
        *looked.values_list("message_id", flat=True),
        *seized.values_list("message_id", flat=True),
    ]
    return list(dict.fromkeys(ids))


def looked_for(message_id: str) -> set[int]:
    """The declarations that were to be inspected because of a partner's message."""
    found = Inspection.objects.filter(message_id=message_id)
    return set(found.values_list("declaration", flat=True))


def newest() -> datetime | None:
    """When the last result was recorded."""
    found: datetime | None = Inspection.objects.aggregate(last=Max("recorded_at"))["last"]
    return found


def _line(row: Inspection, declaration: declarations.Summary | None) -> Line:
    return Line(
        *(row.pk, row.reference, row.office, row.person, row.lane, row.score, row.state),
        *(row.result, row.offence, row.opened_at, row.recorded_at, row.by),
        declaration=declaration,
    )
