"""The screens of signing in, of people and of the read-audit, in a real browser."""

import pytest

from tests.browser import NodePage, inspect
from tidewaiter import clock
from tidewaiter.identity import actions, viewer

pytestmark = pytest.mark.browser
GOOD = "a harbour at low tide"


def somebody(name: str = "ada") -> None:
    actions.add_office(code="P1", name="Port of Arven")
    actions.add_person(
        name=name,
        roles=["officer", "ipr_officer"],
        office="P1",
        display_name="Ada Merle",
        password=GOOD,
        at=clock.real(),
    )


def test_the_sign_in(node_page: NodePage) -> None:
    inspect(node_page, "/sign-in/")


def test_signing_in_and_out_by_the_keyboard_alone(node_page: NodePage) -> None:
    somebody()
    page = node_page.open("/-/nothing")
    page = node_page.open("/sign-in/")
    page.locator("#id_name").focus()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    page.locator("#id_password").focus()
    page.keyboard.type(GOOD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".account-name >> text=ada")
    page.locator(".account summary").focus()
    page.keyboard.press("Enter")
    page.locator("button", has_text="Sign out").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/")


def test_the_people(node_page: NodePage) -> None:
    somebody()
    actions.disable_person(name="ada", at=clock.real())
    inspect(node_page.signed_in("node_admin"), "/people/")


def test_a_new_person_with_what_is_wrong(node_page: NodePage) -> None:
    inspect(node_page.signed_in("node_admin"), "/people/new/")
    page = node_page.open("/people/new/")
    page.locator("#id_name").fill("ada lovelace")
    page.locator("#id_password").fill("password1234")
    page.locator("input[value=officer]").check()
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")


def test_a_person(node_page: NodePage) -> None:
    somebody()
    actions.add_token(name="ada", at=clock.real())
    ended = actions.add_token(name="ada", at=clock.real())
    actions.revoke_token(id=ended.id, at=clock.real())
    inspect(node_page.signed_in("node_admin"), "/people/ada/")


def test_a_person_as_the_auditor_sees_one(node_page: NodePage) -> None:
    somebody()
    inspect(node_page.signed_in("auditor"), "/people/ada/", themes=("light",), languages=("en",))


def test_a_token_is_shown_once(node_page: NodePage) -> None:
    somebody()
    page = node_page.signed_in("node_admin").open("/people/ada/")
    page.locator("button", has_text="New token").click()
    page.wait_for_selector(".copy--large")
    assert page.locator(".copy--large").inner_text().startswith("twt_")
    assert "twt_" not in node_page.open("/people/ada/").content()


def test_the_offices(node_page: NodePage) -> None:
    somebody()
    inspect(node_page.signed_in("node_admin"), "/people/offices/")


def test_the_read_audit(node_page: NodePage) -> None:
    who = viewer.person("ada", frozenset({"officer"}), "P1")
    for number in range(60):
        references = [f"XA-2026-{number * 20 + each:06}" for each in range(number % 20 + 1)]
        about = ["Brightway Trading Co."]
        actions.audit(who, "documents.declaration", references, about, clock.real())
    inspect(node_page.signed_in("auditor"), "/audit/")
    page = node_page.open("/audit/?subject=Brightway+Trading&person=ada")
    assert page.locator("tbody tr").count() == 50
    page.locator("a[rel=next]").click()
    page.wait_for_url("**before=*")
    assert page.locator("tbody tr").count() == 10


def test_the_choice_of_night_and_of_french(node_page: NodePage) -> None:
    page = node_page.open("/sign-in/")
    page.locator(".account summary").click()
    page.locator("button[value=dark]").click()
    page.wait_for_selector("html[data-theme=dark]")
    page.locator(".account summary").click()
    page.locator("button[value=fr]").click()
    page.wait_for_selector("html[lang=fr]")
    assert page.locator("h1").inner_text() == "Se connecter"
