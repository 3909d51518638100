"""What is left of messages that were forgotten, and what partners wish to be deleted."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q

RETENTION, WISH, FAMILY = "retention", "wish", "family"
ASKED, WITHDRAWN = "asked", "withdrawn"


class Tombs(models.QuerySet["Tomb"]):
    """What is left, in sets."""

    def set_up(self, rows: Iterable["Tomb"]) -> None:
        """Keep what is left of these; of one that has its tomb, the first stays."""
        Tomb.objects.bulk_create(rows, batch_size=100, ignore_conflicts=True)

    def untold(self) -> "Tombs":
        """Those whose originator was not told yet, and is to be."""
        return self.filter(tell=True, told_at=None).order_by("pk")

    def told(self, pks: Sequence[int], message: UUID, *, at: datetime) -> int:
        """Note the message by which the originator is told of these; how many it still was not."""
        return self.filter(pk__in=pks, told_at=None).update(told_by=message, told_at=at)

    def lost(self, messages: Sequence[UUID]) -> int:
        """Those told by one of these messages, which never arrived, are to be told; how many."""
        return self.filter(told_by__in=list(messages)).update(told_by=None, told_at=None)

    def swept(self, pks: Sequence[int], *, at: datetime) -> int:
        """Note that the rooms were asked once more, after all that was under way had ended."""
        return self.filter(pk__in=pks).update(swept_at=at)

    def terms(self, partner: str, message: UUID) -> tuple[str, str]:
        """Purpose and mode of a message of that partner that was forgotten; "" where it was not."""
        row = self.filter(partner=partner, message_id=message).first()
        return (row.purpose, row.mode) if row else ("", "")


class Tomb(models.Model):
    """That a partner's message was forgotten here: on what terms it came, why, who was told."""

    partner = models.CharField(max_length=2)
    message_id = models.UUIDField()
    agreement = models.CharField(max_length=71)
    clause = models.CharField(max_length=80)
    purpose = models.CharField(max_length=40, default="")
    mode = models.CharField(max_length=20, default="")
    because = models.CharField(max_length=10)  # retention, wish, family
    at = models.DateTimeField()
    tell = models.BooleanField()  # whether its originator is to be told
    told_by = models.UUIDField(null=True)  # our message that says so
    told_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True)

    objects = Tombs.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "message_id"], name="exchange_tomb_one_a_message"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(told_at=None, tell=True), name="exchange_tomb_untold"
            ),
            models.Index(fields=["at"], condition=Q(swept_at=None), name="exchange_tomb_unswept"),
        ]


class Wishes(models.QuerySet["Wish"]):
    """Wishes of partners."""

    def stand(self, partner: str, asked_by: UUID) -> "Wishes":
        """Those to which this message adds nothing: open, agreed to, or its own."""
        known = Q(agreed=None) | Q(agreed=True) | Q(asked_by=asked_by)
        return self.filter(known, partner=partner)

    def note(self, partner: str, messages: Sequence[UUID], **why: Any) -> None:
        """Keep wishes; one that was declined is open again, another stays."""
        with transaction.atomic():
            rows = [Wish(partner=partner, message_id=each, **why) for each in messages]
            Wish.objects.bulk_create(rows, ignore_conflicts=True)
            declined = self.filter(partner=partner, message_id__in=messages, agreed=False)
            declined.exclude(asked_by=why["asked_by"]).update(
                agreed=None, decided_by="", decided_at=None, **why
            )

    def open(self) -> "Wishes":
        """Those that nobody has decided on."""
        return self.filter(decided_at=None).order_by("pk")

    def decide(self, *, agreed: bool, by: str, at: datetime) -> int:
        """Agree to those of these that are open, or not; how many."""
        return self.filter(decided_at=None).update(agreed=agreed, decided_by=by, decided_at=at)

    def agreed(self) -> "Wishes":
        """Those to which somebody agreed."""
        return self.filter(agreed=True)


class Wish(models.Model):
    """That a partner wishes a message of its own to be deleted here; a person decides."""

    partner = models.CharField(max_length=2)
    message_id = models.UUIDField()  # what is to be deleted
    because = models.CharField(max_length=10)  # asked, withdrawn
    asked_by = models.UUIDField()  # the message that says so
    asked_at = models.DateTimeField()
    agreed = models.BooleanField(null=True)
    decided_by = models.CharField(max_length=150, default="")
    decided_at = models.DateTimeField(null=True)

    objects = Wishes.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "message_id"], name="exchange_wish_one_a_message"
            )
        ]
        indexes = [
            models.Index(fields=["asked_by"], name="exchange_wish_asked"),
            models.Index(
                fields=["message_id"], condition=Q(agreed=True), name="exchange_wish_agreed"
            ),
        ]
