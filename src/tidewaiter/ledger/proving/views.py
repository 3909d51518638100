"""A paper's proof as a file, and the page on which anybody judges one in the browser."""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tidewaiter import clock
from tidewaiter.ledger.proving import actions
from tidewaiter.permission import Permission, permitted
from tidewaiter.web.middleware import POLICY

QUIET: Final = POLICY.replace("connect-src 'self'", "connect-src 'none'")  # nothing is sent
_PLAIN: Final = re.compile(r"[^0-9A-Za-z.-]+")


@require_safe
@permitted(Permission.LEDGER_READ)
def document(request: HttpRequest, reference: str) -> HttpResponse:
    """The proof of a paper, to be kept; `?document=no` shows the commitment alone."""
    viewer, at = request.viewer, clock.real()  # type: ignore[attr-defined]
    whole = request.GET.get("document") != "no"
    data = actions.prove([actions.find(reference, viewer, whole=whole, at=at)], at=at)
    answer = HttpResponse(data, content_type="application/json")
    name = _PLAIN.sub("-", reference.removeprefix("sha256:"))[:40]
    answer["Content-Disposition"] = f'attachment; filename="proof-{name}.json"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
@permitted(Permission.PUBLIC)
def verify(request: HttpRequest) -> HttpResponse:
    """Judge a proof in the browser: the file stays there, and no account is asked for."""
    answer = render(request, "ledger/verify.html")
    answer["Content-Security-Policy"] = QUIET
    return answer
