"""What `controls` shows on others' pages: its menu entry, its task, the history of controls."""

from typing import Final

from django.http import HttpRequest
from django.template.loader import render_to_string

from tidewaiter.controls import queries
from tidewaiter.controls.theirs import queries as partners
from tidewaiter.documents.sheet import Sheet
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import N_
from tidewaiter.web import menu
from tidewaiter.work import kinds

MENU: Final = menu.Entry(
    label=N_("Inspections"),
    url="controls:index",
    permission=Permission.INSPECTION_READ,
    order=30,
)
INSPECT: Final = kinds.TaskKind(
    sentence=N_("Inspect {reference}"),
    permission=Permission.INSPECTION_RECORD,
    url="controls:inspect",
)


@permitted(Permission.INSPECTION_READ)
def theirs(request: HttpRequest, subject: Sheet) -> str:
    """What partners' controls found of the same goods; empty where none says so."""
    found = partners.of_goods(subject.ucr, subject.containers, subject.transport_documents)
    if not found:
        return ""
    return render_to_string("controls/_theirs.html", {"results": found}, request=request)


@permitted(Permission.INSPECTION_READ)
def consignment(request: HttpRequest, subject: object) -> str:
    """What was inspected, seized and released of a declaration; empty where nothing was."""
    reference = str(getattr(subject, "reference", subject))
    history = queries.history(reference)
    if not history:
        return ""
    return render_to_string(
        "controls/_history.html", {"history": history, "reference": reference}, request=request
    )
