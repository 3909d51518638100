"""The partner's endpoints; the screens are in `screens`."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from tidewaiter import clock
from tidewaiter.exchange import actions, errors, housekeeping, limits
from tidewaiter.exchange.door import certificate
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem

LIMITS: Final = limits.Limits(
    settings.EXCHANGE_MAX_BODY, settings.EXCHANGE_MAX_LINE, settings.EXCHANGE_MAX_LINES
)
PROBLEM_JSON: Final = "application/problem+json"


@csrf_exempt
@require_POST
@permitted(Permission.PUBLIC)
def take(request: HttpRequest) -> HttpResponse:
    """A partner's messages: 202 and a receipt a line, or a problem and nothing taken."""
    encoding = request.headers.get("Content-Encoding", "")
    try:
        media = limits.media_type(request.META.get("CONTENT_TYPE", ""), encoding)
        body = limits.body(request.read, request.META.get("CONTENT_LENGTH") or "", LIMITS)
        lines = limits.lines(body, media, LIMITS)
        receipts = actions.receive(
            lines,
            at=clock.real(),
            address=request.META.get("REMOTE_ADDR", ""),
            certificate=_certificate(request),
        )
    except UnreadablePostError:
        return refused(errors.UnreadableBody(reason="it ended early"))
    except Problem as problem:
        return refused(problem)
    return HttpResponse("\n".join(receipts) + "\n", status=202, content_type=limits.MANY)


@require_safe
@permitted(Permission.PUBLIC)
def document(request: HttpRequest) -> HttpResponse:
    """This node's signed document."""
    return HttpResponse(publishing.own(at=clock.real()), content_type=limits.ONE)


@require_safe
@permitted(Permission.PUBLIC)
def schema(request: HttpRequest, name: str) -> HttpResponse:
    """The schema of a payload that we take, with its category."""
    kind = housekeeping.get(name)
    if kind is None:
        return refused(errors.NoSuchType(name=name[:120], known=", ".join(housekeeping.names())))
    return JsonResponse(kind.published(), content_type="application/schema+json")


def _certificate(request: HttpRequest) -> str:
    """The digest of the client's certificate, where a proxy that we trust passes one on."""
    name = settings.EXCHANGE_CERTIFICATE_HEADER if settings.BEHIND_PROXY else ""
    return certificate.thumbprint(request.headers.get(name, "")) if name else ""


def refused(problem: Problem) -> HttpResponse:
    """What could not be read, as a problem document; a machine reads it, so in English."""
    answer = JsonResponse(problem.document(), status=problem.status, content_type=PROBLEM_JSON)
    if problem.status in {429, 503}:
        seconds = getattr(problem, "seconds", 60)
        answer["Retry-After"] = str(problem.members.get("seconds", seconds))
    return answer
