"""What the screens read beside the messages themselves: a partner's traffic, a conversation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Substr

from tidewaiter import jose
from tidewaiter.exchange import queries, types
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Correspondent, Inbound, Outbound, Refusal, Round
from tidewaiter.identity.viewer import Viewer

CONVERSATION: Final = 40  # messages that a page shows of one
REVIEW: Final = 200  # messages that a partner's page names of those signed by a revoked key
HEAD: Final = 512  # characters of a JWS that hold its header
PAGE: Final = queries.LIMIT
Side = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What passed between us and one partner, in numbers."""

    given: int  # the last serial of ours
    states: dict[str, int]  # of our messages, how many stand in each
    received: int
    highest: int  # the highest serial of theirs
    unhandled: int
    turned: int  # how often we refused something of theirs
    failures: int  # how often in a row they gave no answer
    again_at: datetime | None
    asked_at: datetime | None  # when we asked it last for what waits for us, where we collect
    came_at: datetime | None  # when something came of that last
    unheard: str  # why it gave no answer to that, "" where it did

    @property
    def sent(self) -> int:
        """How many messages of ours left, or wait to leave."""
        return sum(n for state, n in self.states.items() if state != State.HELD)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the messages a list is to show; "" and None where nothing is said."""

    side: Side
    partner: str = ""
    type: str = ""
    state: str = ""
    housekeeping: bool = False
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a list, and how many housekeeping messages were folded away."""

    rows: list[queries.Row]
    folded: int


def traffic(code: str) -> Traffic:
    """The numbers of that partner."""
    row = Correspondent.objects.filter(pk=code).first()
    turn = Round.objects.filter(partner=code).first()
    ours = Outbound.objects.filter(recipient=code).order_by()
    theirs = Inbound.objects.filter(sender=code)
    came = theirs.aggregate(n=Count("pk"), top=Max("serial"))
    turned = Refusal.objects.filter(sender=code).aggregate(n=Sum("times"))
    return Traffic(
        given=row.last_serial if row else 0,
        states=dict(ours.values_list("state").annotate(Count("pk"))),
        received=came["n"],
        highest=came["top"] or 0,
        unhandled=theirs.filter(handled_at=None).count(),
        turned=turned["n"] or 0,
        failures=row.failures if row else 0,
        again_at=row.next_at if row else None,
        asked_at=turn.asked_at if turn else None,
        came_at=turn.came_at if turn else None,
        unheard=turn.reason if turn else "",
    )


def page(viewer: Viewer, wanted: Wanted) -> Found:
    """A page of messages one way, the newest first."""
    queries.may_read(viewer)
    theirs = {"sender": wanted.partner} if wanted.side == "in" else {"recipient": wanted.partner}
    narrowed: dict[str, Any] = theirs if wanted.partner else {}
    if wanted.type:
        narrowed["type"] = wanted.type
    model: Any = Inbound if wanted.side == "in" else Outbound
    rows = _in_state(model.objects.filter(**narrowed), wanted)
    folded = 0
    if not (wanted.housekeeping or wanted.type):
        folded = rows.filter(_housekeeping()).count() if wanted.before is None else 0
        rows = rows.exclude(_housekeeping())
    if wanted.before is not None:
        rows = rows.filter(pk__lt=wanted.before)
    heavy = ["jws"] if wanted.side == "in" else ["jws", "draft", "asked"]
    return Found([queries.row(each) for each in rows.defer(*heavy).order_by("-pk")[:PAGE]], folded)


def waiting_since(code: str) -> datetime | None:
    """Since when the oldest message of ours waits for that partner."""
    waiting = Outbound.objects.filter(recipient=code, state=State.WAITING).order_by("serial")
    return waiting.values_list("sent_at", flat=True).first()


def conversation(viewer: Viewer, found: queries.Message) -> list[queries.Row]:
    """The messages that belong together with this one, the oldest first, itself among them.

    They share its conversation, answer it, or are what it answers.
    """
    queries.may_read(viewer)
    ways = [Q(message_id=found.row.id), ~Q(in_reply_to="") & Q(in_reply_to=str(found.row.id))]
    if found.conversation:
        ways.append(Q(conversation=found.conversation))
    if answered := _uuid(found.in_reply_to):
        ways.append(Q(message_id=answered))
    rows: dict[UUID, Inbound | Outbound] = {}
    for way in ways:  # each by an index of its own
        heavy: Any = Outbound.objects.filter(way).defer("jws", "draft", "asked")
        for kept in (Inbound.objects.filter(way).defer("jws"), heavy):
            rows |= {each.message_id: each for each in kept.order_by("-pk")[:CONVERSATION]}
    return [queries.row(each) for each in sorted(rows.values(), key=lambda each: each.sent_at)]


def to_review(code: str, kid: str, since: datetime) -> list[queries.Row]:
    """Messages of a partner that came from `since` on, signed by that key; the newest first."""
    came = Inbound.objects.filter(sender=code, received_at__gte=since, kid__in=[kid, ""])
    rows = came.defer("jws").annotate(head=Substr("jws", 1, HEAD)).order_by("-pk")
    found: list[queries.Row] = []
    for each in rows.iterator(500):
        if each.kid or kid_of(each.head) == kid:  # taken before the kid was kept: it is read
            found.append(queries.row(each))
            if len(found) == REVIEW:
                break
    return found


def signer(id_: UUID, code: str) -> str:
    """The name of the key that signed a message of that partner's."""
    rows = Inbound.objects.filter(message_id=id_, sender=code)
    head = rows.annotate(head=Substr("jws", 1, HEAD)).values_list("head", flat=True).first()
    return kid_of(head) if head else ""


def kid_of(compact: str) -> str:
    """The name of the key that signed a JWS, of which the beginning is enough."""
    try:
        return str(jose.header(compact).get("kid", ""))
    except jose.JoseError:
        return ""


def _in_state(rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
    if wanted.side == "out":
        return rows.filter(state=wanted.state) if wanted.state else rows
    if wanted.state == "handled":
        return rows.exclude(handled_at=None)
    return rows.filter(handled_at=None) if wanted.state == "unhandled" else rows


def _housekeeping() -> Q:
    found = Q()
    for each in types.HOUSEKEEPING:
        found |= Q(type__startswith=types.PREFIX + each)
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
