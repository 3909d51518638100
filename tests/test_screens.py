"""Every screen that needs no argument, as it stands on a new node, for each who may open it."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.browser import NodePage, inspect
from tidewaiter.identity import middleware, roles
from tidewaiter.permission import MARK, Permission

NO_SCREENS = ("sign-out", "language", "theme", "revoke")


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[tuple[str, Permission]]:
    for each in resolver.url_patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each, path)
        elif isinstance(each, URLPattern) and "<" not in path and "(" not in path:
            mark = getattr(each.callback, MARK, None)
            if mark is not None:
                yield path, mark


def screens() -> dict[str, str]:
    """Address to a role that opens it; what answers with anything but a page is not among them."""
    found = {}
    for path, needed in addresses(get_resolver()):
        plain = path.strip("/").rsplit("/", 1)[-1]
        if path.startswith(middleware.MACHINE_PATHS) or plain in NO_SCREENS:
            continue
        found[path] = next(role for role in reversed(roles.ROLES) if needed in roles.ROLES[role])
    return found


SCREENS = screens()


@pytest.mark.browser
@pytest.mark.parametrize("path", sorted(SCREENS))
def test_a_screen_of_a_new_node(node_page: NodePage, path: str) -> None:
    node_page.signed_in(SCREENS[path])
    answer = node_page.page.request.get(node_page.url + path)
    if answer.status == 405 or "text/html" not in answer.headers.get("content-type", ""):
        pytest.skip(f"{path} takes a form or answers with a file")
    inspect(node_page, path)
