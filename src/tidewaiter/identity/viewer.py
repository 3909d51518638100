"""Who looks or acts: plain facts that queries and actions take instead of a request."""

from dataclasses import dataclass
from typing import Final, Literal

from tidewaiter.identity import roles as table
from tidewaiter.permission import Permission

Kind = Literal["person", "token", "command", "machine", "stranger"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody or something that looks; `office` is a code, None where none binds."""

    name: str
    roles: frozenset[str]
    permissions: frozenset[Permission]
    office: str | None
    kind: Kind

    def may(self, permission: Permission) -> bool:
        """Whether this viewer holds `permission`."""
        return permission in self.permissions

    @property
    def everywhere(self) -> bool:
        """Whether all offices' papers are open to this viewer, not the own office's alone."""
        if self.kind in {"command", "machine"} or self.office is None:
            return self.kind != "stranger"
        return bool(self.roles - table.BOUND_TO_AN_OFFICE)

    @property
    def signed_in(self) -> bool:
        """Whether we know who this is."""
        return self.kind != "stranger"


STRANGER: Final = Viewer("", frozenset(), frozenset({Permission.PUBLIC}), None, "stranger")


def person(name: str, roles: frozenset[str], office: str | None, kind: Kind = "person") -> Viewer:
    """The viewer that a person in `roles` is, signed in (`person`) or by bearer token (`token`)."""
    return Viewer(name, roles, table.permissions(roles), office, kind)


def command_line() -> Viewer:
    """Whoever runs commands on the node's own machine, with its keys and database in hand."""
    return Viewer("command line", frozenset(), frozenset(Permission), None, "command")


def machine() -> Viewer:
    """The node itself: jobs, schedules, handlers of messages."""
    return Viewer("node", frozenset(), frozenset(Permission), None, "machine")
