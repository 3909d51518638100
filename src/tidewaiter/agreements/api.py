"""REST: agreements registered here, their documents and states, and what they permit."""

import json
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import Router, Schema, Status

from tidewaiter import clock
from tidewaiter.agreements import actions, asking, queries, schema, sentences, shapes, terms
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted

router = Router(tags=["agreements"])
LIMIT = 50
MOST = 200


class Listed(Schema):
    """An agreement as it stands."""

    digest: str
    id: str
    version: int
    title: str
    kind: str
    parties: list[str]
    signed_by: list[str]
    missing: list[str]
    state: str
    starts_on: date
    ends_on: date | None
    log_index: int | None
    added_at: datetime


class Page(Schema):
    """Agreements, and where the next page begins."""

    items: list[Listed]
    next: str | None


class Article(Schema):
    """A clause in sentences."""

    number: str
    title: str
    sentences: list[str]


class Whole(Schema):
    """An agreement: how it stands, its data as it was signed, and its sentences."""

    agreement: Listed
    document: dict[str, Any]
    preamble: list[str]
    articles: list[Article]


class Added(Schema):
    """What registering came to."""

    digest: str
    state: str
    signed_by: list[str]
    missing: list[str]
    unchecked: list[str]


class Question(Schema):
    """What may be sent about this? Without purposes, each of them."""

    to: str
    type: str
    data: dict[str, Any]
    purposes: list[str] | None = None
    mode: str = "spontaneous"


class Offer(Schema):
    """The answer for one purpose."""

    purpose: str
    permit: bool
    reason: str
    agreement: str
    clause: str
    fields: list[str]
    withheld: list[str]
    generalised: dict[str, str]
    handling: str | None
    approval: str | None


@router.get("/agreements", response=Page)
@permitted(Permission.AGREEMENT_READ)
def agreements(
    request: HttpRequest, state: str = "", cursor: int = 0, limit: int = LIMIT
) -> dict[str, Any]:
    """Agreements registered here, what is in force first."""
    found = [each for each in queries.agreements(clock.real()) if state in {"", each.state}]
    start, most = max(cursor, 0), min(max(limit, 1), MOST)
    more = len(found) > start + most
    return {"items": found[start : start + most], "next": str(start + most) if more else None}


@router.post("/agreements", response={201: Added})
@permitted(Permission.AGREEMENT_SIGN)
def add(request: HttpRequest) -> Status[actions.Added]:
    """Register the document in the body, text or signed."""
    return Status(201, actions.add(request.body, at=clock.real(), by=_viewer(request).name))


@router.post("/agreements/permits", response=list[Offer])
@permitted(Permission.AGREEMENT_READ)
def permits(request: HttpRequest, body: Question) -> list[dict[str, Any]]:
    """What may be sent to a partner about this, for each purpose; nothing is sent."""
    short = body.type.removeprefix("org.tidewaiter.")
    shape = next((each for each in shapes.SHAPES if each.type == short), None)
    purposes = body.purposes or terms.PURPOSES
    required = shape.required if shape else ()
    found = queries.permits(
        body.to, body.type, purposes, body.data, required, clock.real(), mode=body.mode
    )
    return [
        {
            "purpose": each.purpose,
            "permit": each.permitted,
            "reason": each.reason.said(gettext),
            "agreement": each.agreement,
            "clause": each.clause,
            "fields": list(each.fields),
            "withheld": list(each.withheld),
            "generalised": dict(each.generalised),
            "handling": each.obligations.handling if each.obligations else None,
            "approval": each.obligations.approval if each.obligations else None,
        }
        for each in found
    ]


@router.get("/agreements/schema")
@permitted(Permission.SIGNED_IN)
def published(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of an agreement: the full list of its members."""
    text = json.dumps(schema.published(), ensure_ascii=False, indent=2)
    return HttpResponse(text, content_type="application/schema+json")


@router.get("/agreements/{digest}", response=Whole)
@permitted(Permission.AGREEMENT_READ)
def agreement(request: HttpRequest, digest: str) -> dict[str, Any]:
    """One agreement, whole."""
    found = queries.agreement(digest, clock.real())
    return {
        "agreement": found,
        "document": asking.plain(found.agreement),
        "preamble": [each.said(gettext) for each in sentences.preamble(found.agreement)],
        "articles": [
            {
                "number": each.number,
                "title": each.title,
                "sentences": [sentence.said(gettext) for sentence in each.sentences],
            }
            for each in sentences.articles(found.agreement)
        ],
    }


@router.get("/agreements/{digest}/document")
@permitted(Permission.AGREEMENT_READ)
def document(request: HttpRequest, digest: str) -> HttpResponse:
    """The signed document, JWS in JSON general serialization."""
    return HttpResponse(queries.jws(digest), content_type="application/jose+json")


@router.post("/agreements/{digest}/signature", response={201: Added})
@permitted(Permission.AGREEMENT_SIGN)
def sign(request: HttpRequest, digest: str) -> Status[actions.Added]:
    """Sign what is registered here for this administration."""
    added = actions.sign_here(digest=digest, at=clock.real(), by=_viewer(request).name)
    return Status(201, added)


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer
