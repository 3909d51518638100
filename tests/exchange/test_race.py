"""Two at once: the same messages received, serials taken, a message released."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from tests.exchange.partner import ALERT as TYPE
from tests.exchange.partner import Partner, read, sealed
from tests.exchange.test_receiving import alert
from tests.exchange.test_sending import ALERT, order, send
from tidewaiter import clock
from tidewaiter.exchange import actions, errors, jobs, queries, telling
from tidewaiter.exchange.life import Event
from tidewaiter.exchange.models import Correspondent, Gap, Inbound, Outbound
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.identity import viewer
from tidewaiter.ledger import queries as ledger
from tidewaiter.work import actions as work

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


def test_messages_out_of_order_leave_no_gap_whoever_comes_first(
    at_once: Any, xb: Partner, agreement: str
) -> None:
    lines = [xb.line(alert(xb, agreement)) for _ in range(60)]

    def take(first: int) -> Callable[[], Any]:
        return lambda: actions.receive(lines[first::4], at=clock.real())

    at_once(*(take(first) for first in range(4)))
    assert Inbound.objects.count() == 60
    assert queries.gaps() == []
    assert Correspondent.objects.get(pk="XB").highest == 60


def test_a_gap_is_asked_for_once(at_once: Any, xb: Partner, agreement: str) -> None:
    xb.serial = 4
    actions.receive([xb.line(alert(xb, agreement))], at=clock.real())
    Gap.objects.update(noticed_at=clock.real() - timedelta(minutes=1))
    at_once(jobs.ask, jobs.ask, jobs.ask)
    assert Outbound.objects.filter(type="org.tidewaiter.resend.v1").count() == 1


def test_a_gap_that_is_asked_for_while_it_closes_is_closed(
    at_once: Any, xb: Partner, agreement: str
) -> None:
    lines = [xb.line(alert(xb, agreement)) for _ in range(9)]
    actions.receive([lines[8]], at=clock.real())
    Gap.objects.update(noticed_at=clock.real() - timedelta(minutes=1))
    at_once(jobs.ask, lambda: actions.receive(lines[:8], at=clock.real()), jobs.ask)
    assert queries.gaps() == []


def test_a_message_is_withdrawn_or_delivered_and_never_neither(
    at_once: Any, xb: Partner, agreement: str
) -> None:
    sent = send()
    row = Outbound.objects.get()

    def settle() -> int:
        with transaction.atomic():
            Correspondent.objects.lock(["XB"])
            return Outbound.objects.settle(Event.ACCEPT, {row.pk: {}}, at=clock.real())

    def withdraw() -> Any:
        return actions.withdraw(id=sent.id, by="ada", at=clock.real())

    answers = at_once(settle, withdraw, withdraw)
    assert answers[0] == 1
    assert Outbound.objects.get(pk=row.pk).state == "delivered"
    told = Outbound.objects.filter(type="org.tidewaiter.withdrawn.v1").count()
    assert told == sum(isinstance(each, actions.Released) for each in answers[1:]) <= 1


def test_what_is_asked_for_twice_goes_again_once(at_once: Any, xb: Partner, agreement: str) -> None:
    for _ in range(5):
        send()
    Outbound.objects.update(state="delivered", settled_at=clock.real() - timedelta(minutes=1))
    Outbound.objects.filter(serial=5).update(state="refused")

    def resend() -> Any:
        return jobs.resend(partner="XB", first=1, last=5, about="")

    at_once(resend, resend, resend)
    assert Outbound.objects.filter(state="waiting", type=TYPE).count() == 4
    assert Outbound.objects.filter(type="org.tidewaiter.withdrawn.v1").count() == 3


def test_our_document_is_told_once(at_once: Any, xb: Partner, settings: Any) -> None:
    publishing.own(at=clock.real())
    settings.NODE_NAME = "Another name"

    def publish() -> list[str]:
        return publishing.publish(at=clock.real())

    told = at_once(publish, publish, publish, publish)
    assert sorted(told) == [[], [], [], ["XB"]]


def test_a_revocation_counts_for_what_is_judged_while_it_is_taken(
    at_once: Any, xb: Partner, agreement: str
) -> None:
    """Whatever was accepted was accepted before the revocation, by the order of the log."""
    old = xb.rotate(clock.real())
    told = xb.house("node.document.v1", {"document": xb.signed_by(old)})
    actions.receive([sealed(xb.jws(told, kid=old))], at=clock.real())
    lines = [sealed(xb.jws(alert(xb, agreement), kid=old)) for _ in range(40)]
    word = {"kid": old, "since": clock.text(clock.real()), "reason": "stolen"}
    revocation = xb.line(xb.house("key.revoked.v1", word))

    def take(first: int) -> Callable[[], Any]:
        return lambda: [actions.receive([each], at=clock.real()) for each in lines[first::3]]

    at_once(take(0), take(1), lambda: actions.receive([revocation], at=clock.real()), take(2))
    rows = dict(Inbound.objects.values_list("type", "log_index").order_by("log_index"))
    last = Inbound.objects.filter(kid=old).order_by("-log_index").first()
    assert last is not None
    assert last.log_index < rows["org.tidewaiter.key.revoked.v1"]


class TestTheWriterIsLeftToOthersBetweenTheCommitsOfALongJob:
    """SQLite's lock knows no queue: without a gap, others wait until the whole job is done."""

    @pytest.fixture
    def turns(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """What others, who wait for nothing, could write in each gap; stands for the sleep."""
        written: list[int] = []

        def write(seconds: float) -> None:
            assert seconds > 0
            base = sqlite3.connect(connection.settings_dict["NAME"], timeout=0)
            with closing(base), base:
                changed = base.execute("UPDATE exchange_correspondent SET failures = failures")
                written.append(changed.rowcount)

        monkeypatch.setattr(work.time, "sleep", write)
        return written

    @pytest.mark.usefixtures("agreement")
    def test_when_a_batch_is_signed(self, turns: list[int]) -> None:
        datas = [{**ALERT, "alert": f"XA-{n}"} for n in range(2 * telling.SEALED_AT_ONCE + 1)]
        actions.send_batch(datas=datas, **order())
        jobs.seal()
        assert not Outbound.objects.unsealed().exists()
        assert len(turns) == (3 if connection.vendor == "sqlite" else 0)
        assert all(turns)

    def test_when_messages_are_handed_to_their_handlers(
        self, turns: list[int], xb: Partner, agreement: str
    ) -> None:
        count = 2 * jobs.HANDLED_AT_ONCE + 1
        lines = [xb.line(alert(xb, agreement)) for _ in range(count)]
        actions.receive(lines, at=clock.real())
        jobs.handle()
        assert not Inbound.objects.unhandled(clock.real()).exists()
        assert len(turns) >= 3 if connection.vendor == "sqlite" else not turns
        assert all(turns)
