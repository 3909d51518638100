"""Deciding on the screen whether a partner may pass a message of ours on. Thin."""

from uuid import UUID

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tidewaiter import clock
from tidewaiter.exchange import actions as exchange
from tidewaiter.exchange.onward import actions
from tidewaiter.exchange.onward.models import GRANTED, REFUSED
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem


@require_POST
@permitted(Permission.MESSAGE_SEND)
def decide(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Answer a partner that asks to pass a message of ours on; the answer goes signed."""
    granted = request.POST.get("decision") == GRANTED
    viewer = request.viewer  # type: ignore[attr-defined]
    at = clock.real()
    try:
        asked = actions.question(id)
        codes = asked.to.split()
        exchange.send(
            to=asked.partner,
            type=actions.TYPE,
            purpose="",
            handling="",
            data={
                "message": str(asked.about),
                "to": codes if len(codes) > 1 else codes[0],
                "decision": GRANTED if granted else REFUSED,
            },
            about=str(asked.about),
            by=viewer,
            at=at,
        )
    except Problem as problem:
        notices.error(request, problem.line(gettext))
        return redirect("exchange:message", id)
    said = (
        gettext("Granted: {partner} is told.")
        if granted
        else gettext("Refused: {partner} is told.")
    )
    notices.success(request, said.format(partner=asked.partner))
    return redirect("exchange:message", asked.about)
