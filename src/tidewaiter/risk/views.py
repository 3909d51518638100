"""Screens of risk: the workbench, the decision on a lane, alerts."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tidewaiter import clock
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem
from tidewaiter.risk import actions, forms, steps, workbench
from tidewaiter.risk.partners import actions as telling
from tidewaiter.risk.partners import queries as said
from tidewaiter.web.forms import refuse
from tidewaiter.work import kinds
from tidewaiter.work.queries import TaskView


@require_safe
@permitted(Permission.WORKBENCH_READ)
def bench(request: HttpRequest) -> HttpResponse:
    """What waits, by lane, the newest risk first; its list comes anew by itself."""
    form = forms.Narrow(request.GET)
    narrowed = form.cleaned_data if form.is_valid() else {}
    viewer = _viewer(request)
    wanted = workbench.Wanted(lane=narrowed.get("lane", ""), q=narrowed.get("q", ""))
    found = workbench.shown(viewer, wanted, at=clock.real())
    shown = {
        "form": form,
        "bench": found,
        "narrowed": bool(wanted.lane or wanted.q),
        "tasks": [_task(task) for task in found.tasks],
        "can_release": viewer.may(Permission.DECLARATION_RELEASE)
        and any(line.sheet.lane == "green" for line in found.lines),
    }
    swap = getattr(request, "htmx", False)
    return render(request, "risk/_bench.html" if swap else "risk/workbench.html", shown)


@require_POST
@permitted(Permission.LANE_DECIDE)
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Set the lane of a declaration; what was proposed stays on record."""
    form = forms.Lane(request.POST)
    if form.is_valid():
        actions.decide_lane(
            reference=reference, by=_viewer(request), at=clock.trade(), **form.cleaned_data
        )
        messages.success(request, _("The lane is set, and on record as yours."))
    else:
        messages.error(request, _("Say why the lane is another."))
    return redirect("documents:declaration", reference)


@require_safe
@permitted(Permission.ALERT_READ)
def alerts(request: HttpRequest) -> HttpResponse:
    """What partners warn of, and what we warned partners of."""
    shown = {
        "received": steps.named(said.warnings(source="partner")),
        "sent": said.alerts(),
        "figures": said.figures(),
        "now": clock.trade(),
    }
    swap = getattr(request, "htmx", False)
    return render(request, "risk/_alerts.html" if swap else "risk/alerts.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Permission.ALERT_SEND)
def send(request: HttpRequest, reference: str) -> HttpResponse:
    """Warn a partner of a declaration: what may be sent, by which clause, then the sending."""
    viewer, at = _viewer(request), clock.real()
    facts = steps.alert(viewer, reference, to=request.GET.get("to", ""), at=at, on=clock.trade())
    initial = {"to": facts.to, "offence": facts.offence, "certainty": facts.certainty}
    form = forms.Alert(
        request.POST or None,
        partners=list(facts.partners),
        photographs=facts.seized and bool(facts.photographs),
        initial=initial,
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                messages.success(request, _send(viewer, reference, form, request.POST))
                return redirect("documents:declaration", reference)
            except Problem as problem:
                refuse(form, problem)
                status = problem.status
    shown = {"form": form, "facts": facts, "refused": facts.answer.refused(_)}
    return render(request, "risk/send.html", shown, status=status)


@require_POST
@permitted(Permission.ALERT_SEND)
def feedback(request: HttpRequest, alert: str) -> HttpResponse:
    """Tell a partner what came of its alert, and go back to where that was asked."""
    form = forms.Feedback(request.POST)
    if form.is_valid():
        done = telling.feedback(
            alert=alert,
            useful=form.cleaned_data["useful"] == "yes",
            outcome=form.cleaned_data["outcome"],
            summary=form.cleaned_data["summary"],
            by=_viewer(request),
            at=clock.real(),
        )
        text = _("%(partner)s is told what came of %(alert)s.")
        messages.success(request, text % {"partner": done.partner, "alert": done.alert})
    else:
        messages.error(request, _("Say whether the alert was useful."))
    if reference := form.cleaned_data.get("reference"):
        return redirect("documents:declaration", reference)
    return redirect("risk:alerts")


@require_POST
@permitted(Permission.ALERT_SEND)
def withdraw(request: HttpRequest, alert: str) -> HttpResponse:
    """Withdraw an alert at every partner that was sent it."""
    form = forms.Withdrawal(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    actions.withdraw_alert(alert=alert, by=_viewer(request), at=clock.real(), reason=reason)
    messages.success(request, _("%(alert)s is withdrawn.") % {"alert": alert})
    return redirect("risk:alerts")


def _task(task: TaskView) -> dict[str, object]:
    """A task's sentence in the reader's language, and where it is done."""
    kind = kinds.kind(task.kind)
    return {
        "sentence": _(kind.sentence).format_map(task.params),
        "address": reverse(kind.url, args=[task.subject]) if kind.url else "",
        "opened_at": task.opened_at,
    }


def _send(viewer: Viewer, reference: str, form: forms.Alert, posted: QueryDict) -> str:
    """Send what was asked for, and say what became of it."""
    to, told, at = form.cleaned_data["to"], form.told(), clock.real()
    if posted.get("kind") == "control":
        result = telling.send_result(
            reference=reference, to=to, by=viewer, at=at, findings=told.summary
        )
        return _said(_("The result of the control"), result.state)
    if posted.get("kind") == "seizure":
        sent = actions.send_report(
            reference=reference,
            to=to,
            by=viewer,
            at=at,
            told=told,
            photographs=form.cleaned_data.get("photographs", False),
        )
    else:
        sent = actions.send_alert(
            reference=reference, to=to, by=viewer, at=at, on=clock.trade(), told=told
        )
    return _said(sent.alert, sent.state)


def _said(what: str, state: str) -> str:
    if state == "held":
        return _("%(alert)s waits for a second person to release it.") % {"alert": what}
    return _("%(alert)s is on its way.") % {"alert": what}


def _viewer(request: HttpRequest) -> Viewer:
    return cast(Viewer, request.viewer)  # type: ignore[attr-defined]
