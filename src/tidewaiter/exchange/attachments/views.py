"""The endpoint by which partners give attachments, and the one by which people read them."""

from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from tidewaiter import clock
from tidewaiter.exchange import errors, limits, views
from tidewaiter.exchange.attachments import actions, attachment, queries
from tidewaiter.ledger import actions as ledger
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem


@csrf_exempt
@require_http_methods(["PUT"])
@permitted(Permission.PUBLIC)
def take(request: HttpRequest, sha256: str) -> HttpResponse:
    """An attachment that a refused message named: 201, or 200 when it is here already."""
    jwe, at = attachment.digest(sha256), clock.real()
    try:
        encoding = request.headers.get("Content-Encoding", "")
        if limits.media_type(request.META.get("CONTENT_TYPE", ""), encoding) != limits.ONE:
            raise errors.WrongMediaType
        limits.within(request.META.get("CONTENT_LENGTH") or "", settings.ATTACHMENT_MAX_BYTES)
        ledger.hold()
        came = actions.take(jwe, request, at=at)  # type: ignore[arg-type] # it reads as a file
    except UnreadablePostError:
        return views.refused(errors.UnreadableBody(reason="it ended early"))
    except Problem as problem:
        return views.refused(problem)
    return HttpResponse(status=201 if came else 200)


@require_safe
@permitted(Permission.MESSAGE_READ)
def download(request: HttpRequest, id: UUID, number: int) -> HttpResponseBase:  # noqa: A002
    """One attachment of a message: saved, never shown as if it were a page of ours."""
    viewer = request.viewer  # type: ignore[attr-defined]
    found = queries.attachment_of(viewer, id, number, at=clock.real())
    answer = FileResponse(
        found.file, as_attachment=True, filename=found.name, content_type=found.mediatype
    )
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "no-store, private"
    return answer
