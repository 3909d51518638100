"""Node documents are taken by the pinned key alone, and renewed in their order (wire contract)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tidewaiter import canonical, clock, jose
from tidewaiter.identity import pinning

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SIG, OTHER, RECOVERY = (Ed25519PrivateKey.generate() for _ in range(3))
THIEF, RECOVERY_2 = (Ed25519PrivateKey.generate() for _ in range(2))
ENC = X25519PrivateKey.generate()
EC_SIG, EC_ENC, EC_RECOVERY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))


def jwk(key: Any) -> dict[str, str]:
    return jose.public_jwk(key)


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
            ("keys", [listed("a", "sig", EC_SIG), listed("b", "enc", SIG)]),
            ("keys", [{**listed("a", "sig", EC_SIG), "y": "A" * 43}, listed("b", "enc", ENC)]),
            ("keys", [{**listed("a", "sig", SIG), "d": "A" * 43}, listed("b", "enc", ENC)]),
            ("keys", [listed("a", "sig", SIG), listed("b", "enc", ENC), listed("c", "any", SIG)]),
            (
                "keys",
                [listed("a", "sig", SIG), listed("b", "enc", ENC), listed("c", "recovery", SIG)],
            ),
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

    def test_refuses_one_that_does_not_list_the_key_that_signs_it(self) -> None:
        keys = [listed("XB-2", "sig", OTHER), *body()["keys"][1:]]
        with pytest.raises(pinning.BadNodeDocument, match="does not list the key"):
            pinning.renew(self.held(), signed(self.newer(keys=keys)))

    def test_refuses_one_that_a_revoked_key_signed(self) -> None:
        with pytest.raises(pinning.BadNodeDocument, match="pinned"):
            pinning.renew(self.held(), signed(self.newer()), revoked={thumbprint()})

    def test_refuses_one_that_a_key_signed_past_its_time(self) -> None:
        over = listed("XB-1", "sig", SIG, exp=clock.text(AT + timedelta(minutes=5)))
        held = pinning.register(signed(body(keys=[over, *body()["keys"][1:]])), thumbprint())
        with pytest.raises(pinning.BadNodeDocument, match="not valid"):
            pinning.renew(held, signed(self.newer(keys=[over, *body()["keys"][1:]])))

    def test_lets_no_other_key_add_or_drop_a_recovery_key(self) -> None:
        more = [*body()["keys"], listed("XB-r2", "recovery", THIEF)]
        for keys in (more, body()["keys"][:2]):
            with pytest.raises(pinning.BadNodeDocument, match="recovery"):
                pinning.renew(self.held(), signed(self.newer(keys=keys)))
        without = pinning.register(signed(body(keys=body()["keys"][:2])), thumbprint())
        with pytest.raises(pinning.BadNodeDocument, match="recovery"):
            pinning.renew(without, signed(self.newer()))


class TestBothSuites:
    KEYS = (
        listed("XB-b1", "sig", EC_SIG),
        listed("XB-be1", "enc", EC_ENC),
        listed("XB-br", "recovery", EC_RECOVERY),
    )

    def test_a_node_of_suite_b_is_registered_and_sealed_to(self) -> None:
        compact = signed(body(keys=list(self.KEYS)), EC_SIG, "XB-b1")
        document = pinning.register(compact, thumbprint(EC_SIG))
        assert jose.header(compact)["alg"] == "ES256"
        key = document.sealing(AT)
        assert key is not None
        assert set(key.jwk) == {"kty", "crv", "x", "y"}

    def test_a_node_that_changes_its_suite_lists_the_old_keys_on(self) -> None:
        """Mixed is taken: each key has its own algorithm, and rotation lists both for 32 days."""
        held = pinning.register(signed(body()), thumbprint())
        keys = [*self.KEYS[:2], *body()["keys"]]
        both = body(keys=keys, issued=clock.text(AT + timedelta(hours=1)))
        document = pinning.renew(held, signed(both))
        key = document.sealing(AT)
        assert key is not None
        assert key.kid == "XB-be1"
        last = body(
            keys=[*self.KEYS[:2], body()["keys"][2]], issued=clock.text(AT + timedelta(days=40))
        )
        document = pinning.renew(document, signed(last, EC_SIG, "XB-b1"))
        assert [each.kid for each in document.keys] == ["XB-b1", "XB-be1", "XB-r"]

    def test_a_key_of_one_suite_does_not_sign_by_the_others_algorithm(self) -> None:
        header = jose.encode(b'{"alg":"Ed25519","kid":"XB-b1","typ":"tidewaiter-node+jws"}')
        payload = jose.encode(canonical.write(body(keys=list(self.KEYS))))
        raw = jose._signature(EC_SIG, f"{header}.{payload}".encode())
        with pytest.raises(pinning.BadNodeDocument, match="algorithm"):
            pinning.register(f"{header}.{payload}.{jose.encode(raw)}", thumbprint(EC_SIG))


class TestRecovering:
    """A thief has XB-1; what is signed by the recovery key outranks what he signed, and his."""

    ANEW = (
        listed("XB-9", "sig", OTHER),
        listed("XB-e1", "enc", ENC),
        listed("XB-r", "recovery", RECOVERY),
    )

    def at(self, hours: float, keys: Any, **changed: Any) -> dict[str, Any]:
        return body(issued=clock.text(AT + timedelta(hours=hours)), keys=list(keys), **changed)

    def held(self) -> pinning.Document:
        return pinning.register(signed(body()), thumbprint())

    def stolen(self) -> pinning.Document:
        """The thief's documents, far ahead in time: by the stolen key, then by one of his own."""
        keys = [listed("XB-t", "sig", THIEF), *body()["keys"]]
        first = pinning.renew(self.held(), signed(self.at(24 * 365, keys)))
        mine = [listed("XB-t", "sig", THIEF), *body()["keys"][1:]]
        return pinning.renew(first, signed(self.at(24 * 366, mine), THIEF, "XB-t"))

    def test_outranks_what_another_key_signed_whatever_its_time(self) -> None:
        back = pinning.renew(self.stolen(), signed(self.at(1, self.ANEW), RECOVERY, "XB-r"))
        assert back.key("XB-9") is not None
        assert back.key("XB-t") is None
        for key, kid in ((THIEF, "XB-t"), (SIG, "XB-1")):
            later = signed(self.at(24 * 999, [listed(kid, "sig", key), *self.ANEW]), key, kid)
            with pytest.raises(pinning.BadNodeDocument, match="pinned"):
                pinning.renew(back, later)

    def test_lets_the_keys_that_it_lists_go_on_from_its_own_time(self) -> None:
        back = pinning.renew(self.stolen(), signed(self.at(1, self.ANEW), RECOVERY, "XB-r"))
        next_ = signed(self.at(2, self.ANEW, name="Other"), OTHER, "XB-9")
        assert pinning.renew(back, next_).name == "Other"

    def test_does_not_outrank_what_a_key_that_it_lists_signed(self) -> None:
        held = pinning.renew(self.held(), signed(self.at(5, body()["keys"])))
        older = signed(self.at(4, body()["keys"], name="Older"), RECOVERY, "XB-r")
        with pytest.raises(pinning.BadNodeDocument, match="newer"):
            pinning.renew(held, older)
        newer = signed(self.at(6, body()["keys"], name="Newer"), RECOVERY, "XB-r")
        assert pinning.renew(held, newer).name == "Newer"

    def test_is_not_replayed_when_later_keys_followed(self) -> None:
        once = signed(self.at(1, self.ANEW), RECOVERY, "XB-r")
        held = pinning.renew(self.held(), once)
        keys = [listed("XB-10", "sig", THIEF), *self.ANEW]
        held = pinning.renew(held, signed(self.at(2, keys), OTHER, "XB-9"))
        held = pinning.renew(held, signed(self.at(900, [keys[0], *keys[2:]]), THIEF, "XB-10"))
        with pytest.raises(pinning.BadNodeDocument, match="newer"):
            pinning.renew(held, once, recovered=AT + timedelta(hours=1))

    def test_alone_changes_the_recovery_key_and_the_old_one_recovers_no_more(self) -> None:
        keys = [*self.ANEW[:2], listed("XB-r2", "recovery", RECOVERY_2)]
        held = pinning.renew(self.held(), signed(self.at(1, keys), RECOVERY, "XB-r"))
        assert held.recovery is not None
        assert held.recovery.kid == "XB-r2"
        for key, kid in ((RECOVERY, "XB-r"), (THIEF, "XB-r2")):
            with pytest.raises(pinning.BadNodeDocument):
                pinning.renew(held, signed(self.at(2, keys), key, kid))
        assert pinning.renew(held, signed(self.at(2, keys, name="Z"), RECOVERY_2, "XB-r2"))

    def test_signs_what_a_new_partner_registers_by_its_thumbprint(self) -> None:
        compact = signed(self.at(1, self.ANEW), RECOVERY, "XB-r")
        assert pinning.register(compact, thumbprint(RECOVERY)).signer == "XB-r"
        with pytest.raises(pinning.BadNodeDocument, match="thumbprint"):
            pinning.register(compact, thumbprint(OTHER))

    def test_says_whether_the_recovery_key_signed(self) -> None:
        held = self.held()
        assert pinning.by_recovery(pinning.read(signed(body(), RECOVERY, "XB-r")), held)
        assert not pinning.by_recovery(pinning.read(signed(body(), THIEF, "XB-r")), held)
        assert not pinning.by_recovery(pinning.read(signed(body())), held)


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
