"""What rooms say on top of a page, and how much waits behind an entry of the menu."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tidewaiter.permission import Permission, permitted
from tidewaiter.registry import Registry
from tidewaiter.web import banners, menu, middleware
from tidewaiter.web.banners import Banner


@dataclass
class Viewer:
    permissions: frozenset[Permission]


@dataclass
class Request:
    """What a banner may look at."""

    viewer: Viewer
    path: str = "/tasks/"
    COOKIES: dict[str, str] = field(default_factory=dict)


@permitted(Permission.TASK_READ)
def loud(request: Any) -> Banner | None:
    return Banner("bad", "Fire")


@permitted(Permission.TASK_READ)
def silent(request: Any) -> Banner | None:
    return None


def unmarked(request: Any) -> Banner | None:
    return Banner("bad", "Nobody knows who may read this")


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    made: Registry[Any] = Registry("banners")
    for each in (loud, silent, unmarked):
        made.register(each.__name__, f"{__name__}.{each.__name__}")
    monkeypatch.setattr(banners, "banners", made)


def shown(*permissions: Permission) -> list[str]:
    return [each.title for each in banners.shown(Request(Viewer(frozenset(permissions))))]


def test_a_banner_is_shown_to_who_may_read_it_where_it_has_something_to_say(
    registered: None,
) -> None:
    assert shown(Permission.TASK_READ) == ["Fire"]
    assert shown(Permission.JOB_READ) == []


def test_nothing_is_shown_before_it_is_known_who_looks() -> None:
    assert banners.shown(object()) == []


def test_an_entry_of_the_menu_says_how_much_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = menu.Entry("Tasks", "work:tasks", Permission.TASK_READ, badge=lambda: 3)
    monkeypatch.setattr(menu, "shown", lambda permissions: [entry])
    request: Any = Request(Viewer(frozenset({Permission.TASK_READ})))
    assert [(each.badge, each.current) for each in middleware.Shell(request).menu] == [(3, "page")]
