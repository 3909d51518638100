"""The REST API under /api/v1/: each room's router, and refusals as RFC 9457 documents.

There is no page of documentation: it would load its scripts from elsewhere. `openapi.json` is all.
"""

import uuid
from importlib import import_module
from importlib.util import find_spec
from inspect import getclosurevars
from typing import Any, Final

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja import errors as ninja_errors

from tidewaiter.node import errors
from tidewaiter.permission import MARK, Permission
from tidewaiter.problem import TYPES, Problem

ROOMS: Final = (
    "identity",
    "work",
    "ledger",
    "agreements",
    "exchange",
    "documents",
    "controls",
    "risk",
    "assistance",
)
PROBLEM_JSON: Final = "application/problem+json"
RETRY_AFTER: Final = "10"  # seconds, where the database takes nothing
log: Final = structlog.get_logger("tidewaiter.node")
api = NinjaAPI(
    title="Tidewaiter",
    version="1",
    description="What one administration's node offers to its own systems.",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
)


def answer(problem: Problem, **more: Any) -> HttpResponse:
    """The problem document in the reader's language; `more` are members of its own."""
    document = {**problem.document(gettext), **more}
    return JsonResponse(document, status=problem.status, content_type=PROBLEM_JSON)


@api.exception_handler(Problem)
def refuse(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A room's refusal."""
    return answer(problem)


@api.exception_handler(ninja_errors.ValidationError)
def misfit(request: HttpRequest, error: ninja_errors.ValidationError) -> HttpResponse:
    """What came does not fit: every field with its rule, the first in the detail."""
    found = [
        {
            "field": ".".join(str(part) for part in each["loc"]),
            "rule": each["type"],
            "message": str(each["msg"])[:200],
        }
        for each in error.errors[:100]
    ]
    fields = ", ".join(dict.fromkeys(each["field"] for each in found))
    first = found[0]["message"] if found else ""
    return answer(errors.InvalidRequest(fields=fields[:500], first=first), errors=found)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """Nothing there."""
    return answer(errors.NotFound(path=request.path[:200]))


@api.exception_handler(ninja_errors.HttpError)
def plain(request: HttpRequest, error: ninja_errors.HttpError) -> HttpResponse:
    """What the framework refuses by itself: a body that is no JSON, mostly."""
    said = {"title": str(error)[:200], "status": error.status_code}
    name = "invalid-request" if error.status_code < 500 else "unexpected"
    return JsonResponse(
        {"type": TYPES + name, **said}, status=error.status_code, content_type=PROBLEM_JSON
    )


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """A body larger than what is read into memory."""
    return answer(errors.BodyTooLarge(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE))


@api.exception_handler(Exception)
def unexpected(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """A fault of ours: the log has all of it, the answer a number to find it by."""
    event = uuid.uuid4().hex[:12]
    log.error("request failed", fault=event, path=request.path[:200], exc_info=error)
    if isinstance(error, OperationalError):
        made = answer(errors.Unwritable())
        made["Retry-After"] = RETRY_AFTER
        return made
    return answer(errors.Unexpected(event=event))


def _gather() -> None:
    for room in ROOMS:
        if find_spec(f"tidewaiter.{room}.api") is not None:
            api.add_router("", import_module(f"tidewaiter.{room}.api").router)


_gather()
patterns, _app, _namespace = api.urls
for _pattern in patterns:
    _door: Any = _pattern.callback
    if getattr(_pattern, "name", None) == "api-root":
        setattr(_door, MARK, Permission.PUBLIC)  # answers 404; it names the API's root
    else:  # the framework hides them in a closure; whoever holds the doors looks for them here
        _door.operations = getclosurevars(_door).nonlocals["self"].operations
urls = (patterns, _app, _namespace)
