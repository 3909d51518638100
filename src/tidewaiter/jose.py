"""Signing and sealing: JWS by Ed25519 (RFC 7515, 8037, 9864), JWE by X25519 (RFC 7516, 7518, 8037).

Two algorithms and no choice: `alg` is the key's own, whatever a header says, and a header that asks
for more (`crit`, `zip`, a key or an address of one) is refused.
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from tidewaiter import canonical

SIGN: Final = "Ed25519"  # RFC 9864
SIGN_TAKEN: Final = (SIGN, "EdDSA")  # and its name in RFC 8037
SEAL: Final = "ECDH-ES+A256KW"
CONTENT: Final = "A256GCM"
_FORBIDDEN: Final = frozenset({"crit", "jwk", "jku", "zip", "b64"})  # and every x5*
_THUMBED: Final = ("crv", "kty", "x")  # RFC 8037 §2, in the order of RFC 7638 §3.3

Jwk = Mapping[str, Any]


class JoseError(ValueError):
    """What came is refused; the message names the rule that it breaks."""


class Malformed(JoseError):
    """No compact JWS or JWE at all: parts, base64url, or a header that is no I-JSON object."""


class BadSignature(JoseError):
    """A JWS whose signature does not hold, or whose header asks for what is not ours."""


class CannotOpen(JoseError):
    """A JWE that is not of our algorithms, or does not open with the key."""


class BadKey(JoseError):
    """A JWK that is no public Ed25519 or X25519 key."""


class Signer(Protocol):
    """What signs 64 bytes of Ed25519: a private key, in memory or in hardware."""

    def sign(self, data: bytes, /) -> bytes:
        """The signature of `data`."""


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS taken apart, not verified."""

    header: dict[str, Any]
    payload: bytes
    signature: bytes
    signed: bytes  # the ASCII that the signature covers


def encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of strict base64url: no padding, no other sign, no bits left over, or Malformed."""
    try:
        raw = text.encode("ascii")
        data = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except ValueError:
        raise Malformed("a part is not base64url") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=") != raw:
        raise Malformed("a part is not strict base64url without padding")
    return data


def thumbprint(jwk: Jwk) -> str:
    """The JWK thumbprint (RFC 7638, SHA-256) in base64url. Raises BadKey."""
    public(jwk)
    members = {name: jwk[name] for name in _THUMBED}
    return encode(hashlib.sha256(canonical.write(members)).digest())


def public(jwk: Jwk) -> bytes:
    """The 32 bytes of a public OKP key. Raises BadKey."""
    if jwk.get("kty") != "OKP" or jwk.get("crv") not in ("Ed25519", "X25519"):
        raise BadKey("the key is neither Ed25519 nor X25519")
    x = jwk.get("x")
    if not isinstance(x, str) or len(x) != 43:
        raise BadKey("the key's x is not 32 bytes")
    try:
        return decode(x)
    except Malformed as error:
        raise BadKey(str(error)) from None


def sign(payload: bytes, key: Signer, header: Jwk) -> str:
    """The compact JWS of `payload`; `header` gives `kid`, `typ` and what else is protected."""
    signed = f"{_protected(header)}.{encode(payload)}"
    return f"{signed}.{encode(key.sign(signed.encode('ascii')))}"


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
    if jws.header.get("alg") not in SIGN_TAKEN:
        raise BadSignature(f"the algorithm {_quoted(jws.header.get('alg'))} is not ours")
    if jws.header.get("typ") != typ:
        raise BadSignature(f"the type {_quoted(jws.header.get('typ'))} is not {typ}")
    forbidden = _asks_for(jws.header)
    if forbidden:
        raise BadSignature(f"the header carries {forbidden}, which is never used")
    if jwk.get("crv") != "Ed25519":
        raise BadSignature("the key does not sign")
    if len(jws.signature) != 64:
        raise BadSignature("a signature has 64 bytes")
    try:
        _verifier(public(jwk)).verify(jws.signature, jws.signed)
    except InvalidSignature:
        raise BadSignature("the signature does not hold") from None
    return jws.payload


def sign_general(payload: bytes, header: Jwk, key: Signer) -> dict[str, str]:
    """A member of `signatures` in the general serialization (RFC 7515 §7.2.1)."""
    protected = _protected(header)
    signed = f"{protected}.{encode(payload)}"
    return {"protected": protected, "signature": encode(key.sign(signed.encode("ascii")))}


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


def seal(plain: bytes, jwk: Jwk, *, kid: str, cty: str) -> str:
    """The compact JWE of `plain` to the X25519 key `jwk`. Raises BadKey."""
    if jwk.get("crv") != "X25519":
        raise BadKey("the key does not seal")
    ephemeral = X25519PrivateKey.generate()
    try:
        shared = ephemeral.exchange(_recipient(public(jwk)))
    except ValueError:
        raise BadKey("the key is a point of small order") from None
    content_key, nonce = os.urandom(32), os.urandom(12)
    point = encode(ephemeral.public_key().public_bytes_raw())
    members = {
        "alg": SEAL,
        "enc": CONTENT,
        "kid": kid,
        "cty": cty,
        "epk": {"kty": "OKP", "crv": "X25519", "x": point},
    }
    protected = encode(canonical.write(members))
    sealed = AESGCM(content_key).encrypt(nonce, plain, protected.encode("ascii"))
    wrapped = aes_key_wrap(_derived(shared), content_key)
    parts = (encode(wrapped), encode(nonce), encode(sealed[:-16]), encode(sealed[-16:]))
    return ".".join((protected, *parts))


def open_(jwe: str, key: X25519PrivateKey, *, cty: str | None = None) -> bytes:
    """What `jwe` seals; `cty` is the content type it must name. Raises Malformed or CannotOpen."""
    parts = jwe.split(".", 5)
    if len(parts) != 5:
        raise Malformed("a compact JWE has five parts")
    members = _header(parts[0])
    if members.get("alg") != SEAL or members.get("enc") != CONTENT:
        named = f"{_quoted(members.get('alg'))} with {_quoted(members.get('enc'))}"
        raise CannotOpen(f"the algorithms {named} are not ours")
    forbidden = _asks_for(members)
    if forbidden:
        raise CannotOpen(f"the header carries {forbidden}, which is never used")
    if cty is not None and members.get("cty") != cty:
        raise CannotOpen(f"the content type {_quoted(members.get('cty'))} is not {cty}")
    wrapped, nonce, sealed, tag = (decode(part) for part in parts[1:])
    if len(wrapped) != 40 or len(nonce) != 12 or len(tag) != 16:
        raise CannotOpen("the wrapped key, the nonce or the tag has a wrong length")
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(_ephemeral(members.get("epk"))))
        parties = (_party(members, "apu"), _party(members, "apv"))
        content_key = aes_key_unwrap(_derived(shared, *parties), wrapped)
        return AESGCM(content_key).decrypt(nonce, sealed + tag, parts[0].encode("ascii"))
    except (ValueError, InvalidUnwrap, InvalidTag):
        raise CannotOpen("it does not open with the key") from None


def concat_kdf(algorithm: str, shared: bytes, apu: bytes, apv: bytes, *, bits: int) -> bytes:
    """Concat KDF of RFC 7518 §4.6.2 in its one round of SHA-256: `bits` are 256 at most."""
    parts = (algorithm.encode("ascii"), apu, apv)
    known = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    round_ = b"\0\0\0\1" + shared + known + bits.to_bytes(4, "big")
    return hashlib.sha256(round_).digest()[: bits // 8]


def _protected(members: Jwk) -> str:
    return encode(canonical.write({"alg": SIGN, **members}))


def _header(part: str) -> dict[str, Any]:
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


def _ephemeral(epk: Any) -> bytes:
    if not isinstance(epk, dict) or epk.get("crv") != "X25519":
        raise BadKey("the header's epk is no X25519 key")
    return public(epk)


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
