"""Screens of assistance: the list of requests, one request with its replies, a new one."""

from typing import Any, Final, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tidewaiter import clock
from tidewaiter.assistance import actions, errors, forms, panels, queries
from tidewaiter.exchange import actions as exchange
from tidewaiter.identity import queries as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem
from tidewaiter.web.forms import refuse

TABS: Final = ("theirs", "ours")
KINDS: Final[dict[str, type[forms.Asking]]] = {
    "query": forms.Query,
    "assistance": forms.Assistance,
}
FIELDS: Final[dict[type[Problem], str]] = {  # where the form says what is wrong
    errors.GroundUnknown: "ground",
    errors.CategoryMissing: "carries",
    errors.AnswerMissing: "text",
    errors.NothingHeld: "reference",
}


@require_safe
@permitted(Permission.REQUEST_READ)
def index(request: HttpRequest) -> HttpResponse:
    """Partners' requests or ours, the newest first; those that wait alone where that is asked."""
    side = request.GET.get("side", "theirs")
    if side not in TABS:
        raise Http404
    cursor = request.GET.get("cursor", "")
    waiting = "waiting" in request.GET
    found = queries.requests(
        _viewer(request),
        at=clock.real(),
        side=side,
        waiting=waiting,
        before=int(cursor) if cursor.isdecimal() and len(cursor) < 19 else None,
        limit=queries.LIMIT + 1,
    )
    shown = found[: queries.LIMIT]
    kept = {"side": side, **({"waiting": "1"} if waiting else {})}
    more = len(found) > len(shown)
    context = {
        "side": side,
        "tabs": [(each, panels.SIDES[each]) for each in TABS],
        "waiting": waiting,
        "lines": [panels.line(each) for each in shown],
        "older": f"?{urlencode({**kept, 'cursor': shown[-1].pk})}" if more else "",
    }
    swap = getattr(request, "htmx", False)
    return render(request, "assistance/_rows.html" if swap else "assistance/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Permission.REQUEST_ASK)
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask a partner."""
    if kind not in KINDS:
        raise Http404
    partners = [one.administration for one in identity.partners() if one.active]
    form = KINDS[kind](request.POST or None, partners=partners)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                sent = _asked(_viewer(request), kind, form.cleaned_data)
                messages.success(request, _said(sent))
                return redirect("assistance:index") if sent.serial is None else _page(sent.id)
            except Problem as problem:
                refuse(form, problem)
                status = problem.status
    context = {"form": form, "kind": kind, "kinds": panels.KINDS.items(), "partners": partners}
    return render(request, "assistance/new.html", context, status=status)


@require_safe
@permitted(Permission.REQUEST_READ)
def shown(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """One request with its replies; whoever may answer it finds the form here."""
    found = queries.request(_viewer(request), str(id), at=clock.real())
    return _rendered(request, found, forms.Reply(grounds=found.grounds), 200)


@require_POST
@permitted(Permission.REQUEST_ANSWER)
def reply(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Answer a partner's request, in part or whole, or refuse it."""
    viewer, at = _viewer(request), clock.real()
    found = queries.request(viewer, str(id), at=at)
    form = forms.Reply(request.POST, grounds=found.grounds)
    status = 422
    if form.is_valid():
        try:
            sent = actions.reply(id=str(id), answer=form.answer(), by=viewer, at=at)
            messages.success(request, _said(sent))
            return _page(id)
        except Problem as problem:
            refuse(form, problem, FIELDS.get(type(problem)))
            status = problem.status
    return _rendered(request, found, form, status)


@require_POST
@permitted(Permission.REQUEST_ANSWER)
def records(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Answer a query with what is held here, as far as a clause lets it go."""
    try:
        answer = actions.Answer(records=True)
        sent = actions.reply(id=str(id), answer=answer, by=_viewer(request), at=clock.real())
        messages.success(request, _said(sent))
    except Problem as problem:
        messages.error(request, problem.line(_))
    return _page(id)


def _asked(viewer: Viewer, kind: str, told: dict[str, Any]) -> exchange.Sent:
    ask = actions.ask_query if kind == "query" else actions.ask_assistance
    return ask(by=viewer, at=clock.real(), **told)


def _rendered(
    request: HttpRequest, found: queries.Whole, form: forms.Reply, status: int
) -> HttpResponse:
    viewer, at = _viewer(request), clock.real()
    line = found.line
    answers = viewer.may(Permission.REQUEST_ANSWER) and not line.ours and line.waits
    context = {
        **panels.page(found),
        "form": form,
        "answers": answers,
        "held": queries.held(viewer, line.message_id, at=at) if answers else None,
    }
    return render(request, "assistance/request.html", context, status=status)


def _said(sent: exchange.Sent) -> str:
    if sent.serial is None:
        return _("It waits for a second person to release it.")
    return _("It is on its way.")


def _page(id: object) -> HttpResponse:  # noqa: A002
    return redirect("assistance:request", id)


def _viewer(request: HttpRequest) -> Viewer:
    return cast(Viewer, request.viewer)  # type: ignore[attr-defined]
