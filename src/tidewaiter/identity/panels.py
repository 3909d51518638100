"""The room's places in the menu."""

from typing import Final

from tidewaiter.permission import Permission
from tidewaiter.problem import N_
from tidewaiter.web.menu import Entry

PEOPLE: Final = Entry(N_("People"), "identity:people", Permission.PERSON_READ, 80)
AUDIT: Final = Entry(N_("Read-audit"), "identity:audit", Permission.AUDIT_READ, 90)
