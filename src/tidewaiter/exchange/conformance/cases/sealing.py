"""A JWE that is not of our algorithms, or does not open: `undecryptable`, whatever is in it."""

from collections.abc import Callable
from typing import Any, Final

from tidewaiter.exchange.conformance.encoding import b64, digest, jcs, unb64
from tidewaiter.exchange.conformance.ground import Case, Ground, sent, told
from tidewaiter.exchange.conformance.sealing import OpeningKey, Parts
from tidewaiter.exchange.conformance.tester import Draft

TABLE: Final = "protocol.md: the table of standards"
RECEIPT: Final = "protocol.md: A receipt"
ENDPOINTS: Final = "protocol.md: Endpoints"
NO: Final = "undecryptable"
WELL: Final = "as the page says"

HEADERS: Final[dict[str, dict[str, Any]]] = {
    "alg-ecdh-es": {"alg": "ECDH-ES"},
    "alg-ecdh-es-a128kw": {"alg": "ECDH-ES+A128KW"},
    "alg-dir": {"alg": "dir"},
    "alg-a256kw": {"alg": "A256KW"},
    "alg-rsa-oaep": {"alg": "RSA-OAEP"},
    "alg-pbes2": {"alg": "PBES2-HS512+A256KW", "p2c": 2147483647, "p2s": "AAAA"},
    "alg-none": {"alg": "none"},
    "alg-missing": {"alg": None},
    "enc-a128gcm": {"enc": "A128GCM"},
    "enc-cbc": {"enc": "A256CBC-HS512"},
    "enc-missing": {"enc": None},
    "zip": {"zip": "DEF"},
    "crit": {"crit": ["exp"], "exp": 1},
    "kid-of-nobody": {"kid": "no-such-key"},
    "kid-missing": {"kid": None},
    "epk-missing": {"epk": None},
    "epk-of-no-point": {"epk": {"kty": "OKP", "crv": "X25519", "x": "AA"}},
    "epk-of-another-curve": {"epk": {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes(31) + b"\1")}},
    "epk-a-text": {"epk": "x"},
}


def headed(header: dict[str, Any]) -> Callable[[Ground], Draft]:
    """A message under such a header, well otherwise."""

    def make(ground: Ground) -> Draft:
        draft = ground.alert()
        draft.jwe = header
        return draft

    return make


def spoilt(spoil: Callable[[Parts], Parts]) -> Callable[[Ground], Draft]:
    """A message whose JWE is changed after it was made."""

    def make(ground: Ground) -> Draft:
        draft = ground.alert()
        draft.spoil = spoil
        return draft

    return make


def flipped(part: int) -> Callable[[Parts], Parts]:
    """One bit of a part changed."""

    def spoil(parts: Parts) -> Parts:
        raw = bytearray(unb64(parts[part]))
        raw[0] ^= 1
        return [*parts[:part], b64(bytes(raw)), *parts[part + 1 :]]

    return spoil


def header_changed(parts: Parts) -> Parts:
    """A member put into the protected header, which is authenticated."""
    return [b64(unb64(parts[0])[:-1] + b',"x":1}'), *parts[1:]]


def padded(parts: Parts) -> Parts:
    """Base64url with padding, which is not strict."""
    return [*parts[:4], parts[4] + "=="]


def zero_point(ground: Ground) -> Draft:
    """An ephemeral key that leaves no secret (X25519), or is not on the curve (P-256)."""
    draft = ground.alert()
    nothing = {"kty": "OKP", "crv": "X25519", "x": b64(bytes(32))}
    off = {"kty": "EC", "crv": "P-256", "x": b64(bytes(31) + b"\1"), "y": b64(bytes(31) + b"\1")}
    draft.jwe = {"epk": nothing if ground.subject.enc["crv"] == "X25519" else off}
    return draft


def to_another(ground: Ground) -> Draft:
    """Sealed to a key of somebody else under the node's kid."""
    draft = ground.alert()
    key = OpeningKey.new("", ground.subject.suite)
    draft.to = {**key.jwk(), "kid": ground.subject.enc["kid"]}
    return draft


def raw(line: bytes) -> Callable[[Ground], str]:
    """A line that is no JWE at all; its receipt names the digest of the line's own bytes."""

    def run(ground: Ground) -> str:
        (answer,) = ground.subject.receipts([line])
        faults = [] if answer.said == NO else [answer.said]
        if answer.data.get("digest") != digest(line):
            faults.append("the digest is not that of the line's bytes")
        faults += [
            f"{each} is there" for each in ("inreplyto", "recipient") if each in answer.event
        ]
        return told(faults, NO)

    return run


LINES: Final = {
    "garbage": b"garbage",
    "four-dots": b"....",
    "five-parts": b"a.b.c.d.e",
    "json-serialization": b'{"protected":"e30","ciphertext":"AA"}',
    "no-ascii": b"\xff\xfe no ascii",
    "six-parts": b".".join([b64(jcs({"alg": "dir"})).encode(), b"", b"", b"", b"", b""]),
}
CASES: Final = [
    *(sent(f"sealing.{name}", TABLE, NO, headed(header)) for name, header in HEADERS.items()),
    sent("sealing.epk-without-secret", TABLE, NO, zero_point),
    sent("sealing.to-another-key", RECEIPT, NO, to_another),
    *(
        sent(f"sealing.{name}-changed", RECEIPT, NO, spoilt(flipped(part)))
        for part, name in enumerate(["key", "nonce", "ciphertext", "tag"], 1)
    ),
    sent("sealing.header-changed", RECEIPT, NO, spoilt(header_changed)),
    sent("sealing.padded-base64url", TABLE, NO, spoilt(padded)),
    *(Case(f"sealing.{name}", ENDPOINTS, NO, raw(line)) for name, line in LINES.items()),
]
