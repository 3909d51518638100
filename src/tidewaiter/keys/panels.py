"""The keys' place in the menu."""

from typing import Final

from tidewaiter.permission import Permission
from tidewaiter.problem import N_
from tidewaiter.web import menu

MENU: Final = menu.Entry(
    label=N_("Keys"), url="keys:index", permission=Permission.KEY_READ, order=85
)
