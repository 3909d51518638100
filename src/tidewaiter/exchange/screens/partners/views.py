"""Partners on the screen: register one, read how it stands, suspend, resume or remove it. Thin."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tidewaiter import clock
from tidewaiter.exchange import actions, forms, panels, queries
from tidewaiter.exchange.bundling import forms as bundling
from tidewaiter.exchange.bundling import queries as bundling_queries
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.exchange.screens.partners import page
from tidewaiter.identity import actions as identity
from tidewaiter.identity import queries as partner_queries
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem
from tidewaiter.web import forms as web_forms


@require_safe
@permitted(Permission.PARTNER_READ)
def partners(request: HttpRequest) -> HttpResponse:
    """The partners' nodes; a form to register one for who may."""
    return _all(request, forms.Partner())


@require_POST
@permitted(Permission.PARTNER_WRITE)
def register(request: HttpRequest) -> HttpResponse:
    """Register a node by its document and the thumbprint that came out of band."""
    form = forms.Partner(request.POST)
    if form.is_valid():
        try:
            code = actions.add_partner(**form.cleaned_data, at=clock.real())
        except Problem as problem:
            web_forms.refuse(form, problem)
        else:
            notices.success(request, gettext("%(code)s is a partner now.") % {"code": code})
            return redirect("exchange:partner", code)
    return _all(request, form)


@require_safe
@permitted(Permission.PARTNER_READ)
def partner(request: HttpRequest, administration: str) -> HttpResponse:
    """One partner: who it is, its keys, what was agreed, what passed, what is missing."""
    return one(request, administration)


@require_POST
@permitted(Permission.PARTNER_WRITE)
def suspend(request: HttpRequest, administration: str) -> HttpResponse:
    """Let no message pass from or to a partner."""
    identity.suspend_partner(administration=administration)
    said = gettext("%(code)s is suspended: no message passes.") % {"code": administration}
    notices.success(request, said)
    return redirect("exchange:partner", administration)


@require_POST
@permitted(Permission.PARTNER_WRITE)
def resume(request: HttpRequest, administration: str) -> HttpResponse:
    """Let messages pass again, what waited at once."""
    actions.resume_partner(administration=administration, at=clock.real())
    said = gettext("Messages pass again to and from %(code)s.") % {"code": administration}
    notices.success(request, said)
    return redirect("exchange:partner", administration)


@require_POST
@permitted(Permission.PARTNER_WRITE)
def renew(request: HttpRequest, administration: str) -> HttpResponse:
    """Hold a newer document of a partner, which came by hand."""
    form = forms.Document(request.POST)
    if form.is_valid():
        try:
            changed = identity.take_document(
                administration=administration, **form.cleaned_data, at=clock.real()
            )
        except Problem as problem:
            web_forms.refuse(form, problem, "document")
        else:
            notices.success(
                request,
                gettext("Its new document is held; its keys are pinned.")
                if changed
                else gettext("This document is held already: nothing has changed."),
            )
            return redirect("exchange:partner", administration)
    return one(request, administration, renewal=form)


@require_POST
@permitted(Permission.PARTNER_WRITE)
def remove(request: HttpRequest, administration: str) -> HttpResponse:
    """Forget a partner, once its code was written to say so."""
    form = forms.Removal(request.POST, administration=administration)
    if not form.is_valid():
        return one(request, administration, removal=form)
    identity.remove_partner(administration=administration)
    said = gettext("%(code)s is no partner any more; its documents are kept.")
    notices.success(request, said % {"code": administration})
    return redirect("exchange:partners")


def _all(request: HttpRequest, form: forms.Partner) -> HttpResponse:
    context = {
        "form": form,
        "partners": partner_queries.partners(),
        "waits": queries.waits(),
        "document": publishing.own(at=clock.real()),
        "own": panels.own(),
    }
    return render(request, "exchange/partners.html", context, status=422 if form.errors else 200)


def one(request: HttpRequest, code: str, **filled: django_forms.Form) -> HttpResponse:
    """That page, with forms that were filled wrongly."""
    at = clock.real()
    context: dict[str, Any] = {
        "it": page.page(code, request.viewer, at),  # type: ignore[attr-defined]
        "now": at,
        "next": bundling_queries.next_for(code, at=at),
        "bundle_out": bundling.Export(),
        "bundle_in": bundling.Import(),
        "renewal": forms.Document(),
        "removal": forms.Removal(administration=code),
        **filled,
    }
    bad = any(form.errors for form in filled.values())
    return render(request, "exchange/partner.html", context, status=422 if bad else 200)
