"""Two at once: the same messages received, serials taken, a message released."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from tests.exchange.partner import Partner, read
from tests.exchange.test_receiving import alert
from tests.exchange.test_sending import ALERT, order, send
from tidewaiter import clock
from tidewaiter.exchange import actions, errors, jobs, queries
from tidewaiter.exchange.models import Inbound, Outbound
from tidewaiter.identity import viewer
from tidewaiter.ledger import queries as ledger

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_once(transactional_db: None) -> Iterator[Callable[..., list[Any]]]:
    """Calls, each in a thread and on a connection of its own, begun together."""
    pool = ThreadPoolExecutor(8)

    def each(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except errors.Problem as problem:
            return problem
        finally:
            connections.close_all()

    yield lambda *calls: list(pool.map(each, calls))
    pool.shutdown()
    connection.close()


def test_the_same_messages_twice_at_once_are_accepted_once(
    at_once: Any, xb: Partner, agreement: str
) -> None:
    before = ledger.size()
    lines = [xb.line(alert(xb, agreement)) for _ in range(40)]

    def take() -> list[dict[str, Any]]:
        return [read(each)["data"] for each in actions.receive(lines, at=clock.real())]

    answers = at_once(take, take, take, take)
    for facts in zip(*answers, strict=True):
        assert sorted(each["outcome"] for each in facts) == ["accepted", *["duplicate"] * 3]
        assert len({(each["logindex"], each["received"]) for each in facts}) == 1
    assert Inbound.objects.count() == 40
    assert ledger.size() == before + 40


def test_serials_have_neither_gap_nor_double(at_once: Any, agreement: str) -> None:
    sent = at_once(*[send] * 12)
    assert sorted(each.serial for each in sent) == list(range(1, 13))


def test_a_batch_is_signed_once(at_once: Any, agreement: str) -> None:
    before = ledger.size()
    actions.send_batch(datas=[ALERT] * 300, **order())
    at_once(jobs.seal, jobs.seal, jobs.seal)
    assert ledger.size() == before + 300
    indexes = Outbound.objects.values_list("log_index", flat=True)
    assert sorted(indexes) == list(range(before, before + 300))


def test_a_held_message_is_released_once(at_once: Any, agreement: str) -> None:
    sent = send(purpose="security", by="ada")

    def release(name: str) -> Callable[[], Any]:
        return lambda: actions.release(id=sent.id, by=name, at=clock.real())

    done = at_once(*map(release, ("bea", "cyd", "dan", "eve")))
    assert sum(isinstance(each, actions.Released) for each in done) == 1
    assert sum(isinstance(each, errors.NotHeld) for each in done) == 3
    (row,) = queries.messages(viewer.command_line(), "out")
    assert (row.state, row.serial) == ("waiting", 1)
