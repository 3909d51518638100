"""What partners say of agreements: proposals, signatures, notices, the keys of pseudonyms.

`exchange` carries them as housekeeping: it asks `judge_…` before it accepts one (the problem and
the rule that is broken, or None) and calls `take_…` in the transaction that accepts it. A `take_…`
that was overtaken since it was judged changes nothing.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter import canonical, jose
from tidewaiter.agreements import errors, generalisation, notices, queries, registering, signing
from tidewaiter.agreements.models import SharedKey, Version
from tidewaiter.permission import Permission
from tidewaiter.problem import N_, Problem
from tidewaiter.work import actions as work
from tidewaiter.work import kinds

log: Final = structlog.get_logger("tidewaiter.agreements")
SIGN: Final = "agreements.sign"
SIGN_TASK: Final = kinds.TaskKind(
    sentence=N_("{party} proposes an agreement: read it, and sign it or leave it: {title}"),
    permission=Permission.AGREEMENT_SIGN,
    url="agreements:agreement",
)
SIGNER: Final = "liaison"  # the role that may sign
OPEN_PROPOSALS: Final = 100  # of one partner that wait for our signature
MOST_REASON: Final = 10_000  # signs
Fault = tuple[str, str]  # the problem type, and the rule
BAD: Final = "bad-payload"
UNKNOWN: Final = "unknown-agreement"
FORBIDDEN: Final = "not-permitted"


def judge_proposal(data: Mapping[str, Any], sender: str, at: datetime) -> Fault | None:
    """Whether the signed document so far may be registered here."""
    us = settings.ADMINISTRATION
    try:
        found = registering.envelope(canonical.write(dict(data)))
        if sender not in found.agreement.parties:
            return FORBIDDEN, "the sender is no party to the agreement"
        registering.fits(found.agreement, us=us)
        registering.verified(found, us=us, at=at)
    except canonical.NotIJson as error:
        return BAD, str(error)
    except errors.NoParty:
        return FORBIDDEN, "the recipient is no party to the agreement"
    except Problem as problem:
        return BAD, problem.said()["detail"]
    if Version.objects.filter(digest=found.agreement.digest).exists():
        return None
    if Version.objects.waiting(sender, us).count() >= OPEN_PROPOSALS:
        return FORBIDDEN, f"{OPEN_PROPOSALS} proposals of the sender wait here already"
    return None


def take_proposal(data: Mapping[str, Any], sender: str, at: datetime) -> None:
    """Register it with the signatures that hold, and ask who may sign to look at it."""
    us = settings.ADMINISTRATION
    found = registering.envelope(canonical.write(dict(data)))
    agreement = found.agreement
    held = registering.verified(found, us=us, at=at).held
    kept = registering.keep(agreement, held, by=sender, at=at)
    kept.row.proposed(sender, at=at)
    if us not in kept.row.signed().signed_by:
        params: dict[str, str | int] = {"party": sender, "title": agreement.title}
        work.open_task(SIGN, agreement.digest, params, role=SIGNER, at=at)
    log.info("agreement proposed", digest=agreement.digest, party=sender, signatures=kept.new)


def judge_signature(data: Mapping[str, Any], sender: str, at: datetime) -> Fault | None:
    """Whether one signature over a text that is here holds."""
    row = _row(data)
    if row is None:
        return UNKNOWN, "the agreement is not known here"
    agreement = row.read()
    if sender not in agreement.parties:
        return FORBIDDEN, "the sender is no party to the agreement"
    try:
        registering.fits(agreement, us=settings.ADMINISTRATION)
        held = _verified(row, data, at).held
    except signing.BadSigning as error:
        return BAD, str(error)
    except Problem as problem:
        return BAD, problem.said()["detail"]
    return None if held else (BAD, "no key that is known here gave the signature")


def take_signature(data: Mapping[str, Any], sender: str, at: datetime) -> None:
    """Keep the signature with its text; it may be what the agreement's entry waited for."""
    row = _row(data)
    if row is None:
        return
    held = _verified(row, data, at).held
    kept = registering.keep(row.read(), held, by=sender, at=at)
    log.info("agreement signed", digest=row.digest, party=sender, signatures=kept.new)


def judge_notice(data: Mapping[str, Any], sender: str, at: datetime) -> Fault | None:
    """Whether the sender may suspend, resume or terminate that agreement now."""
    row = _row(data)
    if row is None:
        return UNKNOWN, "the agreement is not known here"
    signed = row.signed()
    if sender not in signed.agreement.parties:
        return FORBIDDEN, "the sender is no party to the agreement"
    if data.get("notice") not in notices.MAY or len(str(data.get("reason", ""))) > MOST_REASON:
        return BAD, f"a notice is one of three, with a reason of at most {MOST_REASON} signs"
    if not notices.may(signed, sender, data["notice"]):
        return FORBIDDEN, "the notice is not the sender's to give: only who suspended resumes"
    return None


def take_notice(data: Mapping[str, Any], sender: str, sent_at: datetime, at: datetime) -> None:
    """The notice counts from when it was given, or received where that was earlier."""
    row = _row(data)
    signed = row.signed() if row else None
    if row is None or signed is None or not notices.may(signed, sender, data["notice"]):
        return
    since = notices.moment(signed, sender, min(sent_at, at))
    row.note(sender, data["notice"], str(data.get("reason", "")), at=since)
    log.info("notice taken", digest=row.digest, party=sender, notice=data["notice"])


def judge_key(data: Mapping[str, Any], sender: str, at: datetime) -> Fault | None:
    """Whether the sender is who gives that agreement's key, and gives the one that is held."""
    rows = list(Version.objects.filter(agreement_id=str(data.get("agreement"))[:36]))
    if not rows:
        return UNKNOWN, "no version of the agreement is known here"
    found = [row.read() for row in rows]
    if not any(sender in each.parties for each in found):
        return FORBIDDEN, "the sender is no party to the agreement"
    if not any(sender == each.key_giver for each in found):
        return FORBIDDEN, "only the party first in code order gives the key"
    key = _key(data)
    if len(key) != generalisation.KEY_BYTES:
        return BAD, f"an agreement's key is the base64url of {generalisation.KEY_BYTES} bytes"
    held = queries.key(found[0].id)
    return None if held in {None, key} else (BAD, "another key is held, and it stays")


def take_key(data: Mapping[str, Any], sender: str, at: datetime) -> None:
    """Keep the key for the agreement's pseudonyms."""
    SharedKey.keep(data["agreement"], _key(data), at=at)
    log.info("agreement key taken", agreement=data["agreement"], party=sender)


def proposal(digest: str) -> dict[str, Any]:
    """The data of a proposal: the signed document so far. Raises UnknownAgreement, NotSigned."""
    document: dict[str, Any] = canonical.read(queries.jws(digest))
    if "signatures" not in document:
        raise errors.NotSigned(digest=digest[:80])
    return document


def signature(digest: str) -> dict[str, Any]:
    """The data that tells our signature. Raises UnknownAgreement, NotSigned."""
    row = Version.objects.whole().filter(digest=digest).first()
    if row is None:
        raise errors.UnknownAgreement(digest=digest[:80])
    member = row.member(settings.ADMINISTRATION)
    if member is None:
        raise errors.NotSigned(digest=digest[:80])
    told = {"protected": member.protected, "signature": member.signature}
    return {"digest": digest, "signature": told}


def key_for(agreement_id: str) -> bytes | None:
    """The key of an agreement's pseudonyms, where it is here."""
    return queries.key(agreement_id)


def make_key(agreement_id: str, at: datetime) -> bytes:
    """The key of an agreement whose giver we are, made where there is none yet."""
    with transaction.atomic():
        return SharedKey.keep(agreement_id, secrets.token_bytes(generalisation.KEY_BYTES), at=at)


def parties_to_tell(digest: str) -> list[str]:
    """The agreement's other parties, who hear all that we say of it. Raises UnknownAgreement."""
    signed = queries.by_digest(digest)
    if signed is None:
        raise errors.UnknownAgreement(digest=digest[:80])
    return [party for party in signed.agreement.parties if party != settings.ADMINISTRATION]


def _row(data: Mapping[str, Any]) -> Version | None:
    return Version.objects.whole().filter(digest=str(data.get("digest"))[:71]).first()


def _verified(row: Version, data: Mapping[str, Any], at: datetime) -> signing.Verified:
    alone = signing.Envelope(row.read(), (signing.member(data.get("signature")),))
    return registering.verified(alone, us=settings.ADMINISTRATION, at=at)


def _key(data: Mapping[str, Any]) -> bytes:
    """The key's bytes; none where it is no strict base64url."""
    try:
        return jose.decode(data["key"]) if isinstance(data.get("key"), str) else b""
    except jose.JoseError:
        return b""
