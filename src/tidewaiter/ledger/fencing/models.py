"""The table of the fence: when the node was restored, to which moment, and how far it has come."""

from datetime import datetime

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
