"""Signing and sealing of suite A: the vectors of the standards, and every way around them."""

import base64
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe as other_jwe
from joserfc import jws as other_jws
from joserfc.jwk import OKPKey

from tests.data import DATA
from tidewaiter import jose

SIGNER = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
OPENER = X25519PrivateKey.from_private_bytes(b"2" * 32)
JWK = {"kty": "OKP", "crv": "Ed25519", "x": jose.encode(SIGNER.public_key().public_bytes_raw())}
ENC = {"kty": "OKP", "crv": "X25519", "x": jose.encode(OPENER.public_key().public_bytes_raw())}
HEADER = {"kid": "XA-2026-1", "typ": "tidewaiter+jws"}
TYP = "tidewaiter+jws"
SIGNED = jose.sign(b'{"a":1}', SIGNER, HEADER)
SEALED = jose.seal(b"the message", ENC, kid="XA-2026-e1", cty=TYP)

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

    def test_rfc_7518_c_the_key_is_derived_as_there(self) -> None:
        """The vector is of ECDH-ES over P-256 and A128GCM; the derivation is the same code."""
        shared = bytes.fromhex("9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4")
        derived = jose.concat_kdf("A128GCM", shared, b"Alice", b"Bob", bits=128)
        assert jose.encode(derived) == "VqqN6vgjbSBcIijNcacQGg"


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


def attacks() -> list[Any]:
    """Every JWS and JWE of the Wycheproof cases; none is of our algorithms."""
    found = []
    for file in sorted((DATA / "jose").glob("*.json")):
        for number, group in enumerate(json.loads(Path(file).read_text())["testGroups"]):
            for case in group["tests"]:
                name = f"{file.stem}-{number}-{case['tcId']}"
                found += [
                    pytest.param(kind, case[kind], id=f"{name}-{kind}")
                    for kind in ("jws", "jwe")
                    if kind in case
                ]
    return found


@pytest.mark.data
def test_the_attack_cases_are_there() -> None:
    assert len(attacks()) > 600


@pytest.mark.data
@pytest.mark.parametrize(("kind", "text"), attacks())
def test_an_attack_case_is_refused_whatever_its_origin_says(kind: str, text: Any) -> None:
    whole = text if isinstance(text, str) else json.dumps(text)
    judge = (
        partial(jose.verify, jwk=JWK, typ=TYP) if kind == "jws" else partial(jose.open_, key=OPENER)
    )
    with pytest.raises(jose.JoseError):
        judge(whole)
