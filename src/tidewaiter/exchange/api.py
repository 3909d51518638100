"""REST: messages in and out, their release; partners."""

import base64
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import BeforeValidator, WithJsonSchema

from tidewaiter import clock
from tidewaiter.exchange import actions, queries
from tidewaiter.exchange.attachments import attachment
from tidewaiter.exchange.auditing import api as auditing
from tidewaiter.exchange.onward import queries as onward
from tidewaiter.exchange.treaties import api as treaties
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import queries as identity_queries
from tidewaiter.permission import Permission, permitted

router = Router(tags=["exchange"])
router.add_router("", treaties.router)
router.add_router("", auditing.router)
MOST = 200


def _decoded(text: Any) -> bytes:
    return base64.b64decode(text, validate=True)


class File(Schema):
    """A file to go with a message: what kind it is, and its bytes in base64."""

    mediatype: str
    content: Annotated[
        bytes,
        BeforeValidator(_decoded),
        WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
    ]


class Order(Schema):
    """A message to be sent; `rests_on` names, by id or number, the partners' messages without
    which it would not be: their clauses say whether it goes.
    """

    to: str
    type: str
    purpose: str
    handling: str
    mode: str = "spontaneous"
    needs: list[str] | None = None
    expires: datetime | None = None
    data: dict[str, Any]
    files: list[File] = []
    rests_on: list[str] = []


class Sent(Schema):
    """A message that was written into the outbox."""

    id: UUID
    serial: int | None
    state: str
    agreement: str
    clause: str
    withheld: list[str]


class Listed(Schema):
    """A message in a list."""

    id: UUID
    direction: Literal["in", "out"]
    partner: str
    type: str
    serial: int | None
    state: str
    time: datetime
    agreement: str
    clause: str
    handling: str
    attempts: int
    problem: str


class Page(Schema):
    """Messages, and where the next page begins."""

    items: list[Listed]
    next: str | None


class Whole(Schema):
    """A message with its permit, receipt and place in the log."""

    message: Listed
    event: dict[str, Any]
    receipt: str
    logindex: int | None
    digest: str
    withheld: list[str]
    approval: int
    released_by: list[str]


class Released(Schema):
    """What a release came to."""

    id: UUID
    state: str
    released_by: list[str]


class Waiting(Schema):
    """How many messages wait."""

    outbox: int
    inbox: int
    held: int


class Partner(Schema):
    """A partner's node."""

    administration: str
    name: str
    url: str
    thumbprint: str
    state: str
    last_seen: datetime | None


class NewPartner(Schema):
    """A node to be registered by its signed document."""

    document: str
    thumbprint: str


@router.get("/messages", response=Page)
@permitted(Permission.MESSAGE_READ)
def messages(
    request: HttpRequest,
    direction: Literal["in", "out"] = "in",
    partner: str = "",
    state: str = "",
    type: str = "",  # noqa: A002
    cursor: int | None = None,
    limit: int = queries.LIMIT,
) -> dict[str, Any]:
    """Messages that came in or went out, the newest first."""
    most = min(max(limit, 1), MOST)
    rows = queries.messages(
        request.viewer,  # type: ignore[attr-defined]
        direction,
        partner=partner,
        state=state,
        type=type,
        before=cursor,
        limit=most,
    )
    return {"items": rows, "next": str(rows[-1].pk) if len(rows) == most else None}


@router.post("/messages", response={201: Sent})
@permitted(Permission.MESSAGE_SEND)
def send(request: HttpRequest, body: Order) -> Status[Any]:
    """Send one message; 403 `not-permitted` with the reason where no clause permits it."""
    viewer = request.viewer  # type: ignore[attr-defined]
    files = [attachment.File(each.content, each.mediatype) for each in body.files]
    order = body.dict(exclude={"files", "rests_on"})
    rests_on = onward.named(body.rests_on)
    sent = actions.send(**order, files=files, rests_on=rests_on, by=viewer, at=clock.real())
    return Status(201, sent)


@router.get("/messages/status", response=Waiting)
@permitted(Permission.MESSAGE_READ)
def status(request: HttpRequest) -> Any:
    """How many messages wait to be delivered, to be handled and to be released."""
    return queries.counts()


@router.get("/messages/{uuid:id}", response=Whole)
@permitted(Permission.MESSAGE_READ)
def message(request: HttpRequest, id: UUID) -> dict[str, Any]:  # noqa: A002
    """One message."""
    found = queries.message(request.viewer, id, at=clock.real())  # type: ignore[attr-defined]
    return {
        "message": found.row,
        "event": found.event,
        "receipt": found.receipt,
        "logindex": found.log_index,
        "digest": found.digest,
        "withheld": list(found.withheld),
        "approval": found.approval,
        "released_by": list(found.released_by),
    }


@router.post("/messages/{uuid:id}/release", response=Released)
@permitted(Permission.MESSAGE_RELEASE)
def release(request: HttpRequest, id: UUID) -> Any:  # noqa: A002
    """Release a held message, as one of the people whom its clause asks for."""
    viewer = request.viewer  # type: ignore[attr-defined]
    return actions.release(id=id, by=viewer.name, at=clock.real())


@router.post("/messages/{uuid:id}/withdraw", response=Released)
@permitted(Permission.MESSAGE_RELEASE)
def withdraw(request: HttpRequest, id: UUID) -> Any:  # noqa: A002
    """Take back a message that was not delivered; its partner is told that it does not come."""
    return actions.withdraw(id=id, by=request.viewer, at=clock.real())  # type: ignore[attr-defined]


@router.get("/partners", response=list[Partner])
@permitted(Permission.PARTNER_READ)
def partners(request: HttpRequest) -> Any:
    """Every partner, in order of code."""
    return identity_queries.partners()


@router.post("/partners", response={201: Partner})
@permitted(Permission.PARTNER_WRITE)
def add_partner(request: HttpRequest, body: NewPartner) -> Status[Any]:
    """Register a node by its signed document and the thumbprint that came out of band."""
    code = actions.add_partner(**body.dict(), at=clock.real())
    return Status(201, identity_queries.partner(code))


@router.get("/partners/{administration}", response=Partner)
@permitted(Permission.PARTNER_READ)
def partner(request: HttpRequest, administration: str) -> Any:
    """One partner."""
    found = identity_queries.partner(administration)
    if found is None:
        raise identity_errors.UnknownPartner(administration=administration)
    return found


@router.post("/partners/{administration}/{act}", response=Partner)
@permitted(Permission.PARTNER_WRITE)
def move(request: HttpRequest, administration: str, act: Literal["suspend", "resume"]) -> Any:
    """Suspend or resume a partner."""
    if act == "suspend":
        return identity.suspend_partner(administration=administration)
    actions.resume_partner(administration=administration, at=clock.real())
    return identity_queries.partner(administration)


@router.delete("/partners/{administration}", response={204: None})
@permitted(Permission.PARTNER_WRITE)
def remove(request: HttpRequest, administration: str) -> Status[None]:
    """Forget a partner; its documents are kept."""
    identity.remove_partner(administration=administration)
    return Status(204, None)
