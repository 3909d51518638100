"""What may be read of assistance: requests either way, their replies, what we could answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from tidewaiter.assistance import actions, errors, life
from tidewaiter.assistance.models import Reply, Request
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission
from tidewaiter.problem import N_

LIMIT: Final = 50
SIDES: Final = {"theirs": False, "ours": True}


@dataclass(frozen=True, slots=True)
class Line:
    """A request in a list."""

    pk: int
    message_id: str
    ours: bool
    partner: str
    kind: str  # query, assistance
    number: str
    category: str
    about_kind: str
    state: str
    due_on: date | None
    opened_at: datetime
    moved_at: datetime
    by: str

    @property
    def state_name(self) -> str:
        """The state, for gettext."""
        return life.STATE_NAMES[life.State(self.state)]

    @property
    def tone(self) -> str:
        """How the state is coloured."""
        return life.TONES[life.State(self.state)]

    @property
    def waits(self) -> bool:
        """Whether an answer is still to come."""
        return self.state in life.WAITING


@dataclass(frozen=True, slots=True)
class Answered:
    """One reply."""

    message_id: str
    state: str
    carries: str
    ground: str
    data: Mapping[str, Any]
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A request with all that is kept of it."""

    line: Line
    data: Mapping[str, Any]
    agreement: str
    clause: str
    purpose: str
    handling: str
    why: str  # why a person has to answer a query
    replies: tuple[Answered, ...]
    grounds: tuple[str, ...]  # on which it may be refused, where it is ours to answer


@dataclass(frozen=True, slots=True)
class Held:
    """What we hold for an answer to a query, and how it may go."""

    records: int
    left: int  # that no clause lets out
    more: bool
    approval: str  # none, one, two; "" where no clause permits an answer


def requests(
    viewer: Viewer,
    *,
    at: datetime,
    side: str = "",
    waiting: bool = False,
    before: int | None = None,
    limit: int = LIMIT,
) -> list[Line]:
    """Requests, the newest first: those of partners (`theirs`), `ours`, or both. Audited."""
    _may(viewer)
    rows = Request.objects.order_by("-pk").defer("data")
    if side in SIDES:
        rows = rows.filter(ours=SIDES[side])
    if waiting:
        rows = rows.filter(state__in=life.WAITING)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = [_line(row) for row in rows[:limit]]
    if found:
        operators = [one.number for one in found if one.about_kind == "operator"]
        identity.audit(viewer, N_("requests"), [one.message_id for one in found], operators, at)
    return found


def request(viewer: Viewer, id: str, *, at: datetime) -> Whole:  # noqa: A002
    """One request with its replies. Audited. Raises NoSuchRequest, Forbidden."""
    _may(viewer)
    row = _row(id)
    about = [row.about] if row.about_kind == "operator" else []
    identity.audit(viewer, N_("request"), [row.message_id], about, at)
    names = Answered.__dataclass_fields__
    return Whole(
        line=_line(row),
        data=row.data,
        agreement=row.agreement,
        clause=row.clause,
        purpose=row.purpose,
        handling=row.handling,
        why=row.waits,
        replies=tuple(
            Answered(**{name: getattr(one, name) for name in names})
            for one in Reply.objects.of([row.pk])
        ),
        grounds=() if row.ours else actions.grounds(row),
    )


def held(viewer: Viewer, id: str, *, at: datetime) -> Held | None:  # noqa: A002
    """What a query could be answered with; None where that is not kept, or not ours to answer."""
    _may(viewer)
    row = _row(id)
    if row.ours or row.state not in life.WAITING:
        return None
    ready = actions.prepared(row, at=at)
    if ready is None:
        return None
    records = len(ready.data["records"])
    return Held(records + ready.left, ready.left, bool(ready.data.get("more")), ready.way.approval)


def of_message(id: UUID) -> str:  # noqa: A002
    """The request that a message is, or replies to; "" where it is neither."""
    text = str(id)
    found = Request.objects.filter(message_id=text).values_list("message_id", flat=True).first()
    if found:
        return found
    replies = Reply.objects.filter(message_id=text)
    return replies.values_list("request__message_id", flat=True).first() or ""


def _row(id: str) -> Request:  # noqa: A002
    row = Request.objects.filter(message_id=id).first()
    if row is None:
        raise errors.NoSuchRequest(id=id[:80])
    return row


def _line(row: Request) -> Line:
    return Line(**{name: getattr(row, name) for name in Line.__dataclass_fields__})


def _may(viewer: Viewer) -> None:
    if not viewer.may(Permission.REQUEST_READ):
        raise identity_errors.Forbidden(permission=Permission.REQUEST_READ.value)
