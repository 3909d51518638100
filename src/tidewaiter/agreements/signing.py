"""An agreement signed: JWS in JSON general serialization (RFC 7515 §7.2.1), a signature a party.

The payload is the canonical form; each protected header is `alg`, `kid`, `typ`, `signed`, and there
is no unprotected one. A signature is good for ever if its key was valid at `signed`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tidewaiter import canonical, clock, jose
from tidewaiter.agreements import document
from tidewaiter.agreements.document import Agreement
from tidewaiter.agreements.standing import Signature

TYP: Final = "tidewaiter-agreement+jws"
AHEAD: Final = timedelta(minutes=10)  # how far a signature may come from the future
MOST: Final = 600  # signatures in one document


class BadSigning(ValueError):
    """The signed document is refused; the message names the rule that it breaks."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A party's public key and its time, the end excluded; None is without bound."""

    jwk: dict[str, Any]
    nbf: datetime | None
    exp: datetime | None

    def valid(self, at: datetime) -> bool:
        """Whether `at` lies in the key's time."""
        return (self.nbf is None or self.nbf <= at) and (self.exp is None or at < self.exp)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of `signatures`, its header read but not verified."""

    kid: str
    signed_at: datetime
    protected: str
    signature: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed document taken apart; no signature is verified yet."""

    agreement: Agreement
    members: tuple[Member, ...]

    @property
    def payload(self) -> str:
        """base64url of the canonical form."""
        return jose.encode(self.agreement.canonical)


@dataclass(frozen=True, slots=True)
class Verified:
    """The signatures that hold, each with its party, and the kids of those nobody here knows."""

    held: tuple[tuple[Signature, Member], ...]
    unchecked: tuple[str, ...]


Lookup = Callable[[str, str], KnownKey | None]  # (party, kid)


def is_signed(source: bytes) -> bool:
    """Whether this looks like a signed document and not like an agreement in text."""
    if source.lstrip()[:1] != b"{":
        return False
    try:
        value = canonical.read(source)
    except canonical.NotIJson:
        return False
    return isinstance(value, dict) and "payload" in value


def read(source: bytes) -> Envelope:
    """A signed document taken apart. Raises BadSigning, or NotAnAgreement for its payload."""
    try:
        value = canonical.read(source)
    except canonical.NotIJson as error:
        raise BadSigning(f"it is no I-JSON: {error}") from None
    if not isinstance(value, dict) or set(value) != {"payload", "signatures"}:
        raise BadSigning("it has payload and signatures, and nothing else")
    listed = value["signatures"]
    if not isinstance(value["payload"], str) or not isinstance(listed, list):
        raise BadSigning("payload is a text and signatures a list")
    if not 0 < len(listed) <= MOST:
        raise BadSigning(f"it has 1 to {MOST} signatures")
    try:
        payload = jose.decode(value["payload"])
    except jose.JoseError as error:
        raise BadSigning(str(error)) from None
    return Envelope(document.read_canonical(payload), tuple(_member(each) for each in listed))


def member(value: object) -> Member:
    """One member of `signatures` as it comes alone. Raises BadSigning."""
    return _member(value)


def write(agreement: Agreement, members: Iterable[Member]) -> bytes:
    """The signed document, always in the general form, in the order given."""
    return canonical.write(
        {
            "payload": jose.encode(agreement.canonical),
            "signatures": [
                {"protected": each.protected, "signature": each.signature} for each in members
            ],
        }
    )


def header(at: datetime) -> dict[str, str]:
    """What the protected header says beside `alg` and `kid`."""
    return {"typ": TYP, "signed": clock.text(at)}


def verify(envelope: Envelope, lookup: Lookup, at: datetime) -> Verified:
    """Whose signatures hold. Raises BadSigning where one does not, by a key that is known.

    Of several by one party the earliest counts.
    """
    held: dict[str, tuple[Signature, Member]] = {}
    unchecked = []
    for each in envelope.members:
        keys = [
            (party, key)
            for party in envelope.agreement.parties
            if (key := lookup(party, each.kid)) is not None
        ]
        if not keys:
            unchecked.append(each.kid)
            continue
        signature = Signature(_signer(envelope, each, keys), each.signed_at, each.kid)
        if each.signed_at > at + AHEAD:
            raise BadSigning(f"the signature of {signature.party} comes from the future")
        known = held.get(signature.party)
        if known is None or signature.signed_at < known[0].signed_at:
            held[signature.party] = (signature, each)
    ordered = (held[party] for party in envelope.agreement.parties if party in held)
    return Verified(tuple(ordered), tuple(unchecked))


def _signer(envelope: Envelope, each: Member, keys: list[tuple[str, KnownKey]]) -> str:
    reason = ""
    pair = {"protected": each.protected, "signature": each.signature}
    for party, key in keys:
        try:
            jose.verify_general(envelope.payload, pair, key.jwk, typ=TYP)
        except jose.JoseError as error:
            reason = f"the signature by {each.kid[:80]}: {error}"
            continue
        if key.valid(each.signed_at):
            return party
        reason = f"the key {each.kid[:80]} was not valid when it signed"
    raise BadSigning(reason)


def _member(value: object) -> Member:
    if not isinstance(value, dict):
        raise BadSigning("a signature is an object")
    try:
        head = jose.member_header(value)
    except jose.JoseError as error:
        raise BadSigning(str(error)) from None
    kid, signed = head.get("kid"), head.get("signed")
    if not isinstance(kid, str) or not kid or not isinstance(signed, str):
        raise BadSigning("a signature's header names kid and signed")
    try:
        signed_at = clock.parse(signed)
    except ValueError:
        raise BadSigning("signed is no moment in UTC") from None
    return Member(kid, signed_at, value["protected"], value["signature"])
