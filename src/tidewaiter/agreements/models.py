"""Agreements registered here: each version's text, the signatures that hold, notices, shared keys.

How an agreement stands is computed from these and the moment (`standing`), never stored.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import models

from tidewaiter.agreements import document, signing
from tidewaiter.agreements.document import Agreement
from tidewaiter.agreements.standing import Notice as NoticeGiven
from tidewaiter.agreements.standing import Signature as Held
from tidewaiter.agreements.standing import Signed


class Versions(models.QuerySet["Version"]):
    """Versions of agreements in sets."""

    def whole(self) -> "Versions":
        """With their signatures and notices, in three statements whatever their number."""
        return self.prefetch_related("signatures", "notices").order_by("pk")

    def waiting(self, proposer: str, us: str) -> "Versions":
        """What `proposer` has proposed and we have not signed."""
        ours = Signature.objects.filter(party=us).values("version")
        return self.filter(proposed_by=proposer).exclude(pk__in=ours)

    def take(self, agreement: Agreement, *, by: str, at: datetime) -> "Version":
        """The row of this text, made where it is not here yet."""
        row, _ = self.get_or_create(
            digest=agreement.digest,
            defaults={
                "agreement_id": agreement.id,
                "version": agreement.version,
                "canonical": agreement.canonical.decode("utf-8"),
                "added_at": at,
                "added_by": by,
            },
        )
        return self.select_for_update().get(pk=row.pk)


class Version(models.Model):
    """One version of an agreement, under the digest of its canonical form."""

    digest = models.CharField(max_length=71, unique=True)
    agreement_id = models.CharField(max_length=36)
    version = models.PositiveIntegerField()
    canonical = models.TextField()
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=150)
    proposed_by = models.CharField(max_length=2, default="")  # the party that sent it to the others
    proposed_at = models.DateTimeField(null=True)
    salt = models.BinaryField(max_length=32, null=True)  # kept for proofs of its log entry
    log_index = models.BigIntegerField(null=True)  # logged once enough have signed

    objects = Versions.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(salt=None, log_index=None)
                | models.Q(salt__isnull=False, log_index__isnull=False),
                name="agreements_version_logged_with_salt",
            ),
        ]
        indexes = [models.Index(fields=["agreement_id", "version"], name="agreements_version_of")]

    def read(self) -> Agreement:
        """The agreement in values."""
        return document.read_canonical(self.canonical.encode("utf-8"))

    def signed(self) -> Signed:
        """The agreement with all that was said of it here."""
        return Signed(
            self.read(),
            tuple(Held(each.party, each.signed_at, each.kid) for each in self.signatures.all()),
            tuple(
                NoticeGiven(each.party, each.notice, each.at, each.reason)
                for each in self.notices.all()
            ),
        )

    def members(self) -> list[signing.Member]:
        """Its signatures as they stand in the signed document."""
        return [
            signing.Member(each.kid, each.signed_at, each.protected, each.signature)
            for each in self.signatures.all()
        ]

    def member(self, party: str) -> signing.Member | None:
        """That party's signature as it stands in the signed document."""
        held = next((each for each in self.signatures.all() if each.party == party), None)
        if held is None:
            return None
        return signing.Member(held.kid, held.signed_at, held.protected, held.signature)

    def take_signatures(self, held: Iterable[tuple[Held, signing.Member]], *, at: datetime) -> int:
        """Keep the signatures of parties that have none here yet; how many are new."""
        known = {each.party for each in self.signatures.all()}
        fresh = [
            Signature(
                version=self,
                party=held_.party,
                kid=held_.kid,
                signed_at=held_.signed_at,
                protected=member.protected,
                signature=member.signature,
                taken_at=at,
            )
            for held_, member in held
            if held_.party not in known
        ]
        Signature.objects.bulk_create(fresh)
        return len(fresh)

    def logged(self, index: int, salt: bytes) -> None:
        """Note where the log has it, once."""
        Version.objects.filter(pk=self.pk, log_index=None).update(log_index=index, salt=salt)

    def proposed(self, party: str, *, at: datetime) -> bool:
        """Note who proposed it to the others, the first time; whether this was it."""
        still = Version.objects.filter(pk=self.pk, proposed_at=None)
        return bool(still.update(proposed_by=party, proposed_at=at))

    def note(self, party: str, notice: str, reason: str, *, at: datetime) -> None:
        """Keep a party's notice."""
        Notice(version=self, party=party, notice=notice, reason=reason, at=at).save(
            force_insert=True
        )


class Signature(models.Model):
    """A party's signature that held when it was taken."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="signatures")
    party = models.CharField(max_length=2)
    kid = models.CharField(max_length=200)
    signed_at = models.DateTimeField()
    protected = models.TextField()
    signature = models.TextField()
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["party"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "party"], name="agreements_signature_one_a_party"
            )
        ]


class Notice(models.Model):
    """A party's word that it suspends, resumes or terminates an agreement."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="notices")
    party = models.CharField(max_length=2)
    notice = models.CharField(max_length=10)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(notice__in=["suspend", "resume", "terminate"]),
                name="agreements_notice_known",
            )
        ]


class SharedKey(models.Model):
    """The key of an agreement's pseudonyms, the same through all its versions."""

    agreement_id = models.CharField(max_length=36, primary_key=True)
    key = models.BinaryField(max_length=32)
    set_at = models.DateTimeField()

    @classmethod
    def keep(cls, agreement_id: str, key: bytes, *, at: datetime) -> bytes:
        """Keep the key where there is none; the one that is kept."""
        row, _ = cls.objects.get_or_create(
            agreement_id=agreement_id, defaults={"key": key, "set_at": at}
        )
        return bytes(row.key)
