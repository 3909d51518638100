"""Lines that come too fast, or cost dear to refuse: what is looked at before what is opened."""

import base64
import hashlib
import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.exchange.partner import Partner, read, sealed
from tidewaiter import clock, identifier, jose
from tidewaiter.exchange import actions, errors, receiving
from tidewaiter.exchange.door import certificate, rates
from tidewaiter.exchange.door.models import Rate
from tidewaiter.exchange.models import Inbound
from tidewaiter.identity import actions as identity
from tidewaiter.keys import actions as keys
from tidewaiter.keys import queries as own_keys

pytestmark = pytest.mark.django_db
DER = b"a certificate in DER"
DIGEST = hashlib.sha256(DER).hexdigest()
BASE64 = base64.b64encode(DER).decode()
PEM = f"-----BEGIN CERTIFICATE-----\n{BASE64}\n-----END CERTIFICATE-----\n"
COSTS = 0.1  # seconds of the processor that a refused line may cost, whatever it is


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines that were decrypted."""
    seen: list[str] = []
    real = keys.opening

    def opening() -> Any:
        open_ = real()

        def note(line: str) -> bytes:
            seen.append(line)
            return open_(line)

        return note

    monkeypatch.setattr(receiving.keys, "opening", opening)
    return seen


def outcome(receipt: str) -> str:
    said = read(receipt)["data"]
    return str(said["problem"]["type"]).rpartition("/")[2] if "problem" in said else said["outcome"]


class TestAPartnerAboveItsRate:
    def test_is_known_by_the_first_line_and_nothing_else_is_opened(
        self, xb: Partner, settings: Any, opened: list[str]
    ) -> None:
        at = clock.real()
        rates.took("XB", settings.EXCHANGE_RATE, at=at)
        lines = [xb.line(xb.next(at)) for _ in range(5)]
        with pytest.raises(errors.TooFast) as refused:
            actions.receive(lines, at=at, address="192.0.2.1")
        assert len(opened) == 1
        assert 1 <= int(refused.value.members["seconds"]) <= 60
        assert not Inbound.objects.exists()

    def test_is_known_by_its_certificate_and_nothing_is_opened(
        self, xb: Partner, settings: Any, opened: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at = clock.real()
        monkeypatch.setattr(
            actions.identity_queries, "partner_by_tls", {f"sha256:{DIGEST}": "XB"}.get
        )
        rates.took("XB", settings.EXCHANGE_RATE - 2, at=at)
        lines = [xb.line(xb.next(at)) for _ in range(3)]
        with pytest.raises(errors.TooFast):
            actions.receive(lines, at=at, certificate=f"sha256:{DIGEST}")
        assert opened == []
        assert len(actions.receive(lines[:2], at=at, certificate=f"sha256:{DIGEST}")) == 2

    def test_does_not_hold_up_another_of_the_same_address(self, xb: Partner, settings: Any) -> None:
        at = clock.real()
        other = Partner("XC", at=at - timedelta(minutes=5))
        identity.add_partner(document=other.document(), thumbprint=other.thumbprint(), at=other.at)
        rates.took("XB", settings.EXCHANGE_RATE, at=at)
        with pytest.raises(errors.TooFast):
            actions.receive([xb.line(xb.next(at))], at=at, address="192.0.2.1")
        (receipt,) = actions.receive([other.line(other.next(at))], at=at, address="192.0.2.1")
        assert read(receipt)["recipient"] == "XC"

    def test_is_let_in_again_in_the_next_minute(self, xb: Partner, settings: Any) -> None:
        at = clock.real()
        rates.took("XB", settings.EXCHANGE_RATE, at=at)
        later = at + timedelta(minutes=1)
        assert len(actions.receive([xb.line(xb.next(later))], at=later)) == 1


class TestAnAddressWhoseLinesFail:
    def test_is_refused_before_anything_is_opened(
        self, xb: Partner, settings: Any, opened: list[str]
    ) -> None:
        at = clock.real()
        for _ in range(3):
            answers = actions.receive([b"x"] * 400, at=at, address="192.0.2.1")
            assert {outcome(each) for each in answers[:2]} == {"undecryptable"}
        opened.clear()
        with pytest.raises(errors.TooFast):
            actions.receive([xb.line(xb.next(at))], at=at, address="192.0.2.1")
        assert opened == []
        assert len(actions.receive([xb.line(xb.next(at))], at=at, address="192.0.2.2")) == 1

    def test_is_an_ipv6_network_and_an_ipv4_address(self) -> None:
        assert rates.network("2001:db8:1:2:3::4") == rates.network("2001:db8:1:2:ffff::")
        assert rates.network("2001:db8:1:2::") != rates.network("2001:db8:1:3::")
        assert rates.network("::ffff:192.0.2.1") == rates.network("192.0.2.1") == "192.0.2.1"
        assert rates.network("no address") == "no address"

    def test_leaves_one_count_a_minute(self) -> None:
        at = clock.real()
        for _ in range(3):
            actions.receive([b"x"] * 10, at=at, address="192.0.2.1")
        (row,) = Rate.objects.filter(key="address:192.0.2.1")
        assert row.lines == 30


def dear(xb: Partner) -> dict[str, bytes]:
    """Lines that are made to cost as much as they can."""
    at = clock.real()
    key = next(each for each in own_keys.published() if each.use == "enc")
    good = xb.line(xb.next(at))
    point = {
        "kty": "EC",
        "crv": "P-256",
        "x": jose.encode(b"\1" * 32),
        "y": jose.encode(b"\2" * 32),
    }
    head = b'{"alg":"ECDH-ES+A256KW","enc":"A256GCM","kid":"%b","cty":"tidewaiter+jws","epk":%b}'

    def jwe(epk: bytes, kid: bytes = key.kid.encode()) -> bytes:
        parts = [head % (kid, epk), b"k" * 40, b"n" * 12, b"s" * 100, b"t" * 16]
        return b".".join(jose.encode(each).encode() for each in parts)

    wide = b"{" + b",".join(b'"a%d":1' % each for each in range(40_000)) + b"}"
    deep = b"[" * 300_000
    texts = str(point).replace("'", '"').encode()
    return {
        "a signature that does not hold": sealed(xb.jws(xb.next(at))[:-4] + "AAAA"),
        "a header of a mebibyte": jose.encode(wide).encode() + b".a.b.c.d",
        "a header nested without end": jose.encode(deep).encode() + b".a.b.c.d",
        "a huge part of base64": good.rpartition(b".")[0][:200] + b"." + b"A" * 900_000 + b".A",
        "a payload nested without end": sealed(
            f"{jose.encode(b'{}')}.{jose.encode(deep)}.{jose.encode(b's' * 64)}"
        ),
        "a payload of many members": sealed(
            f"{jose.encode(b'{}')}.{jose.encode(wide)}.{jose.encode(b's' * 64)}"
        ),
        "a point that is not of the curve": jwe(texts),
        "a key that is not ours": jwe(b'{"kty":"OKP","crv":"X25519","x":"AAAA"}', b"XA-2020-e9"),
        "a point of small order": jwe(
            b'{"kty":"OKP","crv":"X25519","x":"%b"}' % jose.encode(bytes(32)).encode()
        ),
        "many dots": b"." * 1_000_000,
    }


class TestALineThatCostsDear:
    @pytest.mark.parametrize("name", [
        "a signature that does not hold", "a header of a mebibyte", "a header nested without end",
        "a huge part of base64", "a payload nested without end", "a payload of many members",
        "a point that is not of the curve", "a key that is not ours", "a point of small order",
        "many dots",
    ])  # fmt: skip
    def test_is_refused_for_a_bounded_price(self, xb: Partner, name: str) -> None:
        line = dear(xb)[name]
        assert len(line) <= 2**20 + 100_000
        took = []
        for _ in range(3):
            begun = time.process_time()
            (receipt,) = actions.receive([line], at=clock.real(), address="192.0.2.9")
            took.append(time.process_time() - begun)
            assert outcome(receipt) in {"undecryptable", "malformed", "bad-signature"}
        assert min(took) < COSTS

    def test_with_many_wrong_kids_asks_the_database_once(
        self, xb: Partner, django_assert_max_num_queries: Any
    ) -> None:
        at = clock.real()
        lines = []
        for number in range(100):
            made = xb.next(at)
            payload = jose.read(xb.jws(made)).payload
            lines.append(sealed(xb.sign(payload, kid=f"XB-{number}")))
        with django_assert_max_num_queries(40):
            answers = actions.receive(lines, at=at, address="192.0.2.9")
        assert {outcome(each) for each in answers} == {"bad-signature"}


class TestACertificateThatAProxyPassesOn:
    @pytest.mark.parametrize(
        "passed",
        [
            DIGEST,
            DIGEST.upper(),
            f"sha256:{DIGEST}",
            ":".join(DIGEST[at : at + 2] for at in range(0, 64, 2)),
            quote(PEM),
            f":{BASE64}:",
        ],
    )
    def test_is_its_sha256_in_each_form(self, passed: str) -> None:
        assert certificate.thumbprint(passed) == f"sha256:{DIGEST}"

    @pytest.mark.parametrize("passed", ["", "x", "(null)", ":*:", "0" * 63, "%zz", "A" * 20_000])
    def test_is_none_where_it_is_no_certificate(self, passed: str) -> None:
        assert certificate.thumbprint(passed) == ""


def test_what_a_batch_could_clash_with_is_found_by_an_index_each(xb: Partner) -> None:
    """The cost follows what came, never how much there is."""
    at = clock.real()
    actions.receive([xb.line(xb.next(at)) for _ in range(3)], at=at)
    with CaptureQueriesContext(connection) as seen:
        Inbound.objects.filter(sender="XB").with_either([identifier.uuid7(at)], [7])
    plans = [each["sql"] for each in seen.captured_queries]
    assert len(plans) == 2
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for sql, column in zip(plans, ("message_id=?", "serial=?"), strict=True):
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                assert f"sender=? AND {column}" in str(cursor.fetchall())
