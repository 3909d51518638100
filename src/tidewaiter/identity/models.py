"""Tables of people, offices, tokens, partner nodes, attempts to sign in, and the read-audit."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from tidewaiter.identity import pinning

SAME_READING = timedelta(minutes=10)  # a screen that asks again within this is one reading


class Office(models.Model):
    """An office of the administration, known by its code."""

    code = models.CharField(max_length=17, unique=True)
    name = models.CharField(max_length=200, blank=True)

    @classmethod
    def named(cls, code: str) -> "Office":
        """The office of that code, made where it is new."""
        return cls.objects.get_or_create(code=code)[0]

    def rename(self, name: str) -> None:
        """Give the office its name for people."""
        self.name = name
        self.save(update_fields=["name"])


class People(BaseUserManager["Person"]):
    """The door to people."""

    def add(
        self,
        *,
        name: str,
        display_name: str,
        roles: Sequence[str],
        office: Office | None,
        password: str,
        at: datetime,
    ) -> "Person":
        """A new person; `password` as it is kept, hashed."""
        person = self.model(
            name=name,
            display_name=display_name,
            roles=sorted(set(roles)),
            office=office,
            created_at=at,
            password=password,
        )
        person.save(force_insert=True)
        return person


class Person(AbstractBaseUser):
    """Somebody who signs in, in one or more roles."""

    name = models.CharField(max_length=64, unique=True)
    display_name = models.CharField(max_length=200, blank=True)
    roles = models.JSONField(default=list)  # names of identity.roles
    office = models.ForeignKey(Office, null=True, on_delete=models.PROTECT, related_name="people")
    language = models.CharField(max_length=8, blank=True)  # "" follows the browser
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)

    objects: ClassVar[People] = People()
    USERNAME_FIELD = "name"

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether this person may sign in."""
        return self.disabled_at is None

    def disable(self, at: datetime) -> bool:
        """Close the account, and revoke its tokens; False where it was closed already."""
        self.tokens.filter(revoked_at=None).update(revoked_at=at)
        return bool(Person.objects.filter(pk=self.pk, disabled_at=None).update(disabled_at=at))

    def enable(self) -> bool:
        """Open the account again; False where it was open."""
        return bool(
            Person.objects.filter(pk=self.pk).exclude(disabled_at=None).update(disabled_at=None)
        )

    def assign(self, *, roles: Sequence[str], office: Office | None) -> None:
        """Give the person these roles and this office, in place of those before."""
        self.roles = sorted(set(roles))
        self.office = office
        self.save(update_fields=["roles", "office"])

    def choose_password(self, password: str) -> None:
        """Set a new password; every session of the old one ends."""
        self.set_password(password)
        self.save(update_fields=["password"])

    def speak(self, language: str) -> None:
        """Remember the language that the person reads."""
        self.language = language
        self.save(update_fields=["language"])


class Token(models.Model):
    """A bearer token: its digest only, the token itself was shown once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)  # SHA-256, hexadecimal
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)  # to the minute

    @classmethod
    def add(cls, person: Person, digest: str, at: datetime) -> "Token":
        """A new token of `person`."""
        return cls.objects.create(person=person, digest=digest, created_at=at)

    def revoke(self, at: datetime) -> bool:
        """End the token; False where it had ended already."""
        return bool(Token.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at))

    def used(self, at: datetime) -> None:
        """Note the use, at most once a minute, so that reading does not write each time."""
        if self.used_at is None or at - self.used_at >= timedelta(minutes=1):
            Token.objects.filter(pk=self.pk).update(used_at=at)


class Attempts(models.QuerySet["Attempt"]):
    """Attempts to sign in, counted before the password is looked at."""

    def begin(self, account: str, address: str, at: datetime) -> "Attempt":
        """Note an attempt; it stays unless `forgive` takes it back."""
        return self.create(account=account, address=address, at=at)

    def forgive(self, account: str) -> None:
        """Forget the attempts for an account whose owner has just signed in."""
        self.filter(account=account).delete()

    def forget(self, before: datetime) -> None:
        """Delete what no limit counts any more."""
        self.filter(at__lt=before).delete()


class Attempt(models.Model):
    """One attempt to sign in that has failed, or is under way."""

    account = models.CharField(max_length=64, db_index=True)  # keyed digest of the name given
    address = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(db_index=True)

    objects = Attempts.as_manager()

    def withdraw(self) -> None:
        """Take the attempt back: it was refused unseen."""
        self.delete()


class Partner(models.Model):
    """The node of another administration, pinned; `document` is its latest."""

    class State(models.TextChoices):
        """Where a partner stands; messages pass only while it is active."""

        ACTIVE = "active"
        SUSPENDED = "suspended"

    administration = models.CharField(max_length=2, unique=True)
    thumbprint = models.CharField(max_length=43)  # RFC 7638, as it was given out of band
    state = models.CharField(max_length=9, choices=State.choices, default=State.ACTIVE)
    document = models.TextField()  # compact JWS
    log_origin = models.CharField(max_length=300, default="")  # pinned; "": as in the document
    added_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    @classmethod
    def add(cls, document: pinning.Document, *, thumbprint: str, at: datetime) -> "Partner":
        """Register a partner by the document that the pinned key signed."""
        made = cls.objects.create(
            administration=document.administration,
            thumbprint=thumbprint,
            document=document.compact,
            log_origin=document.log_origin,
            added_at=at,
        )
        by_recovery = document.key(document.signer, "recovery") is not None
        PartnerDocument.keep(document, at, by_recovery=by_recovery)
        return made

    def renew(self, document: pinning.Document, at: datetime, *, by_recovery: bool) -> bool:
        """Hold a newer document; False where another was quicker."""
        still = Partner.objects.filter(pk=self.pk, document=self.document)
        PartnerDocument.keep(document, at, by_recovery=by_recovery)
        pinned = self.log_origin or pinning.read(self.document).log_origin
        return bool(still.update(document=document.compact, log_origin=pinned))

    def pin_log(self, origin: str) -> bool:
        """Follow the log of that name from now on; False where it is pinned already."""
        others = Partner.objects.filter(pk=self.pk).exclude(log_origin=origin)
        return bool(others.update(log_origin=origin))

    def move(self, source: "Partner.State", target: "Partner.State") -> bool:
        """From one state into the other; False where it did not stand in `source`."""
        return bool(Partner.objects.filter(pk=self.pk, state=source).update(state=target))

    def remove(self) -> None:
        """Forget the partner; its documents stay, for what was signed under them."""
        self.delete()

    @classmethod
    def seen(cls, administration: str, at: datetime) -> None:
        """Note a word from the partner."""
        cls.objects.filter(administration=administration).update(seen_at=at)


class PartnerDocument(models.Model):
    """A node document that was once taken, kept for what was signed under it."""

    administration = models.CharField(max_length=2)
    issued_at = models.DateTimeField()
    compact = models.TextField()
    kept_at = models.DateTimeField()
    by_recovery = models.BooleanField(default=False)  # signed by the recovery key

    class Meta:
        indexes = [models.Index(fields=["administration", "-issued_at"])]

    @classmethod
    def keep(cls, document: pinning.Document, at: datetime, *, by_recovery: bool = False) -> None:
        """Keep the document, once."""
        cls.objects.get_or_create(
            administration=document.administration,
            issued_at=document.issued,
            compact=document.compact,
            defaults={"kept_at": at, "by_recovery": by_recovery},
        )

    @classmethod
    def recovered(cls, administration: str) -> datetime | None:
        """When the last document by a recovery key was issued, of those that were taken."""
        rows = cls.objects.filter(administration=administration, by_recovery=True)
        return rows.order_by("-issued_at").values_list("issued_at", flat=True).first()


class Revocation(models.Model):
    """A partner's key that signs nothing any more, from when the partner's word of it was here."""

    administration = models.CharField(max_length=2)
    kid = models.CharField(max_length=200)
    thumbprint = models.CharField(max_length=43)
    since = models.DateTimeField()  # what was taken from then on is to be reviewed
    reason = models.TextField(blank=True)
    message_id = models.CharField(max_length=36)  # provenance
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["administration", "thumbprint"], name="identity_revoked_once"
            )
        ]

    @classmethod
    def note(cls, *, administration: str, thumbprint: str, **facts: Any) -> bool:
        """Note that the key is revoked; False where it was before."""
        _, new = cls.objects.get_or_create(
            administration=administration, thumbprint=thumbprint, defaults=facts
        )
        return new


class Readings(models.QuerySet["Reading"]):
    """The read-audit; rows are added and counted, never changed otherwise."""

    def note(self, *, at: datetime, digest: str, **facts: Any) -> None:
        """One row a request; the same screen asking again is counted on the row that it has."""
        same = self.filter(viewer=facts["viewer"], digest=digest, at__gt=at - SAME_READING)
        if not same.update(times=models.F("times") + 1, last_at=at):
            self.create(at=at, last_at=at, digest=digest, **facts)

    def of_subject(self, digest: str) -> "Readings":
        """What showed or sent the data of the party with this digest."""
        return self.filter(subjects__contains=digest)


class Reading(models.Model):
    """Who read or sent what, and of whom it told."""

    at = models.DateTimeField(db_index=True)
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    viewer = models.CharField(max_length=64)
    viewer_kind = models.CharField(max_length=8)
    kind = models.CharField(max_length=100)  # "documents.declaration", several joined by a blank
    references = models.JSONField(default=list)
    subjects = models.TextField(blank=True)  # keyed digests of party identifiers, blank between
    digest = models.CharField(max_length=64)  # of kind, references and subjects

    objects = Readings.as_manager()

    class Meta:
        indexes = [models.Index(fields=["viewer", "digest", "at"])]
