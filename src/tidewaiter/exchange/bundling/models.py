"""The table of receipts that are to go back: of messages that came in a bundle."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.db.models import Q

AGAIN_FOR: Final = timedelta(days=7)  # after a receipt first left in a bundle: that may be lost
LONGEST: Final = timedelta(days=40)  # no message is valid, nor kept for a lost receipt, so long


class Returnings(models.QuerySet["Returning"]):
    """Receipts that are to go back."""

    def keep(self, partner: str, receipts: Mapping[str, str], *, at: datetime) -> None:
        """Keep these, by the digests that they are for; a newer one takes an older one's place."""
        rows = [
            Returning(partner=partner, digest=digest, receipt=receipt, made_at=at)
            for digest, receipt in receipts.items()
        ]
        Returning.objects.bulk_create(
            rows,
            batch_size=200,
            update_conflicts=True,
            unique_fields=["partner", "digest"],
            update_fields=["receipt", "made_at", "carried_at"],
        )

    def of(self, partner: str, *, after: int = 0) -> "Returnings":
        """Those for that partner, in the order in which they were kept."""
        return self.filter(partner=partner, pk__gt=after).order_by("pk")

    def carried(self, pks: Sequence[int], *, at: datetime) -> int:
        """Note that they left in a bundle; the first time counts."""
        return self.filter(pk__in=pks, carried_at=None).update(carried_at=at)

    def brought(self, receipts: Iterable[str]) -> int:
        """Drop those that the partner took from us: these very ones, and no newer."""
        return self.filter(receipt__in=list(receipts)).delete()[0]

    def tidy(self, at: datetime) -> int:
        """Drop those that left long enough ago: where they were lost, the messages come again."""
        long_ago = Q(carried_at__lt=at - AGAIN_FOR) | Q(made_at__lt=at - LONGEST)
        return self.filter(long_ago).delete()[0]


class Returning(models.Model):
    """A receipt for a line of a bundle: it goes back in a bundle or over the wire."""

    partner = models.CharField(max_length=2)  # who made the bundle
    digest = models.CharField(max_length=71)  # what the receipt is for: a message, or a line
    receipt = models.TextField()
    made_at = models.DateTimeField()
    carried_at = models.DateTimeField(null=True)  # when it first left in a bundle

    objects = Returnings.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "digest"], name="exchange_returning_once")
        ]
