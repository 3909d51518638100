"""What people see of a disaster: the notice while a node comes back, and a partner's new log."""

from datetime import timedelta

import pytest

from tests.browser import NodePage, inspect
from tests.exchange import test_restoring as restoring
from tests.exchange.partner import Partner
from tidewaiter import clock
from tidewaiter.identity import actions as identity
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger.fencing import actions as fencing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("stage", ["log", "lost", "partners"])
def test_says_on_a_page_how_far_the_node_is_back(node_page: NodePage, stage: str) -> None:
    now = clock.real()
    ledger.fence(since=now - timedelta(hours=3), at=now)
    fencing.come(stage, size=7 if stage == "partners" else None)
    inspect(node_page.signed_in("liaison"), "/ledger/", sizes=((1280, 720), (1024, 768)))


def test_lets_a_partners_new_log_be_pinned_by_hand(node_page: NodePage) -> None:
    xb = Partner("XB", at=clock.real())
    identity.add_partner(document=xb.document(), thumbprint=xb.thumbprint(), at=xb.at)
    restoring.TestAPartnersNewOrigin().renewed(xb)
    inspect(node_page.signed_in("node_admin"), "/exchange/partners/XB/")
