"""The design system: its page of components, its files, and what every answer carries."""

import pytest
from django.test import Client
from django.urls import resolve, reverse
from playwright.sync_api import expect

from tests.browser import NodePage, inspect
from tidewaiter.permission import MARK, Permission
from tidewaiter.web import assets, menu, showcase


class TestAssets:
    def test_change_their_name_with_their_content(self) -> None:
        found = assets.asset("tidewaiter.js")
        assert assets.served(found.name) is found
        assert found.name.startswith("tidewaiter.")
        assert len(found.name.split(".")[1]) == 10

    @pytest.mark.parametrize(
        "name", ["", "tidewaiter.js", "tidewaiter.0000000000.js", "../x.css", "no.1.css", "."]
    )
    def test_of_another_name_are_unknown(self, name: str) -> None:
        with pytest.raises(assets.UnknownAsset):
            assets.served(name)

    def test_may_be_kept_for_a_year(self) -> None:
        name = assets.asset("tidewaiter.css").name
        answer = Client().get(f"/-/assets/{name}", headers={"accept-encoding": "gzip"})
        assert answer.status_code == 200
        assert "immutable" in answer["Cache-Control"]
        assert answer["Content-Encoding"] == "gzip"

    def test_name_nothing_outside_the_package(self) -> None:
        text = assets.asset("tidewaiter.css").data.decode()
        assert "http://" not in text
        assert "https://" not in text
        assert 'url("plex-sans.woff2")' not in text  # fonts stand under their digests

    def test_style_by_logical_properties(self) -> None:
        text = assets.asset("tidewaiter.css").data.decode()
        for physical in ("margin-left", "margin-right", "padding-left", "padding-right"):
            assert physical not in text
        assert "text-align: left" not in text
        assert "text-align: right" not in text


def test_every_style_sheet_opens_with_its_manual() -> None:
    assert [name for name, manual in showcase.manuals() if len(manual) < 30] == []


def test_every_style_sheet_is_in_the_bundle() -> None:
    assert {file.stem for file in assets.FOLDER.glob("*.css")} == set(assets.SHEETS)


@pytest.mark.django_db
class TestEveryAnswer:
    def test_allows_nothing_that_is_not_of_the_node(self) -> None:
        policy = Client().get("/sign-in/")["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "data:" not in policy

    def test_asks_for_no_feature_of_the_machine(self) -> None:
        assert "geolocation=()" in Client().get("/sign-in/")["Permissions-Policy"]

    def test_is_kept_by_nobody_where_it_is_a_screen(self) -> None:
        assert "no-store" in Client().get("/sign-in/")["Cache-Control"]

    def test_has_no_inline_style_or_script(self) -> None:
        text = Client().get("/sign-in/").content.decode()
        assert " style=" not in text
        assert "<script>" not in text
        assert " onclick" not in text


def test_a_fault_is_told_even_where_the_menu_is_the_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(permissions: object) -> object:
        raise RuntimeError("a room's menu")

    monkeypatch.setattr(menu, "shown", broken)
    client = Client(raise_request_exception=False)
    answer = client.get("/nothing-here/")
    assert answer.status_code == 500
    assert "went wrong on our side" in answer.content.decode()
    assert "Content-Security-Policy" in answer


@pytest.mark.browser
class TestTheScreen:
    def test_of_components(self, node_page: NodePage) -> None:
        inspect(node_page.signed_in("node_admin"), "/-/components")

    def test_of_an_address_that_is_not_there(self, node_page: NodePage) -> None:
        inspect(node_page.signed_in("officer"), "/nothing-here/", status=404)

    def test_of_a_door_that_is_closed(self, node_page: NodePage) -> None:
        inspect(node_page.signed_in("officer"), "/people/", status=403)

    def test_is_walked_by_the_keyboard(self, node_page: NodePage) -> None:
        page = node_page.signed_in("node_admin").open("/-/components")
        focused = "document.activeElement.id || document.activeElement.name"
        page.keyboard.press("j")
        assert page.evaluate(focused) == "XA-2026-000123"
        page.keyboard.press("j")
        assert page.evaluate(focused) == "XA-2026-000124"
        page.keyboard.press("k")
        assert page.evaluate(focused) == "XA-2026-000123"
        page.keyboard.press("/")
        assert page.evaluate(focused) == "q"
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        assert page.locator("#keys").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("#keys").is_visible()

    def test_begins_with_a_way_past_the_menu(self, node_page: NodePage) -> None:
        page = node_page.signed_in("node_admin").open("/-/components")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


class TestTheMenu:
    def test_leads_to_pages_that_are_there_and_ask_for_what_it_names(self) -> None:
        for name in menu.entries:
            entry = menu.entries.get(name)
            door = resolve(reverse(entry.url)).func
            assert getattr(door, MARK, None) is entry.permission, name

    def test_is_shown_in_its_order_to_those_who_may(self) -> None:
        orders = [entry.order for entry in menu.shown(frozenset(Permission))]
        assert orders == sorted(orders)
        assert menu.shown(frozenset()) == []


@pytest.mark.browser
def test_a_part_of_a_page_looks_again_by_itself(node_page: NodePage) -> None:
    page = node_page.signed_in("node_admin").open("/-/components")
    before = page.locator("#live-at").inner_text()
    expect(page.locator("#live-at")).not_to_have_text(before)
    assert node_page.faults == []
    node_page.page.context.clear_cookies()  # the session ends
    page.wait_for_url("**/sign-in/")
