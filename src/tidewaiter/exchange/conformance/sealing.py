"""Sealing of both suites: JWE compact (RFC 7516), ECDH-ES+A256KW with A256GCM.

`seal` can also make what the contract forbids: a header changed or without a member, a part spoilt.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from tidewaiter.exchange.conformance.encoding import b64, jcs, unb64
from tidewaiter.exchange.conformance.signing import Jwk, p256, point

ALG: Final = "ECDH-ES+A256KW"
ENC: Final = "A256GCM"
CTY: Final = "tidewaiter+jws"

Parts = list[str]  # header, wrapped key, nonce, ciphertext, tag


class DoesNotOpen(ValueError):
    """The text is no JWE of the contract's form to us; says why."""


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """A private key of X25519 or P-256 under its kid."""

    kid: str
    private: X25519PrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls, kid: str, suite: str) -> "OpeningKey":
        """A fresh key of suite `A` or `B`."""
        if suite == "A":
            return cls(kid, X25519PrivateKey.generate())
        return cls(kid, ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def kept(cls, jwk: Jwk) -> "OpeningKey":
        """The key that `keep` wrote."""
        secret = unb64(jwk["d"])
        if jwk["kty"] == "OKP":
            return cls(jwk["kid"], X25519PrivateKey.from_private_bytes(secret))
        number = int.from_bytes(secret, "big")
        return cls(jwk["kid"], ec.derive_private_key(number, ec.SECP256R1()))

    def jwk(self) -> Jwk:
        """The public key."""
        if isinstance(self.private, X25519PrivateKey):
            x = b64(self.private.public_key().public_bytes_raw())
            return {"crv": "X25519", "kty": "OKP", "x": x}
        return p256(self.private.public_key())

    def keep(self) -> Jwk:
        """The private key as a JWK, for `kept`."""
        if isinstance(self.private, X25519PrivateKey):
            secret = self.private.private_bytes_raw()
        else:
            secret = self.private.private_numbers().private_value.to_bytes(32, "big")
        return {**self.jwk(), "kid": self.kid, "d": b64(secret)}

    def shared(self, epk: Jwk) -> bytes:
        """The secret that this key shares with an ephemeral one. Raises ValueError, KeyError."""
        if isinstance(self.private, X25519PrivateKey):
            return self.private.exchange(X25519PublicKey.from_public_bytes(unb64(epk["x"])))
        return self.private.exchange(ec.ECDH(), point(epk))


def wrapping_key(shared: bytes) -> bytes:
    """RFC 7518 §4.6.2 for ECDH-ES+A256KW, no apu, no apv."""
    alg = ALG.encode()
    info = len(alg).to_bytes(4, "big") + alg + bytes(8) + (256).to_bytes(4, "big")
    return ConcatKDFHash(SHA256(), 32, info).derive(shared)


def seal(
    plain: bytes,
    jwk: Jwk,
    *,
    header: dict[str, Any] | None = None,
    spoil: Callable[[Parts], Parts] | None = None,
) -> str:
    """A compact JWE to the key of a node document; members of `header` given as None are left out.

    `spoil` gets the five parts and gives those that are written.
    """
    ephemeral = OpeningKey.new("", "A" if jwk["crv"] == "X25519" else "B")
    usual = {"alg": ALG, "enc": ENC, "kid": jwk["kid"], "epk": ephemeral.jwk(), "cty": CTY}
    members = {k: v for k, v in {**usual, **(header or {})}.items() if v is not None}
    protected = b64(jcs(members))
    key, nonce = os.urandom(32), os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, plain, protected.encode())
    wrapped = aes_key_wrap(wrapping_key(ephemeral.shared(jwk)), key)
    parts = [protected, b64(wrapped), b64(nonce), b64(sealed[:-16]), b64(sealed[-16:])]
    return ".".join(spoil(parts) if spoil else parts)


def unseal(line: str, key: OpeningKey) -> bytes:
    """What a node sealed to us, its header held to the page. Raises DoesNotOpen."""
    try:
        protected, wrapped, nonce, ciphertext, tag = line.split(".")
        header = json.loads(unb64(protected))
        if set(header) != {"alg", "enc", "kid", "epk", "cty"}:
            raise DoesNotOpen(f"the JWE's header has the members {sorted(header)}")
        if (header["alg"], header["enc"], header["cty"]) != (ALG, ENC, CTY):
            raise DoesNotOpen(
                f"alg, enc, cty are {header['alg']}, {header['enc']}, {header['cty']}"
            )
        if header["kid"] != key.kid:
            raise DoesNotOpen(f"sealed to {header['kid']}, not to the first enc key, {key.kid}")
        content = aes_key_unwrap(wrapping_key(key.shared(header["epk"])), unb64(wrapped))
        whole = unb64(ciphertext) + unb64(tag)
        return AESGCM(content).decrypt(unb64(nonce), whole, protected.encode())
    except DoesNotOpen:
        raise
    except (ValueError, KeyError, TypeError, InvalidTag, InvalidUnwrap) as error:
        raise DoesNotOpen(f"{type(error).__name__}: {error}") from None
