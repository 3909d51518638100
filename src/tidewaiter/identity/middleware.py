"""Who comes, and whether the door is open to them: `request.viewer` and the marks of `permitted`.

A view or an API operation without a mark is closed to everybody. A stranger is led to the sign-in
where a person asks for a screen, and gets a problem document where a machine asks. Machines' paths
read no cookie: who calls the API is told by the bearer token alone.
"""

from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import get_script_prefix, reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext

from tidewaiter import clock
from tidewaiter.identity import actions, errors, queries, readaudit
from tidewaiter.identity import viewer as viewers
from tidewaiter.permission import MARK, Permission
from tidewaiter.problem import Problem

TOKEN_PATHS: Final = ("/api/", "/epcis/")
MACHINE_PATHS: Final = (
    *TOKEN_PATHS,
    "/exchange/v1/",
    "/.well-known/",
    "/tlog/",
    "/witness/",
    "/-/assets/",
    "/healthz",
    "/readyz",
    "/metrics",
)
WORDLESS_PATHS: Final = ("/.well-known/", "/tlog/", "/witness/", "/-/assets/")
Answer = Callable[[HttpRequest], HttpResponse]


class CookielessMiddleware:
    """Forgets the cookies of what is asked for by machines, before anything reads them.

    Nor does the answer then vary by them, and the same bytes in whatever language do not vary by
    that: a cache between two nodes would keep a tile once for each cookie and language, or not at
    all (RFC 9110 §12.5.5).
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on without cookies where a machine asks."""
        if not request.path_info.startswith(MACHINE_PATHS):
            return self.answer(request)
        request.META.pop("HTTP_COOKIE", None)
        response = self.answer(request)
        if response.status_code == 200 and request.path_info.startswith(WORDLESS_PATHS):
            del response.headers["Content-Language"]
            _vary_no_more(response, {"cookie", "accept-language"})
        else:
            _vary_no_more(response, {"cookie"})
        return response


class IdentityMiddleware:
    """Tells who comes, holds every door's mark, and writes what was read before it is shown."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Tell who comes, pass the request on, write what it read."""
        request.viewer = _viewer(request)  # type: ignore[attr-defined]
        language = getattr(getattr(request, "user", None), "language", "")
        if request.viewer.kind == "person" and language:  # type: ignore[attr-defined]
            translation.activate(language)
            request.LANGUAGE_CODE = language
        gathered = readaudit.Gathered()
        mark = readaudit.UNDER_WAY.set(gathered)
        try:
            response = self.answer(request)
        finally:
            readaudit.UNDER_WAY.reset(mark)
        actions.write_reading(gathered, clock.real())
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        arguments: tuple[Any, ...],
        named: dict[str, Any],
    ) -> HttpResponse | None:
        """Let through, lead to the sign-in, or refuse."""
        operations = _operations(view)
        if operations is None:
            needed = getattr(view, MARK, None)
        else:
            needed = _needed(operations, request.method or "")
        viewer: viewers.Viewer = request.viewer  # type: ignore[attr-defined]
        if needed is not None and (needed is Permission.PUBLIC or viewer.may(needed)):
            return None
        if request.path_info.startswith(MACHINE_PATHS):
            return _machine_refused(viewer, needed)
        if viewer.signed_in or needed is None:
            raise PermissionDenied(str(needed or "unmarked"))
        return _to_sign_in(request)


def needed(view: Callable[..., Any], method: str) -> Permission | None:
    """The permission that a route's view asks for; for tests that walk every route."""
    operations = _operations(view)
    if operations is None:
        mark: Permission | None = getattr(view, MARK, None)
        return mark
    return _needed(operations, method)


def _vary_no_more(response: HttpResponse, by: set[str]) -> None:
    named = [name.strip() for name in response.headers.get("Vary", "").split(",")]
    if left := [name for name in named if name and name.lower() not in by]:
        response.headers["Vary"] = ", ".join(left)
    else:
        del response.headers["Vary"]


def _viewer(request: HttpRequest) -> viewers.Viewer:
    if request.path_info.startswith(TOKEN_PATHS):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return viewers.STRANGER
        return actions.bearer(token.strip(), clock.real()) or viewers.STRANGER
    if request.path_info.startswith(MACHINE_PATHS):
        return viewers.STRANGER
    user = request.user
    if not user.is_authenticated:
        return viewers.STRANGER
    return queries.viewer_of(user)


def _operations(view: Callable[..., Any]) -> list[Any] | None:
    """The API operations behind a view, where `node.api` put them; None where it is a plain one."""
    return getattr(view, "operations", None)


def _needed(operations: list[Any], method: str) -> Permission | None:
    """The mark of the operation for this method; what has none answers 405 to anybody."""
    for operation in operations:
        if method in operation.methods:
            mark: Permission | None = getattr(operation.view_func, MARK, None)
            return mark
    return Permission.PUBLIC


def _machine_refused(viewer: viewers.Viewer, needed: Permission | None) -> HttpResponse:
    problem: Problem = errors.Unauthenticated()
    if viewer.signed_in:
        problem = errors.Forbidden(permission=str(needed or "unmarked"))
    response = JsonResponse(
        problem.document(gettext), status=problem.status, content_type="application/problem+json"
    )
    if problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in, and back from there; a part of a page asks the browser to go there whole."""
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = reverse("identity:sign-in")
        return response
    asked = request.method in {"GET", "HEAD"}
    target = request.get_full_path() if asked else get_script_prefix()
    return redirect(f"{reverse('identity:sign-in')}?{urlencode({'next': target})}")
