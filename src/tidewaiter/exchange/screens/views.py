"""Messages on the screen: the list, one message, its release and withdrawal. Thin."""

from typing import Any, Final
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
from tidewaiter.exchange.screens import panels as words
from tidewaiter.exchange.screens import queries as screens
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem
from tidewaiter.web import panels as shelf

TABS: Final = ("in", "out", "refused")


@require_safe
@permitted(Permission.MESSAGE_READ)
def messages(request: HttpRequest) -> HttpResponse:
    """Messages in, out and refused, the newest first."""
    tab = request.GET.get("tab", "in")
    if tab not in TABS:
        raise Http404
    form = forms.Filter(request.GET, side=tab)
    viewer = request.viewer  # type: ignore[attr-defined]
    context: dict[str, Any] = {
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
        said = form.cleaned_data if form.is_valid() else {}
        wanted = screens.Wanted(
            side="in" if tab == "in" else "out",
            partner=said.get("partner", ""),
            type=said.get("type", ""),
            state=said.get("state", ""),
            housekeeping=said.get("housekeeping", False),
            before=said.get("before"),
        )
        found = screens.page(viewer, wanted)
        context |= {
            "rows": [panels.row(each) for each in found.rows],
            "folded": found.folded,
            "narrowed": bool(wanted.partner or wanted.type or wanted.state),
            "unfold": _address(request, housekeeping="1"),
            "fold": _address(request, housekeeping="") if wanted.housekeeping else "",
            "older": _address(request, before=str(found.rows[-1].pk))
            if len(found.rows) == screens.PAGE
            else "",
        }
    template = "exchange/_rows.html" if request.htmx else "exchange/messages.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_safe
@permitted(Permission.MESSAGE_READ)
def message(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """One message with its permit, its receipt and its place in the log."""
    viewer, at = request.viewer, clock.real()  # type: ignore[attr-defined]
    found = queries.message(viewer, id, at=at)
    rooms = shelf.shown("message", request, found)
    context = {"message": found, "rooms": rooms, **words.page(found, viewer, at)}
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


@require_POST
@permitted(Permission.MESSAGE_RELEASE)
def withdraw(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Take back a message that the partner has not taken yet."""
    viewer = request.viewer  # type: ignore[attr-defined]
    try:
        actions.withdraw(id=id, by=viewer, at=clock.real())
    except Problem as problem:
        notices.error(request, problem.line(gettext))
    else:
        notices.success(request, gettext("Taken back: it is not sent any more."))
    return redirect("exchange:message", id)


def _address(request: HttpRequest, **changes: str) -> str:
    """This list, asked otherwise."""
    asked = {name: value for name, value in request.GET.items() if name != "before"}
    return "?" + urlencode({name: each for name, each in {**asked, **changes}.items() if each})
