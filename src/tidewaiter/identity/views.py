"""Signing in and out, the language, people with their offices and tokens, the read-audit."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tidewaiter import clock
from tidewaiter.identity import actions, forms, limits, queries, roles
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem
from tidewaiter.web.forms import refuse
from tidewaiter.web.middleware import Shell
from tidewaiter.web.views import back

BACKEND = "django.contrib.auth.backends.ModelBackend"
YEAR = 365 * 24 * 3600  # seconds
A_PAGE = 50


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Permission.PUBLIC)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password; then the page that was asked for, for eight hours at most."""
    form = forms.SignIn(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            address = request.META.get("REMOTE_ADDR", "")
            try:
                person = actions.sign_in(**form.cleaned_data, address=address, at=clock.real())
            except Problem as problem:
                refuse(form, problem)
                status = problem.status
            else:
                auth.login(request, person, backend=BACKEND)
                ends = clock.real() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
                request.session.set_expiry(ends)
                request.session.clear_expired()  # everybody's that have ended
                return redirect(_after_sign_in(request, person.name))
    shown = {"form": form, "next": back(request)}
    response = render(request, "identity/sign_in.html", shown, status=status)
    if status == 429:
        response["Retry-After"] = str(limits.minutes() * 60)
    return response


@require_POST
@permitted(Permission.SIGNED_IN)
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here and in the database."""
    auth.logout(request)
    return redirect("identity:sign-in")


@require_POST
@permitted(Permission.PUBLIC)
def language(request: HttpRequest) -> HttpResponse:
    """Remember the reader's language, with the person where one has signed in."""
    response = redirect(back(request))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=YEAR, samesite="Lax", httponly=True,
            secure=request.is_secure(),
        )  # fmt: skip
        if request.user.is_authenticated:
            actions.speak(name=request.user.get_username(), language=chosen)
    return response


@require_safe
@permitted(Permission.PERSON_READ)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, with roles and office."""
    rows = [
        (each, [roles.TITLES.get(role, role) for role in each.roles]) for each in queries.people()
    ]
    return render(request, "identity/people.html", {"rows": rows})


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Permission.PERSON_WRITE)
def new_person(request: HttpRequest) -> HttpResponse:
    """A new account."""
    form = forms.NewPerson(request.POST if request.method == "POST" else None)

    def make(given: dict[str, Any]) -> HttpResponse:
        made = actions.add_person(**given, at=clock.real())
        messages.success(request, _("%(name)s can sign in now.") % {"name": made.name})
        return redirect("identity:person", made.name)

    return _worked(request, form, make, "identity/new_person.html", {})


@require_safe
@permitted(Permission.PERSON_READ)
def one_person(request: HttpRequest, name: str) -> HttpResponse:
    """One account: what it may do, its tokens, and what can be changed."""
    return render(request, "identity/person.html", _person_shown(name))


@require_POST
@permitted(Permission.PERSON_WRITE)
def assign(request: HttpRequest, name: str) -> HttpResponse:
    """Other roles or another office."""
    form = forms.Assignment(request.POST)

    def make(given: dict[str, Any]) -> HttpResponse:
        actions.assign_person(name=name, roles=given["roles"], office=given["office"] or None)
        messages.success(request, _("The roles of %(name)s were changed.") % {"name": name})
        return redirect("identity:person", name)

    return _worked(request, form, make, "identity/person.html", _person_shown(name))


@sensitive_post_parameters("password")
@require_POST
@permitted(Permission.PERSON_WRITE)
def password(request: HttpRequest, name: str) -> HttpResponse:
    """A new password for somebody."""
    form = forms.NewPassword(request.POST)

    def make(given: dict[str, Any]) -> HttpResponse:
        actions.set_password(name=name, password=given["password"])
        messages.success(request, _("%(name)s has a new password.") % {"name": name})
        return redirect("identity:person", name)

    shown = _person_shown(name) | {"password_form": form}
    return _worked(request, form, make, "identity/person.html", shown, keep="form")


@never_cache
@require_POST
@permitted(Permission.PERSON_WRITE)
def add_token(request: HttpRequest, name: str) -> HttpResponse:
    """A new bearer token, shown this once."""
    made = actions.add_token(name=name, at=clock.real())
    return render(request, "identity/token.html", {"made": made})


@require_POST
@permitted(Permission.PERSON_WRITE)
def revoke_token(request: HttpRequest, number: int) -> HttpResponse:
    """End a token."""
    actions.revoke_token(id=number, at=clock.real())
    messages.success(request, _("Token %(number)s was revoked.") % {"number": number})
    return redirect(back(request))


@require_POST
@permitted(Permission.PERSON_WRITE)
def disable(request: HttpRequest, name: str) -> HttpResponse:
    """Close an account."""
    actions.disable_person(name=name, at=clock.real())
    messages.success(request, _("The account of %(name)s is closed.") % {"name": name})
    return redirect("identity:person", name)


@require_POST
@permitted(Permission.PERSON_WRITE)
def enable(request: HttpRequest, name: str) -> HttpResponse:
    """Open an account again."""
    actions.enable_person(name=name)
    messages.success(request, _("The account of %(name)s is open again.") % {"name": name})
    return redirect("identity:person", name)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Permission.PERSON_WRITE)
def offices(request: HttpRequest) -> HttpResponse:
    """Every office; a new one, or a new name."""
    form = forms.NewOffice(request.POST if request.method == "POST" else None)

    def make(given: dict[str, Any]) -> HttpResponse:
        actions.add_office(**given)
        messages.success(request, _("Office %(code)s was saved.") % {"code": given["code"]})
        return redirect("identity:offices")

    return _worked(request, form, make, "identity/offices.html", {"offices": queries.offices()})


@require_safe
@permitted(Permission.AUDIT_READ)
def audit(request: HttpRequest) -> HttpResponse:
    """Who read or sent what; looking for one party's data, too."""
    form = forms.AuditFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    since = asked.get("since")
    start = timezone.make_aware(datetime.combine(since, time.min)) if since else None
    before = request.GET.get("before", "")
    rows = queries.readings(
        person=asked.get("person") or None,
        subject=asked.get("subject") or None,
        since=start,
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
        limit=A_PAGE + 1,
    )
    older = None
    if len(rows) > A_PAGE:
        kept: dict[str, str | int] = {
            name: str(request.GET[name]) for name in form.fields if request.GET.get(name)
        }
        older = f"?{urlencode({**kept, 'before': rows[A_PAGE - 1][0]})}"
    shown = {"form": form, "rows": [row for _, row in rows[:A_PAGE]], "older": older}
    return render(request, "identity/audit.html", shown)


def _after_sign_in(request: HttpRequest, name: str) -> str:
    """The page that was asked for; where none was, the first that is open to the person."""
    target = back(request)
    if target != get_script_prefix():
        return target
    request.viewer = queries.viewer(name)  # type: ignore[attr-defined]
    return Shell(request).start


def _titles(person: queries.Person) -> list[str]:
    return [roles.TITLES.get(role, role) for role in person.roles]


def _person_shown(name: str) -> dict[str, Any]:
    person = queries.one_person(name)
    own = [each for each in queries.tokens() if each.person == name]
    chosen = {"roles": person.roles, "office": person.office or ""}
    return {
        "person": person,
        "roles": _titles(person),
        "tokens": own,
        "form": forms.Assignment(initial=chosen),
        "password_form": forms.NewPassword(),
    }


def _worked(
    request: HttpRequest,
    form: BaseForm,
    make: Callable[[dict[str, Any]], HttpResponse],
    template: str,
    shown: dict[str, Any],
    keep: str = "",
) -> HttpResponse:
    """What `make` answers to a good form; else the page with the form and what is wrong with it."""
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                return make(form.cleaned_data)
            except Problem as problem:
                refuse(form, problem)
    own = {} if keep else {"form": form}
    return render(request, template, {**shown, **own}, status=status)
