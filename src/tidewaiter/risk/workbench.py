"""The workbench: what waits, the tightest lane first and in each the newest risk first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tidewaiter import clock
from tidewaiter.documents import queries as declarations
from tidewaiter.documents.sheet import Filter, Sheet
from tidewaiter.identity.viewer import Viewer
from tidewaiter.risk import queries
from tidewaiter.work import queries as work

LANES: Final = ("red", "yellow", "green")
PAGE: Final = 25
MOST_TASKS: Final = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the workbench is narrowed to; an empty text narrows nothing."""

    lane: str = ""
    office: str = ""
    q: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Line:
    """One consignment that waits, and its first reasons in words."""

    sheet: Sheet
    reasons: tuple[str, ...]
    partner: str  # whose word is among the grounds; empty where nobody's is

    def document(self) -> dict[str, Any]:
        """As JSON prints it."""
        sheet = self.sheet
        return {
            "reference": sheet.reference,
            "local_reference": sheet.local_reference,
            "kind": sheet.kind,
            "state": sheet.state,
            "lane": sheet.lane,
            "score": sheet.score,
            "office": sheet.office,
            "assessed_at": clock.text(sheet.assessed_at) if sheet.assessed_at else None,
            "reasons": list(self.reasons),
            "partner": self.partner,
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """What the workbench shows: lines, how many wait by lane, and tasks for this person."""

    lines: tuple[Line, ...]
    counts: dict[str, int]
    tasks: tuple[Any, ...]
    more: bool  # whether more wait than are shown


def shown(viewer: Viewer, wanted: Wanted, *, at: datetime) -> Shown:
    """What waits for the viewer, narrowed to `wanted`. Audited."""
    lines: list[Line] = []
    more = False
    for lane in [wanted.lane] if wanted.lane in LANES else LANES:
        narrowed = Filter(lane=lane, state="waiting", office=wanted.office, q=wanted.q)
        left = wanted.limit - len(lines)
        if left <= 0:
            more = True
            break
        page = declarations.declarations(viewer, narrowed, at=at, limit=left, word=queries.say)
        more = more or bool(page.older)
        lines += [_line(sheet) for sheet in page.declarations]
    counts = declarations.waiting(viewer)
    tasks = work.tasks(
        person=viewer.name,
        roles=viewer.roles,
        office=viewer.office,
        everywhere=viewer.everywhere,
        at=at,
    )
    others = [task for task in tasks if task.kind != "controls.inspect"]
    return Shown(tuple(lines), counts, tuple(others[:MOST_TASKS]), more)


def _line(sheet: Sheet) -> Line:
    partner = next(
        (
            str(one.parameters.get("partner", ""))
            for one in sheet.reasons
            if one.code.startswith("signal.partner.")
        ),
        "",
    )
    return Line(sheet, tuple(one.sentence or one.code for one in sheet.reasons[:3]), partner)
