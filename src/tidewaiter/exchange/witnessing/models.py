"""The tables of witnessing rounds: how they go with a partner, which receipts are not borne out."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.db.models import F

LARGEST: Final = 2**63 - 1


class Watches(models.QuerySet["Watch"]):
    """Our rounds, partner by partner."""

    def of(self, partner: str) -> "Watch":
        """How it stands with that partner."""
        Watch.objects.bulk_create([Watch(partner=partner)], ignore_conflicts=True)
        return self.get(partner=partner)


class Watch(models.Model):
    """How the rounds with a partner go: pushed to it, followed, compared."""

    partner = models.CharField(max_length=2, primary_key=True)
    pushed_at = models.DateTimeField(null=True)  # our checkpoint, the last time
    followed_at = models.DateTimeField(null=True)  # its log, the last time it answered
    failures = models.PositiveIntegerField(default=0)  # rounds that were not whole, in a row
    failed_since = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, default="")

    objects = Watches.as_manager()

    def pushed(self, *, at: datetime) -> None:
        """Our checkpoint was sent."""
        Watch.objects.filter(pk=self.pk).update(pushed_at=at)

    def followed(self, *, at: datetime) -> None:
        """Its log answered."""
        self.followed_at = at
        Watch.objects.filter(pk=self.pk).update(followed_at=at)

    def ended(self, reason: str, *, at: datetime) -> None:
        """A round is over: whole where there is no reason why not."""
        row = Watch.objects.filter(pk=self.pk)
        if not reason:
            row.update(failures=0, failed_since=None, reason="")
            return
        row.filter(failed_since=None).update(failed_since=at)
        row.update(failures=F("failures") + 1, reason=reason[:500])


class Owing(models.QuerySet["Owed"]):
    """Receipts that a partner's log has still to bear out."""

    def note(self, partner: str, indices: Mapping[int, int | None], *, at: datetime) -> None:
        """Receipts of these messages, by their row numbers, name these indices of its log."""
        rows = [
            Owed(message_id=pk, partner=partner, index=index, at=at)
            for pk, index in indices.items()
            if index is not None and index <= LARGEST
        ]
        if not rows:
            return
        Owed.objects.bulk_create(
            rows,
            batch_size=200,
            update_conflicts=True,
            unique_fields=["message"],
            update_fields=["partner", "index", "at", "late_since"],
        )

    def next(self, partner: str, after: tuple[int, int], count: int) -> list["Owed"]:
        """The next of that partner's, by index, with their messages."""
        index, pk = after
        later = models.Q(index__gt=index) | models.Q(index=index, pk__gt=pk)
        rows = self.filter(later, partner=partner).select_related("message")
        return list(rows.order_by("index", "pk")[:count])

    def forget(self, partner: str) -> None:
        """That partner's are of a log that it lost."""
        self.filter(partner=partner).delete()

    def late(self, pks: Collection[int], *, at: datetime) -> None:
        """The log showed a checkpoint then that does not cover these, though it was time."""
        late = self.filter(pk__in=list(pks))
        ahead = models.Q(late_since__gt=at)  # by a clock that was put back since
        late.filter(models.Q(late_since=None) | ahead).update(late_since=at)

    def borne_out(self, pks: Collection[int]) -> None:
        """The log holds what these receipts say, or they are void: nothing is owed any more."""
        self.filter(pk__in=list(pks)).delete()


class Owed(models.Model):
    """That a partner receipted a message of ours at an index of its log: not looked up yet."""

    message = models.OneToOneField("exchange.Outbound", models.CASCADE, related_name="+")
    partner = models.CharField(max_length=2)
    index = models.PositiveBigIntegerField()
    at = models.DateTimeField()  # when the receipt was here
    late_since = models.DateTimeField(null=True)  # the log showed no checkpoint that covers it

    objects = Owing.as_manager()

    class Meta:
        indexes = [models.Index(fields=["partner", "index"], name="exchange_owed_by")]

    def late_again(self, shown: datetime, after: timedelta) -> bool:
        """Whether it was late before, and still is so much later."""
        return self.late_since is not None and shown >= self.late_since + after
