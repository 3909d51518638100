"""What `risk` shows on others' pages: menu entries, its task, and why a consignment is in its lane.

On a consignment's page: why this lane, what partners said, and what to do next.
"""

from typing import Final

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext

from tidewaiter import clock
from tidewaiter.controls import forms as controls
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import N_
from tidewaiter.risk import errors, forms, queries, steps
from tidewaiter.risk.partners import queries as said
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
    by_hand=True,
)
AMENDED: Final = kinds.TaskKind(
    sentence=N_("{partner} replaced its alert {alert} by {replaced}: look at {reference} again"),
    permission=Permission.INSPECTION_RECORD,
    url="documents:declaration",
    by_hand=True,
)
ACTED: Final = kinds.TaskKind(
    sentence=N_(
        "{partner} took its alert {alert} back, on which you acted: look at {reference} again"
    ),
    permission=Permission.INSPECTION_RECORD,
    url="documents:declaration",
    by_hand=True,
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
    warned = said.warned_of(reference)
    sent = said.alerts(reference=reference)
    if not warned and not sent:
        return ""
    viewer = request.viewer  # type: ignore[attr-defined]
    told = {
        "warned": steps.named(warned),
        "sent": sent,
        "reference": reference,
        "tells": viewer.may(Permission.ALERT_SEND),
        "came": said.outcome(reference),
        "now": clock.trade(),
    }
    return render_to_string("risk/_partners.html", told, request=request)


@permitted(Permission.AGREEMENT_READ)
def sendable(request: HttpRequest, subject: object) -> str:
    """What may be sent of it to each partner, and why not more: before anybody writes."""
    viewer = request.viewer  # type: ignore[attr-defined]
    reference = _reference(subject)
    if not viewer.may(Permission.ASSESSMENT_READ):
        return ""
    found = steps.answers(viewer, reference, at=clock.real(), on=clock.trade())
    if not found:
        return ""
    told = {
        "answers": [(one, one.refused(gettext)) for one in found],
        "reference": reference,
        "writes": viewer.may(Permission.ALERT_SEND),
    }
    return render_to_string("risk/_may.html", told, request=request)


@permitted(Permission.ALERT_READ)
def message(request: HttpRequest, subject: object) -> str:
    """On an alert's own message: what came of it, and what it hits; else empty."""
    row = subject.row  # type: ignore[attr-defined]
    viewer = request.viewer  # type: ignore[attr-defined]
    if row.direction == "out":
        sent = said.sent(row.id)
        return render_to_string("risk/_came.html", {"sent": sent}, request=request) if sent else ""
    warned = said.received(row.id)
    if warned is None:
        return ""
    told = {
        "one": warned,
        "hit": said.hit(viewer, warned.message_id),
        "tells": viewer.may(Permission.ALERT_SEND),
    }
    return render_to_string("risk/_came.html", told, request=request)


@permitted(Permission.WORKBENCH_READ)
def next_steps(request: HttpRequest, subject: object) -> str:
    """What to do next: inspect, decide on the lane, release, warn a partner."""
    viewer = request.viewer  # type: ignore[attr-defined]
    found = steps.open_to(viewer, _reference(subject), at=clock.real())
    if not found.any:
        return ""
    told = {
        "steps": found,
        "lane_form": forms.Lane(initial={"lane": found.lane}, auto_id="lane-%s"),
        "release_form": controls.Release(auto_id="release-%s"),
        "seizure_form": controls.Seizure(auto_id="seizure-%s"),
    }
    return render_to_string("risk/_next.html", told, request=request)
