"""What `risk` shows on others' pages: menu entries, its task, and why a consignment is in its lane.

On a consignment's page: why this lane, what partners said, and what to do next.
"""

from typing import Final

from django.http import HttpRequest
from django.template.loader import render_to_string

from tidewaiter import clock
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import N_
from tidewaiter.risk import errors, queries
from tidewaiter.web import menu
from tidewaiter.work import kinds

WORKBENCH: Final = menu.Entry(
    label=N_("Workbench"),
    url="risk:workbench",
    permission=Permission.WORKBENCH_READ,
    order=10,
)
ALERTS: Final = menu.Entry(
    label=N_("Alerts"), url="risk:alerts", permission=Permission.ALERT_READ, order=40
)
WITHDRAWN: Final = kinds.TaskKind(
    sentence=N_("{partner} withdrew its alert {alert}: look at {reference} again"),
    permission=Permission.INSPECTION_RECORD,
    url="documents:declaration",
)


def _reference(subject: object) -> str:
    return str(getattr(subject, "reference", subject))


@permitted(Permission.ASSESSMENT_READ)
def why(request: HttpRequest, subject: object) -> str:
    """Why this lane: the score and the reasons in words, and a person's decision where there is."""
    try:
        judged = queries.assessment(request.viewer, _reference(subject), at=clock.real())  # type: ignore[attr-defined]
    except errors.NoSuchAssessment:
        return ""
    return render_to_string("risk/_why.html", {"judged": judged}, request=request)


@permitted(Permission.ALERT_READ)
def partners(request: HttpRequest, subject: object) -> str:
    """What partners said of it, and what we told partners; empty where nobody said anything."""
    reference = _reference(subject)
    warned = queries.warned_of(reference)
    sent = queries.alerts(reference=reference)
    if not warned and not sent:
        return ""
    told = {"warned": warned, "sent": sent}
    return render_to_string("risk/_partners.html", told, request=request)


@permitted(Permission.WORKBENCH_READ)
def next_steps(request: HttpRequest, subject: object) -> str:
    """What to do next: inspect, decide on the lane, release, warn a partner."""
    from tidewaiter.risk import steps

    told = steps.possible(request.viewer, _reference(subject), at=clock.real())  # type: ignore[attr-defined]
    return render_to_string("risk/_next.html", told, request=request) if told else ""
