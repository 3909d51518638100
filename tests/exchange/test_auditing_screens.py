"""The auditor's view in a real browser, with and without script."""

import pytest
from playwright.sync_api import expect

from tests.browser import NodePage, inspect
from tests.exchange.partner import Partner
from tests.exchange.test_auditing import answered, cosigned_by
from tests.exchange.test_receiving import alert, receive
from tests.exchange.test_sending import send
from tidewaiter import clock
from tidewaiter.identity import queries as people
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import proof

pytestmark = pytest.mark.browser
SIZES = ((1280, 720), (1024, 768), (375, 812))


@pytest.fixture
def passed(node_page: NodePage, xb: Partner, agreement: str) -> NodePage:
    """What passed with XB: accepted, refused, waiting, withdrawn, missing; cosigned by XB."""
    play(xb, agreement)
    return node_page


def play(xb: Partner, agreement: str) -> None:
    for index in range(3):
        answered(xb, send(), index=100 + index)
    answered(xb, send(), outcome="refused")
    receive(xb.line(alert(xb, agreement)))
    alert(xb, agreement)
    alert(xb, agreement)
    receive(xb.line(xb.house("withdrawn.v1", {"serials": [2], "reason": "expired"})))
    receive(xb.line(alert(xb, agreement)), xb.line(alert(xb, agreement, purpose="revenue")))
    ledger.publish(at=clock.real())
    cosigned_by(xb)
    send()


def test_a_period_with_a_partner(passed: NodePage) -> None:
    inspect(passed.signed_in("auditor"), "/exchange/audit/?partner=XB&salts=on", sizes=SIZES)


def test_the_choice_of_a_partner(passed: NodePage) -> None:
    inspect(passed.signed_in("auditor"), "/exchange/audit/", themes=("light",))


def test_one_who_reads_no_messages_is_told_what_is_held_back(passed: NodePage) -> None:
    page = passed.signed_in("node_admin").open("/exchange/audit/?partner=XB&salts=on")
    expect(page.locator("main")).to_contain_text("Your role may not read messages")
    expect(page.locator("main table code")).to_have_count(0)


def test_it_goes_without_script_from_the_choice_to_the_file(
    plain_page: NodePage, xb: Partner, agreement: str
) -> None:
    play(xb, agreement)
    page = plain_page.signed_in("auditor").open("/exchange/audit/")
    page.get_by_role("link", name="XB · Customs of XB").click()
    expect(page.locator("h1")).to_have_text("Audit with XB")
    expect(page.locator("#serials")).to_have_text("Serials are missing")
    page.get_by_label("Direction").select_option("out")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("[data-rows]").first.locator("tbody tr")).to_have_count(5)
    page.get_by_role("link", name="Last year").click()
    expect(page.locator("main")).to_contain_text("No message is like this")
    page.get_by_role("link", name="Show all").click()
    page.get_by_role("link", name="This month").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="File of proofs").click()
    found = proof.check(downloading.value.path().read_bytes())
    assert (found.ok, found.cosigned_by) == (True, ("XB",))
    assert people.readings(person="auditor")[0][1].references
