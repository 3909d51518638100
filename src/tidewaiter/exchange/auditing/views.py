"""The auditor's view on the screen, and its downloads. Thin."""

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tidewaiter import clock
from tidewaiter.exchange import panels as shown
from tidewaiter.exchange.auditing import dossier, forms, panels, queries, table
from tidewaiter.exchange.auditing.tally import queries as tally
from tidewaiter.identity import queries as identity
from tidewaiter.permission import Permission, permitted

REFUSALS: Final = 100  # shown; the table in JSON has more
FORMS: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json", "proof": ""}


@require_safe
@permitted(Permission.EXCHANGE_AUDIT)
def audit(request: HttpRequest) -> HttpResponse:
    """Everything between us and one partner in a period: what passed, serials, proofs."""
    viewer, at = request.viewer, clock.real()  # type: ignore[attr-defined]
    today = timezone.localtime(at).date()
    form = forms.Wanted(request.GET, today=today)
    context: dict[str, Any] = {
        "form": form,
        "partners": _partners(request),
        "chosen": bool(request.GET.get("partner")),
    }
    if form.is_valid():
        wanted, data = form.asked(), form.cleaned_data
        summary = tally.summary(viewer, wanted)
        rows = queries.page(
            viewer,
            wanted,
            cursor=request.GET.get("cursor", ""),
            disclose=data["salts"],
            at=at,
        )
        serials = tally.serials(viewer, wanted)
        context |= {
            "wanted": wanted,
            "data": data,
            "summary": summary,
            "serials": serials,
            "ways": panels.ways(wanted.partner, serials),
            "notes": panels.notes(summary),
            "faults": panels.faults(rows),
            "salts": data["salts"],
            "rows": [panels.row(each) for each in rows],
            "refused": [shown.turned(each) for each in summary.turned[:REFUSALS]],
            "narrowed": bool(wanted.side or wanted.type or wanted.state),
            "all": _address(request, side="", type="", state=""),
            "older": _address(request, cursor=rows[-1].place.written())
            if len(rows) == queries.PAGE
            else "",
            "newer": _address(request) if request.GET.get("cursor") else "",
            "download": _address(request, salts=""),
            "most": dossier.DOWNLOAD,
        }
    context["spans"] = panels.spans(today, form.days(), lambda **days: _address(request, **days))
    return render(request, "exchange/audit.html", context)


@require_safe
@permitted(Permission.EXCHANGE_AUDIT)
def download(request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
    """The period as a table (`csv`, `json`), or as a file that `ledger check` judges (`proof`)."""
    viewer, at = request.viewer, clock.real()  # type: ignore[attr-defined]
    asked = forms.Wanted(request.GET, today=timezone.localtime(at).date())
    if form not in FORMS or not asked.is_valid():
        raise Http404
    wanted = asked.asked()
    queries.known(viewer, wanted)
    name = f"audit-{wanted.partner}-{asked.cleaned_data['since']}-{asked.cleaned_data['until']}"
    if form == "proof":
        made = dossier.one(viewer, wanted, at=at, disclose="bare" not in request.GET)
        return FileResponse(
            made, as_attachment=True, filename=f"{name}.proof.json", content_type="application/json"
        )
    rows = queries.every(viewer, wanted, under=queries.heads(), at=at)
    lines = table.lines(rows) if form == "csv" else _json(viewer, wanted, rows)
    answer = StreamingHttpResponse(lines, content_type=FORMS[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def _json(viewer: Any, wanted: queries.Wanted, rows: Iterator[queries.Passage]) -> Iterator[str]:
    """One JSON document: the accounts, then an entry a line."""
    head = dossier.head(wanted, tally.summary(viewer, wanted), tally.serials(viewer, wanted))
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "entries": ['
    between = "\n"
    for row in rows:
        yield between + json.dumps(table.values(row), ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"


def _partners(request: HttpRequest) -> list[dict[str, str]]:
    """Every partner, and this period's view of it."""
    return [
        {
            "code": one.administration,
            "name": one.name,
            "address": _address(request, partner=one.administration),
        }
        for one in identity.partners()
    ]


def _address(request: HttpRequest, **changes: str) -> str:
    """This view, asked otherwise; a page further on is asked for by `cursor` alone."""
    asked = {name: value for name, value in request.GET.items() if name != "cursor"}
    return "?" + urlencode({name: each for name, each in {**asked, **changes}.items() if each})
