"""The log's addresses: what C2SP tlog-tiles serves to anybody, and the screens of the ledger."""

import gzip
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tidewaiter import clock
from tidewaiter.ledger import errors, forms, queries
from tidewaiter.ledger.screens import panels
from tidewaiter.ledger.screens import queries as screens
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem

ROWS: Final = 50  # entries on a page
FOR_SECONDS: Final = "max-age=2"  # the checkpoint changes every five
FOR_EVER: Final = "public, max-age=31536000, immutable"


@require_safe
@permitted(Permission.PUBLIC)
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint, a signed note with the cosignatures that it has.

    None from a restored node until it has rejoined: it may lack entries that it receipted, and
    partners that have not heard of the restore would take it for a log that withholds them.
    """
    if queries.fenced() is not None:
        return _refused(errors.Restoring())
    shown = queries.shown()
    if shown is None:
        return _refused(errors.NoCheckpoint())
    answer = HttpResponse(shown, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = FOR_SECONDS
    return answer


@require_safe
@permitted(Permission.PUBLIC)
def tile(request: HttpRequest, address: str) -> HttpResponse:
    """A tile of hashes, or a bundle of entries, which never changes."""
    try:
        data = queries.tile_data(address)
    except Problem as problem:
        return _refused(problem)
    answer = HttpResponse(content_type="application/octet-stream")
    answer["Cache-Control"] = FOR_EVER
    if address.startswith("entries/"):  # hashes do not shrink
        patch_vary_headers(answer, ["Accept-Encoding"])
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            data = gzip.compress(data, mtime=0)
            answer["Content-Encoding"] = "gzip"
    answer.content = data
    return answer


@require_safe
@permitted(Permission.LEDGER_READ)
def index(request: HttpRequest) -> HttpResponse:
    """The newest entries and the head of the log; `?index=` leads to an entry."""
    form = forms.Find(request.GET or None)
    if form.is_valid() and form.cleaned_data["index"] is not None:
        return redirect("ledger:entry", form.cleaned_data["index"])
    before = form.cleaned_data.get("before") if form.is_valid() else None
    rows = queries.recent(ROWS, before=before)
    last = queries.checkpoint()
    size = queries.size()
    page = {
        "rows": rows,
        "older": f"?before={rows[-1].index}" if rows and rows[-1].index else "",
        "newer": "." if before is not None else "",
        "form": form,
        "size": size,
        "checkpoint": last,
        "waiting": size - (last.size if last else 0),
        "origin": queries.origin(),
        "vkey": queries.vkey(),
        "cosigners": screens.cosigners(),
        "witnesses": panels.rows(screens.witnessing(clock.real())),
        "alarms": screens.open_alarms(),
    }
    template = "ledger/_log.html" if getattr(request, "htmx", False) else "ledger/index.html"
    return render(request, template, page)


@require_safe
@permitted(Permission.LEDGER_READ)
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """One entry with its proof, or the word that none covers it yet."""
    row = queries.entry(index)
    proof = queries.inclusion(index) if row.covered else None
    return render(
        request, "ledger/entry.html", {"row": row, "proof": proof, "vkey": queries.vkey()}
    )


def _refused(problem: Problem) -> HttpResponse:
    answer = JsonResponse(
        problem.document(gettext), status=problem.status, content_type="application/problem+json"
    )
    answer["Cache-Control"] = "no-store"
    return answer
