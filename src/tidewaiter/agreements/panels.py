"""The room's place in the menu."""

from typing import Final

from tidewaiter.permission import Permission
from tidewaiter.problem import N_
from tidewaiter.web.menu import Entry

MENU: Final = Entry(N_("Agreements"), "agreements:index", Permission.AGREEMENT_READ, 60)
