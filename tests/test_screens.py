"""Every screen of every room, on a new node and on one at work, for those who may open it."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests import scene
from tests.browser import NodePage, findings
from tests.exchange.conftest import agreement, xb  # noqa: F401 (fixtures)
from tests.exchange.partner import Partner
from tidewaiter.identity import middleware, roles
from tidewaiter.permission import MARK, Permission

pytestmark = pytest.mark.browser
ORDER = ("supervisor", "liaison", "node_admin", "auditor", *roles.ROLES)  # who looks
# with an argument: what a scene gives for it
ADDRESSES = {
    "documents:declaration": lambda it: [
        f"/declarations/{each}" for each in (it.waiting, it.seized, it.released, it.long)
    ],
    "documents:source": lambda it: [f"/declarations/{it.lodged}/source/1"],
    "controls:inspect": lambda it: [f"/inspections/{each}/" for each in (it.waiting, it.seized)],
    "risk:send": lambda it: [f"/declarations/{it.seized}/alert"],
    "exchange:message": lambda it: [
        f"/exchange/{each}/"
        for each in (it.came, it.went, it.held, it.revoked, it.collected, it.told, it.enclosing)
    ],
    "exchange:partner": lambda it: ["/exchange/partners/XB/", "/exchange/partners/XC/"],
    "assistance:request": lambda it: [
        f"/requests/{each}/" for each in (it.asked, it.helped, it.ours)
    ],
    "assistance:new": lambda it: ["/requests/new/query/", "/requests/new/assistance/"],
    "agreements:agreement": lambda it: [f"/agreements/{it.agreement}"],
    "exchange:agreement-notice": lambda it: [
        f"/agreements/{it.agreement}/notice/{each}" for each in ("suspend", "terminate")
    ],
    "ledger:entry": lambda it: ["/ledger/0/"],
    "ledger:alarm": lambda it: [f"/ledger/alarms/{it.alarm}/"],
    "identity:person": lambda it: ["/people/ada/", "/people/gone/"],
}
# the same address, asked otherwise
MORE = {
    "/": ["/?lane=red&q=L-0", "/?q=nothing"],
    "/declarations/": ["/declarations/?lane=red&state=detained", "/declarations/?q=nothing"],
    "/inspections/": ["/inspections/?state="],
    "/exchange/": [
        "/exchange/?tab=out",
        "/exchange/?tab=refused",
        "/exchange/?tab=in&housekeeping=1",
        "/exchange/?tab=in&partner=XB&state=handled",
    ],
    "/exchange/audit/": [
        "/exchange/audit/?partner=XB&salts=on",
        "/exchange/audit/?partner=XC&side=in&state=expired",
        "/exchange/audit/?partner=XB&since=2026-01-02&until=2026-01-01",
        "/exchange/audit/?partner=XB&since=2024-01-01&until=2024-02-01",
    ],
    "/ledger/alarms/": ["/ledger/alarms/?all=1"],
    "/requests/": ["/requests/?side=ours", "/requests/?side=theirs&waiting=1"],
    "/audit/": ["/audit/?person=nobody"],
}
# the same on every node: looked at once
STILL = {
    "/-/components",
    "/sign-in/",
    "/people/new/",
    "/declarations/lodge/",
    "/agreements/register",
    "/verify/",
}
# what takes a form alone, or answers with a file
NO_SCREENS = {
    "agreements:document",
    "agreements:sign",
    "assistance:records",
    "assistance:reply",
    "controls:assign",
    "controls:photograph",
    "controls:release",
    "controls:release-many",
    "controls:seize",
    "documents:tell",
    "documents:written",
    "exchange:accept-agreement",
    "exchange:attachment",
    "exchange:bundle-in",
    "exchange:bundle-out",
    "exchange:audit-file",
    "exchange:decide-deletion",
    "exchange:decide-onward",
    "exchange:propose-agreement",
    "exchange:register",
    "exchange:release",
    "exchange:remove",
    "exchange:pin-log",
    "exchange:renew",
    "exchange:resume",
    "exchange:suspend",
    "exchange:withdraw",
    "identity:add-token",
    "identity:assign",
    "identity:disable",
    "identity:enable",
    "identity:language",
    "identity:password",
    "identity:revoke-token",
    "identity:sign-out",
    "ledger:acknowledge",
    "ledger:alarm-note",
    "ledger:proof",
    "risk:decide",
    "risk:feedback",
    "risk:withdraw",
    "web:theme",
    "work:end",
    "work:retry",
}


def routes(
    resolver: URLResolver, before: str = "/", room: str = ""
) -> Iterator[tuple[str, str, Permission]]:
    """The name, the path and the permission of each door that people come by."""
    for each in resolver.url_patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each, path, each.namespace or room)
        elif isinstance(each, URLPattern) and not path.startswith(middleware.MACHINE_PATHS):
            mark = getattr(each.callback, MARK, None)
            if mark is not None:
                yield f"{room}:{each.name}", path, mark


ROUTES = {name: (path, needed) for name, path, needed in routes(get_resolver())}


def who(needed: Permission) -> str:
    """A role that may open it; nobody, where everybody may."""
    if needed is Permission.PUBLIC:
        return ""
    return next(role for role in ORDER if needed in roles.ROLES[role])


def test_every_address_is_looked_at_or_named_as_no_screen() -> None:
    with_argument = {name for name, (path, _) in ROUTES.items() if "<" in path}
    assert with_argument - set(ADDRESSES) == NO_SCREENS & with_argument
    assert set(ROUTES) >= NO_SCREENS


def walked(page: NodePage, paths: list[tuple[str, Permission]]) -> list[str]:
    """All that is wrong with these screens."""
    wrong: list[str] = []
    role = "nobody yet"
    for path, needed in sorted(paths, key=lambda each: (who(each[1]), each[0])):
        if who(needed) != role:
            role = who(needed)
            page.page.context.clear_cookies()
            if needed is not Permission.PUBLIC:
                page.signed_in(role)
        wrong += findings(page, path)
    return wrong


def plain() -> list[tuple[str, Permission]]:
    """The screens without an argument."""
    return [
        (path, needed)
        for name, (path, needed) in ROUTES.items()
        if "<" not in path and name not in NO_SCREENS
    ]


def test_the_screens_of_a_new_node(node_page: NodePage) -> None:
    wrong = walked(node_page, plain())
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def played(
    node_page: NodePage,
    xb: Partner,  # noqa: F811
    agreement: str,  # noqa: F811
) -> scene.Scene:
    return scene.played(xb, agreement)


def test_the_lists_of_a_node_at_work(node_page: NodePage, played: scene.Scene) -> None:
    paths = [(path, needed) for path, needed in plain() if path not in STILL]
    paths += [(more, needed) for path, needed in paths for more in MORE.get(path, [])]
    wrong = walked(node_page, paths)
    assert not wrong, "\n".join(wrong)


def test_the_pages_of_a_node_at_work(node_page: NodePage, played: scene.Scene) -> None:
    paths = [(path, ROUTES[name][1]) for name, of in ADDRESSES.items() for path in of(played)]
    wrong = walked(node_page, paths)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ["officer", "analyst", "liaison", "auditor"])
def test_a_consignment_as_others_see_it(
    node_page: NodePage, played: scene.Scene, role: str
) -> None:
    page = node_page.signed_in(role)
    wrong = findings(page, f"/declarations/{played.seized}", languages=("en",), themes=("light",))
    assert not wrong, "\n".join(wrong)
