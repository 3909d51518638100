"""The log's addresses: what C2SP tlog-tiles serves to anybody, and the screens of the ledger."""

import gzip
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tidewaiter.ledger import errors, queries
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem

FOR_SECONDS: Final = "max-age=2"  # the checkpoint changes every five
FOR_EVER: Final = "public, max-age=31536000, immutable"


@require_safe
@permitted(Permission.PUBLIC)
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint, a signed note."""
    signed = queries.checkpoint()
    if signed is None:
        return _refused(errors.NoCheckpoint())
    answer = HttpResponse(signed.note, content_type="text/plain; charset=utf-8")
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


def _refused(problem: Problem) -> HttpResponse:
    answer = JsonResponse(
        problem.document(gettext), status=problem.status, content_type="application/problem+json"
    )
    answer["Cache-Control"] = "no-store"
    return answer
