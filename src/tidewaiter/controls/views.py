"""Screens of controls: the list of inspections, the form of one, seizure and release."""

from typing import Any, Final, cast

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tidewaiter import clock
from tidewaiter.controls import actions, errors, forms, life, queries, registries
from tidewaiter.documents import queries as declarations
from tidewaiter.identity import queries as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem
from tidewaiter.web.forms import refuse

FIELDS: Final[dict[type[Problem], str]] = {  # where the form says what is wrong
    errors.ResultUnknown: "result",
    errors.OffenceMissing: "offence",
    errors.OffenceUnknown: "offence",
    errors.PhotographRefused: "photographs",
    errors.PowerMissing: "power",
}


@require_safe
@permitted(Permission.INSPECTION_READ)
def index(request: HttpRequest) -> HttpResponse:
    """Inspections, the newest first; open ones unless another state is asked for."""
    asked = request.GET.copy()
    asked.setdefault("state", life.State.OPEN.value)
    form = forms.Filter(asked)
    narrowed = form.cleaned_data if form.is_valid() else {}
    cursor = request.GET.get("cursor", "")
    page = queries.inspections(
        _viewer(request),
        at=clock.real(),
        **narrowed,
        before=int(cursor) if cursor.isdecimal() else None,
    )
    older = asked.copy()
    older["cursor"] = str(page.next or "")
    shown = {
        "form": form,
        "lines": page.lines,
        "older": f"?{older.urlencode()}" if page.next else "",
    }
    swap = getattr(request, "htmx", False)
    return render(request, "controls/_rows.html" if swap else "controls/index.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Permission.INSPECTION_RECORD)
def inspect(request: HttpRequest, reference: str) -> HttpResponse:
    """The inspection of one declaration: what was found goes on record."""
    form = forms.Inspection(request.POST or None, request.FILES or None)
    telling = forms.Telling(request.POST or None, offers=_offers(request, reference))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _record(request, reference, form.cleaned_data)
                messages.success(request, _("The inspection is on record."))
                _tell(request, reference, telling)
                return _consignment(reference)
            except Problem as problem:
                refuse(form, problem, FIELDS.get(type(problem)))
                status = problem.status
    viewer, at = _viewer(request), clock.real()
    shown = {
        "form": form,
        "telling": telling,
        "declaration": declarations.declaration(viewer, reference, at=at, word=_),
        "standing": queries.standing(reference),
        "history": queries.history(reference),
        "assignment": forms.Assignment(people=_people(viewer)),
    }
    return render(request, "controls/inspect.html", shown, status=status)


@require_POST
@permitted(Permission.SEIZURE_MAKE)
def seize(request: HttpRequest, reference: str) -> HttpResponse:
    """Seize goods in which an inspection found an offence."""
    form = forms.Seizure(request.POST)
    if form.is_valid():
        number = actions.seize(
            reference=reference, by=_viewer(request), at=clock.trade(), **form.cleaned_data
        )
        messages.success(request, _("Seized under number %(number)s.") % {"number": number})
    else:
        messages.error(request, _("Name the power under which the goods are seized."))
    return _consignment(reference)


@require_POST
@permitted(Permission.DECLARATION_RELEASE)
def release(request: HttpRequest, reference: str) -> HttpResponse:
    """Release goods, inspected or not."""
    form = forms.Release(request.POST)
    if form.is_valid():
        actions.release(
            reference=reference, by=_viewer(request), at=clock.trade(), **form.cleaned_data
        )
        messages.success(request, _("%(reference)s is released.") % {"reference": reference})
    else:
        messages.error(request, _("Name the power under which the goods are released."))
    return _consignment(reference)


@require_POST
@permitted(Permission.DECLARATION_RELEASE)
def release_many(request: HttpRequest) -> HttpResponse:
    """Release the green declarations that were ticked, at once."""
    done = actions.release_many(
        request.POST.getlist("reference")[:500],
        power=request.POST.get("power") or settings.POWER_RELEASE,
        by=_viewer(request),
        at=clock.trade(),
    )
    messages.success(request, _("%(count)s released.") % {"count": len(done.released)})
    for refused in done.refused[:10]:
        messages.warning(request, refused.problem.line(_))
    return redirect("/")


@require_POST
@permitted(Permission.INSPECTION_ASSIGN)
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Have a declaration inspected, by somebody or by whoever has time."""
    viewer = _viewer(request)
    form = forms.Assignment(request.POST, people=_people(viewer))
    if form.is_valid():
        actions.assign(reference=reference, by=viewer, at=clock.trade(), **form.cleaned_data)
        messages.success(request, _("The inspection is assigned."))
    return redirect("controls:inspect", reference)


@require_safe
@permitted(Permission.INSPECTION_READ)
def photograph(request: HttpRequest, reference: str, sha256: str) -> HttpResponseBase:
    """A photograph of an inspection."""
    from tidewaiter.vault import queries as vault

    queries.summary(_viewer(request), reference, at=clock.real())
    found = queries.photograph(reference, sha256)
    if found is None:
        raise Http404
    return FileResponse(vault.open(sha256), content_type=found.mediatype)


def _record(request: HttpRequest, reference: str, told: dict[str, Any]) -> None:
    actions.record(
        reference=reference,
        result=told["result"],
        offence=told["offence"],
        note=told["note"],
        marks=[mark.strip() for mark in told["marks"].splitlines() if mark.strip()],
        photographs=[actions.Image(each.name, each.read()) for each in told["photographs"]],
        power=told["power"],
        by=_viewer(request),
        at=clock.trade(),
    )


def _offers(request: HttpRequest, reference: str) -> list[registries.Offer]:
    viewer = _viewer(request)
    tellers = [registries.tellers.get(name) for name in registries.tellers]
    return [one for teller in tellers for one in teller.offers(viewer, reference)]


def _tell(request: HttpRequest, reference: str, form: forms.Telling) -> None:
    """Tell the partners who were ticked; what is on record stays, whatever becomes of that."""
    chosen = form.cleaned_data["tell"] if form.is_valid() else []
    if not chosen:
        return
    try:
        for name in registries.tellers:
            registries.tellers.get(name).tell(reference, chosen, _viewer(request), clock.real())
        messages.success(request, _("The partners are told what was found."))
    except Problem as problem:
        messages.warning(request, problem.line(_))


def _people(viewer: Viewer) -> list[str]:
    return identity.holders(Permission.INSPECTION_RECORD, viewer.office)


def _consignment(reference: str) -> HttpResponse:
    return redirect(f"/declarations/{reference}")


def _viewer(request: HttpRequest) -> Viewer:
    return cast(Viewer, request.viewer)  # type: ignore[attr-defined]
