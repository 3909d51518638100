"""Alarms on the screen: the list, one with its evidence, and that it was seen to. Thin."""

from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tidewaiter import clock
from tidewaiter.ledger import actions
from tidewaiter.ledger import queries as ledger
from tidewaiter.ledger.screens import forms, panels, queries, statement
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem
from tidewaiter.web import forms as web_forms
from tidewaiter.web import panels as shelf


@require_safe
@permitted(Permission.LEDGER_READ)
def alarms(request: HttpRequest) -> HttpResponse:
    """The alarms, those first that nobody has seen to."""
    every = request.GET.get("all") == "1"
    found = ledger.alarms(request.viewer, open=not every)  # type: ignore[attr-defined]
    context = {"alarms": [panels.listed(each) for each in found], "every": every}
    return render(request, "ledger/alarms.html", context)


@require_safe
@permitted(Permission.LEDGER_READ)
def alarm(request: HttpRequest, number: int) -> HttpResponse:
    """One alarm: what it means, its two statements side by side, what to do."""
    return _page(request, number, forms.Acknowledgement())


@require_POST
@permitted(Permission.ALARM_ACKNOWLEDGE)
def acknowledge(request: HttpRequest, number: int) -> HttpResponse:
    """Note that somebody saw to it, and what was found."""
    form = forms.Acknowledgement(request.POST)
    if form.is_valid():
        by = request.viewer.name  # type: ignore[attr-defined]
        try:
            actions.acknowledge(number, by=by, at=clock.real(), **form.cleaned_data)
        except Problem as problem:
            web_forms.refuse(form, problem)
        else:
            notices.success(request, gettext("Noted. The alarm stands in the list as seen to."))
            return redirect("ledger:alarm", number)
    return _page(request, number, form)


@require_safe
@permitted(Permission.LEDGER_READ)
def evidence(request: HttpRequest, number: int, side: str) -> HttpResponse:
    """One of the two notes as it was signed, or the proof of their contradiction, byte for byte."""
    found = ledger.alarm(request.viewer, number)  # type: ignore[attr-defined]
    if side not in statement.SIDES or not (note := getattr(found, side)):
        raise Http404
    answer = HttpResponse(note.encode(), content_type="text/plain; charset=utf-8")
    name = f"alarm-{number}-{found.administration}-{side}.txt"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(request: HttpRequest, number: int, form: forms.Acknowledgement) -> HttpResponse:
    found = ledger.alarm(request.viewer, number)  # type: ignore[attr-defined]
    context = {
        "alarm": found,
        "form": form,
        "rooms": shelf.shown("alarm", request, found),
        **panels.page(found, queries.evidence(found)),
    }
    return render(request, "ledger/alarm.html", context, status=422 if form.errors else 200)
