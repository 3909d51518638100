"""The ledger's place in the menu, and the task that an alarm is."""

from typing import Final

from tidewaiter.ledger.screens import panels as screens
from tidewaiter.permission import Permission
from tidewaiter.problem import N_
from tidewaiter.web import menu
from tidewaiter.work.kinds import TaskKind

MENU: Final = menu.Entry(
    label=N_("Ledger"),
    url="ledger:index",
    permission=Permission.LEDGER_READ,
    order=70,
    badge=screens.badge,
)
ALARM: Final = TaskKind(
    sentence=N_("Alarm: what {administration} shows of the log {log} does not go together."),
    permission=Permission.LEDGER_READ,
    url="ledger:alarm",
)
