"""What is asked of us by partners that collect, and what a node that collects itself is to do.

A partner that cannot be reached asks for what waits for it and brings its receipts later; nothing
is settled before they are here, so that what it lost on the way it gets again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from tidewaiter import canonical, jose
from tidewaiter.exchange import delivery, envelope, message, settling
from tidewaiter.exchange.attachments import asking as attachments
from tidewaiter.exchange.attachments import attachment
from tidewaiter.exchange.attachments import errors as attachment_errors
from tidewaiter.exchange.collecting import asking, bringing, errors
from tidewaiter.exchange.delivery import Outgoing
from tidewaiter.exchange.door import rates
from tidewaiter.exchange.models import Correspondent, Handed, Outbound, Round, Sealed
from tidewaiter.exchange.restoring import actions as restoring
from tidewaiter.exchange.restoring import queries as returning
from tidewaiter.identity import actions as identity
from tidewaiter.identity import queries as partners
from tidewaiter.keys import actions as keys
from tidewaiter.ledger import actions as ledger
from tidewaiter.vault import queries as vault
from tidewaiter.work import actions as work


@dataclass(frozen=True, slots=True)
class Given:
    """What a request is answered with: lines of messages, or an attachment's file and size."""

    lines: tuple[str, ...] = ()
    file: BinaryIO | None = None
    size: int = 0


def answer(request: str, *, at: datetime, address: str = "") -> Given:
    """What waits for the partner that signed `request`, or the attachment that it asks for.

    Raises NotProven, asking.BadRequest, UnknownAttachment, NoSealingKey, TooFast.
    """
    rates.hold_address(address, settings.EXCHANGE_FAILING_RATE, at=at)
    asked = _proven(request, at=at, address=address)
    rates.hold_partner(asked.sender, 1, settings.EXCHANGE_RATE, at=at)
    if asked.type == asking.ATTACHMENT:
        ledger.hold()
        return _attachment(asked.sender, asking.jwe(asked.data), at=at)
    after, limit = asking.span(asked.data)
    key = partners.enc_key(asked.sender, at)
    if key is None:
        raise attachment_errors.NoSealingKey(administration=asked.sender)
    due = returning.first(asked.sender, Outbound.objects.due(asked.sender, at), at)
    due = due.filter(serial__gt=after)
    columns = due.values_list("pk", "message_id", "jws", "digest")[:limit]
    batch = delivery.fitting(Outgoing(*each) for each in columns.iterator(20))
    lines = tuple(envelope.sealed(each.jws, key, kid=key["kid"]) for each in batch)
    handed = {
        canonical.digest(line.encode("ascii")): each.pk
        for line, each in zip(lines, batch, strict=True)
    }
    with transaction.atomic():
        Correspondent.objects.lock([asked.sender])
        Correspondent.objects.heard([asked.sender])
        Handed.objects.note(handed, at=at)
        rates.took(asked.sender, 1, at=at)
        identity.seen(asked.sender, at)
    return Given(lines=lines)


def take_receipts(
    lines: Sequence[bytes], *, at: datetime, address: str = "", by_hand: bool = False
) -> int:
    """Note what the receipts say that a partner brings; how many were of messages that wait.

    All of them or none: one that does not verify, and nothing of the POST is taken. One that
    verifies for a message that waits no more changes nothing. What came `by_hand`, in a file, is
    held to no rate. Raises NotProven, TooFast.
    """
    if not by_hand:
        rates.hold_address(address, settings.EXCHANGE_FAILING_RATE, at=at)
    try:
        brought = [bringing.read(each, us=settings.ADMINISTRATION, key=_key) for each in lines]
    except bringing.NotBrought as error:
        if not by_hand:
            _failed(address, at)
        raise errors.NotProven(rule=str(error)) from None
    noted = 0
    with transaction.atomic():
        for sender in sorted({each.sender for each in brought}):
            mine = [each for each in brought if each.sender == sender]
            if not by_hand:
                rates.hold_partner(sender, len(mine), settings.EXCHANGE_RATE, at=at)
                rates.took(sender, len(mine), at=at)
            Correspondent.objects.lock([sender])
            words = bringing.matched(mine, Handed.objects.carried(each.digest for each in mine))
            if ledger.standing_still():
                noted += restoring.brought(sender, words, at=at)
                continue
            done = settling.settle(sender, words, us=_origin(), sign=keys.sign, at=at)
            attachments.asked(sender, done.lacking, at=at)
            noted += len(words)
    return noted


def start(*, at: datetime) -> None:
    """A node that is served asks every partner at once."""
    Round.objects.forget_waits()
    resume(at=at)


def resume(*, at: datetime) -> None:
    """See that every partner is asked in turn, where this node cannot be reached itself."""
    if settings.NODE_URL:
        return
    waits = dict(Round.objects.values_list("partner", "next_at"))
    for each in partners.partners():
        if each.active and each.url:
            then = waits.get(each.administration) or at
            _enqueue(each.administration, then, at=at)


def soon(partner: str, *, at: datetime) -> None:
    """That partner answered us: what it has for us may be there now."""
    if not settings.NODE_URL:
        Round.objects.of(partner).soon()
        _enqueue(partner, at, at=at)


def _enqueue(partner: str, then: datetime, *, at: datetime) -> None:
    work.enqueue("exchange.collect", {"partner": partner}, at=at, key=partner, not_before=then)


def _proven(request: str, *, at: datetime, address: str) -> asking.Asked:
    """The request, when a partner of ours signed it for us and for now."""
    try:
        jws = jose.read(request)
        asked = asking.read(jws.payload, us=settings.ADMINISTRATION, at=at)
        jwk = _key(asked.sender, str(jws.header.get("kid", "")), asked.time)
        if jwk is None:
            raise asking.NotAsked("no pinned key of a partner has this kid")
        jose.verify_read(jws, jwk, typ=envelope.TYP)
    except (jose.JoseError, asking.NotAsked) as error:
        _failed(address, at)
        raise errors.NotProven(rule=str(error)) from None
    return asked


def _key(sender: str, kid: str, time: datetime) -> jose.Jwk | None:
    """The key of an active partner that was valid then."""
    partner = partners.partner(sender) if sender else None
    if partner is None or not partner.active:
        return None
    key = partners.signing_key(sender, kid)
    return key.jwk if key is not None and key.valid(time) else None


def _failed(address: str, at: datetime) -> None:
    with transaction.atomic():
        rates.failed(address, 1, at=at)


def _attachment(partner: str, jwe: str, *, at: datetime) -> Given:
    row = Sealed.objects.filter(jwe=jwe, message__recipient=partner, dropped_at=None).first()
    sha256 = attachment.sha256(jwe)
    if row is None or not vault.held(sha256):
        raise errors.UnknownAttachment(jwe=jwe)
    with transaction.atomic():
        rates.took(partner, 1, at=at)
        attachments.given(row, at=at, changed=True)
        identity.seen(partner, at)
    return Given(file=vault.open(sha256), size=vault.about(sha256).size)


def _origin() -> message.Origin:
    return message.Origin(settings.ADMINISTRATION, settings.NODE_URL)
