"""Signatures of both suites: keys, JWS compact (RFC 7515), thumbprints (RFC 7638).

Suite A is `Ed25519` (RFC 9864), suite B `ES256`; a key is kept as its JWK with `d`.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from tidewaiter.exchange.conformance.encoding import b64, jcs, unb64

ECDSA: Final = ec.ECDSA(SHA256())
PUBLIC: Final = ("crv", "kty", "x", "y")

Jwk = dict[str, str]


class NoSignature(ValueError):
    """The text is no JWS, or its signature does not hold; says why."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key under its kid; `alg` is the key's own."""

    kid: str
    private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls, kid: str, suite: str) -> "SigningKey":
        """A fresh key of suite `A` or `B`."""
        if suite == "A":
            return cls(kid, Ed25519PrivateKey.generate())
        return cls(kid, ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def kept(cls, jwk: Jwk) -> "SigningKey":
        """The key that `keep` wrote."""
        secret = unb64(jwk["d"])
        if jwk["kty"] == "OKP":
            return cls(jwk["kid"], Ed25519PrivateKey.from_private_bytes(secret))
        number = int.from_bytes(secret, "big")
        return cls(jwk["kid"], ec.derive_private_key(number, ec.SECP256R1()))

    @property
    def alg(self) -> str:
        """The algorithm that the key signs with."""
        return "Ed25519" if isinstance(self.private, Ed25519PrivateKey) else "ES256"

    def jwk(self) -> Jwk:
        """The public key, the members that RFC 7638 counts and no other."""
        if isinstance(self.private, Ed25519PrivateKey):
            x = b64(self.private.public_key().public_bytes_raw())
            return {"crv": "Ed25519", "kty": "OKP", "x": x}
        return p256(self.private.public_key())

    def keep(self) -> Jwk:
        """The private key as a JWK, for `kept`."""
        if isinstance(self.private, Ed25519PrivateKey):
            secret = self.private.private_bytes_raw()
        else:
            secret = self.private.private_numbers().private_value.to_bytes(32, "big")
        return {**self.jwk(), "kid": self.kid, "d": b64(secret)}

    def thumbprint(self) -> str:
        """The JWK thumbprint that a partner pins."""
        return b64(hashlib.sha256(jcs(self.jwk())).digest())

    def sign(self, data: bytes) -> bytes:
        """64 bytes in either suite: ECDSA's as r and s, one behind the other."""
        if isinstance(self.private, Ed25519PrivateKey):
            return self.private.sign(data)
        r, s = decode_dss_signature(self.private.sign(data, ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def p256(public: ec.EllipticCurvePublicKey) -> Jwk:
    """A point of P-256 as a JWK."""
    numbers = public.public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return {"crv": "P-256", "kty": "EC", "x": b64(x), "y": b64(y)}


def point(jwk: Jwk) -> ec.EllipticCurvePublicKey:
    """The point of a P-256 JWK. Raises ValueError where it is not on the curve."""
    x, y = (int.from_bytes(unb64(jwk[name]), "big") for name in "xy")
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def jws(payload: bytes, key: SigningKey, header: dict[str, Any]) -> str:
    """A compact JWS under exactly this protected header, true or not."""
    signed = f"{b64(jcs(header))}.{b64(payload)}"
    signature = b"" if header.get("alg") == "none" else key.sign(signed.encode())
    return f"{signed}.{b64(signature)}"


def holds(signature: bytes, signed: bytes, jwk: Jwk) -> bool:
    """Whether the signature is that key's over `signed`."""
    try:
        if jwk.get("crv") == "Ed25519":
            Ed25519PublicKey.from_public_bytes(unb64(jwk["x"])).verify(signature, signed)
        else:
            r, s = signature[:32], signature[32:]
            der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
            point(jwk).verify(der, signed, ECDSA)
    except (InvalidSignature, ValueError, KeyError):
        return False
    return len(signature) == 64


def algorithms(jwk: Jwk) -> set[str]:
    """The names under which a key may have signed."""
    return {"Ed25519", "EdDSA"} if jwk.get("crv") == "Ed25519" else {"ES256"}


def read(compact: str, keys: dict[str, Jwk], typ: str) -> bytes:
    """The payload of a JWS by one of these keys (by kid). Raises NoSignature."""
    try:
        protected, payload, signature = compact.split(".")
        header = json.loads(unb64(protected))
        said, raw = unb64(signature), unb64(payload)
    except ValueError as error:
        raise NoSignature(f"no compact JWS: {error}") from None
    if not isinstance(header, dict) or set(header) != {"alg", "kid", "typ"}:
        raise NoSignature(f"the protected header is {header}")
    if header["typ"] != typ:
        raise NoSignature(f"typ is {header['typ']}, not {typ}")
    key = keys.get(header["kid"])
    if key is None:
        raise NoSignature(f"no sig key of the node document has the kid {header['kid']}")
    if header["alg"] not in algorithms(key):
        raise NoSignature(f"alg is {header['alg']}, which is not the key's")
    if not holds(said, f"{protected}.{payload}".encode(), key):
        raise NoSignature("the signature does not hold")
    return raw
