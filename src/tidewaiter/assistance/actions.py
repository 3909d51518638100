"""What the outside can ask of `assistance`: ask a partner, answer one; what a machine answers.

What a reply lets out is for the clause to say that covers what it carries, on request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from tidewaiter.agreements import queries as agreements
from tidewaiter.agreements import terms
from tidewaiter.assistance import errors, holdings, life, messages, period
from tidewaiter.assistance.models import Counter, Request
from tidewaiter.documents.theirs import naming
from tidewaiter.exchange import actions as exchange
from tidewaiter.exchange import ways
from tidewaiter.exchange.onward import queries as onward
from tidewaiter.exchange.types import MessageType
from tidewaiter.identity import viewer
from tidewaiter.identity.viewer import Viewer
from tidewaiter.problem import Problem

MODE: Final = "on-request"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says in reply; empty members are not said."""

    state: str = "final"
    ground: str = ""
    carries: str = ""
    text: str = ""
    reference: str = ""  # a consignment of ours whose record goes with it
    records: bool = False  # to a query: what we hold, as a machine would answer


@dataclass(frozen=True, slots=True)
class Ready:
    """What there is to answer a query with: records that a clause lets out, and how."""

    data: dict[str, Any]
    way: ways.Way
    left: int  # records that no clause lets out
    rests_on: tuple[str, ...] = ()  # the partners' messages behind them


def ask_query(
    *,
    to: str,
    about: str,
    value: str,
    category: str,
    by: Viewer,
    at: datetime,
    first: date | None = None,
    last: date | None = None,
    purpose: str = "",
    handling: str = "",
) -> exchange.Sent:
    """Ask a partner what it holds of a consignment or an operator.

    Raises what `exchange.actions.send` raises.
    """
    data: dict[str, Any] = {"about": {about: value}, "category": category}
    data |= {
        name: day.isoformat() for name, day in (("from", first), ("to", last)) if day is not None
    }
    return _ask(messages.QUERY, to, data, purpose, handling, by, at)


def ask_assistance(
    *,
    to: str,
    subject: str,
    asked: str,
    by: Viewer,
    at: datetime,
    facts: str = "",
    due: date | None = None,
    purpose: str = "",
    handling: str = "",
) -> exchange.Sent:
    """Ask a partner for assistance, in words. Raises what `exchange.actions.send` raises."""
    with transaction.atomic():
        number = Counter.objects.next(f"request {at.year}")
        data = {
            "request": f"{settings.ADMINISTRATION}-R-{at.year}-{number:06d}",
            "subject": subject,
            "facts": facts,
            "asked": asked,
            "due": due.isoformat() if due else "",
        }
        told = {name: text for name, text in data.items() if text}
        return _ask(messages.ASSISTANCE, to, told, purpose, handling, by, at)


def reply(*, id: str, answer: Answer, by: Viewer, at: datetime) -> exchange.Sent:  # noqa: A002
    """Answer a partner's request: with what we hold, in words, or by refusing it.

    Raises NoSuchRequest, NotOurs, EndedAlready, GroundUnknown, CategoryMissing, AnswerMissing,
    NothingHeld, DeclarationUnknown, and what `exchange.actions.send` raises.
    """
    request = _answerable(id)
    if answer.records and request.kind == "query":
        ready = prepared(request, at=at)
        if ready is None:
            raise errors.NothingHeld(category=request.category)
        return _reply(
            request, messages.REPLY_QUERY, ready.data, ready.way, by, at, rests_on=ready.rests_on
        )
    data, way = _worded(request, _data(request, answer, at), at)
    needs = ("summary",) if answer.text and "answer" in data else None
    rests = holdings.rests_on(answer.reference, answer.carries) if answer.reference else ()
    return _reply(request, messages.REPLY_ASSISTANCE, data, way, by, at, needs, rests_on=rests)


def answer_by_machine(id: str, *, at: datetime) -> bool:  # noqa: A002
    """Answer a query where a clause lets the machine; else ask people to. Whether it was answered.

    A machine counts as nobody: the clause that covers what is held asks for no person's approval.
    """
    request = Request.objects.filter(message_id=id, ours=False, state=life.State.OPEN).first()
    if request is None:
        return False
    ready = prepared(request, at=at)
    why = _why(ready) if ready else "category" if legible(request) else "unnamed"
    if ready is not None and not why:
        try:
            with transaction.atomic():
                _reply(
                    *(request, messages.REPLY_QUERY, ready.data, ready.way, viewer.machine(), at),
                    rests_on=ready.rests_on,
                )
        except Problem as problem:
            why = problem.type
        else:
            return True
    messages.ask_people(request, at=at, why=why)
    return False


def prepared(request: Request, *, at: datetime) -> Ready | None:
    """What there is to answer a query with; None where its category is not kept here, or it names
    nothing that can be looked for.

    A record that its clause does not let out, by a condition, stays here.
    """
    if not (request.kind == "query" and legible(request) and holdings.known(request.category)):
        return None
    held = holdings.held(wanted(request), at)
    kept = [
        (one, rests)
        for one, rests in zip(held.records, held.rests_on, strict=True)
        if _way(request, [one], at).approval and onward.may(rests, request.partner, at)
    ]
    permitted = [one for one, _ in kept]
    data: dict[str, Any] = {"carries": request.category, "records": permitted}
    if held.more:
        data["more"] = True
    left = len(held.records) - len(permitted)
    rests = tuple(dict.fromkeys(each for _, rests in kept for each in rests))
    return Ready(data, _way(request, permitted, at), left, rests)


def legible(request: Request) -> bool:
    """Whether a query names what it is about: a pseudonym, or a mere sign of one, does not."""
    told = request.data.get("about", {}).get(request.about_kind)
    return isinstance(told, str) and not told.startswith(naming.HASHED)


def wanted(request: Request) -> holdings.Asked:
    """What a query asks for."""
    first, last = (request.data.get(name) for name in ("from", "to"))
    return holdings.Asked(
        about=request.about_kind,
        value=request.about,
        category=request.category,
        first=period.first(first) if isinstance(first, str) else None,
        last=period.last(last) if isinstance(last, str) else None,
    )


def grounds(request: Request) -> tuple[str, ...]:
    """On which grounds the agreement lets a request be refused."""
    signed = agreements.by_digest(request.agreement)
    return signed.agreement.refusals if signed else ()


def lapse(*, at: datetime) -> int:
    """Mark what was not answered in time; how many."""
    return Request.objects.late(at.date()).move(life.Event.LAPSE, at=at)


def _why(ready: Ready) -> str:
    """Why no machine may answer with this: no clause, or one that asks for people; "" if it may."""
    if ready.left and not ready.data["records"]:
        return "no-clause"
    if not ready.way.approval:
        return "no-clause"
    return "" if ready.way.approval == "none" else "approval"


def _way(request: Request, records: Sequence[holdings.Record], at: datetime) -> ways.Way:
    data = {"carries": request.category, "records": list(records)}
    purposes = [request.purpose]
    kind = messages.REPLY_QUERY
    return ways.way(request.partner, kind, data, at, purposes=purposes, mode=MODE)


def _worded(
    request: Request, data: dict[str, Any], at: datetime
) -> tuple[dict[str, Any], ways.Way]:
    """A reply in words and the way that it goes.

    One that carries nothing is of the category of requests; where no clause lets such a one go on
    request, it names the category that one does, and carries nothing of it.
    """
    kind, purposes = messages.REPLY_ASSISTANCE, [request.purpose]
    way = ways.way(request.partner, kind, data, at, purposes=purposes, mode=MODE)
    if way.approval or "carries" in data:
        return data, way
    for category in [request.category, *terms.CATEGORIES] if request.category else terms.CATEGORIES:
        named = {**data, "carries": category}
        other = ways.way(request.partner, kind, named, at, purposes=purposes, mode=MODE)
        if other.approval:
            return named, other
    return data, way


def _ask(
    kind: MessageType,
    to: str,
    data: dict[str, Any],
    purpose: str,
    handling: str,
    by: Viewer,
    at: datetime,
) -> exchange.Sent:
    purposes = [purpose] if purpose else terms.PURPOSES
    way = ways.way(to, kind, data, at, purposes=purposes, handling=handling)
    return exchange.send(
        to=to,
        type=kind.name,
        purpose=way.purpose,
        handling=way.handling,
        data=data,
        by=by,
        at=at,
    )


def _reply(
    request: Request,
    kind: MessageType,
    data: dict[str, Any],
    way: ways.Way,
    by: Viewer,
    at: datetime,
    needs: Sequence[str] | None = None,
    rests_on: Sequence[str] = (),
) -> exchange.Sent:
    return exchange.send(
        to=request.partner,
        type=kind.name,
        purpose=way.purpose,
        handling=way.handling,
        mode=MODE,
        needs=needs,
        data=data,
        in_reply_to=request.message_id,
        conversation=request.conversation,
        rests_on=rests_on,
        by=by,
        at=at,
    )


def _answerable(id: str) -> Request:  # noqa: A002
    request = Request.objects.filter(message_id=id).first()
    if request is None:
        raise errors.NoSuchRequest(id=id[:80])
    if request.ours:
        raise errors.NotOurs(partner=request.partner)
    if request.state not in life.WAITING:
        raise errors.EndedAlready(number=request.number, state=request.state)
    return request


def _data(request: Request, answer: Answer, at: datetime) -> dict[str, Any]:
    """`data` of a reply in words."""
    state = answer.state
    if state == "refused":
        allowed = grounds(request)
        if answer.ground not in allowed and (allowed or answer.ground):
            told = {"ground": answer.ground or "–", "grounds": ", ".join(allowed) or "–"}
            raise errors.GroundUnknown(**told)
        return {"state": state, **({"ground": answer.ground} if answer.ground else {})}
    if state == "acknowledged":
        return {"state": state}
    if answer.carries not in terms.CATEGORIES:
        raise errors.CategoryMissing(categories=", ".join(terms.CATEGORIES))
    said: dict[str, Any] = {}
    if answer.reference:
        record = holdings.record(answer.reference, answer.carries, at)
        if record is None:
            raise errors.NothingHeld(category=answer.carries)
        said |= record
    if answer.text:
        said["summary"] = answer.text
    if not said:
        raise errors.AnswerMissing()
    return {"state": state, "carries": answer.carries, "answer": said}
