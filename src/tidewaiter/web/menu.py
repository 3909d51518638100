"""The menu: each room registers its entries; the shell shows those that the viewer may open."""

from collections.abc import Callable
from dataclasses import dataclass

from tidewaiter.permission import Permission
from tidewaiter.registry import Registry


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the menu; `label` is marked by N_ and worded when it is shown."""

    label: str
    url: str  # a name of urls.py
    permission: Permission
    order: int = 50
    badge: Callable[[], int] | None = None  # how much there waits for somebody's eye


entries: Registry[Entry] = Registry("menu entries")


def register(name: str, path: str) -> None:
    """Register the import path of an `Entry`. Raises LookupError when the name is taken."""
    entries.register(name, path)


def shown(permissions: frozenset[Permission]) -> list[Entry]:
    """The entries for somebody with `permissions`, in their order."""
    found = (entries.get(name) for name in entries)
    open_to = (entry for entry in found if entry.permission in permissions)
    return sorted(open_to, key=lambda entry: (entry.order, entry.url))
