"""What can be asked of `identity`: partners, people, offices, tokens, signing in, the audit."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tidewaiter.identity import errors, limits, models, pinning, readaudit, subjects
from tidewaiter.identity import queries as read
from tidewaiter.identity import roles as table
from tidewaiter.identity.viewer import Viewer

NAME: Final = re.compile(r"[\w.-]{1,64}\Z")
PREFIX: Final = "twt_"  # so that a token found in a log or a repository is known for what it is


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made; its text is not kept."""

    id: int
    person: str
    token: str


# Partners


def add_partner(
    *, administration: str | None = None, document: str, thumbprint: str, at: datetime
) -> read.Partner:
    """Register a node by its signed document and the thumbprint that came out of band.

    The same document again changes nothing. Raises BadDocument, PartnerKnown.
    """
    try:
        taken = pinning.register(document, thumbprint)
    except pinning.BadNodeDocument as error:
        raise errors.BadDocument(reason=str(error)) from None
    if administration not in {None, taken.administration}:
        raise errors.BadDocument(reason=f"it is of {taken.administration}, not {administration}")
    if taken.administration == settings.ADMINISTRATION:
        raise errors.BadDocument(reason=f"{taken.administration} is this node's own code")
    if thumbprint.strip() in read.revoked_thumbprints(taken.administration):
        raise errors.BadDocument(reason="the key that signs it was revoked")
    try:
        with transaction.atomic():
            models.Partner.add(taken, thumbprint=thumbprint.strip(), at=at)
    except IntegrityError:
        held = read.partner(taken.administration)
        if held is None or held.thumbprint != thumbprint.strip():
            raise errors.PartnerKnown(administration=taken.administration) from None
    return _partner(taken.administration)


def judge_document(*, administration: str, document: str, at: datetime) -> None:
    """See that `take_document` would take this. Raises UnknownPartner, BadDocument."""
    _newer(_row(administration), document)


def take_document(*, administration: str, document: str, at: datetime) -> bool:
    """Hold a newer document of a partner, by the rules of rotation; False when we hold it already.

    Pinned are from then on the `sig` keys that it lists. Raises UnknownPartner, BadDocument.
    """
    with transaction.atomic():
        row = _row(administration, lock=True)
        held, newer = _newer(row, document)
        if newer is held:
            return False
        return row.renew(newer, at, by_recovery=pinning.by_recovery(newer, held))


def pin_log(*, administration: str, origin: str) -> str:
    """Follow another log of a partner, which its document names, in place of the one before; that.

    It was told out of band why, and that it is that one. Raises UnknownPartner, NoSuchLog.
    """
    with transaction.atomic():
        row = _row(administration, lock=True)
        known = _partner(administration)
        if origin not in {known.log_offered, known.log_origin} - {""}:
            offered = known.log_offered or known.log_origin
            raise errors.NoSuchLog(administration=administration, origin=origin, offered=offered)
        row.pin_log(origin)
    return known.log_origin


def take_revocation(
    *,
    administration: str,
    kid: str,
    since: datetime,
    reason: str,
    message_id: str,
    at: datetime,
) -> bool:
    """Take no signature by that key of a partner any more, whatever its time.

    False where that was known; `since` marks for review what was taken before it. Raises
    BadRevocation.
    """
    fault = read.revocable(administration, kid)
    if fault:
        raise errors.BadRevocation(reason=fault)
    key = read.listed_key(administration, kid)
    assert key is not None
    return models.Revocation.note(
        administration=administration,
        kid=kid,
        thumbprint=key.thumbprint,
        since=since,
        reason=reason,
        message_id=message_id,
        received_at=at,
    )


def suspend_partner(*, administration: str) -> read.Partner:
    """Let no message pass from or to this partner. Raises UnknownPartner."""
    _row(administration).move(models.Partner.State.ACTIVE, models.Partner.State.SUSPENDED)
    return _partner(administration)


def resume_partner(*, administration: str) -> read.Partner:
    """Let messages pass again. Raises UnknownPartner."""
    _row(administration).move(models.Partner.State.SUSPENDED, models.Partner.State.ACTIVE)
    return _partner(administration)


def remove_partner(*, administration: str) -> None:
    """Forget the partner; its documents are kept. Raises UnknownPartner."""
    _row(administration).remove()


def seen(administration: str, at: datetime) -> None:
    """Note that the partner gave word of itself."""
    models.Partner.seen(administration, at)


# People, offices, tokens


def add_person(
    *,
    name: str,
    roles: Sequence[str],
    office: str | None = None,
    display_name: str = "",
    password: str | None = None,
    at: datetime,
) -> read.Person:
    """A new person. Raises BadName, UnknownRole, WeakPassword, NameTaken.

    Without a password nobody can sign in as them; a token still works.
    """
    if not NAME.match(name):
        raise errors.BadName(name=name[:80])
    _known(roles)
    if password is not None:
        _strong(password, name)
    hashed = make_password(password)  # slow on purpose: before the writer is held
    try:
        with transaction.atomic():
            models.Person.objects.add(
                name=name,
                display_name=display_name,
                roles=roles,
                office=models.Office.named(office) if office else None,
                password=hashed,
                at=at,
            )
    except IntegrityError:
        raise errors.NameTaken(name=name) from None
    return read.one_person(name)


def disable_person(*, name: str, at: datetime) -> bool:
    """Close an account with its tokens; False where it was closed. Raises UnknownPerson."""
    with transaction.atomic():
        return _person(name).disable(at)


def enable_person(*, name: str) -> bool:
    """Open an account again; False where it was open. Raises UnknownPerson."""
    return _person(name).enable()


def assign_person(*, name: str, roles: Sequence[str], office: str | None) -> None:
    """Give a person these roles and this office. Raises UnknownPerson, UnknownRole."""
    _known(roles)
    with transaction.atomic():
        place = models.Office.named(office) if office else None
        _person(name).assign(roles=roles, office=place)


def set_password(*, name: str, password: str) -> None:
    """A new password for a person. Raises UnknownPerson, WeakPassword."""
    person = _person(name)
    _strong(password, name)
    person.choose_password(password)


def speak(*, name: str, language: str) -> None:
    """Remember the language that a person reads. Raises UnknownPerson."""
    if language in dict(settings.LANGUAGES):
        _person(name).speak(language)


def add_office(*, code: str, name: str) -> None:
    """An office, or a new name for one."""
    if not NAME.match(code):
        raise errors.BadName(name=code[:80])
    with transaction.atomic():
        models.Office.named(code).rename(name)


def add_token(*, name: str, at: datetime) -> NewToken:
    """A bearer token for a person; it has the person's roles. Raises UnknownPerson."""
    person = _person(name)
    if not person.is_active:
        raise errors.UnknownPerson(name=name)
    token = PREFIX + secrets.token_urlsafe(32)
    made = models.Token.add(person, digest_of(token), at)
    return NewToken(made.pk, name, token)


def revoke_token(*, id: int, at: datetime) -> bool:  # noqa: A002 (the page's own name)
    """End a token; False where it had ended. Raises UnknownToken."""
    found = models.Token.objects.filter(pk=id).first()
    if found is None:
        raise errors.UnknownToken(id=id)
    return found.revoke(at)


def digest_of(token: str) -> str:
    """What is kept of a token: 32 random bytes need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


# Signing in


def sign_in(*, name: str, password: str, address: str, at: datetime) -> models.Person:
    """The person whom name and password prove, for the session. Raises SignInRefused.

    Every attempt is counted before the password is looked at, so that many at once gain nothing;
    a name that nobody has costs the same time. Raises TooManyAttempts.
    """
    account = subjects.digest(f"account {name}", settings.SECRET_KEY)
    attempts = models.Attempt.objects
    attempt = attempts.begin(account, address[:64], at)
    recent = attempts.filter(at__gt=at - limits.WINDOW)
    if limits.exceeded(
        account=recent.filter(account=account).count(),
        address=recent.filter(address=address[:64]).count(),
    ):
        attempt.withdraw()
        raise errors.TooManyAttempts(minutes=limits.minutes())
    person = models.Person.objects.filter(name=name).first()
    if person is None:
        models.Person().set_password(password)  # the time that a real name takes
        raise errors.SignInRefused
    if not person.check_password(password) or not person.is_active:
        raise errors.SignInRefused
    attempts.forgive(account)
    attempts.forget(at - limits.WINDOW)
    return person


def bearer(token: str, at: datetime) -> Viewer | None:
    """The viewer whom a bearer token proves; None for one that is unknown or has ended."""
    rows = models.Token.objects.select_related("person__office")
    found = rows.filter(digest=digest_of(token), revoked_at=None).first()
    if found is None or not found.person.is_active:
        return None
    found.used(at)
    return read.viewer_of(found.person, "token")


# The read-audit


def audit(
    viewer: Viewer, kind: str, references: Sequence[str], about: Sequence[str], at: datetime
) -> None:
    """Note that `viewer` was shown, or sent, `references` of `kind` with the data of `about`.

    `about` are the parties' identifiers or names; they are kept as keyed digests. Within a web
    request all is gathered into one row that is written before the answer leaves.
    """
    hashed = [subjects.digest(each, settings.SECRET_KEY) for each in dict.fromkeys(about) if each]
    gathered = readaudit.UNDER_WAY.get()
    if gathered is not None:
        gathered.add(viewer, kind, references, hashed)
        return
    alone = readaudit.Gathered()
    alone.add(viewer, kind, references, hashed)
    write_reading(alone, at)


def write_reading(gathered: readaudit.Gathered, at: datetime) -> None:
    """Write the one row of a request; nothing where nothing was shown."""
    if gathered.viewer is None:
        return
    kind = " ".join(gathered.kinds)[:100]
    about = " ".join(gathered.subjects)
    whole = "\n".join([kind, *gathered.references, about])
    models.Reading.objects.note(
        at=at,
        digest=hashlib.sha256(whole.encode()).hexdigest(),
        viewer=gathered.viewer.name[:64],
        viewer_kind=gathered.viewer.kind,
        kind=kind,
        references=gathered.references,
        subjects=about,
    )


def _row(administration: str, *, lock: bool = False) -> models.Partner:
    rows = models.Partner.objects.filter(administration=administration)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise errors.UnknownPartner(administration=administration)
    return row


def _newer(row: models.Partner, document: str) -> tuple[pinning.Document, pinning.Document]:
    """The document held, and the one to hold: the same where there is nothing new."""
    held = pinning.read(row.document)
    revoked = read.revoked_thumbprints(row.administration)
    recovered = models.PartnerDocument.recovered(row.administration)
    try:
        return held, pinning.renew(held, document, revoked=revoked, recovered=recovered)
    except pinning.BadNodeDocument as error:
        raise errors.BadDocument(reason=str(error)) from None


def _partner(administration: str) -> read.Partner:
    found = read.partner(administration)
    if found is None:
        raise errors.UnknownPartner(administration=administration)
    return found


def _person(name: str) -> models.Person:
    found = models.Person.objects.filter(name=name).first()
    if found is None:
        raise errors.UnknownPerson(name=name)
    return found


def _known(roles: Sequence[str]) -> None:
    for role in roles:
        if role not in table.ROLES:
            raise errors.UnknownRole(role=role, roles=", ".join(table.ROLES))


def _strong(password: str, name: str) -> None:
    try:
        validate_password(password, models.Person(name=name))
    except ValidationError as error:
        raise errors.WeakPassword(reason=" ".join(error.messages)) from None
