"""Deciding on the screen what a partner wishes to be deleted here. Thin."""

from uuid import UUID

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from tidewaiter import clock
from tidewaiter.exchange.forgetting import actions
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem


@require_POST
@permitted(Permission.MESSAGE_RELEASE)
def decide(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Agree to a deletion that a partner wishes, or keep what is due by its clause later."""
    agreed = request.POST.get("decision") == "delete"
    viewer = request.viewer  # type: ignore[attr-defined]
    try:
        count = actions.decide(id=id, agreed=agreed, by=viewer, at=clock.real())
    except Problem as problem:
        notices.error(request, problem.line(gettext))
    else:
        said = (
            ngettext("{n} message is being deleted.", "{n} messages are being deleted.", count)
            if agreed
            else ngettext("{n} message is kept.", "{n} messages are kept.", count)
        )
        notices.success(request, said.format(n=count))
    return redirect("exchange:message", id)
