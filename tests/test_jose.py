"""Signing and sealing in both suites: the vectors of the standards, and every way around them."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe as other_jwe
from joserfc import jws as other_jws
from joserfc.jwk import ECKey, OKPKey

from tests.data import DATA
from tidewaiter import jose

SIGNER = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
OPENER = X25519PrivateKey.from_private_bytes(b"2" * 32)
JWK: dict[str, Any] = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": jose.encode(SIGNER.public_key().public_bytes_raw()),
}
ENC: dict[str, Any] = {
    "kty": "OKP",
    "crv": "X25519",
    "x": jose.encode(OPENER.public_key().public_bytes_raw()),
}
HEADER = {"kid": "XA-2026-1", "typ": "tidewaiter+jws"}
TYP = "tidewaiter+jws"
SIGNED = jose.sign(b'{"a":1}', SIGNER, HEADER)
SEALED = jose.seal(b"the message", ENC, kid="XA-2026-e1", cty=TYP)

P256 = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ES_SIGNER = ec.derive_private_key(int.from_bytes(b"4" * 32, "big"), P256)
EC_OPENER = ec.derive_private_key(int.from_bytes(b"5" * 32, "big"), P256)
ES_JWK: dict[str, Any] = jose.public_jwk(ES_SIGNER)
EC_ENC: dict[str, Any] = jose.public_jwk(EC_OPENER)


@dataclass(frozen=True)
class Suite:
    """The keys of one suite, and what they made."""

    name: str
    signer: jose.Signer
    opener: jose.Opener
    jwk: dict[str, str]
    enc: dict[str, str]

    @property
    def signed(self) -> str:
        return jose.sign(b'{"a":1}', self.signer, HEADER)

    @property
    def message(self) -> str:
        """A whole message as it stands on the wire: signed, then sealed."""
        return jose.seal(self.signed.encode(), self.enc, kid="e1", cty=TYP)

    def read(self, message: str) -> bytes:
        """What the recipient gets out of a message, by the sender's key."""
        opened = jose.open_(message, self.opener, cty=TYP)
        return jose.verify(opened.decode("ascii"), self.jwk, typ=TYP)


A = Suite("A", SIGNER, OPENER, JWK, ENC)
B = Suite("B", ES_SIGNER, EC_OPENER, ES_JWK, EC_ENC)
SUITES = pytest.mark.parametrize("suite", [A, B], ids=lambda suite: suite.name)

# RFC 8037, appendix A
RFC_D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
RFC_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
RFC_JWS = (
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3"
    "AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)


def crafted(header: dict[str, Any] | str | bytes, payload: bytes = b'{"a":1}') -> str:
    """A JWS truly signed by our key under any header at all."""
    raw = header if isinstance(header, str | bytes) else json.dumps(header)
    raw = raw.encode() if isinstance(raw, str) else raw
    signed = f"{jose.encode(raw)}.{jose.encode(payload)}"
    return f"{signed}.{jose.encode(SIGNER.sign(signed.encode()))}"


def resealed(**changes: Any) -> str:
    """A JWE that opens but for the header's changes: the tag is over the changed header."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    ephemeral = X25519PrivateKey.from_private_bytes(b"3" * 32)
    epk = {
        "kty": "OKP",
        "crv": "X25519",
        "x": jose.encode(ephemeral.public_key().public_bytes_raw()),
    }
    header = {"alg": jose.SEAL, "enc": jose.CONTENT, "kid": "k", "cty": TYP, "epk": epk, **changes}
    protected = jose.encode(
        json.dumps({name: value for name, value in header.items() if value is not None}).encode()
    )
    shared = ephemeral.exchange(OPENER.public_key())
    wrapped = aes_key_wrap(jose._derived(shared), b"k" * 32)
    sealed = AESGCM(b"k" * 32).encrypt(b"n" * 12, b"plain", protected.encode())
    parts = (protected, *map(jose.encode, (wrapped, b"n" * 12, sealed[:-16], sealed[-16:])))
    return ".".join(parts)


class TestTheStandardsVectors:
    def test_rfc_8037_a2_public_key_thumbprint(self) -> None:
        assert jose.thumbprint(RFC_JWK) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

    def test_rfc_8037_a4_the_signature_is_the_same_bytes(self) -> None:
        key = Ed25519PrivateKey.from_private_bytes(jose.decode(RFC_D))
        signed = RFC_JWS.rpartition(".")[0]
        assert f"{signed}.{jose.encode(key.sign(signed.encode()))}" == RFC_JWS

    def test_rfc_8037_a5_it_verifies_by_the_key_though_not_as_a_type_of_ours(self) -> None:
        jws = jose.read(RFC_JWS)
        assert jws.payload == b"Example of Ed25519 signing"
        with pytest.raises(jose.BadSignature, match="type"):
            jose.verify_read(jws, RFC_JWK, typ=TYP)
        named = jose.Jws({**jws.header, "typ": TYP}, jws.payload, jws.signature, jws.signed)
        assert jose.verify_read(named, RFC_JWK, typ=TYP) == jws.payload

    def test_rfc_8037_a6_the_shared_secret_is_the_same(self) -> None:
        """Its keys are those of RFC 7748 §6.1, and so is the secret."""
        alice = X25519PrivateKey.from_private_bytes(
            bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
        )
        assert jose.public_jwk(alice)["x"] == "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"
        bob = {
            "kty": "OKP",
            "crv": "X25519",
            "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08",
        }
        secret = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
        assert jose._exchanged(alice, bob).hex() == secret

    def test_rfc_7638_an_ec_key_has_its_four_members_in_the_thumbprint(self) -> None:
        members = f'{{"crv":"P-256","kty":"EC","x":"{ES_JWK["x"]}","y":"{ES_JWK["y"]}"}}'
        digest = jose.encode(hashlib.sha256(members.encode()).digest())
        assert jose.thumbprint({"kid": "1", **ES_JWK}) == digest
        assert ECKey.import_key(ES_JWK).thumbprint() == digest

    def test_rfc_7515_a3_an_es256_signature_holds(self) -> None:
        jwk = {
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }  # fmt: skip
        compact = (
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
            "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5dj"
            "xLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        )
        assert jose.verify_read(typed(jose.read(compact)), jwk, typ=TYP).startswith(b'{"iss"')

    def test_rfc_7518_c_the_key_is_derived_as_there(self) -> None:
        """The vector is of ECDH-ES over P-256 and A128GCM; the derivation is the same code."""
        shared = bytes.fromhex("9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4")
        derived = jose.concat_kdf("A128GCM", shared, b"Alice", b"Bob", bits=128)
        assert jose.encode(derived) == "VqqN6vgjbSBcIijNcacQGg"


def typed(jws: jose.Jws) -> jose.Jws:
    """A JWS of others as if its header named the type; what is signed stays as it was."""
    return jose.Jws({"typ": TYP, **jws.header}, jws.payload, jws.signature, jws.signed)


class TestAMessageOfEitherSuite:
    @SUITES
    @given(plain=st.binary(max_size=300))
    def test_gives_back_what_went_in(self, suite: Suite, plain: bytes) -> None:
        compact = jose.sign(plain, suite.signer, HEADER)
        sealed = jose.seal(compact.encode(), suite.enc, kid="e1", cty=TYP)
        assert suite.read(sealed) == plain
        alone = jose.seal(plain, suite.enc, kid="e1", cty=None)
        assert "cty" not in jose.header(alone)
        assert jose.open_(alone, suite.opener) == plain

    @SUITES
    def test_names_the_algorithm_of_its_key(self, suite: Suite) -> None:
        assert jose.header(suite.signed)["alg"] == {"A": "Ed25519", "B": "ES256"}[suite.name]
        sealed = jose.header(suite.message)
        assert (sealed["alg"], sealed["enc"]) == ("ECDH-ES+A256KW", "A256GCM")
        assert sealed["epk"]["crv"] == {"A": "X25519", "B": "P-256"}[suite.name]

    @SUITES
    def test_is_refused_with_any_byte_of_it_changed(self, suite: Suite) -> None:
        message = suite.message.encode()
        for at in range(len(message)):
            for flip in (1, 2, 32, 128):
                bent = bytearray(message)
                bent[at] ^= flip
                with pytest.raises((jose.JoseError, UnicodeError)):
                    suite.read(bent.decode("latin-1"))

    @SUITES
    def test_is_refused_with_any_byte_of_what_is_signed_changed(self, suite: Suite) -> None:
        signed = suite.signed.encode()
        for at in range(len(signed)):
            for flip in (1, 2, 32, 128):
                bent = bytearray(signed)
                bent[at] ^= flip
                sealed = jose.seal(bytes(bent), suite.enc, kid="e1", cty=TYP)
                with pytest.raises((jose.JoseError, UnicodeError)):
                    suite.read(sealed)

    @SUITES
    def test_is_refused_cut_off_anywhere(self, suite: Suite) -> None:
        for whole, judge in (
            (suite.message, suite.read),
            (suite.signed, partial(jose.verify, jwk=suite.jwk, typ=TYP)),
        ):
            for end in range(len(whole)):
                with pytest.raises(jose.JoseError):
                    judge(whole[:end])
                with pytest.raises(jose.JoseError):
                    judge(whole[end + 1 :])

    def test_of_one_suite_is_refused_by_a_key_of_the_other(self) -> None:
        for one, other in ((A, B), (B, A)):
            with pytest.raises(jose.BadSignature, match="not the key's"):
                jose.verify(one.signed, other.jwk, typ=TYP)
            with pytest.raises(jose.CannotOpen):
                jose.open_(one.message, other.opener)

    def test_of_one_suite_does_not_pass_under_the_others_algorithm(self) -> None:
        for suite, alg in ((A, "ES256"), (B, "Ed25519"), (B, "EdDSA")):
            header = jose.encode(json.dumps({"alg": alg, **HEADER}).encode())
            signed = f"{header}.{jose.encode(b'{}')}"
            raw = jose._signature(suite.signer, signed.encode())
            with pytest.raises(jose.BadSignature, match="not the key's"):
                jose.verify(f"{signed}.{jose.encode(raw)}", suite.jwk, typ=TYP)


class TestSuiteB:
    def test_signs_by_r_and_s_of_32_bytes_each(self) -> None:
        for _ in range(64):  # one in 128 has a leading zero that DER would leave out
            assert len(jose.read(B.signed).signature) == 64
            assert jose.verify(B.signed, ES_JWK, typ=TYP) == b'{"a":1}'

    def test_refuses_a_signature_in_der(self) -> None:
        signed = B.signed.rpartition(".")[0]
        der = ES_SIGNER.sign(signed.encode(), ec.ECDSA(SHA256()))
        assert decode_dss_signature(der)
        for raw in (der, der[-64:], der.ljust(64, b"\0")[:64]):
            with pytest.raises(jose.BadSignature):
                jose.verify(f"{signed}.{jose.encode(raw)}", ES_JWK, typ=TYP)

    @pytest.mark.parametrize("r", [0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1])
    @pytest.mark.parametrize("s", [0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1])
    def test_refuses_a_signature_of_the_groups_corners(self, r: int, s: int) -> None:
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        signed = B.signed.rpartition(".")[0]
        with pytest.raises(jose.BadSignature):
            jose.verify(f"{signed}.{jose.encode(raw)}", ES_JWK, typ=TYP)

    @pytest.mark.parametrize("end", [0, 32, 63, 65, 72])
    def test_refuses_a_signature_of_another_length(self, end: int) -> None:
        signed, _, signature = B.signed.rpartition(".")
        raw = (jose.decode(signature) + b"\0" * 8)[:end]
        with pytest.raises(jose.BadSignature, match="64 bytes"):
            jose.verify(f"{signed}.{jose.encode(raw)}", ES_JWK, typ=TYP)

    @pytest.mark.parametrize(
        "change",
        [
            {"y": EC_ENC["y"]}, {"x": EC_ENC["y"]}, {"x": "A" * 43, "y": "A" * 43},
            {"y": None}, {"y": ES_JWK["y"][:-1]}, {"y": ES_JWK["y"] + "="}, {"y": 1},
            {"x": jose.encode(b"\xff" * 32)}, {"crv": "P-384"}, {"crv": "secp256k1"},
            {"kty": "OKP"}, {"crv": "X25519"}, {"x": jose.encode(b"1" * 33)},
        ],
    )  # fmt: skip
    def test_refuses_a_key_that_is_no_point_of_its_curve(self, change: dict[str, Any]) -> None:
        bent = {**ES_JWK, **change}
        for use in (jose.public, jose.thumbprint):
            with pytest.raises(jose.BadKey):
                use(bent)
        with pytest.raises(jose.JoseError):
            jose.verify(B.signed, bent, typ=TYP)
        with pytest.raises(jose.BadKey):
            jose.seal(b"x", bent, kid="k", cty=None)

    @pytest.mark.parametrize(
        "epk",
        [
            None, {}, "x", ENC, {**EC_ENC, "y": ES_JWK["y"]}, {**EC_ENC, "crv": "P-384"},
            {**EC_ENC, "x": "A" * 43, "y": "A" * 43}, {"kty": "EC", "crv": "P-256"},
            {**EC_ENC, "x": EC_ENC["x"] + "="}, {**EC_ENC, "kty": "OKP"},
        ],
    )  # fmt: skip
    def test_refuses_an_ephemeral_key_that_is_none(self, epk: Any) -> None:
        protected, _, rest = B.message.partition(".")
        header = {**json.loads(jose.decode(protected)), "epk": epk}
        bent = jose.encode(json.dumps(header).encode())
        with pytest.raises(jose.CannotOpen):
            jose.open_(f"{bent}.{rest}", EC_OPENER)

    def test_does_not_sign_by_another_curve(self) -> None:
        other = ec.generate_private_key(ec.SECP384R1())
        with pytest.raises(jose.BadKey, match="P-256"):
            jose.sign(b"x", other, HEADER)
        with pytest.raises(jose.BadKey, match="P-256"):
            jose.public_jwk(other)

    def test_is_taken_by_another_implementation_and_taken_from_it(self) -> None:
        key = ECKey.import_key({**ES_JWK, "d": jose.encode(b"4" * 32)})
        registry = other_jws.JWSRegistry(algorithms=["ES256"])
        assert other_jws.deserialize_compact(B.signed, key, registry=registry).payload == b'{"a":1}'
        theirs = other_jws.serialize_compact({"alg": "ES256", **HEADER}, b"x", key)
        assert jose.verify(theirs, ES_JWK, typ=TYP) == b"x"

    def test_opens_in_another_implementation_and_from_it(self) -> None:
        key = ECKey.import_key({**EC_ENC, "d": jose.encode(b"5" * 32)})
        registry = other_jwe.JWERegistry(algorithms=[jose.SEAL, jose.CONTENT])
        opened = other_jwe.decrypt_compact(B.message, key, registry=registry)
        assert opened.plaintext is not None
        assert jose.verify(opened.plaintext.decode(), ES_JWK, typ=TYP)
        header = {"alg": jose.SEAL, "enc": jose.CONTENT, "kid": "k", "cty": TYP}
        theirs = other_jwe.encrypt_compact(
            header, b"x", ECKey.import_key(EC_ENC), registry=registry
        )
        assert jose.open_(theirs, EC_OPENER, cty=TYP) == b"x"


class TestASignature:
    @given(st.binary(max_size=200))
    def test_gives_back_what_was_signed(self, payload: bytes) -> None:
        assert jose.verify(jose.sign(payload, SIGNER, HEADER), JWK, typ=TYP) == payload

    @pytest.mark.parametrize("alg", ["Ed25519", "EdDSA"])
    def test_is_taken_under_both_names_of_the_algorithm(self, alg: str) -> None:
        assert jose.verify(crafted({"alg": alg, **HEADER}), JWK, typ=TYP) == b'{"a":1}'

    def test_is_taken_by_another_implementation_and_taken_from_it(self) -> None:
        key = OKPKey.import_key({**JWK, "d": jose.encode(b"1" * 32)})
        registry = other_jws.JWSRegistry(algorithms=["Ed25519", "EdDSA"])
        assert other_jws.deserialize_compact(SIGNED, key, registry=registry).payload == b'{"a":1}'
        theirs = other_jws.serialize_compact(
            {"alg": "Ed25519", **HEADER}, b"x", key, registry=registry
        )
        assert jose.verify(theirs, JWK, typ=TYP) == b"x"

    @pytest.mark.parametrize(
        "alg",
        ["none", "None", "", None, "HS256", "ES256", "RS256", "PS256", "ES256K", "Ed448", "ed25519",
         "ML-DSA-44", 1, ["Ed25519"], {}],
    )  # fmt: skip
    def test_under_any_other_algorithm_is_refused(self, alg: Any) -> None:
        with pytest.raises(jose.BadSignature, match="algorithm"):
            jose.verify(crafted({"alg": alg, **HEADER}), JWK, typ=TYP)

    @pytest.mark.parametrize(
        "typ", [None, "", "JWT", "jws", "tidewaiter-node+jws", "TIDEWAITER+JWS"]
    )
    def test_under_another_type_is_refused(self, typ: Any) -> None:
        with pytest.raises(jose.BadSignature, match="type"):
            jose.verify(crafted({"alg": "Ed25519", "typ": typ}), JWK, typ=TYP)

    @pytest.mark.parametrize(
        "name", ["crit", "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "b64", "zip"]
    )
    def test_with_a_header_that_asks_for_more_is_refused(self, name: str) -> None:
        for value in (["exp"], [], True, "https://evil.example/", dict(JWK)):
            with pytest.raises(jose.BadSignature, match=name.partition("#")[0]):
                jose.verify(crafted({"alg": "Ed25519", **HEADER, name: value}), JWK, typ=TYP)

    @pytest.mark.parametrize(
        "header",
        [b"", b"[]", b'"a"', b"null", b"{", b"\xff", b"\xef\xbb\xbf{}",
         b'{"alg":"none","alg":"Ed25519"}', b'{"kid":1}', b'{"kid":null}',
         b'{"a":' * 9 + b"1" + b"}" * 9, b'{"kid":"\\u0000"}'],
    )  # fmt: skip
    def test_with_a_header_that_is_no_i_json_object_is_malformed(self, header: bytes) -> None:
        with pytest.raises(jose.Malformed):
            jose.verify(crafted(header), JWK, typ=TYP)

    def test_by_another_key_is_refused(self) -> None:
        other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        with pytest.raises(jose.BadSignature, match="does not hold"):
            jose.verify(SIGNED, {**JWK, "x": jose.encode(other)}, typ=TYP)

    def test_by_a_key_that_does_not_sign_is_refused(self) -> None:
        with pytest.raises(jose.BadSignature):
            jose.verify(SIGNED, ENC, typ=TYP)

    def test_with_s_beyond_the_group_order_is_refused(self) -> None:
        order = 2**252 + 27742317777372353535851937790883648493
        signed, _, signature = SIGNED.rpartition(".")
        raw = jose.decode(signature)
        bent = raw[:32] + (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
        with pytest.raises(jose.BadSignature):
            jose.verify(f"{signed}.{jose.encode(bent)}", JWK, typ=TYP)

    def test_does_not_hold_after_any_bit_of_it_changed(self) -> None:
        for at in range(len(SIGNED)):
            for bit in (1, 2, 32):
                bent = bytearray(SIGNED.encode())
                bent[at] ^= bit
                with pytest.raises(jose.JoseError):
                    jose.verify(bent.decode("latin-1"), JWK, typ=TYP)

    @given(st.integers(0, len(SIGNED)), st.text(max_size=3))
    def test_does_not_hold_after_anything_was_put_in(self, at: int, more: str) -> None:
        if more:
            with pytest.raises(jose.JoseError):
                jose.verify(SIGNED[:at] + more + SIGNED[at:], JWK, typ=TYP)

    @given(st.text(max_size=100) | st.text(alphabet="aA0_-.", max_size=100))
    def test_text_of_any_kind_is_refused_by_an_error_of_ours(self, text: str) -> None:
        with pytest.raises(jose.JoseError):
            jose.verify(text, JWK, typ=TYP)
        with pytest.raises(jose.JoseError):
            jose.open_(text, OPENER)


class TestTheGeneralSerialization:
    def test_gives_back_what_was_signed(self) -> None:
        member = jose.sign_general(b"x", HEADER, SIGNER)
        assert jose.verify_general(jose.encode(b"x"), member, JWK, typ=TYP) == b"x"

    @pytest.mark.parametrize(
        "change",
        [{"header": {"alg": "none"}}, {"protected": 1}, {"signature": None}, {"protected": ""},
         {"signature": ""}, {"protected": "a.b"}, {"signature": "a.b"}],
    )  # fmt: skip
    def test_is_refused_with_any_other_member(self, change: dict[str, Any]) -> None:
        member = {**jose.sign_general(b"x", HEADER, SIGNER), **change}
        with pytest.raises(jose.JoseError):
            jose.verify_general(jose.encode(b"x"), member, JWK, typ=TYP)

    def test_is_refused_with_another_payload(self) -> None:
        member = jose.sign_general(b"x", HEADER, SIGNER)
        with pytest.raises(jose.BadSignature):
            jose.verify_general(jose.encode(b"y"), member, JWK, typ=TYP)


class TestASealedMessage:
    @given(st.binary(max_size=200))
    def test_opens_to_what_was_sealed(self, plain: bytes) -> None:
        assert jose.open_(jose.seal(plain, ENC, kid="k", cty=TYP), OPENER, cty=TYP) == plain

    def test_is_never_the_same_twice(self) -> None:
        one, other = (jose.seal(b"x", ENC, kid="k", cty=TYP) for _ in range(2))
        assert all(a != b for a, b in zip(one.split("."), other.split("."), strict=True))

    def test_opens_in_another_implementation_and_from_it(self) -> None:
        key = OKPKey.import_key({**ENC, "d": jose.encode(b"2" * 32)})
        registry = other_jwe.JWERegistry(algorithms=[jose.SEAL, jose.CONTENT])
        opened = other_jwe.decrypt_compact(SEALED, key, registry=registry)
        assert opened.plaintext == b"the message"
        header = {"alg": jose.SEAL, "enc": jose.CONTENT, "kid": "k", "cty": TYP}
        theirs = other_jwe.encrypt_compact(header, b"x", OKPKey.import_key(ENC), registry=registry)
        assert jose.open_(theirs, OPENER, cty=TYP) == b"x"

    def test_opens_with_the_parties_that_a_header_names(self) -> None:
        key = OKPKey.import_key(ENC)
        header = {
            "alg": jose.SEAL, "enc": jose.CONTENT, "cty": TYP,
            "apu": jose.encode(b"XA"), "apv": jose.encode(b"XB"),
        }  # fmt: skip
        registry = other_jwe.JWERegistry(algorithms=[jose.SEAL, jose.CONTENT])
        theirs = other_jwe.encrypt_compact(header, b"x", key, registry=registry)
        assert jose.open_(theirs, OPENER, cty=TYP) == b"x"

    def test_resealed_by_the_test_opens(self) -> None:
        assert jose.open_(resealed(), OPENER, cty=TYP) == b"plain"

    @pytest.mark.parametrize(
        "changes",
        [
            {"alg": "ECDH-ES"}, {"alg": "dir"}, {"alg": "A256KW"}, {"alg": "RSA-OAEP"},
            {"alg": "RSA1_5"}, {"alg": "ECDH-ES+A128KW"}, {"alg": "PBES2-HS256+A128KW"},
            {"alg": None}, {"enc": "A128GCM"}, {"enc": "A256CBC-HS512"}, {"enc": None},
            {"zip": "DEF"}, {"crit": ["exp"]}, {"crit": []}, {"jwk": dict(ENC)}, {"jku": "x"},
            {"x5c": []}, {"cty": "JWT"}, {"cty": None},
            {"epk": None}, {"epk": {}}, {"epk": "x"}, {"epk": {"kty": "OKP", "crv": "X25519"}},
            {"epk": {**ENC, "crv": "Ed25519"}}, {"epk": {**ENC, "kty": "EC"}},
            {"epk": {**ENC, "x": ENC["x"] + "="}}, {"epk": {**ENC, "x": jose.encode(b"1" * 31)}},
            {"apu": 1}, {"apv": "="}, {"apu": jose.encode(b"XA")}, {"kid": 1},
        ],
    )  # fmt: skip
    def test_under_any_other_header_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises((jose.CannotOpen, jose.Malformed)):
            jose.open_(resealed(**changes), OPENER, cty=TYP)

    @pytest.mark.parametrize("point", [0, 1, 2**255 - 19, 2**255 - 20, 2**255 - 18])
    def test_with_a_point_of_small_order_is_refused(self, point: int) -> None:
        x = jose.encode(point.to_bytes(32, "little"))
        with pytest.raises(jose.CannotOpen):
            jose.open_(resealed(epk={"kty": "OKP", "crv": "X25519", "x": x}), OPENER, cty=TYP)
        if point in {0, 1}:
            with pytest.raises(jose.BadKey):
                jose.seal(b"x", {**ENC, "x": x}, kid="k", cty=TYP)

    def test_to_another_key_does_not_open(self) -> None:
        with pytest.raises(jose.CannotOpen):
            jose.open_(SEALED, X25519PrivateKey.generate())

    def test_does_not_open_after_any_bit_of_it_changed(self) -> None:
        for at in range(len(SEALED)):
            for bit in (1, 2, 32):
                bent = bytearray(SEALED.encode())
                bent[at] ^= bit
                with pytest.raises(jose.JoseError):
                    jose.open_(bent.decode("latin-1"), OPENER)

    @pytest.mark.parametrize("part", range(5))
    def test_does_not_open_without_a_part_of_it(self, part: int) -> None:
        parts = SEALED.split(".")
        for bent in (parts[:part] + parts[part + 1 :], [*parts[:part], "", *parts[part + 1 :]]):
            with pytest.raises(jose.JoseError):
                jose.open_(".".join(bent), OPENER)

    def test_seals_to_no_key_that_signs(self) -> None:
        with pytest.raises(jose.BadKey):
            jose.seal(b"x", JWK, kid="k", cty=TYP)


class TestAKey:
    @pytest.mark.parametrize(
        "change",
        [{"kty": "EC"}, {"kty": None}, {"crv": "Ed448"}, {"crv": "P-256"}, {"crv": ["X25519"]},
         {"x": None}, {"x": 1}, {"x": ""}, {"x": JWK["x"] + "="}, {"x": JWK["x"][:-1]},
         {"x": JWK["x"][:-1] + "!"}, {"x": "é" * 43}, {"x": "A" * 42 + "B"}],
    )  # fmt: skip
    def test_of_another_form_is_refused(self, change: dict[str, Any]) -> None:
        for use in (jose.public, jose.thumbprint):
            with pytest.raises(jose.BadKey):
                use({**JWK, **change})
        with pytest.raises(jose.JoseError):
            jose.verify(SIGNED, {**JWK, **change}, typ=TYP)

    def test_has_a_thumbprint_of_its_own_members_only(self) -> None:
        assert jose.thumbprint({**JWK, "kid": "x", "use": "sig"}) == jose.thumbprint(JWK)


class TestBase64url:
    @given(st.binary())
    def test_is_read_back_as_written(self, data: bytes) -> None:
        text = jose.encode(data)
        assert text == base64.urlsafe_b64encode(data).decode().rstrip("=")
        assert jose.decode(text) == data

    @pytest.mark.parametrize(
        "text",
        ["A", "AA=", "AA==", "A A", "AB", "AAB", "+/+/", "AA\n", "\nAA", "é", "AAAAA", "a.b"],
    )
    def test_is_strict(self, text: str) -> None:
        with pytest.raises(jose.Malformed):
            jose.decode(text)


FILES = (
    "json_web_crypto_test",
    "json_web_encryption_test",
    "json_web_key_test",
    "json_web_signature_test",
)


@dataclass(frozen=True)
class Case:
    """An attack case with the key that its group gives."""

    name: str
    jwk: Any
    kind: str  # jws, jwe
    text: str
    valid: bool  # as its origin says
    plain: bytes | None  # what is sealed, where it says so

    @property
    def header(self) -> dict[str, Any]:
        try:
            return jose.header(self.text)
        except jose.JoseError:
            return {}

    @property
    def ours(self) -> bool:
        """Whether its key and algorithms are of suite B, so that it holds as its origin says."""
        jwk, header = self.jwk, self.header
        if not isinstance(jwk, dict) or jwk.get("crv") != "P-256" or jwk.get("kty") != "EC":
            return False
        if self.kind == "jws":
            return bool(header.get("alg") == "ES256")
        algorithms = (header.get("alg"), header.get("enc"))
        return algorithms == ("ECDH-ES+A256KW", "A256GCM")


def cases() -> Iterator[Case]:
    """Every JWS and JWE of the four files, each with its group's key, or its set of keys."""
    for file in FILES:
        path = DATA / "jose" / f"{file}.json"
        groups = json.loads(path.read_text())["testGroups"] if path.exists() else []
        for number, group in enumerate(groups):
            for case in group["tests"]:
                kind = "jws" if "jws" in case else "jwe"
                key = group.get("public" if kind == "jws" else "private") or group["private"]
                text = case[kind]
                yield Case(
                    name=f"{file}-{number}-{group['comment']}-{case['tcId']}-{case['comment']}",
                    jwk=key["keys"][0] if len(key.get("keys", ())) == 1 else key,
                    kind=kind,
                    text=text if isinstance(text, str) else json.dumps(text),
                    valid=case["result"] == "valid",
                    plain=bytes.fromhex(case["pt"]) if case.get("pt") else None,
                )


CASES = list(cases())
IN_SUITE_B = [case for case in CASES if case.ours]
# Which groups those are, by the comment that each file gives its groups: how many of their cases
# are of our algorithms, and how many of those are valid.
GROUPS = {
    "json_web_crypto_test-1-jws_ec": (9, 1),
    "json_web_encryption_test-4-jwe_ec": (1, 1),
    "json_web_key_test-17-wrong_algorithm": (1, 0),
    "json_web_key_test-18-invalid_algorithm": (1, 0),
    "json_web_key_test-19-invalid_use": (1, 0),
    "json_web_key_test-20-invalid_point": (1, 0),
    "json_web_signature_test-1-es256": (9, 1),
    "json_web_signature_test-18-ec_key_for_encryption": (1, 0),
    "json_web_signature_test-20-ec_key_for_encryption": (1, 0),
    "json_web_signature_test-22-SpecialCaseEs256": (24, 1),
}


def named(cases: list[Case]) -> list[Any]:
    return [pytest.param(case, id=case.name) for case in cases]


def private(jwk: dict[str, Any]) -> jose.Opener:
    number = int.from_bytes(jose.decode(jwk["d"]), "big")
    key = ec.derive_private_key(number, P256)
    assert jose.public_jwk(key) == jose.bare(jwk)
    return key


@pytest.mark.data
class TestTheAttackCases:
    def test_are_there_and_of_these_groups(self) -> None:
        assert len(CASES) > 600
        counted: dict[str, tuple[int, int]] = {}
        for case in IN_SUITE_B:
            group = "-".join(case.name.split("-")[:3])
            all_, valid = counted.get(group, (0, 0))
            counted[group] = (all_ + 1, valid + case.valid)
        assert counted == GROUPS

    @pytest.mark.parametrize("case", named([case for case in IN_SUITE_B if case.kind == "jws"]))
    def test_es256_holds_as_its_origin_says(self, case: Case) -> None:
        def verify() -> bytes:  # their headers name no type, which alone is no fault of theirs
            return jose.verify_read(typed(jose.read(case.text)), case.jwk, typ=TYP)

        if case.valid:
            assert verify() == jose.read(case.text).payload
        else:
            with pytest.raises(jose.JoseError):
                verify()
        with pytest.raises(jose.JoseError):
            jose.verify(case.text, case.jwk, typ=TYP)

    @pytest.mark.parametrize("case", named([case for case in IN_SUITE_B if case.kind == "jwe"]))
    def test_p_256_opens_as_its_origin_says(self, case: Case) -> None:
        assert case.valid
        assert jose.open_(case.text, private(case.jwk)) == case.plain

    @pytest.mark.parametrize("case", named([case for case in CASES if not case.ours]))
    def test_what_is_not_of_our_algorithms_is_refused_though_valid(self, case: Case) -> None:
        """Whatever its origin says; by its own key where that is of ours, and by keys of ours."""
        keys: list[Any] = [JWK, ES_JWK]
        openers: list[Any] = [OPENER, EC_OPENER]
        if isinstance(case.jwk, dict) and "kty" in case.jwk:
            keys.append(case.jwk)
            if case.jwk.get("crv") == "P-256" and case.jwk["kty"] == "EC" and "d" in case.jwk:
                openers.append(private(case.jwk))
        if case.kind == "jws":
            for jwk in keys:
                with pytest.raises(jose.JoseError):
                    jose.verify_read(typed(jose.read(case.text)), jwk, typ=TYP)
        else:
            for opener in openers:
                with pytest.raises(jose.JoseError):
                    jose.open_(case.text, opener)
