"""What may be read of partners, people, tokens and the audit: frozen values."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from django.conf import settings

from tidewaiter import canonical, clock
from tidewaiter.identity import errors, models, pinning, subjects
from tidewaiter.identity.viewer import Kind, Viewer, person
from tidewaiter.permission import Permission

LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner as it stands; `keys` are those pinned now."""

    administration: str
    name: str
    url: str
    state: str  # active, suspended
    thumbprint: str
    document: str
    keys: tuple[pinning.Key, ...]
    accepts: tuple[str, ...]
    issued: datetime
    added: datetime
    last_seen: datetime | None
    tls: tuple[str, ...] = ()  # client certificates that it may show, `sha256:` each
    log_origin: str = ""
    log_vkey: str = ""
    witness_vkey: str = ""  # "" where it does not witness
    log_offered: str = ""  # the origin of another log, which its document names and nobody pinned

    @property
    def active(self) -> bool:
        """Whether messages pass."""
        return self.state == "active"


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a partner that was taken, with all that it lists."""

    issued: datetime
    kept: datetime
    signer: str  # the kid
    by_recovery: bool
    keys: tuple[pinning.Key, ...]
    compact: str
    log_vkey: str = ""
    witness_vkey: str = ""


@dataclass(frozen=True, slots=True)
class Revocation:
    """A key of a partner's that signs nothing any more."""

    administration: str
    kid: str
    thumbprint: str
    since: datetime  # what was taken from then on is to be reviewed
    reason: str
    message_id: str
    received: datetime  # from here on every signature by it is refused


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the administrator sees one."""

    name: str
    display_name: str
    roles: tuple[str, ...]
    office: str | None
    disabled: bool
    last_sign_in: datetime | None


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret."""

    id: int
    person: str
    created: datetime
    used: datetime | None
    revoked: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A row of the read-audit."""

    at: datetime
    last_at: datetime
    times: int
    person: str
    by: str  # person, token, command, machine
    kind: str
    references: tuple[str, ...]


def partner(administration: str) -> Partner | None:
    """The partner of that code."""
    row = models.Partner.objects.filter(administration=administration).first()
    return _partner(row) if row else None


def partners() -> list[Partner]:
    """Every partner, in order of code."""
    return [_partner(row) for row in models.Partner.objects.order_by("administration")]


def partner_by_tls(thumbprint: str) -> str | None:
    """The partner whose document names this client certificate (`sha256:…`), it alone."""
    rows = models.Partner.objects.values_list("administration", "document")
    found = [code for code, compact in rows if thumbprint in _document(compact).tls]
    return found[0] if len(found) == 1 else None  # named by two it tells nothing


def documents(administration: str) -> list[Document]:
    """Every document of a partner that was ever taken, the newest first."""
    rows = models.PartnerDocument.objects.filter(administration=administration)
    return [
        Document(
            issued=row.issued_at,
            kept=row.kept_at,
            signer=_document(row.compact).signer,
            by_recovery=row.by_recovery,
            keys=_document(row.compact).keys,
            compact=row.compact,
            log_vkey=_document(row.compact).log_vkey,
            witness_vkey=_document(row.compact).witness_vkey,
        )
        for row in rows.order_by("-issued_at", "-pk")
    ]


def signing_key(administration: str, kid: str) -> pinning.Key | None:
    """The pinned `sig` key of a partner, whatever its state; the caller minds its time.

    None where the latest document does not list it, or the partner revoked it.
    """
    document = _held(administration)
    key = document.key(kid) if document else None
    if key is None or key.thumbprint in revoked_thumbprints(administration):
        return None
    return key


def keys_of(administration: str, kid: str) -> dict[str, Any] | None:
    """The public JWK of that key, pinned now or listed in a document that was once taken."""
    key = known_key(administration, kid)
    return dict(key.jwk) if key else None


def known_key(administration: str, kid: str) -> pinning.Key | None:
    """That `sig` key with its time, pinned now or listed in a document that was once taken.

    For what was taken in its time: of what comes now, `signing_key` or `revoked` decides.
    """
    return signing_key(administration, kid) or _once(administration, kid, "sig")


def listed_key(administration: str, kid: str) -> pinning.Key | None:
    """The key of that name and whatever use, in the latest document that lists it."""
    document = _held(administration)
    return (document.key(kid, "") if document else None) or _once(administration, kid, "")


def revocable(administration: str, kid: str) -> str:
    """Why a partner's word that this key of its is revoked would revoke nothing; "" where it does.

    The recovery key is not revoked so: whoever stole another key could take it away.
    """
    key = listed_key(administration, kid)
    if key is None:
        return "no document of its sender that we hold lists a key of this kid"
    return "only a document changes the recovery key" if key.use == "recovery" else ""


def revocations(administration: str) -> list[Revocation]:
    """The keys that a partner revoked, the last first."""
    rows = models.Revocation.objects.filter(administration=administration)
    return [_revocation(row) for row in rows.order_by("-received_at", "-pk")]


def revoked(administration: str, kid: str) -> Revocation | None:
    """The revocation of the key that a partner's documents list under that name."""
    key = listed_key(administration, kid)
    if key is None:
        return None
    rows = models.Revocation.objects.filter(administration=administration)
    row = rows.filter(thumbprint=key.thumbprint).first()
    return None if row is None else _revocation(row)


def revoked_thumbprints(administration: str) -> frozenset[str]:
    """The thumbprints of all keys that a partner revoked."""
    rows = models.Revocation.objects.filter(administration=administration)
    return frozenset(rows.values_list("thumbprint", flat=True))


def enc_key(administration: str, at: datetime) -> dict[str, Any] | None:
    """The JWK, its `kid` with it, that a message to this partner is sealed to at `at`."""
    document = _held(administration)
    key = document.sealing(at, revoked_thumbprints(administration)) if document else None
    return {**key.jwk, "kid": key.kid} if key else None


def people() -> list[Person]:
    """Everybody, in order of name."""
    rows = models.Person.objects.select_related("office").order_by("name")
    return [
        Person(
            name=row.name,
            display_name=row.display_name or row.name,
            roles=tuple(row.roles),
            office=row.office.code if row.office else None,
            disabled=not row.is_active,
            last_sign_in=row.last_login,
        )
        for row in rows
    ]


def one_person(name: str) -> Person:
    """That person. Raises UnknownPerson."""
    found = next((each for each in people() if each.name == name), None)
    if found is None:
        raise errors.UnknownPerson(name=name)
    return found


def viewer(name: str) -> Viewer:
    """The viewer that the named person is. Raises UnknownPerson, for a closed account too."""
    found = one_person(name)
    if found.disabled:
        raise errors.UnknownPerson(name=name)
    return person(found.name, frozenset(found.roles), found.office)


def viewer_of(row: models.Person, kind: Kind = "person") -> Viewer:
    """The viewer that a person's row is; for this room's faces and actions."""
    office = row.office.code if row.office else None
    return person(row.name, frozenset(row.roles), office, kind)


def holders(permission: Permission, office: str | None = None) -> list[str]:
    """Names of those who hold `permission`, of one office where it is named."""
    return [
        each.name
        for each in people()
        if not each.disabled
        and (office is None or each.office == office)
        and permission in person(each.name, frozenset(each.roles), each.office).permissions
    ]


def offices() -> list[tuple[str, str]]:
    """Code and name of every office, in order of code."""
    return list(models.Office.objects.order_by("code").values_list("code", "name"))


def tokens() -> list[Token]:
    """Every token, the newest first."""
    rows = models.Token.objects.select_related("person").order_by("-pk")
    return [
        Token(row.pk, row.person.name, row.created_at, row.used_at, row.revoked_at) for row in rows
    ]


def readings(
    *,
    person: str | None = None,
    since: datetime | None = None,
    subject: str | None = None,
    before: int | None = None,
    limit: int = LIMIT,
) -> list[tuple[int, Reading]]:
    """Rows of the audit with their numbers, the newest first; `before` a number pages on.

    `subject` is a party's identifier or name, hashed here as it was when the row was written.
    """
    rows = models.Reading.objects.order_by("-pk")
    if person:
        rows = rows.filter(viewer=person)
    if since:
        rows = rows.filter(last_at__gte=since)
    if subject:
        rows = rows.of_subject(subjects.digest(subject, settings.SECRET_KEY))
    if before:
        rows = rows.filter(pk__lt=before)
    return [
        (
            row.pk,
            Reading(
                at=row.at,
                last_at=row.last_at,
                times=row.times,
                person=row.viewer,
                by=row.viewer_kind,
                kind=row.kind,
                references=tuple(row.references),
            ),
        )
        for row in rows[:limit]
    ]


def first_audited(after: datetime | None = None) -> datetime | None:
    """When the first row of the audit was written, of those from a moment where one is given."""
    rows = models.Reading.objects.order_by("at")
    if after is not None:
        rows = rows.filter(at__gte=after)
    return rows.values_list("at", flat=True).first()


def audit_digest(start: datetime, end: datetime) -> tuple[int, str]:
    """How many rows the audit has of a period, and the digest over what never changes in them."""
    rows = models.Reading.objects.filter(at__gte=start, at__lt=end).order_by("pk")
    whole, count = hashlib.sha256(), 0
    for row in rows.iterator(chunk_size=2000):
        said = [row.kind, row.references, row.subjects]
        facts = [clock.text(row.at), row.viewer, row.viewer_kind, *said]
        whole.update(canonical.write(facts) + b"\n")
        count += 1
    return count, "sha256:" + whole.hexdigest()


def _held(administration: str) -> pinning.Document | None:
    row = models.Partner.objects.filter(administration=administration).only("document").first()
    return _document(row.document) if row else None


def _once(administration: str, kid: str, use: str) -> pinning.Key | None:
    rows = models.PartnerDocument.objects.filter(administration=administration)
    for row in rows.order_by("-issued_at", "-pk"):
        if key := _document(row.compact).key(kid, use):
            return key
    return None


@lru_cache(maxsize=256)
def _document(compact: str) -> pinning.Document:
    return pinning.read(compact)


def _revocation(row: models.Revocation) -> Revocation:
    return Revocation(
        administration=row.administration,
        kid=row.kid,
        thumbprint=row.thumbprint,
        since=row.since,
        reason=row.reason,
        message_id=row.message_id,
        received=row.received_at,
    )


def _partner(row: models.Partner) -> Partner:
    document = _document(row.document)
    return Partner(
        administration=row.administration,
        name=document.name,
        url=document.url,
        state=row.state,
        thumbprint=row.thumbprint,
        document=row.document,
        keys=document.keys,
        accepts=document.accepts,
        issued=document.issued,
        added=row.added_at,
        last_seen=row.seen_at,
        tls=document.tls,
        log_origin=row.log_origin or document.log_origin,
        log_vkey=_log_vkey(row, document),
        witness_vkey=document.witness_vkey,
        log_offered="" if row.log_origin in {"", document.log_origin} else document.log_origin,
    )


def _log_vkey(row: models.Partner, document: pinning.Document) -> str:
    """The verifier key of the log that is pinned, as the newest document that names it has it."""
    if row.log_origin in {"", document.log_origin}:
        return document.log_vkey
    kept = (_document(each.compact) for each in _documents(row.administration))
    return next((each.log_vkey for each in kept if each.log_origin == row.log_origin), "")


def _documents(administration: str) -> Any:
    rows = models.PartnerDocument.objects.filter(administration=administration)
    return rows.order_by("-issued_at", "-pk")
