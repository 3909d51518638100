"""The screens of messages and of partners, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser import NodePage, inspect
from tests.exchange.partner import Partner
from tests.exchange.test_receiving import alert, receive
from tests.exchange.test_sending import send
from tidewaiter import clock
from tidewaiter.exchange import jobs, queries
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
