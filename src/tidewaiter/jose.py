"""Signing and sealing: JWS (RFC 7515), JWE (RFC 7516, 7518) and the keys for them (RFC 7517).

Suite A is Ed25519 and X25519 (RFC 8037, 9864), suite B P-256: ES256, and ECDH on it. There is no
choice: `alg` is the key's own, whatever a header says, and a header that asks for more (`crit`,
`zip`, a key or an address of one) is refused.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from tidewaiter import base64url, canonical

SIGNING: Final = {
    "Ed25519": ("Ed25519", "EdDSA"),  # RFC 9864, and the name that RFC 8037 gives it
    "P-256": ("ES256",),
}
"""What `alg` may be under a key of each curve that signs; the first is what we write."""
SEALING: Final = ("X25519", "P-256")
SEAL: Final = "ECDH-ES+A256KW"
CONTENT: Final = "A256GCM"
_OURS: Final = frozenset(alg for names in SIGNING.values() for alg in names)
_FORBIDDEN: Final = frozenset({"crit", "jwk", "jku", "zip", "b64"})  # and every x5*
_FORMS: Final = (("OKP", "Ed25519"), ("OKP", "X25519"), ("EC", "P-256"))
_P256: Final = ec.SECP256R1()
_ES256: Final = ec.ECDSA(SHA256())
_KEPT: Final = 1024  # characters of a header that is kept at most

encode = base64url.encode
Jwk = Mapping[str, Any]
Signer = Ed25519PrivateKey | ec.EllipticCurvePrivateKey
Opener = X25519PrivateKey | ec.EllipticCurvePrivateKey
Private = Ed25519PrivateKey | X25519PrivateKey | ec.EllipticCurvePrivateKey


class JoseError(ValueError):
    """What came is refused; the message names the rule that it breaks."""


class Malformed(JoseError):
    """No compact JWS or JWE at all: parts, base64url, or a header that is no I-JSON object."""


class BadSignature(JoseError):
    """A JWS whose signature does not hold, or whose header asks for what is not ours."""


class CannotOpen(JoseError):
    """A JWE that is not of our algorithms, or does not open with the key."""


class BadKey(JoseError):
    """A JWK that is no key of either suite, or not for this use."""


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS taken apart, not verified."""

    header: dict[str, Any]
    payload: bytes
    signature: bytes
    signed: bytes  # the ASCII that the signature covers


def decode(text: str) -> bytes:
    """The bytes of strict base64url: no padding, no other sign, no bits left over, or Malformed."""
    try:
        return base64url.decode(text)
    except base64url.NotBase64Url:
        raise Malformed("a part is not strict base64url without padding") from None


def thumbprint(jwk: Jwk) -> str:
    """The JWK thumbprint (RFC 7638, SHA-256) in base64url. Raises BadKey."""
    public(jwk)
    return encode(hashlib.sha256(canonical.write(bare(jwk))).digest())


def bare(jwk: Jwk) -> dict[str, str]:
    """The members that make the key what it is, those of its thumbprint (RFC 7638, 8037)."""
    names = ("crv", "kty", "x", "y") if jwk.get("kty") == "EC" else ("crv", "kty", "x")
    return {name: jwk[name] for name in names}


def public(jwk: Jwk) -> bytes:
    """The 32 bytes of an OKP key, the uncompressed point of an EC key. Raises BadKey."""
    raw = _raw(jwk)
    if jwk["kty"] == "EC":
        try:
            _point(raw)
        except ValueError:
            raise BadKey("the key is no point of its curve") from None
    return raw


def public_jwk(key: Private) -> dict[str, str]:
    """The public JWK of a private key, the members of its thumbprint only."""
    curve = _curve(key)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        x, y = (encode(number.to_bytes(32, "big")) for number in (point.x, point.y))
        return {"crv": curve, "kty": "EC", "x": x, "y": y}
    return {"crv": curve, "kty": "OKP", "x": encode(key.public_key().public_bytes_raw())}


def sign(payload: bytes, key: Signer, header: Jwk) -> str:
    """The compact JWS of `payload`; `header` gives `kid`, `typ` and what else is protected."""
    signed = f"{_protected(header, key)}.{encode(payload)}"
    return f"{signed}.{encode(_signature(key, signed.encode('ascii')))}"


def read(compact: str) -> Jws:
    """A compact JWS taken apart and not verified. Raises Malformed."""
    parts = compact.split(".", 3)
    if len(parts) != 3:
        raise Malformed("a compact JWS has three parts")
    signed = compact[: -len(parts[2]) - 1]
    return Jws(
        header=_header(parts[0]),
        payload=decode(parts[1]),
        signature=decode(parts[2]),
        signed=signed.encode("ascii"),
    )


def header(compact: str) -> dict[str, Any]:
    """The protected header of a compact JWS or JWE, not verified. Raises Malformed."""
    return _header(compact.partition(".")[0])


def verify(compact: str, jwk: Jwk, *, typ: str) -> bytes:
    """The payload, when the signature is by `jwk`. Raises Malformed, BadSignature or BadKey."""
    return verify_read(read(compact), jwk, typ=typ)


def verify_read(jws: Jws, jwk: Jwk, *, typ: str) -> bytes:
    """As `verify`, of a JWS that was taken apart already."""
    alg = jws.header.get("alg")
    if not isinstance(alg, str) or alg not in _OURS:
        raise BadSignature(f"the algorithm {_quoted(alg)} is not ours")
    if jws.header.get("typ") != typ:
        raise BadSignature(f"the type {_quoted(jws.header.get('typ'))} is not {typ}")
    forbidden = _asks_for(jws.header)
    if forbidden:
        raise BadSignature(f"the header carries {forbidden}, which is never used")
    raw = _raw(jwk)
    algorithms = SIGNING.get(jwk["crv"], ())
    if not algorithms or not _serves(jwk, "verify", algorithms):
        raise BadSignature("the key does not sign")
    if alg not in algorithms:
        raise BadSignature(f"the algorithm {_quoted(alg)} is not the key's")
    if len(jws.signature) != 64:
        raise BadSignature("a signature has 64 bytes")
    if not _holds(raw, jws.signature, jws.signed):
        raise BadSignature("the signature does not hold")
    return jws.payload


def sign_general(payload: bytes, header: Jwk, key: Signer) -> dict[str, str]:
    """A member of `signatures` in the general serialization (RFC 7515 §7.2.1)."""
    protected = _protected(header, key)
    signed = f"{protected}.{encode(payload)}"
    return {"protected": protected, "signature": encode(_signature(key, signed.encode("ascii")))}


def member_header(member: Jwk) -> dict[str, Any]:
    """The protected header of such a member, not verified. Raises Malformed."""
    if set(member) != {"protected", "signature"}:
        raise Malformed("a signature has protected and signature, and nothing else")
    protected = member["protected"]
    if not isinstance(protected, str) or not isinstance(member["signature"], str):
        raise Malformed("protected and signature are texts")
    return _header(protected)


def verify_general(payload_b64: str, member: Jwk, jwk: Jwk, *, typ: str) -> bytes:
    """The payload, when this member's signature is by `jwk`. Raises as `verify`."""
    member_header(member)
    return verify(f"{member['protected']}.{payload_b64}.{member['signature']}", jwk, typ=typ)


def seal(plain: bytes, jwk: Jwk, *, kid: str, cty: str | None) -> str:
    """The compact JWE of `plain` to the key `jwk`; no `cty` where it is None. Raises BadKey."""
    ephemeral, shared = _agreed(jwk)
    content_key, nonce = os.urandom(32), os.urandom(12)
    members = {"alg": SEAL, "enc": CONTENT, "kid": kid, "epk": public_jwk(ephemeral)}
    if cty is not None:
        members["cty"] = cty
    protected = encode(canonical.write(members))
    sealed = AESGCM(content_key).encrypt(nonce, plain, protected.encode("ascii"))
    wrapped = aes_key_wrap(_derived(shared), content_key)
    parts = (encode(wrapped), encode(nonce), encode(sealed[:-16]), encode(sealed[-16:]))
    return ".".join((protected, *parts))


def open_(jwe: str, key: Opener, *, cty: str | None = None) -> bytes:
    """What `jwe` seals; `cty` is the content type it must name, None for whatever it names.

    Raises Malformed or CannotOpen.
    """
    parts = jwe.split(".", 5)
    if len(parts) != 5:
        raise Malformed("a compact JWE has five parts")
    content_key = unwrapped(parts[0], parts[1], key, cty=cty)
    nonce, sealed, tag = (decode(part) for part in parts[2:])
    if len(nonce) != 12 or len(tag) != 16:
        raise CannotOpen("the nonce or the tag has a wrong length")
    try:
        return AESGCM(content_key).decrypt(nonce, sealed + tag, parts[0].encode("ascii"))
    except (ValueError, InvalidTag):
        raise CannotOpen("it does not open with the key") from None


def unwrapped(protected: str, wrapped: str, key: Opener, *, cty: str | None = None) -> bytes:
    """The key of a JWE's content, out of its first two parts; raises as `open_`."""
    members = _header(protected)
    if members.get("alg") != SEAL or members.get("enc") != CONTENT:
        named = f"{_quoted(members.get('alg'))} with {_quoted(members.get('enc'))}"
        raise CannotOpen(f"the algorithms {named} are not ours")
    forbidden = _asks_for(members)
    if forbidden:
        raise CannotOpen(f"the header carries {forbidden}, which is never used")
    if cty is not None and members.get("cty") != cty:
        raise CannotOpen(f"the content type {_quoted(members.get('cty'))} is not {cty}")
    if len(sealed := decode(wrapped)) != 40:
        raise CannotOpen("the wrapped key has a wrong length")
    try:
        shared = _exchanged(key, members.get("epk"))
        parties = (_party(members, "apu"), _party(members, "apv"))
        return aes_key_unwrap(_derived(shared, *parties), sealed)
    except (ValueError, InvalidUnwrap):
        raise CannotOpen("it does not open with the key") from None


def concat_kdf(algorithm: str, shared: bytes, apu: bytes, apv: bytes, *, bits: int) -> bytes:
    """Concat KDF of RFC 7518 §4.6.2 in its one round of SHA-256: `bits` are 256 at most."""
    parts = (algorithm.encode("ascii"), apu, apv)
    known = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    round_ = b"\0\0\0\1" + shared + known + bits.to_bytes(4, "big")
    return hashlib.sha256(round_).digest()[: bits // 8]


def _raw(jwk: Jwk) -> bytes:
    """The bytes of a public key, whether they are a point of the curve not looked at."""
    if (jwk.get("kty"), jwk.get("crv")) not in _FORMS:
        raise BadKey("the key is neither Ed25519, X25519 nor P-256")
    if jwk["kty"] == "EC":
        return b"\4" + _coordinate(jwk, "x") + _coordinate(jwk, "y")
    return _coordinate(jwk, "x")


def _coordinate(jwk: Jwk, name: str) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str) or len(text) != 43:
        raise BadKey(f"the key's {name} is not 32 bytes")
    try:
        return decode(text)
    except Malformed as error:
        raise BadKey(str(error)) from None


def _serves(jwk: Jwk, operation: str, algorithms: tuple[str, ...]) -> bool:
    """Whether what a JWK says of itself (RFC 7517 §4.2-4.4), where it says it, allows this."""
    others = {"verify": ("enc",), "seal": ("sig", "recovery")}[operation]
    operations = jwk.get("key_ops")
    if operations is not None and ("verify" in operations) is not (operation == "verify"):
        return False
    return jwk.get("use") not in others and jwk.get("alg", algorithms[0]) in algorithms


def _curve(key: Private) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if key.curve.name != _P256.name:
            raise BadKey("the key is of another curve than P-256")
        return "P-256"
    return "X25519" if isinstance(key, X25519PrivateKey) else "Ed25519"


def _signature(key: Signer, signed: bytes) -> bytes:
    """64 bytes in either suite: ES256 is r and s, not DER (RFC 7518 §3.4)."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(signed, _ES256))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return key.sign(signed)


def _holds(raw: bytes, signature: bytes, signed: bytes) -> bool:
    try:
        if len(raw) == 32:
            _verifier(raw).verify(signature, signed)
        else:
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            _point(raw).verify(encode_dss_signature(r, s), signed, _ES256)
    except InvalidSignature:
        return False
    except ValueError:
        raise BadKey("the key is no point of its curve") from None
    return True


def _agreed(jwk: Jwk) -> tuple[Opener, bytes]:
    """A key of this once, and the secret that it shares with the recipient's."""
    raw = _raw(jwk)
    if jwk["crv"] not in SEALING or not _serves(jwk, "seal", (SEAL,)):
        raise BadKey("the key does not seal")
    try:
        if jwk["crv"] == "P-256":
            once = ec.generate_private_key(_P256)
            return once, once.exchange(ec.ECDH(), _point(raw))
        other = X25519PrivateKey.generate()
        return other, other.exchange(_recipient(raw))
    except ValueError:
        raise BadKey("the key is no point of its curve, or one of small order") from None


def _exchanged(key: Opener, epk: Any) -> bytes:
    curve = _curve(key)
    if not isinstance(epk, dict) or epk.get("crv") != curve:
        raise BadKey(f"the header's epk is no {curve} key")
    raw = _raw(epk)
    if isinstance(key, X25519PrivateKey):
        return key.exchange(X25519PublicKey.from_public_bytes(raw))
    point = ec.EllipticCurvePublicKey.from_encoded_point(_P256, raw)
    return key.exchange(ec.ECDH(), point)


def _protected(members: Jwk, key: Signer) -> str:
    return encode(canonical.write({"alg": SIGNING[_curve(key)][0], **members}))


def _header(part: str) -> dict[str, Any]:
    """A protected header; messages of one key all carry the same, so the last ones are kept."""
    read_ = _parsed if len(part) <= _KEPT else _parsed.__wrapped__
    return dict(read_(part))


@lru_cache(maxsize=256)
def _parsed(part: str) -> dict[str, Any]:
    try:
        members = canonical.read(decode(part), depth=4)
    except canonical.NotIJson as error:
        raise Malformed(f"the header is no I-JSON: {error}") from None
    if not isinstance(members, dict):
        raise Malformed("the header is no JSON object")
    kid = members.get("kid", "")
    if not isinstance(kid, str):
        raise Malformed("kid is no text")
    return members


def _asks_for(members: Jwk) -> str:
    return next((name for name in members if name in _FORBIDDEN or name[:2] == "x5"), "")


def _party(members: Jwk, name: str) -> bytes:
    value = members.get(name, "")
    if not isinstance(value, str):
        raise Malformed(f"{name} is no text")
    return decode(value)


def _derived(shared: bytes, apu: bytes = b"", apv: bytes = b"") -> bytes:
    """The key that wraps the content's."""
    return concat_kdf(SEAL, shared, apu, apv, bits=256)


def _quoted(value: Any) -> str:
    return repr(value)[:40]


@lru_cache(maxsize=1024)
def _verifier(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


@lru_cache(maxsize=1024)
def _recipient(raw: bytes) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(raw)


@lru_cache(maxsize=1024)
def _point(raw: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(_P256, raw)
