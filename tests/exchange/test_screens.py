"""The screens of messages and of partners, in a real browser."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests.browser import NodePage, inspect
from tests.exchange.partner import Partner
from tests.exchange.test_receiving import alert, receive
from tests.exchange.test_sending import send
from tests.test_hands import enter
from tidewaiter import clock
from tidewaiter.exchange import jobs, queries
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer

pytestmark = pytest.mark.browser


@pytest.fixture
def traffic(node_page: NodePage, xb: Partner, agreement: str) -> NodePage:
    """Messages that came, were sent, are held and were refused, and a partner that is silent."""
    first = alert(xb, agreement)
    receive(xb.line(first), b"x", xb.line(alert(xb, agreement, purpose="revenue")))
    alert(xb, agreement)  # never sent: a gap
    receive(xb.line(alert(xb, agreement)))
    send()
    send(purpose="security", by="ada")
    jobs.deliver(partner="XB")
    return node_page


@pytest.mark.parametrize("tab", ["in", "out", "refused"])
def test_the_messages(traffic: NodePage, tab: str) -> None:
    inspect(traffic.signed_in("liaison"), f"/exchange/?tab={tab}")


def test_no_message_at_all(node_page: NodePage) -> None:
    inspect(node_page.signed_in("auditor"), "/exchange/", themes=("light",), languages=("en",))


def test_a_message_that_came(traffic: NodePage) -> None:
    row = queries.messages(viewer.command_line(), "in")[0]
    inspect(traffic.signed_in("liaison"), f"/exchange/{row.id}/")


def test_a_held_message_is_released_by_a_button(traffic: NodePage) -> None:
    row = queries.messages(viewer.command_line(), "out", state="held")[0]
    page = traffic.signed_in("liaison")
    inspect(page, f"/exchange/{row.id}/")
    opened = page.open(f"/exchange/{row.id}/")
    opened.locator("main .button--primary").click()
    opened.wait_for_selector("main .button--primary", state="detached")
    assert queries.message(viewer.command_line(), row.id, at=clock.real()).row.serial == 2


def test_the_partners(traffic: NodePage) -> None:
    inspect(traffic.signed_in("node_admin"), "/partners/")


def test_a_partner_is_registered_by_its_document_and_thumbprint(node_page: NodePage) -> None:
    xc = Partner("XC")
    page = node_page.signed_in("node_admin").open("/partners/")
    page.locator("#id_document").fill(xc.document())
    page.locator("#id_thumbprint").fill("wrong")
    page.locator("button", has_text="Register").click()
    page.wait_for_selector("[role=alert]")
    page.locator("#id_thumbprint").fill(xc.thumbprint())
    page.locator("button", has_text="Register").click()
    expect(page.locator("h1")).to_contain_text("Customs of XC")
    expect(page.locator("main")).to_contain_text("Nothing is agreed with it")


def test_a_partner_as_everybody_sees_it(traffic: NodePage) -> None:
    for role in ("node_admin", "liaison"):
        inspect(traffic.signed_in(role), "/exchange/partners/XB/")


def test_a_held_message_is_released_by_two_people_and_not_twice_by_one(
    node_page: NodePage, xb: Partner, agreement: str
) -> None:
    ada, bob = person("ada"), person("bob")
    held = send(purpose="security", by=viewer.machine(), person=False)
    assert (held.state, held.serial) == ("held", None)
    page = ada(node_page).open(f"/exchange/{held.id}/")
    expect(page.locator("main")).to_contain_text("Nobody has released it yet.")
    page.get_by_role("button", name="Release this message").click()
    expect(page.locator("main")).to_contain_text("another person must release it too")
    expect(page.locator("main")).to_contain_text("Released so far by ada.")
    expect(page.locator("main")).to_contain_text("Who may: bob.")
    expect(page.get_by_role("button", name="Release this message")).to_have_count(0)
    again = page.request.post(
        f"{node_page.url}/exchange/{held.id}/release",
        form={"csrfmiddlewaretoken": token(page)},
        headers={"Referer": page.url},
    )
    assert "Another person must release this" in again.text() or "Ask a colleague" in again.text()
    assert shown(held.id).released_by == ("ada",)
    page = bob(node_page).open(f"/exchange/{held.id}/")
    page.get_by_role("button", name="Release this message").click()
    expect(page.locator("main")).to_contain_text("it is on its way")
    assert shown(held.id).released_by == ("ada", "bob")
    assert shown(held.id).row.serial == 1


def test_what_waits_is_taken_back_and_its_partner_is_told(traffic: NodePage) -> None:
    row = queries.messages(viewer.command_line(), "out", state="waiting")[0]
    page = traffic.signed_in("liaison").open(f"/exchange/{row.id}/")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("main")).to_contain_text("It was taken back")
    assert shown(row.id).row.state == "withdrawn"
    told = queries.messages(viewer.command_line(), "out", type="org.tidewaiter.withdrawn.v1")
    assert shown(told[0].id).event["data"] == {"serials": [row.serial], "reason": "refused"}


def test_a_partner_is_suspended_resumed_and_removed_by_its_code_alone(traffic: NodePage) -> None:
    page = traffic.signed_in("node_admin").open("/exchange/partners/XB/")
    page.get_by_role("button", name="Suspend").click()
    expect(page.locator(".lead")).to_contain_text("suspended")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".lead")).to_contain_text("active")
    page.get_by_text("Remove this partner").click()
    page.get_by_label("Its code, to say that you mean it").fill("XC")
    page.get_by_role("button", name="Remove XB").click()
    expect(page.locator("main")).to_contain_text("Write XB to remove XB.")
    page.get_by_label("Its code, to say that you mean it").fill("xb")
    page.get_by_role("button", name="Remove XB").click()
    expect(page.locator("main")).to_contain_text("XB is no partner any more")
    expect(page.locator("main")).to_contain_text("No partner yet")


def test_a_newer_document_is_held_where_a_pinned_key_signed_it(
    node_page: NodePage, xb: Partner
) -> None:
    page = node_page.signed_in("node_admin").open("/exchange/partners/XB/")
    page.get_by_text("Register a newer document").click()
    page.get_by_label("Its newer signed document").fill(Partner("XB").document())
    page.get_by_role("button", name="Hold this document").click()
    expect(page.locator(".field-error, [role=alert]").first).to_be_visible()
    xb.at, xb.url = clock.real(), "http://127.0.0.1:8"
    page.get_by_label("Its newer signed document").fill(xb.document())
    page.get_by_role("button", name="Hold this document").click()
    expect(page.locator("main")).to_contain_text("http://127.0.0.1:8")
    expect(page.locator(".timeline li")).to_have_count(2)


def test_housekeeping_is_folded_away_until_it_is_asked_for(
    node_page: NodePage, xb: Partner, agreement: str
) -> None:
    receive(xb.line(alert(xb, agreement)))
    asked = xb.next(clock.real(), type="org.tidewaiter.resend.v1", data={"first": 1, "last": 1})
    receive(xb.line(asked))
    page = node_page.signed_in("liaison").open("/exchange/?tab=in")
    rows = page.locator("[data-rows] tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Show them too").click()
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="Asked for lost messages").click()
    expect(page.locator("main")).to_contain_text("XB asks for serial 1, which did not come.")
    expect(page.locator("pre")).to_be_hidden()


def test_all_of_it_goes_without_script(plain_page: NodePage, xb: Partner, agreement: str) -> None:
    held, sent = send(purpose="security", by="ada"), send()
    page = plain_page.signed_in("liaison", "node_admin").open(f"/exchange/{held.id}/")
    page.get_by_role("button", name="Release this message").click()
    expect(page.locator("main")).to_contain_text("it is on its way")
    page.goto(f"{plain_page.url}/exchange/{sent.id}/")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("main")).to_contain_text("It was taken back")
    page.goto(f"{plain_page.url}/exchange/?tab=out")
    page.get_by_label("State").select_option("withdrawn")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    page.goto(f"{plain_page.url}/exchange/partners/XB/")
    page.get_by_role("button", name="Suspend").click()
    expect(page.locator(".lead")).to_contain_text("suspended")


def test_a_message_is_found_released_and_left_by_the_keyboard_alone(
    node_page: NodePage, xb: Partner, agreement: str
) -> None:
    send(purpose="security", by="ada")
    page = node_page.signed_in("liaison").open("/exchange/?tab=out")
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    enter(page, "Release this message")
    expect(page.locator("main")).to_contain_text("it is on its way")
    enter(page, "XB")
    expect(page.locator("h1")).to_contain_text("Customs of XB")
    assert node_page.faults == []


def person(name: str) -> Callable[[NodePage], NodePage]:
    """How to sign in as somebody of that name who may release messages."""
    identity.add_person(name=name, roles=["liaison"], at=clock.real())
    return lambda page: page.as_person(name)


def token(page: Any) -> str:
    """What the page's forms carry against forgery."""
    value: str = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    return value


def shown(id_: UUID) -> queries.Message:
    """That message as it stands."""
    return queries.message(viewer.command_line(), id_, at=clock.real())
