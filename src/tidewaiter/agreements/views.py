"""Agreements on the screen: the list, each as sentences with its articles, a draft before it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tidewaiter import clock
from tidewaiter.agreements import (
    actions,
    amending,
    forms,
    history,
    queries,
    sentences,
    wording,
)
from tidewaiter.agreements.document import Agreement
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem
from tidewaiter.web import panels
from tidewaiter.web.forms import refuse

TONES: Final = {
    "in-force": "good",
    "pending": "info",
    "suspended": "warn",
    "terminated": "bad",
    "expired": "neutral",
    "superseded": "neutral",
}


@dataclass(frozen=True, slots=True)
class Row:
    """An agreement in the list, in words."""

    digest: str
    title: str
    kind: str
    parties: str
    version: int
    state: str
    tone: str
    missing: str
    waits_for_us: bool
    starts_on: date
    ends_on: date | None


@require_safe
@permitted(Permission.AGREEMENT_READ)
def index(request: HttpRequest) -> HttpResponse:
    """Every agreement registered here, what is in force first."""
    rows = [_row(each) for each in queries.agreements(clock.real())]
    return render(request, "agreements/index.html", {"rows": rows})


@require_safe
@permitted(Permission.AGREEMENT_READ)
def agreement(request: HttpRequest, digest: str) -> HttpResponse:
    """One agreement as sentences, with its articles, its signatures and its place in the log."""
    at = clock.real()
    found = queries.agreement(digest, at)
    how = dict(found.partners)
    signatures = {each.party: each for each in found.signed.signatures}
    parties = [
        {
            "code": party,
            "signature": signatures.get(party),
            "state": wording.STATES.get(how.get(party, ""), ""),
            "tone": TONES.get(how.get(party, ""), "neutral"),
        }
        for party in found.parties
    ]
    checked = actions.check(found.agreement.canonical)
    shown = {
        "row": _row(found),
        "found": found,
        "parties": parties,
        "versions": queries.versions(found.id),
        "unsigned": settings.ADMINISTRATION in found.missing,
        "findings": [(each, each.said(gettext)) for each in checked.findings],
        "steps": _steps(found, at),
        "amended": _amended(found),
        "panels": panels.shown("agreement", request, found),
        **_words(found.agreement),
    }
    return render(request, "agreements/agreement.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Permission.AGREEMENT_SIGN)
def register(request: HttpRequest) -> HttpResponse:
    """Read a document as sentences before anything is kept, or register it."""
    if request.method != "POST":
        return render(request, "agreements/register.html", {"form": forms.Document()})
    form = forms.Document(request.POST, request.FILES)
    shown: dict[str, Any] = {"form": form}
    if form.is_valid():
        source = form.cleaned_data["file"]
        try:
            if "register" in request.POST:
                added = actions.add(source, at=clock.real(), by=_name(request))
                messages.success(request, gettext("The agreement is registered."))
                return redirect("agreements:agreement", added.digest)
            checked = actions.check(source)
        except Problem as problem:
            refuse(form, problem, "file")
        else:
            shown["checked"] = checked
            shown["findings"] = [(each, each.said(gettext)) for each in checked.findings]
            if checked.agreement is not None:
                shown |= {"draft": checked.agreement, **_words(checked.agreement)}
            return render(request, "agreements/register.html", shown)
    return render(request, "agreements/register.html", shown, status=422)


@require_POST
@permitted(Permission.AGREEMENT_SIGN)
def sign(request: HttpRequest, digest: str) -> HttpResponse:
    """Sign what is registered here with the node's key."""
    actions.sign_here(digest=digest, at=clock.real(), by=_name(request))
    messages.success(request, gettext("The agreement is signed for this administration."))
    return redirect("agreements:agreement", digest)


@require_safe
@permitted(Permission.AGREEMENT_READ)
def document(request: HttpRequest, digest: str) -> HttpResponse:
    """The signed document as a file, to be handed to a partner."""
    answer = HttpResponse(queries.jws(digest), content_type="application/jose+json")
    name = f"agreement-{digest.removeprefix('sha256:')[:16]}.jws"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _steps(found: queries.Registered, at: datetime) -> list[dict[str, Any]]:
    """Its life in words, each step with the agreement that it leads to."""
    return [
        {
            "step": each,
            "to_come": each.at is None or each.at > at,
            "words": gettext(history.WORDS[each.code]).format_map(each.params),
        }
        for each in queries.life(found, at)
    ]


def _amended(found: queries.Registered) -> dict[str, Any] | None:
    """What it says otherwise than the version before, or None where there is none."""
    before = queries.version_before(found)
    if before is None:
        return None
    return {
        "digest": before.digest,
        "version": before.version,
        "articles": [
            {
                "number": each.number,
                "title": each.title,
                "how": gettext(amending.WORDS[each.how]),
                "new": each.how == "new",
                "changes": [
                    {
                        "before": change.before.said(gettext) if change.before else "",
                        "after": change.after.said(gettext) if change.after else "",
                        "told": change.told(gettext),
                    }
                    for change in each.changes
                ],
            }
            for each in amending.changes(before, found.agreement)
        ],
    }


def _name(request: HttpRequest) -> str:
    name: str = request.viewer.name  # type: ignore[attr-defined]
    return name


def _row(found: queries.Registered) -> Row:
    return Row(
        digest=found.digest,
        title=found.title,
        kind=wording.term(found.kind, "kind", gettext),
        parties=", ".join(found.parties),
        version=found.version,
        state=wording.term(found.state, "state", gettext),
        tone=TONES[found.state],
        missing=", ".join(found.missing),
        waits_for_us=found.proposed_by not in {"", settings.ADMINISTRATION}
        and settings.ADMINISTRATION in found.missing,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
    )


def _words(agreement: Agreement) -> dict[str, Any]:
    """The agreement's sentences in the reader's language."""
    return {
        "preamble": " ".join(each.said(gettext) for each in sentences.preamble(agreement)),
        "articles": [
            {
                "number": article.number,
                "title": article.title,
                "paragraphs": [
                    " ".join(each.said(gettext) for each in paragraph)
                    for paragraph in article.paragraphs
                ],
            }
            for article in sentences.articles(agreement)
        ],
    }
