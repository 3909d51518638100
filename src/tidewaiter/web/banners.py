"""Banners: what a room has to say on every page, or on those where work begins.

A banner is a function of the request that gives a `Banner`, or None where there is nothing to say;
it carries the permission that it needs (`@permitted`), as a panel does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tidewaiter.permission import MARK, Permission
from tidewaiter.registry import Registry


@dataclass(frozen=True, slots=True)
class Banner:
    """Words on top of a page, in the reader's language; `tone` as a notice's."""

    tone: str
    title: str
    text: str = ""
    href: str = ""
    action: str = ""  # what the link says


banners: Final[Registry[Callable[[Any], Banner | None]]] = Registry("banners")


def register(name: str, path: str) -> None:
    """Register a banner's import path. Raises LookupError when the name is taken."""
    banners.register(name, path)


def shown(request: Any) -> list[Banner]:
    """What there is to say to this viewer, on this page."""
    viewer = getattr(request, "viewer", None)
    if viewer is None:
        return []
    found = []
    for name in banners:
        banner = banners.get(name)
        needed: Permission | None = getattr(banner, MARK, None)
        if needed is not None and needed in viewer.permissions and (said := banner(request)):
            found.append(said)
    return found
