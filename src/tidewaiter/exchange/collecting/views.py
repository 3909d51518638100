"""`collect` and `receipts`: the endpoints for partners that cannot be reached."""

from django.http import FileResponse, HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tidewaiter import clock
from tidewaiter.exchange import errors, limits, views
from tidewaiter.exchange.collecting import actions, asking
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem


@csrf_exempt
@require_POST
@permitted(Permission.PUBLIC)
def collect(request: HttpRequest) -> HttpResponseBase:
    """What waits for the partner that asks: 200 and a sealed message a line, by serial."""
    try:
        (line,) = _lines(request, limits.ONE)
        address = request.META.get("REMOTE_ADDR", "")
        given = actions.answer(line.decode("ascii"), at=clock.real(), address=address)
    except UnicodeDecodeError:
        return views.refused(errors.UnreadableBody(reason="it is no ASCII"))
    except asking.BadRequest as error:
        return views.refused(errors.UnreadableBody(reason=str(error)))
    except Problem as problem:
        return views.refused(problem)
    if given.file is not None:
        return FileResponse(given.file, content_type=limits.ONE)
    body = "".join(f"{each}\n" for each in given.lines)
    return HttpResponse(body, content_type=limits.MANY)


@csrf_exempt
@require_POST
@permitted(Permission.PUBLIC)
def receipts(request: HttpRequest) -> HttpResponse:
    """The receipts of what was collected: 204, or a problem and nothing taken."""
    try:
        lines = _lines(request, "")
        address = request.META.get("REMOTE_ADDR", "")
        actions.take_receipts(lines, at=clock.real(), address=address)
    except Problem as problem:
        return views.refused(problem)
    return HttpResponse(status=204)


def _lines(request: HttpRequest, wanted: str) -> list[bytes]:
    """The lines of the body; `wanted` is the one media type that is taken, where one is."""
    encoding = request.headers.get("Content-Encoding", "")
    media = limits.media_type(request.META.get("CONTENT_TYPE", ""), encoding)
    if wanted and media != wanted:
        raise errors.WrongMediaType
    try:
        length = request.META.get("CONTENT_LENGTH") or ""
        return limits.lines(limits.body(request.read, length, views.LIMITS), media, views.LIMITS)
    except UnreadablePostError:
        raise errors.UnreadableBody(reason="it ended early") from None
