"""What the outside can ask of our keys that partners must hear of: rotate, revoke, recover.

A new key is published, by messages that the old one signs, before it signs anything itself; so
what a partner gets in order of serials it can always verify. Whoever is cut short asks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from tidewaiter import clock, jose
from tidewaiter.exchange import actions as exchange
from tidewaiter.exchange import document, errors, housekeeping
from tidewaiter.exchange.models import Paper
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.identity import pinning
from tidewaiter.identity import queries as partners
from tidewaiter.keys import actions as keys
from tidewaiter.keys import errors as key_errors
from tidewaiter.keys import queries as own
from tidewaiter.keys.ring import PublicKey, State
from tidewaiter.ledger import actions as ledger


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change of keys came to: those of the uses that changed, and what partners are told."""

    keys: tuple[PublicKey, ...]
    document: str
    told: tuple[str, ...]


def rotate(uses: Sequence[str], *, at: datetime) -> Changed:
    """Have a new key serve each of these uses, and tell every partner.

    Where no key that signs is left, nobody is told: the recovery key must sign the document. Raises
    Restoring where the node is fenced: nothing is changed then.
    """
    told: list[str] = []

    def publish() -> None:
        told.extend(publishing.publish(at=at))

    lost = _no_signer()
    if not lost:
        ledger.hold()
    _keep_recovery()
    taken, origin = _before()
    keys.rotate(*uses, at=at, publish=None if lost else publish, taken=taken, origin=origin)
    return _changed(uses, told, at=at)


def revoke(kid: str, *, reason: str, since: datetime | None = None, at: datetime) -> Changed:
    """Revoke a key of ours, and tell every partner so; another takes its place where it is in use.

    `since` is from when on what it signed is to be reviewed, now unless said. Raises UnknownKey,
    RevokedAlready, NotRotated for the recovery key, and Restoring.
    """
    told: list[str] = []
    ledger.hold()
    key = keys.revocable(kid)

    def publish() -> None:
        publishing.seal(at=at)  # however much waits, a little a commit
        with transaction.atomic():
            publishing.publish(at=at)
            told.extend(_tell_revoked(key, reason, since or at, at=at))

    if key.state == State.CURRENT:
        taken, origin = _before()
        keys.rotate(key.use, at=at, publish=publish, taken=taken, origin=origin)
    else:
        publish()
    keys.revoke(kid, at=at, reason=reason)
    publishing.publish(at=at)
    return _changed([key.use], told, at=at)


def draft(*, at: datetime) -> bytes:
    """What our document is to say, for the recovery key to sign on its own machine."""
    return document.payload(publishing.facts(at=at), at)


def publish(compact: str, *, at: datetime) -> Changed:
    """Serve and tell a document of ours that the recovery key signed.

    Raises NotRecovered where it is not by our recovery key, or says other than this node does now.
    """
    try:
        said = pinning.read(compact)
    except pinning.BadNodeDocument as error:
        raise errors.NotRecovered(reason=str(error)) from None
    if said.administration != settings.ADMINISTRATION:
        raise errors.NotRecovered(reason=f"it is of {said.administration}")
    if not any(_signed(said, jwk) for jwk in _recovery_keys()):
        raise errors.NotRecovered(reason="no recovery key of this node signed it")
    recovery = said.recovery
    if recovery is None:
        raise errors.NotRecovered(reason="it lists no recovery key")
    latest = Paper.objects.newest()
    if latest is not None and said.issued <= latest.issued_at:
        moment = clock.text(latest.issued_at)
        raise errors.NotRecovered(reason=f"it was signed before our last document, of {moment}")
    keys.adopt_recovery(recovery.jwk, recovery.kid, nbf=recovery.nbf)
    content = document.content(publishing.facts(at=at))
    if document.said(said.compact) != content:
        raise errors.NotRecovered(reason="it does not say what this node says of itself now")
    publishing.issue(content, said.compact, issued=said.issued, at=at, recovered=True)
    told = publishing.publish(at=at)
    return _changed(["sig", "enc", "log", "recovery", "witness"], told, at=at)


def pinned(*, at: datetime) -> str:
    """The thumbprint of the key that signs our document: what a new partner pins."""
    signer = jose.header(publishing.own(at=at)).get("kid")
    return next(key.thumbprint for key in own.public() if key.kid == signer)


def _tell_revoked(key: PublicKey, reason: str, since: datetime, *, at: datetime) -> list[str]:
    if key.use in {"log", "witness"}:  # partners know it by the document alone
        return []
    active = [each.administration for each in partners.partners() if each.active]
    data = {"kid": key.kid, "since": clock.text(since), **({"reason": reason} if reason else {})}
    for code in active:
        exchange.tell(to=code, type=housekeeping.REVOKED.name, data=data, at=at)
    return active


def _changed(uses: Sequence[str], told: Sequence[str], *, at: datetime) -> Changed:
    ours = tuple(key for key in own.public(at) if key.use in uses)
    return Changed(ours, publishing.own(at=at), tuple(dict.fromkeys(told)))


def _no_signer() -> bool:
    try:
        own.signing()
    except key_errors.KeysMissing:
        return True
    return False


def _keep_recovery() -> None:
    """Have the public part of our recovery key, where it was lost with the others."""
    latest = Paper.objects.newest()
    known = pinning.read(latest.document).recovery if latest is not None else None
    if known is not None and not any(key.use == "recovery" for key in own.public()):
        keys.adopt_recovery(known.jwk, known.kid, nbf=known.nbf)


def _before() -> tuple[set[str], str]:
    """Every name that a key of ours had in a document, and the log's origin in the last one."""
    papers = [pinning.read(compact) for compact in Paper.objects.all_documents()]
    kids = {key.kid for paper in papers for key in paper.keys}
    return kids, papers[0].log_origin if papers else ""


def _recovery_keys() -> list[jose.Jwk]:
    """The recovery keys that our last document and our ring know."""
    latest = Paper.objects.newest()
    listed = pinning.read(latest.document).keys if latest is not None else ()
    return [
        *(key.jwk for key in listed if key.use == "recovery"),
        *(key.jwk for key in own.public() if key.use == "recovery"),
    ]


def _signed(said: pinning.Document, jwk: jose.Jwk) -> bool:
    try:
        return bool(jose.verify(said.compact, jwk, typ=document.TYP))
    except jose.JoseError:
        return False
