"""The tables of the fence: a restore and how far the node has come back; logs that were closed."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q


class Fence(models.Model):
    """A restore, and its end; one at most is open. While one is, the node stands still."""

    class Stage(models.TextChoices):
        """How far the node has come back."""

        LOG = "log"  # the entries that the backup lacks are fetched from a partner
        LOST = "lost"  # nobody has them: the administrator decides
        PARTNERS = "partners"  # the log stands again: partners say which serials were used

    since = models.DateTimeField()  # when the backup was taken
    raised_at = models.DateTimeField()
    stage = models.CharField(max_length=8, choices=Stage.choices, default=Stage.LOG)
    size = models.PositiveBigIntegerField(null=True)  # entries, when the log stood again
    open = models.BooleanField(null=True, default=True, unique=True)  # true, or nothing once lifted
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(open=True, lifted_at=None)
                | Q(open__isnull=True, lifted_at__isnull=False),
                name="ledger_fence_open_or_lifted",
            )
        ]

    @classmethod
    def standing(cls) -> "Fence | None":
        """The one that is open."""
        return cls.objects.filter(open=True).first()

    @classmethod
    def put(cls, since: datetime, *, at: datetime) -> "Fence":
        """Open one; one that is open already is begun anew."""
        Fence.objects.filter(open=True).update(open=None, lifted_at=at)
        return Fence.objects.create(since=since, raised_at=at)

    def come(self, stage: "Fence.Stage", *, size: int | None = None) -> bool:
        """It has come that far, where it stands as we read it."""
        still = Fence.objects.filter(pk=self.pk, open=True, stage=self.stage)
        return bool(still.update(stage=stage, size=size))

    def lift(self, *, at: datetime) -> bool:
        """End it, once."""
        return bool(Fence.objects.filter(pk=self.pk, open=True).update(open=None, lifted_at=at))


class ClosedLog(models.Model):
    """A log of ours that was lost and followed by another; it never gets another entry.

    What is left of it stands among the logs that we keep, as a partner's would.
    """

    origin = models.CharField(max_length=300, primary_key=True)
    size = models.PositiveBigIntegerField()  # entries under the newest checkpoint that we have
    document = models.TextField()  # the last cosigned checkpoint: to it the new log commits first
    salt = models.BinaryField()  # 32 bytes, with which it does
    followed_by = models.CharField(max_length=300)  # the new log's origin
    closed_at = models.DateTimeField()

    @classmethod
    def keep(cls, origin: str, **facts: Any) -> None:
        """Note that a log is closed, once."""
        cls.objects.create(origin=origin, **facts)
