"""REST: requests to partners and theirs to us, and the replies."""

from datetime import date, datetime
from typing import Any, Final, Literal, cast

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from tidewaiter import clock
from tidewaiter.assistance import actions, queries
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted

router: Final = Router(tags=["requests"])
MOST: Final = 500


class Line(Schema):
    """A request in a list."""

    message_id: str
    ours: bool
    partner: str
    kind: str
    number: str
    category: str
    state: str
    due_on: date | None
    opened_at: datetime
    moved_at: datetime
    by: str


class Page(Schema):
    """Requests, the newest first; `next` is the cursor of those that are older."""

    items: list[Line]
    next: str | None


class Query(Schema):
    """A question: what a partner holds of a consignment or an operator."""

    to: str
    about: Literal["ucr", "container", "transportdocument", "operator"]
    value: str = Field(min_length=1, max_length=256)
    category: str
    first: date | None = None
    last: date | None = None
    purpose: str = ""
    handling: str = ""


class Assistance(Schema):
    """A request for assistance in words."""

    to: str
    subject: str = Field(min_length=1, max_length=2_000)
    asked: str = Field(min_length=1, max_length=2_000)
    facts: str = Field("", max_length=2_000)
    due: date | None = None
    purpose: str = ""
    handling: str = ""


class Reply(Schema):
    """A reply: `records` to a query, else a state with its ground or answer."""

    records: bool = False
    state: Literal["acknowledged", "partial", "final", "refused"] = "final"
    ground: str = ""
    carries: str = ""
    text: str = Field("", max_length=2_000)
    reference: str = ""


@router.get("/requests", response=Page, summary="Requests either way, the newest first")
@permitted(Permission.REQUEST_READ)
def listed(
    request: HttpRequest,
    side: str = "",
    waiting: bool = False,
    cursor: str = "",
    limit: int = 50,
) -> Any:
    """`side`: `theirs`, `ours`, or both; `waiting`: without the last answer alone."""
    most = max(1, min(limit, MOST))
    found = queries.requests(
        _viewer(request),
        at=clock.real(),
        side=side,
        waiting=waiting,
        before=int(cursor) if cursor.isdecimal() and len(cursor) < 19 else None,
        limit=most + 1,
    )
    older = str(found[most - 1].pk) if len(found) > most else None
    return {"items": found[:most], "next": older}


@router.post("/requests/queries", summary="Ask a partner what it holds")
@permitted(Permission.REQUEST_ASK)
def query(request: HttpRequest, body: Query) -> HttpResponse:
    """Of a consignment or an operator, in one category."""
    sent = actions.ask_query(by=_viewer(request), at=clock.real(), **body.dict())
    return _answer(201, msgspec.json.encode(sent).decode())


@router.post("/requests/assistance", summary="Ask a partner for assistance")
@permitted(Permission.REQUEST_ASK)
def assistance(request: HttpRequest, body: Assistance) -> HttpResponse:
    """In words; the answer comes as a reply."""
    sent = actions.ask_assistance(by=_viewer(request), at=clock.real(), **body.dict())
    return _answer(201, msgspec.json.encode(sent).decode())


@router.get("/requests/{id}", summary="One request with its replies")
@permitted(Permission.REQUEST_READ)
def shown(request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002
    """All that is kept of it."""
    found = queries.request(_viewer(request), id, at=clock.real())
    return _answer(200, msgspec.json.encode(found).decode())


@router.post("/requests/{id}/replies", summary="Answer a partner's request")
@permitted(Permission.REQUEST_ANSWER)
def reply(request: HttpRequest, id: str, body: Reply) -> HttpResponse:  # noqa: A002
    """With what is held here, in words, or by refusing it on a ground of the agreement."""
    answer = actions.Answer(**body.dict())
    sent = actions.reply(id=id, answer=answer, by=_viewer(request), at=clock.real())
    return _answer(201, msgspec.json.encode(sent).decode())


def _answer(status: int, body: str) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")


def _viewer(request: HttpRequest) -> Viewer:
    return cast(Viewer, request.viewer)  # type: ignore[attr-defined]
