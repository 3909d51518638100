"""The tasks that obligations open, and what is owed, in words."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from tidewaiter.exchange import types
from tidewaiter.exchange.obligations import queries
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission
from tidewaiter.problem import N_
from tidewaiter.work import kinds

REPORT: Final = kinds.TaskKind(
    sentence=N_("Tell {partner} what came of {number}, by {due}"),
    permission=Permission.ALERT_SEND,
    url="exchange:message",
    escalates="supervisor",
)
TO_DELETE: Final = kinds.TaskKind(
    sentence=N_("{partner} asks that {count} messages be deleted here"),
    permission=Permission.MESSAGE_SEND,
    url="exchange:message",
    escalates="supervisor",
    by_hand=True,
)
DELETED: Final = kinds.TaskKind(
    sentence=N_("{partner} deleted {count} messages: take note"),
    permission=Permission.MESSAGE_SEND,
    url="exchange:message",
    by_hand=True,
)
TO_CONSENT: Final = kinds.TaskKind(
    sentence=N_("{partner} asks to pass {message} on to {to}: decide"),
    permission=Permission.MESSAGE_SEND,
    url="exchange:message",
    escalates="supervisor",
)
CONSENTED: Final = kinds.TaskKind(
    sentence=N_("{partner} on passing {message} on to {to}: {decision}"),
    permission=Permission.MESSAGE_SEND,
    url="exchange:message",
    by_hand=True,
)


@dataclass(frozen=True, slots=True)
class Line:
    """Something owed, in words: the last day for it, and the message that it is about."""

    words: str
    due: date
    late: bool
    url: str


def of_partner(viewer: Viewer, code: str, *, at: datetime) -> list[Line]:
    """What we owe a partner and it owes us, what is late first."""
    found = [
        *queries.owed_to_us(viewer, partner=code, at=at),
        *queries.owed_by_us(viewer, partner=code, at=at),
    ]
    return [_line(each) for each in sorted(found, key=lambda each: each.due_on)]


def of_message(viewer: Viewer, id: UUID, *, at: datetime) -> list[Line]:  # noqa: A002
    """What is owed on one message, answered or not."""
    found = [
        *queries.owed_to_us(viewer, id=id, answered=True, at=at),
        *queries.owed_by_us(viewer, id=id, answered=True, at=at),
    ]
    return [_line(each) for each in found]


def _line(owed: queries.Owed) -> Line:
    known = types.get(owed.type)
    number = owed.number or (gettext(known.title) if known and known.title else owed.type)
    answered = owed.answered_by is not None
    sentence = WORDS[owed.ours, owed.what, answered]
    words = gettext(sentence).format(partner=owed.partner, number=number)
    about = owed.answered_by or owed.message_id
    return Line(words, owed.due_on, owed.late, reverse("exchange:message", args=[about]))


WORDS: Final = {  # whether we owe it, what is owed, whether it was given
    (True, "report", False): N_("We tell {partner} what came of {number}."),
    (True, "report", True): N_("We told {partner} what came of {number}."),
    (True, "respond", False): N_("We answer {partner}: {number}."),
    (True, "respond", True): N_("We answered {partner}: {number}."),
    (False, "report", False): N_("{partner} tells us what came of {number}."),
    (False, "report", True): N_("{partner} told us what came of {number}."),
    (False, "respond", False): N_("{partner} answers us: {number}."),
    (False, "respond", True): N_("{partner} answered us: {number}."),
}
