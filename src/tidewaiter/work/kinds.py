"""What people can be asked to do: the registry of task kinds, filled by the rooms above."""

from dataclasses import dataclass
from typing import Final

from tidewaiter.permission import Permission
from tidewaiter.registry import Registry


@dataclass(frozen=True, slots=True)
class TaskKind:
    """A sort of task: its sentence, worded with the task's parameters, and where it is done."""

    sentence: str  # marked with N_(), members in braces: "Inspect {reference}"
    permission: Permission  # who can do it
    url: str = ""  # name of the view where it is done; takes the subject as its one argument
    escalates: str = ""  # the role that it comes to as well, once it is late
    by_hand: bool = False  # nothing else ends it: whoever saw to it says so


REGISTRY: Final[Registry[TaskKind]] = Registry("work.kinds")


def register(name: str, path: str) -> None:
    """Say that tasks of the kind `name` are described by the `TaskKind` at `path`."""
    REGISTRY.register(name, path)


def escalating(roles: frozenset[str]) -> list[str]:
    """The kinds whose late tasks come to one of these roles."""
    return [name for name in REGISTRY if kind(name).escalates in roles - {""}]


def kind(name: str) -> TaskKind:
    """The kind of that name. Raises LookupError where there is none."""
    return REGISTRY.get(name)
