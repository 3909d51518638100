"""A stranger's node, written from the pages alone, works with a served node of ours."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import served
from tests.journeys import stranger
from tests.journeys.stranger import Stranger, moment, said, unb64

pytestmark = pytest.mark.served

AGREEMENT: dict[str, Any] = {
    "tidewaiter": "agreement/1",
    "id": "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c01",
    "version": 1,
    "title": "Arvenia and strangers, against counterfeits",
    "kind": "mutual-assistance",
    "parties": ["XA", "XB"],
    "entry": "all",
    "basis": [{"instrument": "WCO Model Bilateral Agreement", "article": "4"}],
    "from": "2026-01-01",
    "until": "2031-01-01",
    "clauses": [
        {
            "id": "7.2",
            "title": "Spontaneous information on suspected counterfeits",
            "disclosers": ["XA", "XB"],
            "recipients": ["XA", "XB"],
            "categories": ["alert", "seizure"],
            "purposes": ["ipr-enforcement"],
            "modes": ["spontaneous", "on-request"],
            "when": [{"field": "goods.hs", "under": ["64", "8517"]}],
            "fields": {
                "allow": [
                    "alert", "seizure", "offence", "certainty", "summary", "validuntil", "date",
                    "consignment", "goods",
                ],
                "generalise": {"goods.value.amount": "band", "date": "month"},
                "withhold": ["consignment.declarant"],
            },
            "handling": "TLP:AMBER",
            "retention": {"days": 365},
            "onward": "none",
            "use": "intelligence",
            "approval": "none",
        }
    ],
}  # fmt: skip
ALERT: dict[str, Any] = {
    "alert": "XB-2026-000001",
    "offence": "counterfeit",
    "certainty": "suspected",
    "validuntil": "2027-03-01T00:00:00.000Z",
    "consignment": {"containers": ["MSKU1234565"]},
    "goods": [{"hs": "640411", "description": "Shoes", "origin": "CN"}],
}


class World:
    """A served node XA with the stranger as its partner XB under one agreement."""

    def __init__(self, base: Path, *, ours: str = "A", theirs: str = "A") -> None:
        self.endpoint = stranger.Served()
        self.partner = Stranger(self.endpoint.url, suite=theirs)
        self.endpoint.partner = self.partner
        self.node = served.Node(base / "XA", "XA", "--suite", ours)
        document = base / "xb.jws"
        document.write_text(self.partner.document())
        self.node.json("partners", "add", str(document), "--thumbprint", self.partner.thumbprint)
        half, whole = base / "half.json", base / "whole.json"
        half.write_text(json.dumps(self.partner.agree(AGREEMENT)))
        signed = self.node.json("agreements", "sign", str(half), "--out", str(whole))
        assert signed["missing"] == []
        self.agreement = self.node.json("agreements", "add", str(whole))["digest"]
        assert self.agreement == stranger.sha256(stranger.jcs(AGREEMENT))
        self.node.start()
        self.partner.meet(self.node.url)

    def alert(self, **members: Any) -> dict[str, Any]:
        return self.partner.event(self.agreement, ALERT, **members)

    def with_data(self, **data: Any) -> dict[str, Any]:
        changed = {k: v for k, v in {**ALERT, **data}.items() if v is not None}
        return self.partner.event(self.agreement, changed)

    def close(self) -> None:
        self.node.close()
        self.endpoint.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("stranger"))
    yield made
    made.close()


class TestAMessageThatKeepsThePage:
    def test_is_accepted_logged_and_answered_with_a_receipt_that_names_it(
        self, world: World
    ) -> None:
        event = world.alert()
        compact = world.partner.sign(event)
        (receipt,) = world.partner.receipts(world.partner.seal(compact))
        assert said(receipt) == "accepted"
        assert receipt["inreplyto"] == event["id"]
        assert receipt["recipient"] == "XB"
        assert receipt["data"]["digest"] == stranger.sha256(compact.encode())
        assert isinstance(receipt["data"]["logindex"], int)
        assert receipt["data"]["received"].endswith("Z")

    def test_is_a_duplicate_with_the_first_facts_when_it_comes_again(self, world: World) -> None:
        compact = world.partner.sign(world.alert())
        line = world.partner.seal(compact)
        (first,) = world.partner.receipts(line)
        (second,) = world.partner.receipts(line)
        (third,) = world.partner.receipts(world.partner.seal(compact))
        assert [said(one) for one in (first, second, third)] == [
            "accepted",
            "duplicate",
            "duplicate",
        ]
        for again in (second, third):
            for fact in ("logindex", "received", "digest"):
                assert again["data"][fact] == first["data"][fact]

    def test_comes_in_a_batch_and_is_answered_in_order(self, world: World) -> None:
        events = [world.alert() for _ in range(5)]
        lines: list[str | bytes] = [
            world.partner.seal(world.partner.sign(event)) for event in events
        ]
        lines.insert(2, "")
        lines[0] = str(lines[0]) + "\r"
        found = world.partner.receipts(*lines)
        assert [one["inreplyto"] for one in found] == [event["id"] for event in events]
        assert {said(one) for one in found} == {"accepted"}

    def test_is_in_the_log_under_a_checkpoint_within_ten_seconds(self, world: World) -> None:
        event = world.alert()
        compact = world.partner.sign(event)
        (receipt,) = world.partner.receipts(world.partner.seal(compact))
        index = receipt["data"]["logindex"]
        until = time.monotonic() + 10
        size = 0
        while size <= index and time.monotonic() < until:
            note = httpx.get(f"{world.node.url}/tlog/checkpoint").text
            size = int(note.split("\n")[1])
            time.sleep(0.2)
        assert size > index
        tile, place = divmod(index, 256)
        width = min(256, size - tile * 256)
        part = "" if width == 256 else f".p/{width}"
        entries = httpx.get(f"{world.node.url}/tlog/tile/entries/{tile:03d}{part}").content
        found = []
        while entries:
            length = int.from_bytes(entries[:2], "big")
            found.append(json.loads(entries[2 : 2 + length]))
            entries = entries[2 + length :]
        wanted = world.partner.commitment("XA", compact, event["salt"])
        assert found[place]["v"] == 1
        assert set(found[place]) == {"v", "commitment"}
        assert unb64(found[place]["commitment"]).hex() == wanted

    def test_may_come_under_the_older_name_of_the_algorithm(self, world: World) -> None:
        assert world.partner.outcome(world.partner.sign(world.alert(), alg="EdDSA")) == "accepted"

    def test_may_carry_unknown_members_and_leave_serials_for_later(self, world: World) -> None:
        world.partner.serial += 3
        event = world.alert(somethingnew="x", dataschema="https://example.org/never-fetched")
        assert world.partner.outcome(world.partner.sign(event)) == "accepted"
        world.partner.serial -= 4
        assert world.partner.outcome(world.partner.sign(world.alert())) == "accepted"
        world.partner.serial += 3


class TestARefusal:
    @pytest.mark.parametrize(
        "line",
        [
            "garbage",
            "a.b.c.d.e",
            b"\xff\xfe not ascii",
            "....",
        ],
    )
    def test_of_what_does_not_open_is_undecryptable(self, world: World, line: str | bytes) -> None:
        (receipt,) = world.partner.receipts(line)
        assert said(receipt) == "undecryptable"
        raw = line.encode() if isinstance(line, str) else line
        assert receipt["data"]["digest"] == stranger.sha256(raw)
        assert "inreplyto" not in receipt

    @pytest.mark.parametrize(
        "header",
        [
            {"alg": "ECDH-ES"},
            {"alg": "dir"},
            {"enc": "A128GCM"},
            {"zip": "DEF"},
            {"crit": ["exp"]},
        ],
    )
    def test_of_a_sealing_that_is_not_ours_is_undecryptable(
        self, world: World, header: dict[str, Any]
    ) -> None:
        compact = world.partner.sign(world.alert())
        world.partner.serial -= 1
        (receipt,) = world.partner.receipts(world.partner.seal(compact, **header))
        assert said(receipt) == "undecryptable"

    @pytest.mark.parametrize(
        "text",
        [
            "no jws at all",
            "e30.e30",
            '{"payload":"","signatures":[]}',
        ],
    )
    def test_of_what_is_no_jws_is_malformed(self, world: World, text: str) -> None:
        (receipt,) = world.partner.receipts(world.partner.seal(text))
        assert said(receipt) == "malformed"
        assert receipt["data"]["digest"] == stranger.sha256(text.encode())

    @pytest.mark.parametrize(
        "payload",
        [
            b"[]",
            b"not json",
            b'{"id": NaN}',
            b'{"a": 1, "a": 2}',
            b'{"a": "\\u0000"}',
            b'{"a": "\\ud800"}',
            b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}",
            b"\xff{}",
        ],
    )
    def test_of_a_payload_that_is_no_i_json_object_is_malformed(
        self, world: World, payload: bytes
    ) -> None:
        compact = stranger.jws(payload, world.partner.sig, world.partner.header())
        assert world.partner.outcome(compact) == "malformed"

    @pytest.mark.parametrize(
        "member",
        [
            "specversion",
            "id",
            "source",
            "type",
            "time",
            "recipient",
            "salt",
            "serial",
            "expires",
            "data",
        ],
    )
    def test_of_a_message_without_a_required_member_is_malformed(
        self, world: World, member: str
    ) -> None:
        event = world.alert(**{member: None})
        world.partner.serial -= 1
        assert world.partner.outcome(world.partner.sign(event)) == "malformed"

    @pytest.mark.parametrize(
        "member",
        ["agreement", "clause", "purpose", "mode", "handling", "retainuntil", "conversation"],
    )
    def test_of_one_without_a_member_of_its_agreement_is_bad_payload(
        self, world: World, member: str
    ) -> None:
        event = world.alert(**{member: None})
        world.partner.serial -= 1
        assert world.partner.outcome(world.partner.sign(event)) == "bad-payload"

    @pytest.mark.parametrize(
        ("members", "refusal"),
        [
            ({"source": "tidewaiter:XZ"}, "unknown-sender"),
            ({"recipient": "XC"}, "wrong-recipient"),
            ({"time": moment(minutes=30)}, "clock-skew"),
            ({"expires": moment(minutes=-1)}, "expired"),
            ({"time": moment(hours=-23), "expires": moment(hours=-1)}, "expired"),
            ({"type": "org.tidewaiter.nothing.such.v1"}, "unsupported-type"),
            ({"type": "org.tidewaiter.resend.v1"}, "bad-payload"),
            ({"agreement": "sha256:" + "0" * 64}, "unknown-agreement"),
            ({"clause": "9.9"}, "not-permitted"),
            ({"purpose": "revenue"}, "not-permitted"),
            ({"mode": "automatic"}, "not-permitted"),
            ({"handling": "TLP:GREEN"}, "not-permitted"),
            ({"handling": "TLP:CLEAR"}, "not-permitted"),
            ({"retainuntil": moment(days=400)}, "not-permitted"),
        ],
    )
    def test_names_the_rule(self, world: World, members: dict[str, Any], refusal: str) -> None:
        event = world.alert(**members)
        world.partner.serial -= 1
        assert world.partner.outcome(world.partner.sign(event)) == refusal

    @pytest.mark.parametrize(
        ("data", "refusal"),
        [
            ({"alert": None}, "bad-payload"),
            ({"offence": "jaywalking"}, "bad-payload"),
            ({"goods": None, "consignment": None}, "bad-payload"),
            ({"goods": [{"hs": "847130"}]}, "not-permitted"),
            ({"consignment": {"declarant": {"name": "A"}}}, "not-permitted"),
            (
                {"goods": [{"hs": "640411", "value": {"amount": "2400.00", "currency": "USD"}}]},
                "not-permitted",
            ),
        ],
    )
    def test_of_data_names_schema_or_clause(
        self, world: World, data: dict[str, Any], refusal: str
    ) -> None:
        event = world.with_data(**data)
        world.partner.serial -= 1
        assert world.partner.outcome(world.partner.sign(event)) == refusal

    def test_does_not_touch_a_field_that_is_generalised_as_the_clause_says(
        self, world: World
    ) -> None:
        goods = [{"hs": "640411", "value": {"amount": "band:1000", "currency": "USD"}}]
        event = world.with_data(goods=goods)
        assert world.partner.outcome(world.partner.sign(event)) == "accepted"

    @pytest.mark.parametrize(
        "header",
        [
            {"alg": "none"},
            {"alg": "HS256"},
            {"alg": "ES256"},
            {"typ": "JWT"},
            {"kid": "XB-unknown"},
            {"crit": ["exp"], "exp": 1},
            {"jwk": {"kty": "OKP"}},
            {"jku": "https://example.org"},
            {"x5u": "https://example.org"},
        ],
    )
    def test_of_a_header_that_is_not_ours_is_bad_signature(
        self, world: World, header: dict[str, Any]
    ) -> None:
        event = world.alert()
        world.partner.serial -= 1
        assert world.partner.outcome(world.partner.sign(event, **header)) == "bad-signature"

    def test_of_a_changed_signature_is_bad_signature(self, world: World) -> None:
        compact = world.partner.sign(world.alert())
        world.partner.serial -= 1
        head, payload, signature = compact.split(".")
        raw = bytearray(unb64(signature))
        raw[5] ^= 1
        bad = f"{head}.{payload}.{stranger.b64(bytes(raw))}"
        assert world.partner.outcome(bad) == "bad-signature"

    def test_of_a_used_id_is_replayed_and_of_a_used_or_far_serial_bad_serial(
        self, world: World
    ) -> None:
        first = world.alert()
        assert world.partner.outcome(world.partner.sign(first)) == "accepted"
        again = world.alert(id=first["id"])
        world.partner.serial -= 1
        assert world.partner.outcome(world.partner.sign(again)) == "replayed"
        used = world.alert(serial=first["serial"])
        world.partner.serial -= 1
        assert world.partner.outcome(world.partner.sign(used)) == "bad-serial"
        far = world.alert(serial=world.partner.serial + 20_000)
        world.partner.serial -= 1
        assert world.partner.outcome(world.partner.sign(far)) == "bad-serial"

    def test_uses_up_neither_id_nor_serial(self, world: World) -> None:
        event = world.alert(purpose="revenue")
        assert world.partner.outcome(world.partner.sign(event)) == "not-permitted"
        event["purpose"] = "ipr-enforcement"
        assert world.partner.outcome(world.partner.sign(event)) == "accepted"

    def test_is_the_first_in_the_order_of_the_page(self, world: World) -> None:
        good = world.alert()
        assert world.partner.outcome(world.partner.sign(good)) == "accepted"
        event = world.alert(
            source="tidewaiter:XZ",
            recipient="XC",
            id=good["id"],
            serial=good["serial"],
            time=moment(minutes=30),
            expires=moment(minutes=-1),
            type="org.tidewaiter.nothing.such.v1",
            agreement="sha256:" + "0" * 64,
            purpose="revenue",
        )
        world.partner.serial -= 1
        event["data"]["offence"] = "jaywalking"
        mends: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
            ("unknown-sender", {"source": "tidewaiter:XB"}, {"alg": "none"}),
            ("bad-signature", {}, {}),
            ("wrong-recipient", {"recipient": "XA"}, {}),
            ("replayed", {"id": stranger.uuid7()}, {}),
            ("bad-serial", {"serial": world.partner.serial + 1}, {}),
            ("clock-skew", {"time": moment()}, {}),
            ("expired", {"expires": moment(days=1)}, {}),
            ("unsupported-type", {"type": "org.tidewaiter.alert.shipment.v1"}, {}),
            ("bad-payload", {"data": ALERT}, {}),
            ("unknown-agreement", {"agreement": world.agreement}, {}),
            ("not-permitted", {"purpose": "ipr-enforcement"}, {}),
        ]
        header: dict[str, Any] = {"alg": "none"}
        for refusal, mend, then in mends:
            assert world.partner.outcome(world.partner.sign(event, **header)) == refusal
            event |= mend
            header = then
        assert world.partner.outcome(world.partner.sign(event)) == "accepted"
        world.partner.serial += 1

    def test_says_nothing_out_of_the_data(self, world: World) -> None:
        event = world.with_data(offence="a-secret-word")
        world.partner.serial -= 1
        answer = world.partner.post(world.partner.seal(world.partner.sign(event)))
        payload = unb64(answer.text.strip().split(".")[1]).decode()
        assert "a-secret-word" not in payload


class TestAPostThatCannotBeReadLineByLine:
    @pytest.mark.parametrize(
        ("body", "headers", "status"),
        [
            (b"", {}, 400),
            (b"\n\n", {"Content-Type": "application/x-ndjson"}, 400),
            (b"x", {"Content-Type": "text/plain"}, 415),
            (b"x", {"Content-Encoding": "gzip"}, 415),
            (b"x\n" * 501, {"Content-Type": "application/x-ndjson"}, 413),
            (b"x" * (2**20 + 1), {}, 413),
            (b"x" * (16 * 2**20 + 1), {}, 413),
        ],
        ids=["empty", "blank", "media", "encoding", "lines", "line", "body"],
    )
    def test_gets_a_problem_document(
        self, world: World, body: bytes, headers: dict[str, str], status: int
    ) -> None:
        answer = world.partner.post(body, headers=headers)
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["type"].startswith(stranger.PROBLEMS)

    @pytest.mark.parametrize("path", ["collect", "receipts"])
    def test_of_what_no_partner_signed_is_forbidden(self, world: World, path: str) -> None:
        media = {"collect": "application/jose", "receipts": "application/x-ndjson"}[path]
        headers = {"Content-Type": media}
        answer = httpx.post(
            f"{world.node.url}/exchange/v1/{path}", content=b"a.b.c", headers=headers
        )
        assert answer.status_code == 403


class TestWhatTheNodeSends:
    def send(self, world: World, tmp_path: Path, data: dict[str, Any]) -> dict[str, Any]:
        file = tmp_path / "data.json"
        file.write_text(json.dumps(data))
        words = ("exchange", "send", "--to", "XB", "--type", "org.tidewaiter.alert.shipment.v1")
        more = ("--purpose", "ipr-enforcement", "--handling", "TLP:AMBER", "--data", str(file))
        sent: dict[str, Any] = world.node.json(*words, *more)
        return sent

    def delivered(self, world: World, ident: str) -> tuple[str, dict[str, Any]]:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            status = world.node.json("exchange", "status", ident)
            if status["messages"][0]["state"] == "delivered":
                return next(one for one in world.endpoint.arrived if one[1]["id"] == ident)
            time.sleep(0.3)
        raise AssertionError(status)

    def test_is_cut_down_to_the_clause_and_holds_every_member(
        self, world: World, tmp_path: Path
    ) -> None:
        data = {
            **ALERT,
            "alert": "XA-2026-000001",
            "consignment": {"declarant": {"name": "Not to leave"}, "containers": ["MSKU1234565"]},
            "goods": [{"hs": "640411", "value": {"amount": "2400.00", "currency": "USD"}}],
        }
        sent = self.send(world, tmp_path, data)
        assert sent["clause"] == "7.2"
        assert sent["withheld"] == ["consignment.declarant.name"] or sent["withheld"] == [
            "consignment.declarant"
        ]
        compact, event = self.delivered(world, sent["id"])
        assert event["data"]["goods"][0]["value"]["amount"] == "band:1000"
        assert "Not to leave" not in json.dumps(event)
        required = (
            "specversion id source type time recipient salt serial expires data agreement clause"
            " purpose mode handling retainuntil conversation"
        )
        assert set(required.split()) <= set(event)
        assert "subject" not in event
        assert event["agreement"] == world.agreement
        assert event["serial"] == sent["serial"]
        assert len(unb64(event["salt"])) == 32
        assert compact.count(".") == 2

    def test_is_sent_again_as_the_same_bytes_until_a_receipt_verifies(
        self, world: World, tmp_path: Path
    ) -> None:
        world.endpoint.garbage = 1
        sent = self.send(world, tmp_path, {**ALERT, "alert": "XA-2026-000002"})
        compact, _ = self.delivered(world, sent["id"])
        status = world.node.json("exchange", "status", sent["id"])["messages"][0]
        assert status["attempts"] >= 2
        assert [one[0] for one in world.endpoint.arrived if one[1]["id"] == sent["id"]] == [compact]

    def test_needs_a_clause(self, world: World, tmp_path: Path) -> None:
        file = tmp_path / "data.json"
        file.write_text(json.dumps({**ALERT, "goods": [{"hs": "870830"}]}))
        words = ("exchange", "send", "--to", "XB", "--type", "org.tidewaiter.alert.shipment.v1")
        more = ("--purpose", "ipr-enforcement", "--handling", "TLP:AMBER", "--data", str(file))
        refused = world.node.run(*words, *more)
        assert refused.returncode == 1
        assert json.loads(refused.stdout)["type"].startswith(stranger.PROBLEMS)


@pytest.mark.parametrize(("ours", "theirs"), [("B", "B"), ("A", "B"), ("B", "A")])
def test_nodes_of_either_suite_work_together(tmp_path: Path, ours: str, theirs: str) -> None:
    world = World(tmp_path, ours=ours, theirs=theirs)
    try:
        partner = world.partner
        event = world.alert()
        compact = partner.sign(event)
        assert [partner.outcome(compact) for _ in range(2)] == ["accepted", "duplicate"]
        other = "Ed25519" if theirs == "B" else "ES256"
        for wrong in (other, "none"):
            signed = partner.sign(world.alert(), alg=wrong)
            partner.serial -= 1
            assert partner.outcome(signed) == "bad-signature"
        data = {**ALERT, "alert": "XA-2026-000003"}
        sending = TestWhatTheNodeSends()
        sent = sending.send(world, tmp_path, data)
        _, came = sending.delivered(world, sent["id"])
        assert came["data"]["alert"] == "XA-2026-000003"
    finally:
        world.close()
