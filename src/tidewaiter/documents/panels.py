"""What this room shows on other pages: its place in the menu."""

from typing import Final

from tidewaiter.permission import Permission
from tidewaiter.problem import N_
from tidewaiter.web import menu

MENU: Final = menu.Entry(
    label=N_("Declarations"),
    url="documents:index",
    permission=Permission.DECLARATION_READ,
    order=20,
)
