"""Screens: the list of declarations, the consignment's page, its source, and lodging."""

from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tidewaiter import clock
from tidewaiter.documents import forms, importing, library, queries, readers
from tidewaiter.documents.formats import Options
from tidewaiter.documents.intake import Fate
from tidewaiter.documents.theirs import actions as theirs
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem
from tidewaiter.web import forms as web
from tidewaiter.web import panels

ROWS = 50


@require_safe
@permitted(Permission.DECLARATION_READ)
def index(request: HttpRequest) -> HttpResponse:
    """The newest declarations, narrowed by lane, state and a search."""
    form = forms.Narrow(request.GET)
    wanted = form.wanted()
    page = queries.declarations(
        _viewer(request),
        wanted,
        cursor=request.GET.get("cursor", ""),
        limit=ROWS,
        at=clock.real(),
        word=gettext,
    )
    narrowed = {"q": wanted.q, "lane": wanted.lane, "state": wanted.state}
    kept = {name: value for name, value in narrowed.items() if value}
    older = f"?{urlencode({**kept, 'cursor': page.older})}" if page.older else ""
    first = f"?{urlencode(kept)}" if request.GET.get("cursor") else ""
    context = {"form": form, "page": page, "older": older, "newer": first, "narrowed": bool(kept)}
    return render(request, "documents/index.html", context)


@require_safe
@permitted(Permission.DECLARATION_READ)
def declaration(request: HttpRequest, reference: str) -> HttpResponse:
    """The consignment's page: what it is, and the panels of the rooms above.

    Rooms stand first ("consignment"), beside what it is, or below its goods.
    """
    found = queries.declaration(_viewer(request), reference, at=clock.real(), word=gettext)
    context = {
        "sheet": found,
        "panels": panels.shown("consignment", request, found),
        "beside": panels.shown("consignment-beside", request, found),
        "below": panels.shown("consignment-below", request, found),
    }
    return render(request, "documents/declaration.html", context)


@require_safe
@permitted(Permission.DECLARATION_READ)
def source(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """The document that a version was read from, to read as text or to keep."""
    found = queries.source(_viewer(request), reference, number, at=clock.real())
    if "keep" in request.GET:
        answer = HttpResponse(found.data, content_type=found.media_type)
        answer["Content-Disposition"] = f'attachment; filename="{found.name}"'
        return answer
    text = found.data.decode("utf-8", "replace")
    context = {"reference": reference, "number": number, "source": found, "text": text}
    return render(request, "documents/source.html", context)


@require_safe
@permitted(Permission.DECLARATION_READ)
def written(request: HttpRequest, reference: str, form: str) -> HttpResponse:
    """The declaration as it now stands, in a format, to keep."""
    data = queries.written(_viewer(request), reference, form, at=clock.real())
    known = importing.named(form)
    answer = HttpResponse(data, content_type=f"{known.media_types[0]}; charset=utf-8")
    name = f"{reference}{known.extensions[0]}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Permission.DECLARATION_LODGE)
def lodge(request: HttpRequest) -> HttpResponse:
    """Lodge a document by hand."""
    if request.method != "POST":
        return render(request, "documents/lodge.html", {"form": forms.Lodge()})
    form = forms.Lodge(request.POST, request.FILES)
    done = None
    if form.is_valid():
        try:
            done = _lodged(request, form)
        except Problem as problem:
            web.refuse(form, problem)
    if done is None:
        return render(request, "documents/lodge.html", {"form": form}, status=422)
    kept = [one for one in done.taken if one.fate is not Fate.REFUSED]
    if len(kept) == 1 and len(done.taken) == 1 and not done.refused:
        said = gettext("The declaration was taken in.")
        if kept[0].fate is Fate.DUPLICATE:
            said = gettext("This declaration was held already.")
        messages.success(request, said)
        return redirect("documents:declaration", kept[0].reference)
    told = [(one, one.said(gettext)) for one in done.findings[:ROWS]]
    context = {"form": forms.Lodge(), "done": done, "kept": kept[:ROWS], "told": told}
    return render(request, "documents/lodge.html", context, status=200 if kept else 422)


@require_POST
@permitted(Permission.MESSAGE_SEND)
def tell(request: HttpRequest, reference: str) -> HttpResponse:
    """Send an export declaration of ours to a partner."""
    to = request.POST.get("to", "")[:2]
    sent = theirs.send(reference=reference, to=to, by=_viewer(request), at=clock.real())
    told = gettext("%(reference)s is on its way to %(to)s.")
    if sent.state == "held":
        told = gettext("%(reference)s waits for a second person to release it to %(to)s.")
    messages.success(request, told % {"reference": reference, "to": to})
    return redirect("documents:declaration", reference)


def _lodged(request: HttpRequest, form: forms.Lodge) -> importing.Lodged:
    told = form.cleaned_data
    document = told["document"]
    data = document.read(readers.DOCUMENT + 1)
    mapping = library.load(told["mapping"]) if told["mapping"] else None
    known = importing.named(told["form"]) if told["form"] else None
    found = known or importing.told(data[: importing.HEAD], document.name, mapped=bool(mapping))
    return importing.lodge(
        data,
        name=importing.shown(document.name),
        form=found or readers.CSV,
        options=Options(mapping=mapping),
        at=clock.trade(),
        by=_viewer(request).name,
    )


def _viewer(request: HttpRequest) -> Viewer:
    return cast(Viewer, request.viewer)  # type: ignore[attr-defined]
