"""Requests and replies as messages: the types, and what becomes of those that come and go.

A query waits for the machine first, and for a person where no clause lets the machine answer it; a
reply is judged by what it carries. Schemas are those of the wire contract.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from typing import Any, Final

from tidewaiter.agreements import duties
from tidewaiter.assistance import life, period
from tidewaiter.assistance.models import Reply, Request
from tidewaiter.exchange import types
from tidewaiter.exchange.obligations import queries as obligations
from tidewaiter.identity import queries as identity
from tidewaiter.permission import Permission
from tidewaiter.problem import N_
from tidewaiter.work import actions as work

QUERY_TYPE: Final = "org.tidewaiter.request.query.v1"
ASSISTANCE_TYPE: Final = "org.tidewaiter.request.assistance.v1"
REPLY_QUERY_TYPE: Final = "org.tidewaiter.reply.query.v1"
REPLY_ASSISTANCE_TYPE: Final = "org.tidewaiter.reply.assistance.v1"
ANSWER: Final = "assistance.answer"  # tasks: to answer a partner …
ANSWERED: Final = "assistance.answered"  # … and to read what one answered
LIAISON: Final = "liaison"
ABOUT: Final = ("ucr", "container", "transportdocument", "operator")


@dataclass(frozen=True, slots=True)
class Said:
    """A message that came or went, as far as it matters here."""

    id: str
    partner: str
    at: datetime  # its time
    data: Mapping[str, Any]
    in_reply_to: str
    by: str = ""


def take_request(received: types.Received) -> None:
    """Keep a partner's request; a machine looks at a query, a person at everything else."""
    request = _keep(received, received.source, received.time, ours=False)
    if request.kind == "query":
        at = received.received_at
        work.enqueue("assistance.answer", {"id": request.message_id}, at=at, key=request.message_id)
    else:
        ask_people(request, at=received.received_at)


def asked(went: types.Went) -> None:
    """Keep a request of ours."""
    _keep(went, went.to, went.at, ours=True, by=went.by)


def take_reply(received: types.Received) -> None:
    """Keep a partner's reply to a request of ours, and tell who asked.

    One to a request that was deleted since, for its time was over, is a message and no more.
    """
    asked = Request.objects.filter(message_id=received.in_reply_to, partner=received.source)
    if not asked.exists():
        return
    request, event = _replied(
        Said(
            id=str(received.id),
            partner=received.source,
            at=received.received_at,
            data=received.data,
            in_reply_to=received.in_reply_to,
        )
    )
    if event is life.Event.ACKNOWLEDGE:
        return
    asker = request.by if request.by in identity.holders(Permission.REQUEST_READ) else ""
    work.open_task(
        ANSWERED,
        request.message_id,
        {"partner": request.partner, "number": request.number},
        person=asker,
        role="" if asker else LIAISON,
        at=received.received_at,
        message_id=str(received.id),
    )


def replied(went: types.Went) -> None:
    """Keep our reply to a partner's request; with the last one nobody has to answer it any more."""
    said = Said(str(went.id), went.to, went.at, went.data, went.in_reply_to, went.by)
    request, event = _replied(said)
    if event in life.ENDS:
        work.close_task(ANSWER, request.message_id, by=went.by, at=went.at)


def ask_people(request: Request, *, at: datetime, why: str = "") -> None:
    """Have a person answer a partner's request."""
    if why:
        request.note(why)
    work.open_task(
        ANSWER,
        request.message_id,
        {
            "partner": request.partner,
            "number": request.number,
            "due": request.due_on.isoformat() if request.due_on else "–",
        },
        role=LIAISON,
        due=duties.through(request.due_on) if request.due_on else None,
        at=at,
        message_id=request.message_id,
    )


def _keep(
    message: types.Received | types.Went, partner: str, at: datetime, *, ours: bool, by: str = ""
) -> Request:
    data = message.data
    about = data.get("about", {})
    kind = next((name for name in ABOUT if name in about), "")
    value = str(about.get(kind, ""))
    query = message.type == QUERY_TYPE
    return Request.objects.keep(
        str(message.id),
        ours=ours,
        partner=partner,
        kind="query" if query else "assistance",
        number=(value if query else str(data["request"]))[:80],
        category=str(data.get("category", ""))[:40],
        about_kind=kind,
        about=value[:256],
        data=dict(data),
        agreement=message.agreement,
        clause=message.clause,
        purpose=message.purpose,
        handling=message.handling,
        conversation=message.conversation,
        retain_until=message.retain_until,
        due_on=_due(message, at),
        opened_at=at,
        moved_at=at,
        by=by,
    )


def _due(message: types.Received | types.Went, at: datetime) -> date | None:
    """The day that the clause says, else the one that is asked for."""
    bound = obligations.due(message.agreement, message.clause, at).respond_by
    wished = message.data.get("due")
    return bound or (period.last(wished) if isinstance(wished, str) else None)


def _replied(said: Said) -> tuple[Request, life.Event]:
    request = Request.objects.get(message_id=said.in_reply_to, partner=said.partner)
    state = str(said.data.get("state", "final"))
    event = life.SAID[state]
    new = Reply.objects.keep(
        said.id,
        request=request,
        state=state,
        carries=str(said.data.get("carries", ""))[:40],
        ground=str(said.data.get("ground", ""))[:200],
        data=dict(said.data),
        at=said.at,
        by=said.by,
    )
    if new:
        Request.objects.filter(pk=request.pk).move(event, at=said.at)
    return request, event


def _ends(data: Mapping[str, Any]) -> bool:
    return life.SAID[str(data.get("state", "final"))] in life.ENDS


def _schema(name: str) -> dict[str, Any]:
    place = resources.files("tidewaiter.assistance") / "schemas" / f"{name}.json"
    schema: dict[str, Any] = json.loads(place.read_text("utf-8"))
    return schema


QUERY: Final = types.MessageType(
    name=QUERY_TYPE,
    category="request",
    schema=_schema("request.query"),
    handle=take_request,
    title=N_("Question"),
    sent=asked,
)
REPLY_QUERY: Final = types.MessageType(
    name=REPLY_QUERY_TYPE,
    category=None,
    schema=_schema("reply.query"),
    handle=take_reply,
    title=N_("Answer to a question"),
    answers=_ends,
    sent=replied,
)
ASSISTANCE: Final = types.MessageType(
    name=ASSISTANCE_TYPE,
    category="request",
    schema=_schema("request.assistance"),
    handle=take_request,
    label="request",
    title=N_("Request for assistance"),
    sent=asked,
)
REPLY_ASSISTANCE: Final = types.MessageType(
    name=REPLY_ASSISTANCE_TYPE,
    category=None,
    schema=_schema("reply.assistance"),
    handle=take_reply,
    title=N_("Reply to a request for assistance"),
    answers=_ends,
    sent=replied,
)
