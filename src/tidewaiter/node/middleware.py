"""Answers that Django makes by itself, as problem documents where a machine asked."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tidewaiter.node import errors

MACHINES: Final = ("/api/",)
PARTNERS: Final = (*MACHINES, "/exchange/v1/", "/witness/", "/tlog/", "/.well-known/")


class ProblemAnswers:
    """Where machines ask, a bare 404, 405 or 500 becomes a document of RFC 9457."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on and look at what comes back."""
        response = self.get_response(request)
        if response.status_code == 500 and request.path_info.startswith(PARTNERS):
            return self._fault(request, response)
        if response.status_code not in {404, 405} or not request.path_info.startswith(MACHINES):
            return response
        if "json" in response.headers.get("Content-Type", ""):
            return response
        from tidewaiter.node.api import answer

        path = request.path[:200]
        if response.status_code == 404:
            return answer(errors.NotFound(path=path))
        made: HttpResponse = answer(
            errors.MethodNotAllowed(path=path, method=(request.method or "")[:20])
        )
        if "Allow" in response.headers:
            made["Allow"] = response.headers["Allow"]
        return made

    def _fault(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """What failed outside of the API's own hands: before it, behind it, or beside it."""
        if "json" in response.headers.get("Content-Type", ""):
            return response
        from tidewaiter.node.api import unexpected

        return unexpected(request, getattr(request, "fault", None))
