"""What a partner wishes and asks, and what is left of a message, looked at in the browser."""

import pytest
from playwright.sync_api import expect

from tests.browser import NodePage, inspect
from tests.exchange import dealing
from tests.exchange.conftest import ALERT
from tests.exchange.partner import Partner
from tests.exchange.test_forgetting import OVER, mine, warned
from tests.exchange.test_onward import CONSENT, pass_on
from tests.exchange.test_onward import xc as xc
from tidewaiter import clock
from tidewaiter.exchange.forgetting import actions
from tidewaiter.exchange.models import Inbound, Outbound
from tidewaiter.exchange.obligations import messages

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_pages_of_messages_say_what_is_wished_asked_waited_for_and_gone(
    node_page: NodePage, xb: Partner, xc: Partner
) -> None:
    treaty = dealing.in_force(xb, CONSENT)
    gone = warned(xb, treaty, "XB-GONE")
    Inbound.objects.filter(message_id=gone).update(retain_until=clock.real())
    assert actions.run(at=clock.real()).told == 1
    first = warned(xb, treaty)
    data = {"messages": [str(first)], "deleted": False}
    wish = dealing.came(xb, treaty, messages.DELETION_TYPE, data)
    held = pass_on(str(first))
    ours = mine(ALERT["alert"])
    Outbound.objects.filter(message_id=ours.id).update(state="delivered", settled_at=clock.real())
    asked = {"message": str(ours.id), "to": ["XC", "XD"]}
    dealing.came(xb, treaty, messages.ONWARD_TYPE, asked)
    node = node_page.signed_in("liaison")
    for id_ in (gone, wish.id, held.id, ours.id):
        inspect(node, f"/exchange/{id_}/")
    node.cookie("django_language", "en")
    page = node.open(f"/exchange/{ours.id}/")
    page.locator("button", has_text="Grant it").click()
    expect(page.locator("body")).to_contain_text("Granted: XB is told.")
    page = node.open(f"/exchange/{wish.id}/")
    page.locator("button", has_text="Delete it here").click()
    expect(page.locator("body")).to_contain_text("1 message is being deleted.")
    actions.run(at=clock.real() + OVER)
    assert not Inbound.objects.filter(message_id=first).exclude(jws="").exists()
