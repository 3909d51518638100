"""The ledger's pages show what the log holds, and the keys' page what may be shown."""

from datetime import UTC, datetime

import pytest
from django.test import RequestFactory
from django.urls import resolve

from tidewaiter.ledger import actions, queries
from tidewaiter.permission import MARK, Permission

AT = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def page(path: str) -> str:
    """What the view at `path` renders, by itself; who may come is tried in tests/identity."""
    request = RequestFactory().get(path)
    request.htmx = False  # type: ignore[attr-defined]
    match = resolve(path.partition("?")[0])
    return str(match.func(request, *match.args, **match.kwargs).content.decode())


class TestTheLedgersPage:
    def test_says_why_it_is_empty(self) -> None:
        assert "Nothing is logged yet" in page("/ledger/")

    def test_shows_the_newest_entries_and_what_is_covered(self) -> None:
        actions.append(b"one", b"s" * 32, at=AT)
        actions.publish(at=AT)
        actions.append(b"two", b"s" * 32, at=AT)
        text = page("/ledger/")
        assert [row.commitment in text for row in queries.recent()] == [True, True]
        assert text.index("/ledger/1/") < text.index("/ledger/0/")
        assert "covered" in text
        assert "waiting" in text

    def test_goes_on_to_older_entries(self) -> None:
        actions.append_many([(b"%d" % number, b"s" * 32) for number in range(60)], at=AT)
        assert "?before=10" in page("/ledger/")
        older = page("/ledger/?before=10")
        assert "/ledger/9/" in older
        assert "/ledger/10/" not in older

    @pytest.mark.parametrize("query", ["before=x", "before=-1", "before=" + "9" * 40, "index=x"])
    def test_bears_any_query(self, query: str) -> None:
        assert "Ledger" in page(f"/ledger/?{query}")


class TestAnEntrysPage:
    def test_shows_the_proof_and_the_checkpoint(self) -> None:
        actions.append_many([(b"%d" % number, b"s" * 32) for number in range(3)], at=AT)
        actions.publish(at=AT)
        text = page("/ledger/1/")
        proof = queries.inclusion(1)
        assert all(hash_.hex() in text for hash_ in proof.path)
        assert queries.origin() in text

    def test_says_that_a_checkpoint_is_still_to_come(self) -> None:
        actions.append(b"one", b"s" * 32, at=AT)
        assert "No proof yet" in page("/ledger/0/")


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/ledger/", Permission.LEDGER_READ),
        ("/ledger/0/", Permission.LEDGER_READ),
        ("/keys/", Permission.KEY_READ),
        ("/tlog/checkpoint", Permission.PUBLIC),
        ("/tlog/tile/0/000", Permission.PUBLIC),
    ],
)
def test_a_door_carries_its_permission(path: str, permission: Permission) -> None:
    assert getattr(resolve(path).func, MARK) is permission
