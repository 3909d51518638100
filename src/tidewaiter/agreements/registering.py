"""A document on its way into the register: read, its signatures verified, kept with what holds.

The one path for a file, for what a person signs here and for what a partner sent.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tidewaiter.agreements import document, errors, listeners, signing
from tidewaiter.agreements import queries as read
from tidewaiter.agreements.document import Agreement
from tidewaiter.agreements.models import Version
from tidewaiter.agreements.standing import Signature
from tidewaiter.identity import queries as identity
from tidewaiter.keys import queries as keys
from tidewaiter.ledger import actions as ledger

SALT_BYTES: Final = 32
Held = Sequence[tuple[Signature, signing.Member]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeping came to: the row, and whether a signature was new."""

    row: Version
    new: int


def envelope(source: bytes) -> signing.Envelope:
    """The document in text, or one that others have signed. Raises NotAnAgreement and
    BadSignedAgreement."""
    try:
        if signing.is_signed(source):
            return signing.read(source)
        return signing.Envelope(document.read(source), ())
    except document.NotAnAgreement as error:
        first = error.findings[0]
        raise errors.NotAnAgreement(line=first.line, message=first.said()) from None
    except signing.BadSigning as error:
        raise errors.BadSignedAgreement(reason=str(error)) from None


def fits(agreement: Agreement, *, us: str) -> None:
    """Whether it is ours to register. Raises NoParty, and AnotherText: what we have signed or what
    has entered is not to be had under the same version again."""
    if us not in agreement.parties:
        raise errors.NoParty(administration=us, parties=", ".join(agreement.parties))
    for version, digest in read.versions(agreement.id):
        if version != agreement.version or digest == agreement.digest:
            continue
        other = read.by_digest(digest)
        if other and (other.entered or us in other.signed_by):
            raise errors.AnotherText(version=version, id=agreement.id, digest=digest)


def verified(found: signing.Envelope, *, us: str, at: datetime) -> signing.Verified:
    """Whose signatures hold. Raises BadSignedAgreement where one does not, by a key we know."""
    try:
        return signing.verify(found, lambda party, kid: _key(party, kid, us), at)
    except signing.BadSigning as error:
        raise errors.BadSignedAgreement(reason=str(error)) from None


def keep(agreement: Agreement, held: Held, *, by: str, at: datetime) -> Kept:
    """Keep the text and the signatures that are new, in the caller's transaction.

    It is logged once enough parties have signed; whoever listens is told of new signatures.
    """
    row = Version.objects.take(agreement, by=by, at=at)
    new = row.take_signatures(held, at=at)
    if new:
        if row.signed().entered and row.log_index is None:
            salt = os.urandom(SALT_BYTES)
            row.logged(ledger.append(agreement.canonical, salt, at=at), salt)
        listeners.tell(agreement.digest, at)
    return Kept(row, new)


def _key(party: str, kid: str, us: str) -> signing.KnownKey | None:
    """That party's key by whatever document listed it; none that was revoked.

    From the receipt of a revocation every new signature by the key is refused, whatever its time;
    one that is kept here already stays.
    """
    if party == us:
        own = next((k for k in keys.public() if (k.kid, k.use) == (kid, "sig")), None)
        return None if own is None else signing.KnownKey(dict(own.jwk), own.nbf, own.exp)
    key = identity.known_key(party, kid)
    if identity.revoked(party, kid) is not None:
        return None
    return None if key is None else signing.KnownKey(dict(key.jwk), key.nbf, key.exp)
