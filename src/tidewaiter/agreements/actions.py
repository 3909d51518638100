"""What can be asked of `agreements`: check, sign, register, give notice, keep a key."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter.agreements import (
    checking,
    document,
    errors,
    generalisation,
    messages,
    notices,
    registering,
    signing,
)
from tidewaiter.agreements import queries as read
from tidewaiter.agreements.document import Agreement
from tidewaiter.agreements.finding import Finding
from tidewaiter.agreements.messages import (  # the doors of the exchange
    judge_key,
    judge_notice,
    judge_proposal,
    judge_signature,
    key_for,
    make_key,
    parties_to_tell,
    proposal,
    signature,
    take_key,
    take_notice,
    take_proposal,
    take_signature,
)
from tidewaiter.agreements.models import SharedKey, Version
from tidewaiter.keys import actions as keys
from tidewaiter.ledger import actions as ledger
from tidewaiter.work import actions as work

__all__ = [
    "add",
    "check",
    "judge_key",
    "judge_notice",
    "judge_proposal",
    "judge_signature",
    "key_for",
    "make_key",
    "notice",
    "parties_to_tell",
    "proposal",
    "proposed",
    "set_key",
    "sign",
    "sign_here",
    "signature",
    "take_key",
    "take_notice",
    "take_proposal",
    "take_signature",
]

log: Final = structlog.get_logger("tidewaiter.agreements")


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
    replaced = read.replaced() if found.agreement.supersedes else {}
    return Checked(found.agreement, tuple(checking.check(found, replaced)))


def sign(source: bytes, *, at: datetime) -> SignedFile:
    """Add our signature to a document in text, or to one that others have signed.

    A document that has it already comes back as it is. Raises NotAnAgreement, NoParty,
    BadSignedAgreement, AnotherText, and Restoring where the node is fenced.
    """
    us = settings.ADMINISTRATION
    envelope = registering.envelope(source)
    agreement = envelope.agreement
    registering.fits(agreement, us=us)
    verified = registering.verified(envelope, us=us, at=at)
    signers = {signature.party for signature, _ in verified.held}
    members = list(envelope.members)
    if us not in signers:
        ledger.hold()
        made = keys.sign_member(agreement.canonical, header=signing.header(at))
        members.append(signing.member(made))
        signers.add(us)
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
    us = settings.ADMINISTRATION
    envelope = registering.envelope(source)
    agreement = envelope.agreement
    registering.fits(agreement, us=us)
    verified = registering.verified(envelope, us=us, at=at)
    with transaction.atomic():
        new = registering.keep(agreement, verified.held, by=by, at=at).new
        _no_more_to_sign(agreement.digest, at)
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


def proposed(*, digest: str, at: datetime) -> None:
    """Note that we have sent it to its other parties. Raises UnknownAgreement."""
    row = Version.objects.filter(digest=digest).first()
    if row is None:
        raise errors.UnknownAgreement(digest=digest[:80])
    row.proposed(settings.ADMINISTRATION, at=at)


def notice(*, digest: str, party: str, notice: str, reason: str, at: datetime) -> str:
    """A party suspends, resumes or terminates an agreement from now on; how it stands then.

    Only who suspended resumes, and terminating is final. Raises UnknownAgreement, NotItsNotice.
    """
    with transaction.atomic():
        row = Version.objects.select_for_update().filter(digest=digest).first()
        if row is None:
            raise errors.UnknownAgreement(digest=digest[:80])
        signed = row.signed()
        if not notices.may(signed, party, notice):
            state = read.agreement(digest, at).state
            raise errors.NotItsNotice(party=party, notice=notice, state=state)
        row.note(party, notice, reason, at=notices.moment(signed, party, at))
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


def _no_more_to_sign(digest: str, at: datetime) -> None:
    """Close the task that asks for our signature, where it is there now."""
    signed = read.by_digest(digest)
    if signed is not None and settings.ADMINISTRATION in signed.signed_by:
        work.close_task(messages.SIGN, digest, by="machine", at=at)
