"""What people see and press: messages and partners. Thin: each calls a query or an action."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tidewaiter import clock
from tidewaiter.exchange import actions, forms, panels, queries
from tidewaiter.exchange.life import State
from tidewaiter.identity import actions as identity
from tidewaiter.identity import queries as partner_queries
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem
from tidewaiter.web import forms as web_forms

TABS: Final = ("in", "out", "refused")


@require_safe
@permitted(Permission.MESSAGE_READ)
def messages(request: HttpRequest) -> HttpResponse:
    """Messages in, out and refused, the newest first."""
    tab = request.GET.get("tab", "in")
    if tab not in TABS:
        raise Http404
    form = forms.Filter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    viewer = request.viewer  # type: ignore[attr-defined]
    context = {
        "tab": tab,
        "tabs": [{"name": each, "label": panels.TABS[each]} for each in TABS],
        "form": form,
        "counts": queries.counts(),
        "gaps": queries.gaps(),
        "waits": queries.waits(),
    }
    if tab == "refused":
        context["refused"] = [panels.turned(each) for each in queries.refused(viewer, limit=100)]
    else:
        rows = queries.messages(
            viewer,
            "in" if tab == "in" else "out",
            partner=wanted.get("partner", ""),
            state=wanted.get("state", ""),
            type=wanted.get("type", ""),
            before=wanted.get("before"),
            limit=queries.LIMIT,
        )
        context |= {"rows": [panels.row(each) for each in rows], "older": _older(request, rows)}
    template = "exchange/_rows.html" if request.htmx else "exchange/messages.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_safe
@permitted(Permission.MESSAGE_READ)
def message(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """One message with its permit, its receipt and its place in the log."""
    found = queries.message(request.viewer, id, at=clock.real())  # type: ignore[attr-defined]
    viewer = request.viewer  # type: ignore[attr-defined]
    held = found.row.state == State.HELD
    context = {
        "message": found,
        **panels.page(found),
        "can_release": held
        and viewer.may(Permission.MESSAGE_RELEASE)
        and viewer.name not in found.released_by,
    }
    return render(request, "exchange/message.html", context)


@require_POST
@permitted(Permission.MESSAGE_RELEASE)
def release(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Release a held message, as one of the people whom its clause asks for."""
    viewer = request.viewer  # type: ignore[attr-defined]
    try:
        done = actions.release(id=id, by=viewer.name, at=clock.real())
    except Problem as problem:
        notices.error(request, problem.line(gettext))
    else:
        waits = done.state == State.HELD
        notices.success(
            request,
            gettext("Released; another person must release it too.")
            if waits
            else gettext("Released: it is on its way."),
        )
    return redirect("exchange:message", id)


@permitted(Permission.PARTNER_READ)
def partners(request: HttpRequest) -> HttpResponse:
    """The partners' nodes; a form to register one for who may."""
    viewer = request.viewer  # type: ignore[attr-defined]
    form = forms.Partner(request.POST or None)
    if request.method == "POST":
        if not viewer.may(Permission.PARTNER_WRITE):
            return HttpResponse(status=403)
        if form.is_valid():
            try:
                code = actions.add_partner(**form.cleaned_data, at=clock.real())
            except Problem as problem:
                web_forms.refuse(form, problem)
            else:
                notices.success(request, gettext("%(code)s is a partner now.") % {"code": code})
                return redirect("exchange:partners")
    context = {
        "form": form,
        "partners": partner_queries.partners(),
        "waits": queries.waits(),
        "document": actions.own_document(at=clock.real()),
        "own": panels.own(),
    }
    return render(request, "exchange/partners.html", context, status=422 if form.errors else 200)


@require_POST
@permitted(Permission.PARTNER_WRITE)
def move_partner(request: HttpRequest, administration: str, act: str) -> HttpResponse:
    """Suspend, resume or remove a partner."""
    try:
        if act == "suspend":
            identity.suspend_partner(administration=administration)
        elif act == "resume":
            actions.resume_partner(administration=administration, at=clock.real())
        elif act == "remove":
            identity.remove_partner(administration=administration)
        else:
            raise Http404
    except Problem as problem:
        notices.error(request, problem.line(gettext))
    return redirect("exchange:partners")


def _older(request: HttpRequest, rows: list[queries.Row]) -> str:
    if len(rows) < queries.LIMIT:
        return ""
    kept = {name: value for name, value in request.GET.items() if name != "before" and value}
    return "?" + urlencode({**kept, "before": rows[-1].pk})
