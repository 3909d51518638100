"""Whether the node lives, whether it can serve, what it counts, and what its API offers."""

import shutil
from importlib.metadata import version

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from tidewaiter import clock
from tidewaiter.ledger import queries as ledger
from tidewaiter.node import metrics as metrics_
from tidewaiter.node import queries, tree
from tidewaiter.permission import Permission, permitted
from tidewaiter.work import queries as work


@require_safe
@permitted(Permission.PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@permitted(Permission.PUBLIC)
def readyz(request: HttpRequest) -> JsonResponse:
    """The database, its migrations and the keys are there, or 503 with what is not.

    A node that was restored says how far it is; it is ready, for its partners must reach it.
    """
    checks = queries.ready()
    ok = all(check.ok for check in checks)
    body: dict[str, object] = {
        "ok": ok,
        "checks": [{"name": check.name, "ok": check.ok} for check in checks],
    }
    fenced = ledger.fenced() if ok else None
    if fenced is not None:
        body["restoring"] = {"stage": fenced.stage, "reason": fenced.reason}
    return JsonResponse(body, status=200 if ok else 503)


@require_safe
@permitted(Permission.PUBLIC)
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, to this machine only: counts say how busy an administration is."""
    if not tree.loopback(request.META.get("REMOTE_ADDR", "")):
        return HttpResponse("only from this machine\n", status=403, content_type="text/plain")
    since, now = work.overdue_since(), clock.real()
    body = metrics_.text(
        version=version("tidewaiter"),
        administration=settings.ADMINISTRATION,
        jobs=work.counts(),
        overdue=max(0.0, (now - since).total_seconds()) if since else 0.0,
        disk=shutil.disk_usage(settings.HOME).free,
    )
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


@require_safe
@permitted(Permission.PUBLIC)
def openapi(request: HttpRequest) -> JsonResponse:
    """The description of the REST API (OpenAPI 3.1)."""
    from tidewaiter.node.api import api

    return JsonResponse(api.get_openapi_schema())
