"""The order and the words of the contract's table of checks, at the public face, in both suites."""

import base64
import itertools
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.exchange.dealing import in_force
from tests.exchange.partner import Partner, sealed
from tests.exchange.test_receiving import alert, outcomes, receive
from tidewaiter import canonical, clock, identifier, jose
from tidewaiter.exchange import actions, message
from tidewaiter.identity import actions as identity
from tidewaiter.keys import queries as own_keys
from tidewaiter.keys.keyfile import Use

pytestmark = pytest.mark.django_db
REQUIRED = {
    *("specversion", "id", "source", "type", "time"),
    *("recipient", "salt", "serial", "expires", "data"),
}


def event(xb: Partner, digest: str, **changes: Any) -> dict[str, Any]:
    """The next alert's event; a change of None leaves the member out."""
    found = json.loads(message.build(alert(xb, digest)))
    return {key: value for key, value in {**found, **changes}.items() if value is not None}


def signed(xb: Partner, payload: Any, **header: Any) -> str:
    """A JWS by the partner's key, its header changed at will; the signature holds."""
    key = xb.key(Use.SIG)
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return jose.sign(data, key.private, {"kid": key.kid, "typ": "tidewaiter+jws", **header})


def spoilt(compact: str, **header: Any) -> str:
    """A JWS whose header says otherwise; its signature stays."""
    head, payload, signature = compact.split(".")
    padded = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    changed = {**json.loads(padded), **header}
    return f"{jose.encode(json.dumps(changed).encode())}.{payload}.{signature}"


class TestUndecryptable:
    @pytest.mark.parametrize("line", [b"x", b"\xff\xfe", "é".encode(), b"a.b.c.d.e"], ids=repr)
    def test_is_a_line_that_does_not_open_and_its_digest_is_its_own(
        self, xb: Partner, line: bytes
    ) -> None:
        (receipt,) = receive(line)
        assert receipt["data"]["problem"]["type"].endswith("/undecryptable")
        assert receipt["data"]["digest"] == canonical.digest(line)
        assert not {"recipient", "inreplyto"} & set(receipt)

    @pytest.mark.parametrize("header", [{"cty": "other"}, {"zip": "DEF"}, {"crit": ["x"]}], ids=str)
    def test_is_a_jwe_of_another_header(self, xb: Partner, header: dict[str, Any]) -> None:
        line = sealed("e30.e30.e30").decode()
        head, _, rest = line.partition(".")
        padded = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
        changed = jose.encode(json.dumps({**json.loads(padded), **header}).encode())
        assert outcomes(f"{changed}.{rest}".encode()) == ["undecryptable"]


class TestMalformed:
    @pytest.mark.parametrize("plain", ["x", "a.b", "e30.e30", "e30.!.e30", "{}"], ids=str)
    def test_is_what_is_no_jws_and_its_digest_is_of_what_came_out(
        self, xb: Partner, plain: str
    ) -> None:
        (receipt,) = receive(sealed(plain))
        assert receipt["data"]["problem"]["type"].endswith("/malformed")
        assert receipt["data"]["digest"] == canonical.digest(plain.encode())

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *itertools.product(sorted(REQUIRED - {"data"}), [None, "", 0, []]),
            ("data", None),
            ("data", ""),
        ],
        ids=str,
    )
    def test_is_what_lacks_a_member_that_every_message_has(
        self, xb: Partner, agreement: str, name: str, value: Any
    ) -> None:
        made = event(xb, agreement, **{name: value})
        assert outcomes(sealed(signed(xb, made))) == ["malformed"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"id": "019A1F2E-7C3B-7D10-9A44-2B8E5F6A7C01"},
            {"id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8"},
            {"time": "2026-11-24T08:15:30Z"},
            {"time": "2026-11-24T08:15:30.123+00:00"},
            {"expires": "2026-13-01T00:00:00.000Z"},
            {"serial": 0},
            {"serial": 2_147_483_648},
            {"serial": True},
            {"serial": "1"},
            {"salt": "A" * 42},
            {"salt": "A" * 42 + "B"},
            {"salt": "A" * 43 + "="},
            {"specversion": "0.3"},
        ],
        ids=str,
    )
    def test_is_a_member_of_another_form(
        self, xb: Partner, agreement: str, changes: dict[str, Any]
    ) -> None:
        assert outcomes(sealed(signed(xb, event(xb, agreement, **changes)))) == ["malformed"]

    def test_is_a_member_that_stands_twice(self, xb: Partner, agreement: str) -> None:
        payload = json.dumps(event(xb, agreement)).replace("{", '{"id":"x",', 1).encode()
        assert outcomes(sealed(signed(xb, payload))) == ["malformed"]

    @pytest.mark.parametrize(("depth", "outcome"), [(32, "accepted"), (33, "malformed")])
    def test_is_json_deeper_than_32(
        self, xb: Partner, agreement: str, depth: int, outcome: str
    ) -> None:
        deep: Any = "x"
        for _ in range(depth - 1):
            deep = [deep]
        made = event(xb, agreement, unknown=deep)
        assert outcomes(sealed(signed(xb, made))) == [outcome]

    def test_says_what_could_be_read_of_it(self, xb: Partner, agreement: str) -> None:
        made = event(xb, agreement, serial=None)
        (receipt,) = receive(sealed(signed(xb, made)))
        assert (receipt["recipient"], receipt["inreplyto"]) == ("XB", made["id"])


class TestTheSignature:
    @pytest.mark.parametrize(
        "header",
        [
            {"alg": "none"},
            {"alg": "HS256"},
            {"alg": "ES256"},
            {"alg": "ed25519"},
            {"typ": "JWT"},
            {"crit": ["exp"], "exp": 1},
            {"kid": "XB-recovery"},
            {"kid": ""},
        ],
        ids=str,
    )
    def test_is_by_a_pinned_key_and_its_algorithm_or_it_is_bad(
        self, xb: Partner, agreement: str, header: dict[str, Any]
    ) -> None:
        made = spoilt(signed(xb, event(xb, agreement)), **header)
        assert outcomes(sealed(made)) == ["bad-signature"]

    def test_of_nothing_is_bad(self, xb: Partner, agreement: str) -> None:
        head, payload, _ = spoilt(signed(xb, event(xb, agreement)), alg="none").split(".")
        assert outcomes(sealed(f"{head}.{payload}.")) == ["bad-signature"]

    def test_may_be_called_eddsa_where_the_key_is_ed25519(
        self, xb: Partner, agreement: str
    ) -> None:
        key = xb.key(Use.SIG)
        header = {"alg": "EdDSA", "kid": key.kid, "typ": "tidewaiter+jws"}
        head = jose.encode(json.dumps(header).encode())
        body = jose.encode(json.dumps(event(xb, agreement)).encode())
        mark = jose.encode(key.private.sign(f"{head}.{body}".encode()))
        assert outcomes(sealed(f"{head}.{body}.{mark}")) == ["accepted"]

    def test_comes_after_who_sends_and_before_whom_it_is_for(
        self, xb: Partner, agreement: str
    ) -> None:
        stranger = signed(xb, event(xb, agreement, source="tidewaiter:XZ"))
        other = event(xb, agreement, recipient="XC")
        assert outcomes(
            sealed(spoilt(stranger, alg="none")),
            sealed(spoilt(signed(xb, other), alg="none")),
            sealed(signed(xb, other)),
        ) == ["unknown-sender", "bad-signature", "wrong-recipient"]


class TestTheOrderAtTheDoor:
    def test_is_the_tables(self, xb: Partner, agreement: str) -> None:
        """Each message has all that is wrong from one check on."""
        at = clock.real()
        first = alert(xb, agreement)
        assert outcomes(xb.line(first)) == ["accepted"]
        ruin = {"type": "org.tidewaiter.nothing.v1", "agreement": "sha256:" + "0" * 64}
        late = {**ruin, "expires": clock.text(at - timedelta(days=1))}
        ahead = {**late, "time": clock.text(at + timedelta(minutes=11))}
        serial = {**ahead, "serial": first.serial}
        replayed = {**serial, "id": str(first.id)}
        known = {**ruin, "type": first.type}
        cases = [
            (replayed, "replayed"),
            (serial, "bad-serial"),
            (ahead, "clock-skew"),
            (late, "expired"),
            (ruin, "unsupported-type"),
            ({**known, "clause": None}, "bad-payload"),
            ({**known, "data": {"alert": 1}}, "bad-payload"),
            (known, "unknown-agreement"),
            ({"clause": "99"}, "not-permitted"),
        ]
        lines = [sealed(signed(xb, event(xb, agreement, **changes))) for changes, _ in cases]
        assert outcomes(*lines) == [outcome for _, outcome in cases]


class TestBothSuites:
    @pytest.fixture
    def bee(self, db: None) -> Partner:
        """A partner whose keys are of suite B."""
        made = Partner("XB", at=clock.real() - timedelta(minutes=5), suite="B")
        identity.add_partner(document=made.document(), thumbprint=made.thumbprint(), at=made.at)
        return made

    def test_of_a_partner_are_taken(self, bee: Partner) -> None:
        digest = in_force(bee, {})
        assert outcomes(bee.line(alert(bee, digest))) == ["accepted"]
        assert outcomes(bee.line(bee.house("resend.v1", {"first": 1, "last": 1}))) == ["accepted"]

    @pytest.mark.parametrize("alg", ["Ed25519", "EdDSA", "ES384", "none"])
    def test_keep_to_the_algorithm_of_the_key(self, bee: Partner, alg: str) -> None:
        digest = in_force(bee, {})
        made = spoilt(signed(bee, event(bee, digest)), alg=alg)
        assert outcomes(sealed(made)) == ["bad-signature"]

    def test_rotate_from_one_to_the_other(self, bee: Partner) -> None:
        digest = in_force(bee, {})
        bee.suite = "A"
        old = bee.rotate(clock.real())
        told = bee.house("node.document.v1", {"document": bee.signed_by(old)})
        assert outcomes(sealed(bee.jws(told, kid=old)), bee.line(alert(bee, digest))) == [
            "accepted",
            "accepted",
        ]


def test_a_receipt_is_signed_as_a_message_is(xb: Partner) -> None:
    (compact,) = actions.receive([b"x"], at=clock.real())
    assert jose.header(compact) == {
        "alg": "Ed25519",
        "kid": own_keys.signing().kid,
        "typ": "tidewaiter+jws",
    }


def test_members_have_their_own_place(xb: Partner, agreement: str) -> None:
    made = alert(xb, agreement)
    again = replace(made, id=identifier.uuid7(clock.real()))
    assert outcomes(xb.line(made), xb.line(again)) == ["accepted", "bad-serial"]
