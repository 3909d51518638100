"""Node documents are taken by the pinned key alone, and renewed in their order (wire contract)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tidewaiter import canonical, clock, jose
from tidewaiter.identity import pinning

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SIG, OTHER, RECOVERY = (Ed25519PrivateKey.generate() for _ in range(3))
ENC = X25519PrivateKey.generate()


def jwk(key: Any) -> dict[str, str]:
    curve = "X25519" if isinstance(key, X25519PrivateKey) else "Ed25519"
    point = jose.encode(key.public_key().public_bytes_raw())
    return {"kty": "OKP", "crv": curve, "x": point}


def listed(kid: str, use: str, key: Any, **times: str) -> dict[str, str]:
    return {"kid": kid, "use": use, **jwk(key), **times}


def body(**changed: Any) -> dict[str, Any]:
    return {
        "administration": "XB",
        "name": "Customs of Belmora",
        "url": "http://127.0.0.1:8101",
        "issued": clock.text(AT),
        "keys": [
            listed("XB-1", "sig", SIG),
            listed("XB-e1", "enc", ENC),
            listed("XB-r", "recovery", RECOVERY),
        ],
        "log": {"origin": "xb.example/tidewaiter", "vkey": "xb.example/tidewaiter+1234+AQ=="},
        "accepts": ["org.tidewaiter.alert.shipment.v1"],
        **changed,
    }


def signed(payload: Any, key: Any = SIG, kid: str = "XB-1", typ: str = pinning.TYP) -> str:
    return jose.sign(canonical.write(payload), key, {"kid": kid, "typ": typ})


def thumbprint(key: Any = SIG) -> str:
    return jose.thumbprint(jwk(key))


class TestRegistering:
    def test_takes_a_document_signed_by_the_pinned_key(self) -> None:
        document = pinning.register(signed(body()), thumbprint())
        assert document.administration == "XB"
        assert document.log_origin == "xb.example/tidewaiter"
        assert [key.kid for key in document.keys] == ["XB-1", "XB-e1", "XB-r"]

    def test_takes_a_node_that_cannot_be_reached(self) -> None:
        payload = body()
        del payload["url"]
        assert pinning.register(signed(payload), thumbprint()).url == ""

    def test_refuses_another_thumbprint(self) -> None:
        with pytest.raises(pinning.BadNodeDocument, match="thumbprint"):
            pinning.register(signed(body()), thumbprint(OTHER))

    def test_refuses_a_signature_that_does_not_hold(self) -> None:
        with pytest.raises(pinning.BadNodeDocument):
            pinning.register(signed(body(), OTHER), thumbprint())

    def test_refuses_a_key_that_it_does_not_list(self) -> None:
        with pytest.raises(pinning.BadNodeDocument, match="not signed by a key"):
            pinning.register(signed(body(), OTHER, "XB-9"), thumbprint(OTHER))

    def test_refuses_a_message_in_its_place(self) -> None:
        with pytest.raises(pinning.BadNodeDocument):
            pinning.register(signed(body(), typ="tidewaiter+jws"), thumbprint())

    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("administration", "xb"),
            ("administration", "XBX"),
            ("name", ""),
            ("url", "http://customs.example"),
            ("url", "https://user@customs.example"),
            ("url", "ftp://customs.example"),
            ("issued", "yesterday"),
            ("keys", []),
            ("keys", [listed("a", "sig", SIG), listed("a", "enc", ENC)]),
            ("keys", [listed("a", "sig", SIG)]),
            ("keys", [listed("a", "sig", ENC), listed("b", "enc", ENC)]),
            ("log", {"origin": "a", "vkey": "b+1+AQ=="}),
            ("log", "a"),
            ("accepts", [1]),
        ],
    )
    def test_refuses_a_document_without_what_it_must_hold(self, member: str, value: Any) -> None:
        with pytest.raises(pinning.BadNodeDocument):
            pinning.read(signed(body(**{member: value})))

    @pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "é.é.é", "x" * (pinning.LARGEST + 1)])
    def test_refuses_what_is_no_jws(self, text: str) -> None:
        with pytest.raises(pinning.BadNodeDocument):
            pinning.read(text)


class TestRenewing:
    def held(self) -> pinning.Document:
        return pinning.register(signed(body()), thumbprint())

    def newer(self, **changed: Any) -> dict[str, Any]:
        return body(issued=clock.text(AT + timedelta(hours=1)), **changed)

    def test_takes_new_keys_that_a_pinned_key_signed(self) -> None:
        keys = [listed("XB-2", "sig", OTHER), *body()["keys"]]
        document = pinning.renew(self.held(), signed(self.newer(keys=keys)))
        assert document.key("XB-2") is not None
        without = pinning.renew(
            document,
            signed(
                body(issued=clock.text(AT + timedelta(days=40)), keys=[keys[0], *keys[2:]]),
                OTHER,
                "XB-2",
            ),
        )
        assert without.key("XB-1") is None  # no longer listed is no longer pinned

    def test_changes_nothing_by_the_document_that_is_held(self) -> None:
        held = self.held()
        assert pinning.renew(held, held.compact) is held

    def test_refuses_one_that_is_not_newer(self) -> None:
        with pytest.raises(pinning.BadNodeDocument, match="newer"):
            pinning.renew(self.held(), signed(body(name="Other")))

    def test_refuses_one_signed_by_a_key_of_its_own(self) -> None:
        keys = [listed("XB-2", "sig", OTHER), *body()["keys"]]
        with pytest.raises(pinning.BadNodeDocument, match="pinned"):
            pinning.renew(self.held(), signed(self.newer(keys=keys), OTHER, "XB-2"))

    def test_refuses_another_administration(self) -> None:
        with pytest.raises(pinning.BadNodeDocument):
            pinning.renew(self.held(), signed(self.newer(administration="XC")))

    def test_lets_only_the_recovery_key_change_the_recovery_key(self) -> None:
        keys = [*body()["keys"][:2], listed("XB-r2", "recovery", OTHER)]
        with pytest.raises(pinning.BadNodeDocument, match="recovery"):
            pinning.renew(self.held(), signed(self.newer(keys=keys)))
        document = pinning.renew(self.held(), signed(self.newer(keys=keys), RECOVERY, "XB-r"))
        assert document.recovery is not None
        assert document.recovery.kid == "XB-r2"


class TestAKey:
    def test_is_valid_from_its_beginning_and_no_longer_at_its_end(self) -> None:
        later = AT + timedelta(days=1)
        keys = [
            listed("XB-1", "sig", SIG, nbf=clock.text(AT), exp=clock.text(later)),
            *body()["keys"][1:],
        ]
        key = pinning.read(signed(body(keys=keys))).key("XB-1")
        assert key is not None
        assert key.valid(AT)
        assert not key.valid(AT - timedelta(milliseconds=1))
        assert not key.valid(later)

    def test_to_seal_with_is_the_first_listed_that_is_valid(self) -> None:
        old = listed("XB-e0", "enc", ENC, exp=clock.text(AT))
        keys = [body()["keys"][0], old, *body()["keys"][1:]]
        document = pinning.read(signed(body(keys=keys)))
        before, after = document.sealing(AT - timedelta(days=1)), document.sealing(AT)
        assert before is not None
        assert before.kid == "XB-e0"
        assert after is not None
        assert after.kid == "XB-e1"
