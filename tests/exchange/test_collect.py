"""Collecting, from both ends: by a partner that cannot be reached, and by this node as one."""

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.exchange import files
from tests.exchange.conftest import ALERT
from tests.exchange.partner import Partner, read, sealed
from tests.exchange.test_attachments import data_of, digest, enclose, named
from tests.exchange.test_attachments import sealed as sealed_file
from tests.exchange.test_receiving import alert
from tests.exchange.test_sending import order, send
from tidewaiter import canonical, clock, identifier, jose
from tidewaiter.exchange import actions, envelope, jobs, message, queries, receipt
from tidewaiter.exchange.collecting import actions as collecting
from tidewaiter.exchange.collecting import asking
from tidewaiter.exchange.collecting import jobs as machine
from tidewaiter.exchange.models import Inbound, Outbound, Round
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer
from tidewaiter.keys.keyfile import Use
from tidewaiter.ledger import queries as ledger
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
ME = viewer.command_line()
JOSE, LINES = "application/jose", "application/x-ndjson"


def request(by: Partner, *, type: str = asking.COLLECT, data: Any = None, **changes: Any) -> str:  # noqa: A002
    """What a partner signs to collect; members given stand in place of the usual ones."""
    at = clock.real()
    payload = asking.build(
        type,
        {"after": 0, "limit": 100} if data is None else data,
        us=by.code,
        to="XA",
        id=identifier.uuid7(at),
        at=at,
    )
    event = {**json.loads(payload), **changes}
    return by.sign(json.dumps({k: v for k, v in event.items() if v is not None}).encode())


def post(path: str, body: str | bytes, media: str, **more: Any) -> Any:
    return Client().post(f"/exchange/v1/{path}", body, content_type=media, **more)


def collected(by: Partner, **data: Any) -> list[dict[str, Any]]:
    """The events that wait for the partner, opened as it opens them."""
    answer = post("collect", request(by, data={"after": 0, "limit": 100, **data}), JOSE)
    assert (answer.status_code, answer["Content-Type"]) == (200, LINES)
    key = by.key(Use.ENC).private
    lines = answer.content.decode().split()
    return [
        json.loads(jose.read(jose.open_(line, key, cty=envelope.TYP).decode()).payload)
        for line in lines
    ]


def lines_of(by: Partner) -> list[str]:
    return post("collect", request(by), JOSE).content.decode().split()  # type: ignore[no-any-return]


def jws_of(by: Partner, line: str) -> str:
    return jose.open_(line, by.key(Use.ENC).private, cty=envelope.TYP).decode()


def said(by: Partner, jws: str, **changes: Any) -> str:
    """The partner's receipt for a message."""
    event = json.loads(jose.read(jws).payload)
    at = clock.real()
    values: dict[str, Any] = {
        "digest": digest(jws.encode()),
        "outcome": receipt.ACCEPTED,
        "received": at,
        "about": event["id"],
        "to": "XA",
        "log_index": 5,
    }
    answer = receipt.Answer(**{**values, **changes})
    return by.sign(receipt.build(answer, us=by.code, id=identifier.uuid7(at), at=at))


def refusing(by: Partner, jws: str, problem: str) -> str:
    document = {"type": f"https://tidewaiter.org/problems/{problem}", "title": "No"}
    return said(by, jws, outcome=receipt.REFUSED, problem=document, log_index=None)


def bring(*receipts: str) -> int:
    return int(post("receipts", "\n".join(receipts), LINES).status_code)


def states() -> list[str]:
    return list(Outbound.objects.order_by("serial").values_list("state", flat=True))


class TestACollect:
    def test_gives_what_waits_by_serial_and_keeps_it_until_it_is_receipted(
        self, xb: Partner, agreement: str
    ) -> None:
        actions.send_batch(datas=[{**ALERT, "alert": f"XA-{n}"} for n in range(5)], **order())
        jobs.seal()
        before = ledger.size()
        for _ in range(2):
            assert [event["serial"] for event in collected(xb)] == [1, 2, 3, 4, 5]
        assert ledger.size() == before, "a collect is not logged"
        assert states() == ["waiting"] * 5

    def test_gives_from_a_serial_on_and_no_more_than_is_asked_for(
        self, xb: Partner, agreement: str
    ) -> None:
        actions.send_batch(datas=[{**ALERT, "alert": f"XA-{n}"} for n in range(5)], **order())
        jobs.seal()
        assert [event["serial"] for event in collected(xb, after=2, limit=2)] == [3, 4]
        assert collected(xb, after=5) == []

    def test_gives_one_partner_nothing_of_anothers(self, xb: Partner, agreement: str) -> None:
        send()
        xc = Partner("XC", at=clock.real() - timedelta(minutes=5))
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        assert collected(xc) == []

    def test_again_within_its_minutes_gives_the_same_sealed_messages(
        self, xb: Partner, agreement: str
    ) -> None:
        send()
        asked = request(xb)
        first, second = (post("collect", asked, JOSE).content.decode().split() for _ in range(2))
        assert [jws_of(xb, line) for line in first] == [jws_of(xb, line) for line in second]

    def test_ends_the_wait_for_the_partner(self, xb: Partner, agreement: str) -> None:
        from tidewaiter.exchange.models import Correspondent

        Correspondent.objects.lock(["XB"])
        later = clock.real() + timedelta(minutes=9)
        Correspondent.objects.failed("XB", failures=5, next_at=later)
        collected(xb)
        assert Correspondent.objects.waits("XB", clock.real()) is None

    @pytest.mark.parametrize(
        "change",
        [
            {"recipient": "XC"},
            {"recipient": None},
            {"type": "org.tidewaiter.receipt.v1"},
            {"type": "org.tidewaiter.alert.shipment.v1"},
            {"source": "tidewaiter:XC"},
            {"source": None},
            {"expires": -1},
            {"expires": 60},
            {"expires": None},
            {"time": 60},
            {"id": "x"},
            {"specversion": "2.0"},
        ],
        ids=str,
    )
    def test_that_does_not_hold_here_and_now_is_403(
        self, xb: Partner, change: dict[str, Any]
    ) -> None:
        made = {  # a number is minutes from now
            name: clock.text(clock.real() + timedelta(minutes=each)) if type(each) is int else each
            for name, each in change.items()
        }
        answer = post("collect", request(xb, **made), JOSE)
        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/problem+json"

    def test_by_a_stranger_or_another_key_is_403(self, xb: Partner) -> None:
        stranger = Partner("XC")
        assert post("collect", request(stranger), JOSE).status_code == 403
        posing = Partner("XB")
        assert post("collect", request(posing), JOSE).status_code == 403
        compact = request(xb)
        assert post("collect", compact[:-4] + "AAAA", JOSE).status_code == 403
        assert post("collect", "no jws at all", JOSE).status_code == 403

    def test_by_a_suspended_partner_is_403(self, xb: Partner) -> None:
        identity.suspend_partner(administration="XB")
        assert post("collect", request(xb), JOSE).status_code == 403

    def test_signed_under_another_type_is_403(self, xb: Partner) -> None:
        payload = jose.read(request(xb)).payload
        compact = xb.sign(payload, typ="tidewaiter-node+jws")
        assert post("collect", compact, JOSE).status_code == 403

    @pytest.mark.parametrize(
        "data", [{}, {"after": -1, "limit": 1}, {"after": 0}, {"after": True, "limit": 1}, []]
    )
    def test_that_asks_for_nothing_in_particular_is_400(self, xb: Partner, data: Any) -> None:
        assert post("collect", request(xb, data=data), JOSE).status_code == 400

    def test_keeps_the_limits_of_messages(self, xb: Partner) -> None:
        assert post("collect", b"", JOSE).status_code in {400, 415}  # the client drops the type
        assert post("collect", request(xb), LINES).status_code == 415
        packed = {"headers": {"Content-Encoding": "gzip"}}
        assert post("collect", request(xb), JOSE, **packed).status_code == 415
        assert post("collect", b"x" * (2**20 + 1), JOSE).status_code == 413
        assert post("collect", b"\xff", JOSE).status_code == 400
        assert Client().get("/exchange/v1/collect").status_code == 405

    def test_that_fails_over_and_over_is_429(self, xb: Partner, settings: Any) -> None:
        settings.EXCHANGE_FAILING_RATE = 3
        answers = [post("collect", "nothing", JOSE).status_code for _ in range(6)]
        assert answers[0] == 403
        assert answers[-1] == 429


class TestReceipts:
    def test_settle_what_was_collected(self, xb: Partner, agreement: str) -> None:
        send()
        send()
        first, second = (jws_of(xb, line) for line in lines_of(xb))
        receipts = [said(xb, first), refusing(xb, second, "bad-payload")]
        assert bring(*receipts) == 204
        assert states() == ["delivered", "refused"]
        assert Outbound.objects.get(serial=1).receipt == receipts[0]
        assert collected(xb) == []

    def test_can_be_brought_twice(self, xb: Partner, agreement: str) -> None:
        send()
        (line,) = lines_of(xb)
        one = said(xb, jws_of(xb, line))
        assert [bring(one), bring(one)] == [204, 204]
        assert states() == ["delivered"]
        assert Outbound.objects.get().attempts == 1

    def test_that_refuse_for_what_passes_have_it_wait(self, xb: Partner, agreement: str) -> None:
        send()
        (line,) = lines_of(xb)
        assert bring(refusing(xb, jws_of(xb, line), "unknown-agreement")) == 204
        assert states() == ["waiting"]
        assert collected(xb) == [], "not before its own wait is over"

    def test_for_a_line_that_could_not_be_opened_name_the_line(
        self, xb: Partner, agreement: str
    ) -> None:
        send()
        (line,) = lines_of(xb)
        document = {"type": "https://tidewaiter.org/problems/undecryptable", "title": "No"}
        answer = receipt.Answer(
            digest=digest(line.encode()),
            outcome=receipt.REFUSED,
            received=clock.real(),
            problem=document,
        )
        at = clock.real()
        one = xb.sign(receipt.build(answer, us="XB", id=identifier.uuid7(at), at=at))
        assert bring(one) == 204
        assert (states(), Outbound.objects.get().problem) == (["refused"], "undecryptable")

    def test_are_taken_all_or_none(self, xb: Partner, agreement: str) -> None:
        send()
        (line,) = lines_of(xb)
        good = said(xb, jws_of(xb, line))
        for bad in ("x.y.z", good[:-4] + "AAAA", said(Partner("XC"), jws_of(xb, line)), "nothing"):
            assert bring(good, bad) == 403
            assert states() == ["waiting"]
        assert bring(good) == 204

    def test_for_what_is_not_ours_change_nothing(self, xb: Partner, agreement: str) -> None:
        send()
        (line,) = lines_of(xb)
        theirs = xb.jws(xb.next(clock.real(), data={"alert": "1"}))
        assert bring(said(xb, theirs)) == 204
        assert bring(said(xb, jws_of(xb, line), about=str(identifier.uuid7(clock.real())))) == 204
        assert states() == ["waiting"]

    def test_of_one_partner_settle_nothing_of_anothers(self, xb: Partner, agreement: str) -> None:
        send()
        (line,) = lines_of(xb)
        xc = Partner("XC", at=clock.real() - timedelta(minutes=5))
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        assert bring(said(xc, jws_of(xb, line))) == 204
        assert states() == ["waiting"]

    def test_that_are_messages_or_for_another_node_are_403(
        self, xb: Partner, agreement: str
    ) -> None:
        send()
        (line,) = lines_of(xb)
        assert bring(xb.jws(xb.next(clock.real()))) == 403
        assert bring(said(xb, jws_of(xb, line), to="XC")) == 403
        assert bring(request(xb)) == 403

    def test_keep_the_limits_of_messages(self, xb: Partner) -> None:
        assert post("receipts", b"\n\n", LINES).status_code == 400
        assert post("receipts", b"x", "text/plain").status_code == 415
        assert post("receipts", b"x\n" * 501, LINES).status_code == 413
        assert Client().get("/exchange/v1/receipts").status_code == 405


class TestAnAttachmentThatIsCollected:
    def fetch(self, by: Partner, jwe: str) -> Any:
        return post("collect", request(by, type=asking.ATTACHMENT, data={"jwe": jwe}), JOSE)

    def test_is_given_and_its_message_goes_again_at_once(self, xb: Partner, agreement: str) -> None:
        sent = enclose(files.PDF)
        (line,) = lines_of(xb)
        bring(refusing(xb, jws_of(xb, line), "missing-attachment"))
        assert collected(xb) == []
        (each,) = data_of(sent)["attachments"]
        answer = self.fetch(xb, each["jwe"])
        assert (answer.status_code, answer["Content-Type"]) == (200, JOSE)
        jwe = b"".join(answer.streaming_content)
        assert digest(jwe) == each["jwe"]
        assert jose.open_(jwe.decode(), xb.key(Use.ENC).private) == files.PDF
        assert len(collected(xb)) == 1

    def test_is_404_for_whom_it_is_not(self, xb: Partner, agreement: str) -> None:
        sent = enclose(files.PDF)
        (each,) = data_of(sent)["attachments"]
        xc = Partner("XC", at=clock.real() - timedelta(minutes=5))
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        assert self.fetch(xc, each["jwe"]).status_code == 404
        assert self.fetch(xb, "sha256:" + "0" * 64).status_code == 404
        assert self.fetch(xb, "../../etc/passwd").status_code == 400
        assert self.fetch(Partner("XD"), each["jwe"]).status_code == 403


class Holding:
    """A partner that keeps what waits for this node until its receipts are there."""

    def __init__(self, partner: Partner) -> None:
        self.partner = partner
        self.waiting: dict[str, str] = {}  # by digest of the JWS
        self.files: dict[str, bytes] = {}
        self.receipts: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.status: dict[str, int] = {}  # answers that are given instead, by path
        self.server = self._serve()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _serve(self) -> http.server.ThreadingHTTPServer:
        holding = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                path = self.path.removeprefix("/exchange/v1/")
                status, answer = holding.status.get(path), b""
                if status is None:
                    status, answer = holding.answer(path, body, self.headers["Content-Type"])
                self.send_response(status)
                if status != 204:
                    self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    def answer(self, path: str, body: bytes, media: str) -> tuple[int, bytes]:
        if path == "receipts":
            assert media == LINES
            for line in body.decode().split():
                said = read(line)
                self.receipts.append(said)
                if "problem" not in said["data"]:
                    self.waiting.pop(said["data"]["digest"], None)
            return 204, b""
        assert (path, media) == ("collect", JOSE)
        asked = read(body.decode())  # verified by our key
        asking.read(json.dumps(asked).encode(), us="XB", at=clock.real())
        assert {"serial", "salt"} & set(asked) == set()
        self.asked.append(asked)
        if asked["type"] == asking.ATTACHMENT:
            found = self.files.get(asked["data"]["jwe"])
            return (404, b"") if found is None else (200, found)
        limit = asked["data"]["limit"]
        lines = [sealed(jws) for jws in list(self.waiting.values())[:limit]]
        return 200, b"".join(line + b"\n" for line in lines)

    def hold(self, made: message.Message) -> None:
        jws = self.partner.jws(made)
        self.waiting[canonical.digest(jws.encode())] = jws


@pytest.fixture
def holding(xb: Partner, agreement: str, settings: Any, tmp_path: Path) -> Iterator[Holding]:
    """A partner, and this node without an address."""
    settings.NODE_URL = ""
    settings.VAULT_DIR = tmp_path / "vault"
    made = Holding(xb)
    xb.url, xb.at = made.url, clock.real()
    assert identity.take_document(administration="XB", document=xb.document(), at=xb.at)
    yield made
    made.server.shutdown()


def turn() -> Round:
    return Round.objects.get(partner="XB")


def again() -> Any:
    """Another round, its wait over."""
    Round.objects.update(next_at=None)
    return machine.collect(partner="XB")


class TestThisNodeAsOneThatCollects:
    def test_takes_what_waits_and_brings_the_receipts(
        self, holding: Holding, agreement: str
    ) -> None:
        for _ in range(3):
            holding.hold(alert(holding.partner, agreement))
        then = machine.collect(partner="XB")
        assert [each["data"]["outcome"] for each in holding.receipts] == ["accepted"] * 3
        assert (holding.waiting, Inbound.objects.count()) == ({}, 3)
        assert then == turn().next_at
        assert clock.real() < then < clock.real() + timedelta(seconds=4)

    def test_asks_seldom_where_nothing_comes_and_often_where_something_did(
        self, holding: Holding, agreement: str
    ) -> None:
        waits = []
        for _ in range(7):
            at = clock.real()
            waits.append(round((again() - at).total_seconds()))
        assert waits == [3, 6, 12, 24, 48, 60, 60]
        holding.hold(alert(holding.partner, agreement))
        at = clock.real()
        assert round((again() - at).total_seconds()) == 3

    def test_loses_nothing_where_it_was_killed_before_the_receipts(
        self, holding: Holding, agreement: str
    ) -> None:
        holding.hold(alert(holding.partner, agreement))
        holding.status["receipts"] = 500
        machine.collect(partner="XB")
        assert (len(holding.waiting), turn().failures, Inbound.objects.count()) == (1, 1, 1)
        del holding.status["receipts"]
        again()
        assert [each["data"]["outcome"] for each in holding.receipts] == ["duplicate"]
        assert (holding.waiting, turn().failures, Inbound.objects.count()) == ({}, 0, 1)

    @pytest.mark.parametrize("status", [403, 404, 500, 429])
    def test_waits_longer_where_it_is_not_answered(self, holding: Holding, status: int) -> None:
        holding.status["collect"] = status
        waits = []
        for _ in range(3):
            at = clock.real()
            waits.append((again() - at).total_seconds())
        assert 4 < waits[0] < 7 < waits[1] < 13 < waits[2] < 25
        assert str(status) in turn().reason

    def test_asks_no_more_for_what_it_refused(self, holding: Holding, agreement: str) -> None:
        made = alert(holding.partner, agreement, purpose="revenue")
        holding.hold(made)
        machine.collect(partner="XB")
        assert len(holding.asked) == 1
        assert holding.receipts[0]["data"]["problem"]["type"].endswith("not-permitted")

    def test_fetches_the_attachments_that_it_misses(self, holding: Holding, agreement: str) -> None:
        jwe = sealed_file(files.PDF)
        data = {"attachments": [named(files.PDF, jwe)]}
        made = alert(holding.partner, agreement, data=data)
        holding.hold(made)
        holding.files[digest(jwe)] = jwe
        machine.collect(partner="XB")
        outcomes = [each["data"]["outcome"] for each in holding.receipts]
        assert outcomes == ["refused", "accepted"]
        assert queries.message(ME, made.id, at=clock.real()).row.state == "accepted"

    @pytest.mark.parametrize("answer", [None, b"other bytes", b"\x89PNG\r\n\x1a\n"])
    def test_goes_on_where_an_attachment_is_not_there(
        self, holding: Holding, agreement: str, answer: bytes | None
    ) -> None:
        jwe = sealed_file(files.PDF)
        data = {"attachments": [named(files.PDF, jwe)]}
        holding.hold(alert(holding.partner, agreement, data=data))
        holding.hold(alert(holding.partner, agreement))
        if answer is not None:
            holding.files[digest(jwe)] = answer
        machine.collect(partner="XB")
        assert Inbound.objects.count() == 1
        assert turn().failures == 0

    def test_asks_nobody_where_it_has_an_address(self, holding: Holding, settings: Any) -> None:
        settings.NODE_URL = "http://127.0.0.1:8000"
        assert machine.collect(partner="XB") is None
        collecting.start(at=clock.real())
        assert work.pending(["exchange.collect"]) == 0

    def test_asks_each_partner_with_an_address_when_it_starts(self, holding: Holding) -> None:
        actions.start(at=clock.real())
        assert work.pending(["exchange.collect"]) == 1
        identity.suspend_partner(administration="XB")
        assert machine.collect(partner="XB") is None

    def test_takes_batches_until_nothing_waits(self, holding: Holding, agreement: str) -> None:
        for _ in range(7):
            holding.hold(alert(holding.partner, agreement))
        most, asking_most = asking.MOST, 3
        try:
            asking.MOST = asking_most  # type: ignore[misc]
            machine.collect(partner="XB")
        finally:
            asking.MOST = most  # type: ignore[misc]
        assert (Inbound.objects.count(), len(holding.asked)) == (7, 4)


def test_a_document_without_url_makes_a_partner_that_is_waited_for(db: None) -> None:
    made = Partner("XB", at=clock.real() - timedelta(minutes=5))
    made.url = ""
    identity.add_partner(document=made.document(), thumbprint=made.thumbprint(), at=made.at)
    assert jobs.deliver(partner="XB") is None


@pytest.mark.parametrize("minutes", [4, 5])
def test_a_request_is_good_for_five_minutes(minutes: int) -> None:
    at = clock.real()
    payload = asking.build(asking.COLLECT, {}, us="XB", to="XA", id=identifier.uuid7(at), at=at)
    event = {**json.loads(payload), "expires": clock.text(at + timedelta(minutes=minutes))}
    assert asking.read(json.dumps(event).encode(), us="XA", at=at).sender == "XB"
    assert replace(asking.read(payload, us="XA", at=at), sender="") != event


@pytest.mark.parametrize("minutes", [-10, -4, 4])
def test_a_request_of_ours_holds_where_the_clocks_are_minutes_apart(minutes: int) -> None:
    ours = clock.real()
    id_ = identifier.uuid7(ours)
    payload = asking.build(asking.COLLECT, {}, us="XB", to="XA", id=id_, at=ours)
    theirs = ours + timedelta(minutes=minutes)
    assert asking.read(payload, us="XA", at=theirs).sender == "XB"
