"""Delivery over a real line to a partner that answers well, badly or not at all."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.exchange.partner import Partner
from tests.exchange.test_sending import send
from tidewaiter import canonical, clock, identifier, jose
from tidewaiter.exchange import actions, envelope, jobs, queries, receipt, retry
from tidewaiter.exchange.models import Correspondent, Outbound
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer
from tidewaiter.keys.keyfile import Use

pytestmark = pytest.mark.django_db
Answer = Callable[[list[str]], tuple[int, bytes]]


class Endpoint:
    """The partner's endpoint: what comes in is opened, and answered as the test says."""

    def __init__(self, partner: Partner) -> None:
        self.partner = partner
        self.came: list[list[str]] = []
        self.answer: Answer = self.accept
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = endpoint.taken(self.path, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                if status == 429:
                    self.send_header("Retry-After", "77")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def taken(self, path: str, body: bytes) -> tuple[int, bytes]:
        assert path == "/exchange/v1/messages"
        key = self.partner.key(Use.ENC).private
        lines = body.decode().split()
        plain = [jose.open_(line, key, cty=envelope.TYP).decode() for line in lines]
        self.came.append(plain)
        return self.answer(plain)

    def receipt(self, jws: str, *, by: Partner | None = None, **changes: Any) -> str:
        event = json.loads(jose.read(jws).payload)
        values: dict[str, Any] = {
            "digest": canonical.digest(jws.encode()),
            "outcome": receipt.ACCEPTED,
            "received": clock.real(),
            "about": event["id"],
            "to": "XA",
            "log_index": 7,
        }
        at = clock.real()
        said = receipt.Answer(**{**values, **changes})
        payload = receipt.build(said, us="XB", id=identifier.uuid7(at), at=at)
        return (by or self.partner).sign(payload)

    def accept(self, lines: list[str]) -> tuple[int, bytes]:
        return self.said([self.receipt(each) for each in lines])

    def refuse(self, problem: str) -> Answer:
        document = {"type": f"https://tidewaiter.org/problems/{problem}", "title": "No"}
        return lambda lines: self.said(
            [
                self.receipt(each, outcome=receipt.REFUSED, problem=document, log_index=None)
                for each in lines
            ]
        )

    @staticmethod
    def said(receipts: list[str]) -> tuple[int, bytes]:
        return 202, "\n".join([*receipts, ""]).encode()


@pytest.fixture
def endpoint(xb: Partner, agreement: str) -> Iterator[Endpoint]:
    """The partner, reached by a real line."""
    made = Endpoint(xb)
    xb.url = made.url
    xb.at = clock.real()
    assert identity.take_document(administration="XB", document=xb.document(), at=xb.at)
    yield made
    made.server.shutdown()


def state(sent: Any) -> str:
    return queries.message(viewer.command_line(), sent.id, at=clock.real()).row.state


class TestAMessage:
    def test_is_delivered_with_the_partners_receipt(self, endpoint: Endpoint) -> None:
        sent = send()
        assert jobs.deliver(partner="XB") is None
        shown = queries.message(viewer.command_line(), sent.id, at=clock.real())
        assert (shown.row.state, shown.row.attempts) == ("delivered", 1)
        assert shown.answer["data"]["logindex"] == 7

    def test_is_sent_again_as_the_same_bytes_where_the_answer_was_lost(
        self, endpoint: Endpoint
    ) -> None:
        sent = send()
        endpoint.answer = lambda _: (500, b"")
        assert jobs.deliver(partner="XB") is not None
        Correspondent.objects.forget_waits()
        endpoint.answer = endpoint.accept
        jobs.deliver(partner="XB")
        assert (endpoint.came[0], state(sent)) == (endpoint.came[1], "delivered")

    def test_is_delivered_where_the_partner_had_it_before(self, endpoint: Endpoint) -> None:
        sent = send()
        endpoint.answer = lambda lines: endpoint.said(
            [endpoint.receipt(each, outcome=receipt.DUPLICATE) for each in lines]
        )
        jobs.deliver(partner="XB")
        assert state(sent) == "delivered"

    def test_goes_with_the_others_that_wait_in_one_post_by_serial(self, endpoint: Endpoint) -> None:
        for _ in range(7):
            send()
        jobs.deliver(partner="XB")
        (lines,) = endpoint.came
        serials = [json.loads(jose.read(each).payload)["serial"] for each in lines]
        assert serials == list(range(1, 8))

    @pytest.mark.parametrize("problem", ["not-permitted", "expired", "malformed", "undecryptable"])
    def test_that_is_refused_is_so_for_good(self, endpoint: Endpoint, problem: str) -> None:
        sent = send()
        endpoint.answer = endpoint.refuse(problem)
        assert jobs.deliver(partner="XB") is None
        shown = queries.message(viewer.command_line(), sent.id, at=clock.real())
        assert (shown.row.state, shown.row.problem) == ("refused", problem)

    @pytest.mark.parametrize("problem", sorted(retry.PASSING))
    def test_that_is_refused_for_what_may_pass_is_tried_again_for_itself(
        self, endpoint: Endpoint, problem: str
    ) -> None:
        sent = send()
        endpoint.answer = endpoint.refuse(problem)
        before = clock.real()
        again = jobs.deliver(partner="XB")
        assert again is not None
        assert 5 <= (again - before).total_seconds() < 7
        assert state(sent) == "waiting"
        other = send()
        endpoint.answer = endpoint.accept
        jobs.deliver(partner="XB")
        assert (state(sent), state(other)) == ("waiting", "delivered")


class TestNoAnswer:
    @pytest.mark.parametrize(
        "answer",
        [
            lambda _: (500, b""),
            lambda _: (202, b""),
            lambda _: (202, b"garbage\n"),
            lambda _: (202, b"\xff\xfe\n"),
            lambda _: (200, b""),
            lambda _: (301, b""),
        ],
        ids=["500", "nothing", "garbage", "binary", "200", "moved"],
    )
    def test_is_every_other_word(self, endpoint: Endpoint, answer: Answer) -> None:
        sent = send()
        endpoint.answer = answer
        again = jobs.deliver(partner="XB")
        assert again is not None
        assert queries.waits() == {"XB": again}
        assert state(sent) == "waiting"

    @pytest.mark.parametrize(
        "changes",
        [
            {"digest": "sha256:" + "0" * 64},
            {"about": "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c01"},
            {"to": "XC"},
            {"outcome": "taken"},
            {"log_index": None},
        ],
        ids=str,
    )
    def test_is_a_receipt_of_something_else(
        self, endpoint: Endpoint, changes: dict[str, Any]
    ) -> None:
        sent = send()
        endpoint.answer = lambda lines: endpoint.said(
            [endpoint.receipt(each, **changes) for each in lines]
        )
        assert jobs.deliver(partner="XB") is not None
        assert state(sent) == "waiting"

    def test_is_a_receipt_by_another_key(self, endpoint: Endpoint) -> None:
        sent = send()
        endpoint.answer = lambda lines: endpoint.said(
            [endpoint.receipt(each, by=Partner("XB")) for each in lines]
        )
        assert jobs.deliver(partner="XB") is not None
        assert state(sent) == "waiting"

    def test_to_some_leaves_those_waiting_and_the_others_delivered(
        self, endpoint: Endpoint
    ) -> None:
        first, second = send(), send()
        endpoint.answer = lambda lines: endpoint.said([endpoint.receipt(lines[0])])
        assert jobs.deliver(partner="XB") is not None
        assert (state(first), state(second)) == ("delivered", "waiting")

    def test_doubles_the_wait_and_a_named_one_is_kept(self, endpoint: Endpoint) -> None:
        send()
        endpoint.answer = lambda _: (429, b"")
        before = clock.real()
        again = jobs.deliver(partner="XB")
        assert again is not None
        assert (again - before).total_seconds() >= 77
        assert Correspondent.objects.get(pk="XB").failures == 1

    def test_lasts_until_the_message_expires(self, endpoint: Endpoint) -> None:
        sent = send()
        Outbound.objects.expire(clock.real() + 2 * actions.VALID_FOR)
        assert jobs.deliver(partner="XB") is None
        assert (endpoint.came, state(sent)) == ([], "expired")


def test_a_partner_that_is_suspended_is_sent_nothing(endpoint: Endpoint) -> None:
    sent = send()
    identity.suspend_partner(administration="XB")
    assert jobs.deliver(partner="XB") is None
    assert endpoint.came == []
    actions.resume_partner(administration="XB", at=clock.real())
    jobs.deliver(partner="XB")
    assert state(sent) == "delivered"
