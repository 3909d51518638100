"""A key that we do not know: the partner's document is fetched again, at most once a minute."""

import http.server
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.exchange.partner import Partner, sealed
from tests.exchange.test_delivery import Endpoint
from tests.exchange.test_receiving import alert, outcomes
from tests.exchange.test_sending import send
from tidewaiter import clock
from tidewaiter.exchange import jobs, queries, renewing, wire
from tidewaiter.exchange.models import Correspondent
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer

pytestmark = pytest.mark.django_db


class Served:
    """The partner's address, where its document stands."""

    def __init__(self) -> None:
        self.document = ""
        self.asked = 0
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.asked += 1
                body = served.document.encode()
                self.send_response(200 if body else 503)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def served(xb: Partner) -> Iterator[Served]:
    """XB moved to an address that answers."""
    made = Served()
    xb.url, xb.at = made.url, clock.real()
    assert identity.take_document(administration="XB", document=xb.document(), at=xb.at)
    yield made
    made.server.shutdown()


def rotated(xb: Partner) -> str:
    """Its document with a new key, signed by the old one."""
    old = xb.rotate(clock.real() + timedelta(milliseconds=5))
    return xb.signed_by(old)


def test_a_new_key_is_looked_up_and_its_message_taken(
    xb: Partner, served: Served, agreement: str
) -> None:
    served.document = rotated(xb)
    assert outcomes(xb.line(alert(xb, agreement)), xb.line(alert(xb, agreement))) == [
        "accepted",
        "accepted",
    ]
    assert served.asked == 1
    assert Correspondent.objects.get(pk="XB").changes == 1


def test_it_is_looked_up_once_a_minute(xb: Partner, served: Served, agreement: str) -> None:
    stranger = Partner("XB")
    stranger.rotate(clock.real())
    forged = [sealed(stranger.jws(alert(xb, agreement))) for _ in range(3)]
    for line in forged:
        assert outcomes(line) == ["bad-signature"]
    assert served.asked == 1
    assert not renewing.renew("XB", "another", at=clock.real())
    Correspondent.objects.update(fetched_at=clock.real() - timedelta(minutes=1))
    served.document = rotated(xb)
    assert renewing.renew("XB", xb.key_kid(), at=clock.real())
    assert served.asked == 2


def test_a_known_key_or_a_revoked_one_is_not_looked_up(
    xb: Partner, served: Served, agreement: str
) -> None:
    assert outcomes(sealed(Partner("XB").jws(alert(xb, agreement)))) == ["bad-signature"]
    word = {"kid": xb.key_kid(), "since": clock.text(clock.real())}
    assert outcomes(xb.line(xb.house("key.revoked.v1", word))) == ["accepted"]
    assert outcomes(xb.line(alert(xb, agreement))) == ["bad-signature"]
    assert served.asked == 0


@pytest.mark.parametrize("document", ["", "x.y.z", "é"], ids=["none", "garbage", "no ascii"])
def test_what_is_no_document_changes_nothing(
    xb: Partner, served: Served, agreement: str, document: str
) -> None:
    served.document = document
    xb.rotate(clock.real())
    assert outcomes(xb.line(alert(xb, agreement))) == ["bad-signature"]


def test_nobody_is_asked_for_whom_we_know_no_address(xb: Partner, agreement: str) -> None:
    xb.rotate(clock.real())
    assert outcomes(xb.line(alert(xb, agreement))) == ["bad-signature"]
    assert not renewing.renew("XC", "any", at=clock.real())


def test_a_receipt_by_a_new_key_counts(
    xb: Partner, served: Served, agreement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send()
    endpoint = Endpoint(xb)
    served.document = rotated(xb)

    def post(_: wire.Line, lines: list[str], **options: Any) -> list[str]:
        status, answer = endpoint.taken("/exchange/v1/messages", "\n".join(lines).encode())
        assert status == 202
        return answer.decode().split()

    monkeypatch.setattr(wire, "post", post)
    jobs.deliver(partner="XB")
    endpoint.server.shutdown()
    found = queries.message(viewer.command_line(), sent.id, at=clock.real())
    assert found.row.state == "delivered"
