"""The tasks that obligations open, in words."""

from typing import Final

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
