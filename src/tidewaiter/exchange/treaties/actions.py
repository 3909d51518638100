"""Propose, sign and send, give notice: what is written here is told in the same transaction.

Every other party of an agreement that is a partner of ours hears it; who is none is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter import jose
from tidewaiter.agreements import actions as agreements
from tidewaiter.agreements import queries
from tidewaiter.exchange import errors, message, telling
from tidewaiter.exchange.models import Correspondent
from tidewaiter.identity import queries as identity
from tidewaiter.keys import actions as keys
from tidewaiter.ledger import actions as ledger

PROPOSAL: Final = "org.tidewaiter.agreement.proposal.v1"
SIGNATURE: Final = "org.tidewaiter.agreement.signature.v1"
NOTICE: Final = "org.tidewaiter.agreement.notice.v1"
KEY: Final = "org.tidewaiter.agreement.key.v1"
VALID_FOR: Final = timedelta(days=30)  # a word about an agreement outlives a long absence
log: Final = structlog.get_logger("tidewaiter.exchange")


@dataclass(frozen=True, slots=True)
class Told:
    """How an agreement stands now, which parties are told and which are no partners of ours."""

    digest: str
    state: str
    signed_by: tuple[str, ...]
    missing: tuple[str, ...]
    told: tuple[str, ...]
    untold: tuple[str, ...]


def propose(*, source: bytes, at: datetime, by: str) -> Told:
    """Register a document, sign it for this administration and send it to its other parties.

    Raises what `agreements.actions.add` and `sign` do, and NobodyToTell.
    """
    with transaction.atomic():
        return propose_here(digest=agreements.add(source, at=at, by=by).digest, at=at, by=by)


def propose_here(*, digest: str, at: datetime, by: str) -> Told:
    """Sign what is registered here and send it to its other parties; again, as it is signed now.

    Raises UnknownAgreement, NobodyToTell.
    """
    with transaction.atomic():
        agreements.sign_here(digest=digest, at=at, by=by)
        agreements.proposed(digest=digest, at=at)
        told, untold = _tell(digest, PROPOSAL, agreements.proposal(digest), at=at, by=by)
        if not told:
            raise errors.NobodyToTell(parties=", ".join(untold))
    return _told(digest, told, untold, at)


def accept(*, digest: str, at: datetime, by: str) -> Told:
    """Sign what a partner proposed, and tell our signature to all other parties.

    Again, the signature that is here is told anew. Raises UnknownAgreement.
    """
    with transaction.atomic():
        agreements.sign_here(digest=digest, at=at, by=by)
        told, untold = _tell(digest, SIGNATURE, agreements.signature(digest), at=at, by=by)
    return _told(digest, told, untold, at)


def notice(*, digest: str, notice: str, reason: str, at: datetime, by: str) -> Told:
    """Suspend, resume or terminate from now on, and tell it to all other parties.

    It counts here at once, whether they hear it or not. Raises UnknownAgreement, NotItsNotice.
    """
    with transaction.atomic():
        agreements.notice(
            digest=digest, party=settings.ADMINISTRATION, notice=notice, reason=reason, at=at
        )
        data = {"digest": digest, "notice": notice, "reason": reason}
        told, untold = _tell(digest, NOTICE, data, at=at, by=by)
    return _told(digest, told, untold, at)


def signed(digest: str, at: datetime) -> None:
    """An agreement got a signature: once it has entered, its key for pseudonyms goes to those
    that have signed, where we are who gives it."""
    tell_key(digest, None, at)


def introduce(partner: str, at: datetime) -> None:
    """A node is a partner of ours from now on: it gets the keys that it could not be told.

    Behind the fence it waits for them until the node is back: every partner gets them then.
    """
    if ledger.standing_still():
        return
    for each in queries.known(partner):
        tell_key(each.digest, [partner], at)


def tell_key(digest: str, to: Sequence[str] | None, at: datetime) -> list[str]:
    """Tell the key of an agreement's pseudonyms to these of its signers, or to all; to whom."""
    found = queries.by_digest(digest)
    us = settings.ADMINISTRATION
    if found is None or not found.entered or us not in found.signed_by:
        return []
    agreement = found.agreement
    if agreement.key_giver != us or not any(each.seals_names for each in agreement.clauses):
        return []
    key = jose.encode(agreements.make_key(agreement.id, at))
    wanted = [each for each in found.signed_by if each != us and (to is None or each in to)]
    told = [each for each in wanted if identity.partner(each) is not None]
    Correspondent.objects.lock(told)
    for each in told:
        _say(each, KEY, {"agreement": agreement.id, "key": key}, at=at, by="machine")
    if told:
        log.info("agreement key told", agreement=agreement.id, parties=", ".join(told))
    return told


def _tell(
    digest: str, kind: str, data: Mapping[str, Any], *, at: datetime, by: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whom it was told, and who is no partner of ours."""
    parties = agreements.parties_to_tell(digest)
    told = tuple(each for each in parties if identity.partner(each) is not None)
    Correspondent.objects.lock(told)  # all before the log, as whoever receives does
    for each in told:
        _say(each, kind, data, at=at, by=by)
    return told, tuple(each for each in parties if each not in told)


def _say(to: str, kind: str, data: Mapping[str, Any], *, at: datetime, by: str) -> None:
    us = message.Origin(settings.ADMINISTRATION, settings.NODE_URL)
    telling.tell(
        to=to, type=kind, data=data, us=us, sign=keys.sign, at=at, by=by, expires=at + VALID_FOR
    )


def _told(digest: str, told: tuple[str, ...], untold: tuple[str, ...], at: datetime) -> Told:
    found = queries.agreement(digest, at)
    return Told(digest, found.state, found.signed_by, found.missing, told, untold)
