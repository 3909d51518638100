"""What can be asked of `agreements`: check, sign, register, give notice, keep a key."""

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter.agreements import checking, document, errors, generalisation, signing, standing
from tidewaiter.agreements import queries as read
from tidewaiter.agreements.document import Agreement
from tidewaiter.agreements.finding import Finding
from tidewaiter.agreements.models import SharedKey, Version
from tidewaiter.agreements.standing import State
from tidewaiter.identity import queries as identity
from tidewaiter.keys import actions as keys
from tidewaiter.keys import queries as key_queries
from tidewaiter.ledger import actions as ledger

log: Final = structlog.get_logger("tidewaiter.agreements")
SALT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Checked:
    """What a document is, where it is one, and all that was found in it."""

    agreement: Agreement | None
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; a warning is not wrong."""
        return all(each.warns for each in self.findings)


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A document with our signature added."""

    digest: str
    jws: bytes
    signed_by: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """A document registered here; `unchecked` are kids that no partner of ours has."""

    digest: str
    state: str
    signed_by: tuple[str, ...]
    missing: tuple[str, ...]
    unchecked: tuple[str, ...]
    new: bool


def check(source: bytes) -> Checked:
    """Read a document, signed or not, and say all that is wrong with it; nothing is kept."""
    try:
        if signing.is_signed(source):
            found = document.read_source(signing.read(source).agreement.canonical)
        else:
            found = document.read_source(source)
    except document.NotAnAgreement as error:
        return Checked(None, error.findings)
    except signing.BadSigning as error:
        raise errors.BadSignedAgreement(reason=str(error)) from None
    return Checked(found.agreement, tuple(checking.check(found)))


def sign(source: bytes, *, at: datetime) -> SignedFile:
    """Add our signature to a document in text, or to one that others have signed.

    A document that has it already comes back as it is. Raises NotAnAgreement, NoParty,
    BadSignedAgreement, AnotherText.
    """
    envelope = _envelope(source)
    agreement = envelope.agreement
    _ours(agreement)
    _no_other_text(agreement)
    verified = _verified(envelope, at)
    signers = {signature.party for signature, _ in verified.held}
    members = list(envelope.members)
    if settings.ADMINISTRATION not in signers:
        made = keys.sign_member(agreement.canonical, header=signing.header(at))
        members.append(signing.member(made))
        signers.add(settings.ADMINISTRATION)
        log.info("agreement signed", digest=agreement.digest)
    parties = agreement.parties
    return SignedFile(
        digest=agreement.digest,
        jws=signing.write(agreement, members),
        signed_by=tuple(party for party in parties if party in signers),
        missing=tuple(party for party in parties if party not in signers),
    )


def add(source: bytes, *, at: datetime, by: str) -> Added:
    """Register a document here with the signatures that hold; again, with those that are new.

    It is logged once enough parties have signed. Raises NotAnAgreement, NoParty,
    BadSignedAgreement, AnotherText.
    """
    envelope = _envelope(source)
    agreement = envelope.agreement
    _ours(agreement)
    _no_other_text(agreement)
    verified = _verified(envelope, at)
    with transaction.atomic():
        row = Version.objects.take(agreement, by=by, at=at)
        new = row.take_signatures(verified.held, at=at)
        signed = row.signed()
        if signed.entered and row.log_index is None:
            salt = os.urandom(SALT_BYTES)
            row.logged(ledger.append(agreement.canonical, salt, at=at), salt)
    shown = read.agreement(agreement.digest, at)
    log.info("agreement registered", digest=agreement.digest, signatures=new, state=shown.state)
    return Added(
        digest=agreement.digest,
        state=shown.state,
        signed_by=shown.signed_by,
        missing=shown.missing,
        unchecked=verified.unchecked,
        new=bool(new),
    )


def sign_here(*, digest: str, at: datetime, by: str) -> Added:
    """Sign an agreement that is registered here, and register our signature. As `sign` raises."""
    made = sign(read.jws(digest), at=at)
    return add(made.jws, at=at, by=by)


def notice(*, digest: str, party: str, notice: str, reason: str, at: datetime) -> str:
    """A party suspends, resumes or terminates an agreement from now on; how it stands then.

    Only who suspended resumes, and terminating is final. Raises UnknownAgreement, NotItsNotice.
    """
    with transaction.atomic():
        row = Version.objects.select_for_update().filter(digest=digest).first()
        if row is None:
            raise errors.UnknownAgreement(digest=digest[:80])
        signed = row.signed()
        own = standing.Signed(
            signed.agreement,
            signed.signatures,
            tuple(each for each in signed.notices if each.party == party),
        )
        state = _own_state(own, party, at)
        allowed = {
            "suspend": {State.IN_FORCE},
            "resume": {State.SUSPENDED},
            "terminate": {State.IN_FORCE, State.SUSPENDED},
        }
        if party not in signed.signed_by or state not in allowed[notice]:
            raise errors.NotItsNotice(party=party, notice=notice, state=state.value)
        row.note(party, notice, reason, at=at)
    log.info("notice taken", digest=digest, party=party, notice=notice)
    return read.agreement(digest, at).state


def set_key(agreement_id: str, key: bytes, *, at: datetime) -> None:
    """Keep the key of an agreement's pseudonyms; the same again changes nothing. Raises BadKey."""
    if len(key) != generalisation.KEY_BYTES:
        raise errors.BadKey(reason=f"An agreement's key has {generalisation.KEY_BYTES} bytes.")
    if SharedKey.keep(agreement_id, key, at=at) != key:
        raise errors.BadKey(
            reason="Another key is here already, and it stays through all versions."
        )


def _own_state(signed: standing.Signed, party: str, at: datetime) -> State:
    """What this party alone has said of it."""
    notices = [each.notice for each in signed.notices if each.at <= at]
    if "terminate" in notices:
        return State.TERMINATED
    suspended = bool(notices) and notices[-1] == "suspend"
    return State.SUSPENDED if suspended else State.IN_FORCE


def _envelope(source: bytes) -> signing.Envelope:
    try:
        if signing.is_signed(source):
            return signing.read(source)
        return signing.Envelope(document.read(source), ())
    except document.NotAnAgreement as error:
        first = error.findings[0]
        raise errors.NotAnAgreement(line=first.line, message=first.said()) from None
    except signing.BadSigning as error:
        raise errors.BadSignedAgreement(reason=str(error)) from None


def _ours(agreement: Agreement) -> None:
    if settings.ADMINISTRATION not in agreement.parties:
        raise errors.NoParty(
            administration=settings.ADMINISTRATION, parties=", ".join(agreement.parties)
        )


def _no_other_text(agreement: Agreement) -> None:
    """What we have signed or what has entered is not to be had under the same version again."""
    for version, digest in read.versions(agreement.id):
        if version != agreement.version or digest == agreement.digest:
            continue
        other = read.by_digest(digest)
        if other and (other.entered or settings.ADMINISTRATION in other.signed_by):
            raise errors.AnotherText(version=version, id=agreement.id, digest=digest)


def _verified(envelope: signing.Envelope, at: datetime) -> signing.Verified:
    try:
        return signing.verify(envelope, _key, at)
    except signing.BadSigning as error:
        raise errors.BadSignedAgreement(reason=str(error)) from None


def _key(party: str, kid: str) -> signing.KnownKey | None:
    if party == settings.ADMINISTRATION:
        own = next((k for k in key_queries.public() if (k.kid, k.use) == (kid, "sig")), None)
        return None if own is None else signing.KnownKey(dict(own.jwk), own.nbf, own.exp)
    key = identity.known_key(party, kid)
    return None if key is None else signing.KnownKey(dict(key.jwk), key.nbf, key.exp)
