"""The buttons on an agreement's page, and the page that asks for a notice's reason. Thin."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from tidewaiter import clock
from tidewaiter.agreements import notices, queries
from tidewaiter.exchange.treaties import actions, forms
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import N_, Problem
from tidewaiter.web.forms import refuse

ASKED: Final = {  # heading, what it does, the button
    "suspend": (
        N_("Suspend the agreement"),
        N_(
            "From now on nothing passes under it, in either direction, until we resume it. The "
            "other parties are told at once."
        ),
        N_("Suspend it now"),
    ),
    "resume": (
        N_("Resume the agreement"),
        N_("From now on messages pass under it again. The other parties are told at once."),
        N_("Resume it now"),
    ),
    "terminate": (
        N_("Terminate the agreement"),
        N_(
            "From now on nothing passes under it any more. This is final: only a new version that "
            "all sign brings it back. What was exchanged keeps the obligations that it came with."
        ),
        N_("Terminate it for good"),
    ),
}


@require_POST
@permitted(Permission.AGREEMENT_SIGN)
def propose(request: HttpRequest, digest: str) -> HttpResponse:
    """Sign what is registered here and send it to its other parties."""
    return _done(
        request, digest, actions.propose_here, gettext("Signed and proposed to {parties}.")
    )


@require_POST
@permitted(Permission.AGREEMENT_SIGN)
def accept(request: HttpRequest, digest: str) -> HttpResponse:
    """Sign what a partner proposed, and tell it."""
    return _done(request, digest, actions.accept, gettext("Signed; {parties} are told."))


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Permission.AGREEMENT_SIGN)
def notice(request: HttpRequest, digest: str, act: str) -> HttpResponse:
    """Say why, and for the end that it is meant; then it counts at once."""
    found = queries.agreement(digest, clock.real())
    if act not in ASKED:
        raise Http404
    form = forms.Notice(request.POST or None, final=act == "terminate")
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                told = actions.notice(
                    digest=digest,
                    notice=act,
                    reason=form.cleaned_data["reason"],
                    at=clock.real(),
                    by=request.viewer.name,  # type: ignore[attr-defined]
                )
            except Problem as problem:
                refuse(form, problem)
            else:
                said = gettext("It counts from now on; told to {parties}.")
                parties = ", ".join(told.told) or gettext("nobody")
                messages.success(request, said.format(parties=parties))
                return redirect("agreements:agreement", digest)
    heading, effect, button = ASKED[act]
    shown = {
        "found": found,
        "form": form,
        "heading": heading,
        "effect": effect,
        "button": button,
        "final": act == "terminate",
        "may": notices.may(found.signed, settings.ADMINISTRATION, act),
    }
    return render(request, "exchange/notice.html", shown, status=status)


def _done(
    request: HttpRequest, digest: str, act: Callable[..., actions.Told], said: str
) -> HttpResponse:
    try:
        told = act(digest=digest, at=clock.real(), by=request.viewer.name)  # type: ignore[attr-defined]
    except Problem as problem:
        messages.error(request, problem.line(gettext))
    else:
        parties = ", ".join(told.told) or gettext("nobody")
        messages.success(request, said.format(parties=parties))
    return redirect("agreements:agreement", digest)
