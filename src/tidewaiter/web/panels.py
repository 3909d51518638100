"""Panels: what a room shows on the page of a room below it.

A panel is a function of the request and the page's subject that gives HTML, or "" where it has
nothing to say; it carries the permission that it needs (`@permitted`).
"""

from collections.abc import Callable
from typing import Any, Final

from tidewaiter.permission import MARK, Permission
from tidewaiter.registry import Registry

Panel = Callable[[Any, Any], str]
panels: Final[Registry[Panel]] = Registry("panels")
_orders: Final[dict[str, int]] = {}


def register(page: str, name: str, path: str, *, order: int = 50) -> None:
    """Register a panel's import path on `page`. Raises LookupError when the name is taken."""
    key = f"{page}/{name}"
    panels.register(key, path)
    _orders[key] = order


def names(page: str) -> list[str]:
    """The panels of a page in their order."""
    found = [key for key in panels if key.startswith(f"{page}/")]
    return sorted(found, key=lambda key: (_orders[key], key))


def shown(page: str, request: Any, subject: Any) -> list[str]:
    """The HTML of each panel that the viewer may see and that has something to say."""
    html = []
    for key in names(page):
        panel = panels.get(key)
        needed: Permission | None = getattr(panel, MARK, None)
        if needed is not None and needed in request.viewer.permissions:
            html.append(panel(request, subject))
    return [each for each in html if each]
