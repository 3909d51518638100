"""Files of the package, the page of components, the theme, and the pages of what went wrong."""

import sys

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from tidewaiter import clock
from tidewaiter.permission import Permission, permitted
from tidewaiter.web import assets, showcase
from tidewaiter.web.middleware import THEME_COOKIE, THEMES

YEAR = 365 * 24 * 3600  # seconds


@require_safe
@permitted(Permission.PUBLIC)
def asset(request: HttpRequest, name: str) -> HttpResponse:
    """A file of the package under its name with digest; it never changes."""
    try:
        found = assets.served(name)
    except assets.UnknownAsset:
        return HttpResponseNotFound()
    if request.headers.get("If-None-Match") == f'"{found.name}"':
        return HttpResponseNotModified()
    packed = found.packed is not None and "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(found.packed if packed else found.data, content_type=found.mediatype)
    if packed:
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    response["ETag"] = f'"{found.name}"'
    response["Vary"] = "Accept-Encoding"
    return response


@require_safe
@permitted(Permission.COMPONENT_READ)
def components(request: HttpRequest) -> HttpResponse:
    """Every component with its manual; the part that looks again by itself, alone."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "web/live.html", {"now": clock.real()})
    shown = {"manuals": showcase.manuals(), "now": clock.real(), **showcase.samples()}
    return render(request, "web/components.html", shown)


@require_POST
@permitted(Permission.PUBLIC)
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or as the system has it, and go back."""
    response = redirect(back(request))
    chosen = request.POST.get("theme", "auto")
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax", httponly=True,
            secure=request.is_secure(),
        )  # fmt: skip
    return response


def back(request: HttpRequest) -> str:
    """The page that a form names in `next`, where it is ours; else the first page."""
    target = request.POST.get("next") or request.GET.get("next") or get_script_prefix()
    ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if ours else get_script_prefix()


@permitted(Permission.PUBLIC)
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400 in the shell."""
    return render(request, "web/400.html", status=400)


@permitted(Permission.PUBLIC)
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 in the shell."""
    return render(request, "web/403.html", {"exception": exception}, status=403)


@permitted(Permission.PUBLIC)
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that did not come from a page of ours, or was open too long."""
    return render(request, "web/csrf.html", status=403)


@permitted(Permission.PUBLIC)
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 in the shell."""
    return render(request, "web/404.html", status=404)


@permitted(Permission.PUBLIC)
def failed(request: HttpRequest) -> HttpResponse:
    """500 in a shell that asks nothing of the request, of the database or of another room."""
    request.fault = sys.exc_info()[1]  # type: ignore[attr-defined]  # for who answers machines
    return HttpResponse(render_to_string("web/500.html"), status=500)
