"""One partner as its page shows it: standing, keys, documents, agreements, what passed. Frozen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tidewaiter import canonical
from tidewaiter.agreements import queries as agreements
from tidewaiter.agreements import wording
from tidewaiter.exchange import panels, queries
from tidewaiter.exchange.obligations import panels as obligations
from tidewaiter.exchange.screens import queries as screens
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import pinning
from tidewaiter.identity import queries as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission
from tidewaiter.problem import N_

USES: Final = {
    "sig": N_("signs messages"),
    "enc": N_("opens messages"),
    "recovery": N_("recovers"),
}
SUITES: Final = {"OKP": "A", "EC": "B"}
TONES: Final = {"in-force": "good", "pending": "info", "suspended": "warn", "terminated": "bad"}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the partner's that is pinned now."""

    kid: str
    use: str
    suite: str
    state: str
    tone: str
    nbf: datetime | None
    exp: datetime | None
    thumbprint: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement of which both are parties, and how it stands between the two."""

    digest: str
    title: str
    version: int
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A document of the partner's that was once taken."""

    issued: datetime
    signed_by: str
    by_recovery: bool
    digest: str
    kids: tuple[str, ...]
    held: bool  # whether it is the one that counts now


@dataclass(frozen=True, slots=True)
class Revoked:
    """A key that the partner revoked, and the messages to be looked at again because of it."""

    kid: str
    since: datetime
    reason: str
    review: list[panels.Shown]


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page shows; `signed_by` is the key of the document that pins the others."""

    partner: identity.Partner
    document: pinning.Document
    signed_by: str
    keys: list[Key]
    agreed: list[Agreed]
    traffic: screens.Traffic
    gaps: list[queries.Gap]
    waiting_since: datetime | None
    documents: list[Kept]
    revoked: list[Revoked]
    accepts: list[str]  # in words
    owed: list[obligations.Line] | None  # None for who may not read messages

    @property
    def waits(self) -> int:
        """How many messages of ours wait for it."""
        return self.traffic.states.get("waiting", 0)


def page(code: str, viewer: Viewer, at: datetime) -> Page:
    """The page of that partner. Raises UnknownPartner."""
    partner = identity.partner(code)
    if partner is None:
        raise identity_errors.UnknownPartner(administration=code[:2])
    document = pinning.read(partner.document)
    gone = identity.revoked_thumbprints(code)
    reads = viewer.may(Permission.MESSAGE_READ)
    return Page(
        partner=partner,
        document=document,
        signed_by=document.signer,
        keys=[_key(each, gone, at) for each in document.keys],
        agreed=_agreed(code, at),
        traffic=screens.traffic(code),
        gaps=queries.gaps(code),
        waiting_since=screens.waiting_since(code),
        documents=[_kept(each, document) for each in identity.documents(code)],
        revoked=[_revoked(each) for each in identity.revocations(code)],
        accepts=sorted(panels.called(each) for each in partner.accepts),
        owed=obligations.of_partner(viewer, code, at=at) if reads else None,
    )


def _kept(document: identity.Document, newest: pinning.Document) -> Kept:
    return Kept(
        issued=document.issued,
        signed_by=document.signer,
        by_recovery=document.by_recovery,
        digest=canonical.digest(document.compact.encode()),
        kids=tuple(each.kid for each in document.keys),
        held=document.compact == newest.compact,
    )


def _revoked(found: identity.Revocation) -> Revoked:
    rows = screens.to_review(found.administration, found.kid, found.since)
    return Revoked(found.kid, found.since, found.reason, [panels.row(each) for each in rows])


def _key(key: pinning.Key, gone: frozenset[str], at: datetime) -> Key:
    state, tone = _validity(key, at)
    if key.thumbprint in gone:
        state, tone = N_("revoked"), "bad"
    return Key(
        kid=key.kid,
        use=USES[key.use],
        suite=SUITES.get(key.jwk["kty"], "–"),
        state=state,
        tone=tone,
        nbf=key.nbf,
        exp=key.exp,
        thumbprint=key.thumbprint,
    )


def _validity(key: pinning.Key, at: datetime) -> tuple[str, str]:
    if key.valid(at):
        return N_("valid"), "good"
    if key.nbf is not None and at < key.nbf:
        return N_("not valid yet"), "info"
    return N_("has ended"), "neutral"


def _agreed(code: str, at: datetime) -> list[Agreed]:
    found: list[Agreed] = []
    for each in agreements.agreements(at):
        state = dict(each.partners).get(code)
        if state is not None:
            found.append(
                Agreed(
                    digest=each.digest,
                    title=each.title,
                    version=each.version,
                    state=wording.STATES[state],
                    tone=TONES.get(state, "neutral"),
                )
            )
    return found
