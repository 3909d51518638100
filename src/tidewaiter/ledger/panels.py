"""The ledger's place in the menu."""

from typing import Final

from tidewaiter.permission import Permission
from tidewaiter.problem import N_
from tidewaiter.web import menu

MENU: Final = menu.Entry(
    label=N_("Ledger"), url="ledger:index", permission=Permission.LEDGER_READ, order=70
)
