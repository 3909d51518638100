"""The ledger's and the keys' pages as a browser shows them."""

from datetime import UTC, datetime

import pytest

from tests.browser import NodePage, inspect
from tidewaiter.ledger import actions

AT = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def logged(count: int) -> None:
    """Log so many documents."""
    from django.db import transaction

    with transaction.atomic():
        actions.append_many([(b"%d" % number, b"s" * 32) for number in range(count)], at=AT)


class TestThePage:
    def test_of_an_empty_ledger(self, node_page: NodePage) -> None:
        inspect(node_page.signed_in("auditor"), "/ledger/")

    def test_of_the_ledger(self, node_page: NodePage) -> None:
        logged(60)
        actions.publish(at=AT)
        logged(1)
        inspect(node_page.signed_in("auditor"), "/ledger/")

    def test_of_an_entry(self, node_page: NodePage) -> None:
        logged(60)
        actions.publish(at=AT)
        inspect(node_page.signed_in("auditor"), "/ledger/17/")

    def test_of_an_entry_that_waits(self, node_page: NodePage) -> None:
        logged(1)
        inspect(node_page.signed_in("auditor"), "/ledger/0/")

    def test_of_an_entry_that_is_not_there(self, node_page: NodePage) -> None:
        inspect(node_page.signed_in("auditor"), "/ledger/9/", status=404)

    def test_of_the_keys(self, node_page: NodePage) -> None:
        inspect(node_page.signed_in("node_admin"), "/keys/")
