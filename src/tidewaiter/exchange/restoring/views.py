"""The new log of a partner that lost its own, pinned on the partner's page. Thin."""

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tidewaiter import clock
from tidewaiter.exchange.restoring import actions
from tidewaiter.permission import Permission, permitted


@require_POST
@permitted(Permission.PARTNER_WRITE)
def pin_log(request: HttpRequest, administration: str) -> HttpResponse:
    """Follow the log that the partner's document names, by the name that it told another way."""
    origin = request.POST.get("origin", "").strip()
    viewer = request.viewer  # type: ignore[attr-defined]
    actions.pin_log(administration, origin, by=viewer.name, at=clock.real())
    said = gettext("The log of %(code)s is %(origin)s from now on.")
    notices.success(request, said % {"code": administration, "origin": origin})
    return redirect("exchange:partner", administration)
