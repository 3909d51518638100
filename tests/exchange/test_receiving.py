"""Receiving: what is accepted is durable, logged, handled once; a refusal leaves its trace."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.exchange.conftest import ALERT
from tests.exchange.partner import Partner, read, sealed
from tidewaiter import clock
from tidewaiter.agreements import category
from tidewaiter.exchange import actions, errors, jobs, message, queries, types
from tidewaiter.exchange.models import Inbound, Rate, Refusal
from tidewaiter.identity import actions as identity
from tidewaiter.identity import queries as partners
from tidewaiter.identity import viewer
from tidewaiter.ledger import queries as ledger
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
ME = viewer.command_line()


def alert(xb: Partner, agreement: str, **changes: Any) -> message.Message:
    """The next alert of XB under clause 1."""
    at = changes.pop("at", clock.real())
    data = {**ALERT, "goods": [{"hs": "640411"}], **changes.pop("data", {})}
    made = xb.next(at, data=data)
    permit = message.Permit(
        agreement=agreement,
        clause=changes.pop("clause", "1"),
        purpose=changes.pop("purpose", "ipr-enforcement"),
        mode="spontaneous",
        handling="TLP:AMBER",
        retain_until=at + timedelta(days=300),
        conversation=str(made.id),
    )
    return replace(made, permit=permit, **changes)


def receive(*lines: bytes) -> list[dict[str, Any]]:
    """The receipts of one POST."""
    return [read(each) for each in actions.receive(lines, at=clock.real(), address="10.0.0.1")]


def outcomes(*lines: bytes) -> list[str]:
    """`accepted`, `duplicate`, or the name of the problem."""
    found = [each["data"] for each in receive(*lines)]
    return [
        each["problem"]["type"].rpartition("/")[2] if "problem" in each else each["outcome"]
        for each in found
    ]


class TestWhatIsAccepted:
    def test_has_its_row_its_log_entry_and_its_handling_when_the_receipt_is_given(
        self, xb: Partner, agreement: str
    ) -> None:
        before = ledger.size()
        made = alert(xb, agreement)
        (receipt,) = receive(xb.line(made))
        assert receipt["data"]["outcome"] == "accepted"
        assert receipt["data"]["logindex"] == before
        assert (receipt["inreplyto"], receipt["recipient"]) == (str(made.id), "XB")
        assert ledger.size() == before + 1
        assert work.pending(["exchange.handle"]) == 1
        (row,) = queries.messages(ME, "in")
        assert (row.id, row.serial, row.clause) == (made.id, made.serial, "1")

    def test_answers_its_first_facts_when_it_comes_again(self, xb: Partner, agreement: str) -> None:
        jws = xb.jws(alert(xb, agreement))
        (first,) = receive(sealed(jws))
        (second,) = receive(sealed(jws))
        assert second["data"] == {**first["data"], "outcome": "duplicate"}
        assert Inbound.objects.count() == 1

    def test_is_one_where_it_stands_twice_in_a_post(self, xb: Partner, agreement: str) -> None:
        jws = xb.jws(alert(xb, agreement))
        first, second = receive(sealed(jws), sealed(jws))
        assert second["data"] == {**first["data"], "outcome": "duplicate"}

    def test_can_show_its_receipt_again_as_it_was(self, xb: Partner, agreement: str) -> None:
        made = alert(xb, agreement)
        (given,) = actions.receive([xb.line(made)], at=clock.real())
        assert queries.message(ME, made.id, at=clock.real()).receipt == given

    def test_comes_in_any_order_and_a_gap_shows(self, xb: Partner, agreement: str) -> None:
        five = [alert(xb, agreement) for _ in range(5)]
        assert outcomes(*(xb.line(five[each]) for each in (4, 0, 2))) == ["accepted"] * 3
        assert [(gap.first, gap.last) for gap in queries.gaps()] == [(2, 2), (4, 4)]
        assert outcomes(xb.line(five[3]), xb.line(five[1])) == ["accepted"] * 2
        assert queries.gaps() == []

    def test_is_noted_with_the_partner_that_was_heard(self, xb: Partner, agreement: str) -> None:
        receive(xb.line(alert(xb, agreement)))
        known = partners.partner("XB")
        assert known is not None
        assert known.last_seen is not None

    def test_is_500_in_one_commit(
        self, xb: Partner, agreement: str, django_assert_max_num_queries: Any
    ) -> None:
        lines = [xb.line(alert(xb, agreement)) for _ in range(500)]
        with django_assert_max_num_queries(60):
            assert outcomes(*lines) == ["accepted"] * 500


class TestWhatIsRefused:
    def test_is_refused_by_the_line_and_the_others_are_taken(
        self, xb: Partner, agreement: str
    ) -> None:
        good, bad = alert(xb, agreement), alert(xb, agreement, purpose="revenue")
        assert outcomes(b"x", xb.line(bad), xb.line(good), sealed("e30.e30.e30")) == [
            "undecryptable",
            "not-permitted",
            "accepted",
            "malformed",
        ]

    def test_uses_up_neither_its_id_nor_its_serial(self, xb: Partner, agreement: str) -> None:
        bad = alert(xb, agreement, purpose="revenue")
        assert outcomes(xb.line(bad)) == ["not-permitted"]
        assert bad.permit is not None
        good = replace(bad, permit=replace(bad.permit, purpose="ipr-enforcement"))
        assert outcomes(xb.line(good)) == ["accepted"]

    def test_leaves_one_trace_however_often_it_comes(self, xb: Partner, agreement: str) -> None:
        before = ledger.size()
        line = xb.line(alert(xb, agreement, purpose="revenue"))
        for _ in range(3):
            receive(line, b"x")
        rows = {row.problem: row.times for row in Refusal.objects.all()}
        assert rows == {"not-permitted": 3, "undecryptable": 3}
        assert (Inbound.objects.count(), ledger.size()) == (0, before)

    def test_is_what_another_message_did_first(self, xb: Partner, agreement: str) -> None:
        first = alert(xb, agreement)
        same_id = alert(xb, agreement, id=first.id)
        same_serial = alert(xb, agreement, serial=first.serial)
        ahead = alert(xb, agreement, serial=first.serial + 10_001)
        assert outcomes(*(xb.line(each) for each in (first, same_id, same_serial, ahead))) == [
            "accepted",
            "replayed",
            "bad-serial",
            "bad-serial",
        ]

    def test_is_all_of_a_partner_that_is_suspended(self, xb: Partner, agreement: str) -> None:
        identity.suspend_partner(administration="XB")
        assert outcomes(xb.line(alert(xb, agreement))) == ["unknown-sender"]

    def test_is_what_has_an_attachment_that_is_not_here(self, xb: Partner, agreement: str) -> None:
        photo = {
            "name": "1.jpg",
            "mediatype": "image/jpeg",
            "size": 3,
            "sha256": "sha256:" + "0" * 64,
            "jwe": "sha256:" + "0" * 64,
        }
        made = alert(xb, agreement, data={"attachments": [photo]})
        assert outcomes(xb.line(made)) == ["missing-attachment"]

    def test_holds_no_value_of_the_data_in_its_problem(self, xb: Partner, agreement: str) -> None:
        made = alert(xb, agreement, data={"offence": "Brisk-Trading-of-Ostend"})
        (receipt,) = receive(xb.line(made))
        assert receipt["data"]["problem"]["type"].endswith("/bad-payload")
        assert "Brisk" not in str(receipt)


class TestAHandler:
    def test_runs_once_in_effect(
        self, xb: Partner, agreement: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen = _handled_by(monkeypatch)
        made = [alert(xb, agreement) for _ in range(3)]
        receive(*(xb.line(each) for each in made))
        jobs.handle()
        jobs.handle()
        assert [each.id for each in seen] == [each.id for each in made]
        assert (seen[0].source, seen[0].clause) == ("XB", "1")

    def test_that_raises_is_called_again_and_keeps_nobody_waiting(
        self, xb: Partner, agreement: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bad, good = alert(xb, agreement), alert(xb, agreement)
        seen = _handled_by(monkeypatch, fails_on=str(bad.id))
        receive(xb.line(bad), xb.line(good))
        again = jobs.handle()
        assert [each.id for each in seen] == [good.id]
        row = Inbound.objects.get(message_id=bad.id)
        assert again == row.handle_at
        assert (row.stumbles, row.handled_at) == (1, None)
        assert "no such luck" in row.error


class TestARate:
    def test_of_lines_that_fail_closes_the_door_to_their_address(
        self, xb: Partner, agreement: str, settings: Any
    ) -> None:
        settings.EXCHANGE_FAILING_RATE = 3
        receive(b"1", b"2", b"3", b"4")
        with pytest.raises(errors.TooFast):
            receive(xb.line(alert(xb, agreement)))
        made = xb.line(alert(xb, agreement))
        assert actions.receive([made], at=clock.real(), address="10.0.0.2")

    def test_of_a_partner_is_its_own(self, xb: Partner, agreement: str, settings: Any) -> None:
        settings.EXCHANGE_RATE = 2
        assert outcomes(*(xb.line(alert(xb, agreement)) for _ in range(2))) == ["accepted"] * 2
        with pytest.raises(errors.TooFast):
            receive(xb.line(alert(xb, agreement)))
        Rate.objects.tidy(clock.real() + timedelta(minutes=2))
        assert outcomes(xb.line(alert(xb, agreement))) == ["accepted"]


class TestTheEndpoint:
    @pytest.mark.parametrize(
        ("body", "content_type", "headers", "status"),
        [
            (b"\n", "application/x-ndjson", {}, 400),
            (b"a\nb", "application/jose", {}, 400),
            (b"x", "application/json", {}, 415),
            (b"x", "application/jose", {"Content-Encoding": "gzip"}, 415),
            (b"x\n" * 501, "application/x-ndjson", {}, 413),
            (b"x" * (2**20 + 1), "application/jose", {}, 413),
            (b"x\n" * (2**23 + 1), "application/x-ndjson", {}, 413),
            (b"x", "application/jose", {}, 202),
        ],
        ids=["empty", "two", "json", "gzip", "lines", "line", "body", "one"],
    )
    def test_answers_what_it_could_read_with_receipts_and_the_rest_with_a_problem(
        self,
        client: Client,
        body: bytes,
        content_type: str,
        headers: dict[str, str],
        status: int,
    ) -> None:
        answer = client.post(
            "/exchange/v1/messages", body, content_type=content_type, headers=headers
        )
        assert answer.status_code == status
        if status != 202:
            assert answer.headers["Content-Type"] == "application/problem+json"

    def test_says_when_to_come_again(self, client: Client, settings: Any) -> None:
        settings.EXCHANGE_FAILING_RATE = 0
        for status in (202, 429):
            answer = client.post("/exchange/v1/messages", b"x", content_type="application/jose")
            assert answer.status_code == status
        assert 0 < int(answer.headers["Retry-After"]) <= 60

    def test_publishes_the_schema_of_every_type_with_its_category(self, client: Client) -> None:
        for name in types.names():
            answer = client.get(f"/.well-known/tidewaiter/schemas/{name}.json")
            own = None if name.startswith(types.REPLY) else category.of(name)
            assert answer.json().get("x-category") == own
        assert client.get("/.well-known/tidewaiter/schemas/nothing.json").status_code == 404

    def test_publishes_a_document_that_stays_until_it_says_something_else(
        self, client: Client, settings: Any
    ) -> None:
        def served() -> str:
            return client.get("/.well-known/tidewaiter/node.json").content.decode()

        first = served()
        assert served() == first
        settings.NODE_NAME = "Another name"
        assert served() != first


def _handled_by(monkeypatch: pytest.MonkeyPatch, fails_on: str = "") -> list[types.Received]:
    """What the handler of the alerts is handed from here on."""
    seen: list[types.Received] = []

    def handle(received: types.Received) -> None:
        if str(received.id) == fails_on:
            raise RuntimeError("no such luck")
        seen.append(received)

    kind = types.get("org.tidewaiter.alert.shipment.v1")
    assert kind is not None
    monkeypatch.setattr(types, "get", lambda _: replace(kind, handle=handle))
    return seen
