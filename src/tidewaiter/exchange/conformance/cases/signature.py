"""A signature that is not by a pinned key of the source: `bad-signature`."""

from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from tidewaiter.exchange.conformance.encoding import b64, unb64
from tidewaiter.exchange.conformance.ground import Ground, sent
from tidewaiter.exchange.conformance.signing import ECDSA, SigningKey
from tidewaiter.exchange.conformance.tester import Draft

TABLE: Final = "protocol.md: the table of standards"
RECEIPT: Final = "protocol.md: A receipt"
NO: Final = "bad-signature"
NO_FORM: Final = "bad-signature or malformed"

ALGORITHMS: Final = ("none", "None", "HS256", "ES256", "RS256", "PS256", "ES384", "Ed448", "")
HEADERS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "typ-of-a-token": ({"typ": "JWT"}, NO_FORM),
    "typ-of-a-node": ({"typ": "tidewaiter-node+jws"}, NO_FORM),
    "typ-of-an-agreement": ({"typ": "tidewaiter-agreement+jws"}, NO_FORM),
    "typ-missing": ({"typ": None}, NO_FORM),
    "crit": ({"crit": ["exp"], "exp": 1}, NO_FORM),
    "crit-b64": ({"crit": ["b64"], "b64": False}, NO_FORM),
    "kid-unknown": ({"kid": "no-such-key"}, NO),
    "kid-missing": ({"kid": None}, NO_FORM),
    "alg-missing": ({"alg": None}, NO_FORM),
}


def headed(header: dict[str, Any]) -> Callable[[Ground], Draft]:
    """A message signed under such a header."""

    def make(ground: Ground) -> Draft:
        draft = ground.alert()
        draft.header = header
        return draft

    return make


def named(alg: str, role: str = "first") -> Callable[[Ground], Draft]:
    """A message of a tester under an algorithm that is not its key's."""

    def make(ground: Ground) -> Draft:
        draft = ground.alert(ground.kit.testers[role])
        draft.header = {"alg": alg}
        return draft

    return make


def carried(name: str, value: Callable[[SigningKey], Any]) -> Callable[[Ground], Draft]:
    """Signed by a key that the header itself brings: it is never used."""

    def make(ground: Ground) -> Draft:
        draft, key = ground.alert(), SigningKey.new("x", "A")
        draft.key = key
        draft.header = {name: value(key)}
        return draft

    return make


def done(change: Callable[[str], str], role: str = "first") -> Callable[[Ground], Draft]:
    """A message whose JWS is changed after it was signed."""

    def make(ground: Ground) -> Draft:
        draft = ground.alert(ground.kit.testers[role])
        draft.after = change
        return draft

    return make


def bit(compact: str) -> str:
    """One bit of the signature changed."""
    head, payload, signature = compact.split(".")
    flipped = bytearray(unb64(signature))
    flipped[5] ^= 1
    return f"{head}.{payload}.{b64(bytes(flipped))}"


def other_payload(compact: str) -> str:
    """The payload changed, where nobody would look: one more space."""
    head, payload, signature = compact.split(".")
    return f"{head}.{b64(unb64(payload) + b' ')}.{signature}"


def no_signature(compact: str) -> str:
    """Nothing behind the last dot."""
    return compact.rpartition(".")[0] + "."


def by_another(role: str) -> Callable[[Ground], Draft]:
    """Signed by a fresh key under the pinned key's kid."""

    def make(ground: Ground) -> Draft:
        who = ground.kit.testers[role]
        draft = ground.alert(who)
        draft.key = SigningKey.new(who.key.kid, who.suite)
        return draft

    return make


def by_the_other_partner(ground: Ground) -> Draft:
    """Signed by another partner, under its own kid."""
    draft = ground.alert()
    draft.key = ground.changing.key
    draft.header = {"kid": ground.changing.key.kid}
    return draft


def recovery(ground: Ground) -> Draft:
    """Signed by the recovery key, which signs node documents only."""
    draft = ground.alert()
    draft.key = ground.first.recovery
    draft.header = {"kid": ground.first.recovery.kid}
    return draft


def before_the_key(ground: Ground) -> Draft:
    """`time` stands before the key's `nbf`."""
    return ground.alert(ground.second, time=ground.second.moment(days=-20))


def der(ground: Ground) -> Draft:
    """ECDSA's signature in DER instead of r and s."""
    draft = ground.alert(ground.second)

    def change(compact: str) -> str:
        signed, private = compact.rpartition(".")[0], ground.second.key.private
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        return f"{signed}.{b64(private.sign(signed.encode(), ECDSA))}"

    draft.after = change
    return draft


CASES: Final = [
    sent("signature.changed", RECEIPT, NO, done(bit)),
    sent("signature.changed-suite-b", RECEIPT, NO, done(bit, "second")),
    sent("signature.payload-changed", RECEIPT, NO, done(other_payload)),
    sent("signature.empty", RECEIPT, NO_FORM, done(no_signature)),
    sent("signature.by-another-key", RECEIPT, NO, by_another("first")),
    sent("signature.by-another-key-suite-b", RECEIPT, NO, by_another("second")),
    sent("signature.by-another-partner", RECEIPT, NO, by_the_other_partner),
    sent("signature.by-the-recovery-key", "protocol.md: Who a node is", NO, recovery),
    sent("signature.key-not-valid-at-time", RECEIPT, NO, before_the_key),
    sent("signature.ecdsa-as-der", TABLE, NO_FORM, der),
    *(sent(f"headers.alg-{alg or 'empty'}", TABLE, NO_FORM, named(alg)) for alg in ALGORITHMS),
    sent("headers.alg-ed25519-with-a-p-256-key", TABLE, NO, named("Ed25519", "second")),
    *(sent(f"headers.{name}", TABLE, want, headed(h)) for name, (h, want) in HEADERS.items()),
    sent("headers.jwk", TABLE, NO, carried("jwk", lambda key: key.jwk())),
    sent("headers.jku", TABLE, NO, carried("jku", lambda _: "https://nothing.invalid/keys")),
    sent("headers.x5u", TABLE, NO, carried("x5u", lambda _: "https://nothing.invalid/cert")),
    sent("headers.x5c", TABLE, NO, carried("x5c", lambda _: ["AA=="])),
]
