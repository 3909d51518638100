"""The table of alarms, each raised once while it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q

from tidewaiter.ledger.witnessing.models import ORIGIN

QUIET: Final = timedelta(days=1)  # after which what was acknowledged is news again


@dataclass(frozen=True, slots=True)
class Fault:
    """What an alarm is raised for: whose, what, and the notes that show it."""

    administration: str  # whose log, or which witness
    origin: str
    kind: str
    notes: tuple[str, ...]
    told_by: str  # who showed the last of the notes: a partner, or "" for the log itself
    detail: str = ""
    proof: str = ""  # of notes of two sizes, that they contradict (`contradiction`)


class Alarms(models.QuerySet["Alarm"]):
    """What contradicts itself."""

    def sound(self, fault: Fault, *, at: datetime) -> "Alarm | None":
        """Raise an alarm; None where it stands already, and is counted there.

        One that was acknowledged is raised anew when it was not seen for a day.
        """
        same = self.filter(
            administration=fault.administration,
            origin=fault.origin,
            kind=fault.kind,
            told_by=fault.told_by,
        )
        stands = same.filter(Q(acknowledged_at=None) | Q(seen_at__gt=at - QUIET))
        if stands.update(times=F("times") + 1, seen_at=at):
            return None
        first, second = (*fault.notes, "", "")[:2]
        row = Alarm(
            administration=fault.administration,
            origin=fault.origin,
            kind=fault.kind,
            told_by=fault.told_by,
            first=first,
            second=second,
            detail=fault.detail,
            proof=fault.proof,
            raised_at=at,
            seen_at=at,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:  # another was quicker
            return None
        return row


class Alarm(models.Model):
    """A log, or a witness, that was found to contradict itself, with the notes that show it."""

    administration = models.CharField(max_length=2)
    origin = models.CharField(max_length=ORIGIN)
    kind = models.CharField(max_length=20)
    told_by = models.CharField(max_length=2, blank=True)
    first = models.TextField(blank=True)  # what we knew
    second = models.TextField(blank=True)  # what does not go with it
    detail = models.CharField(max_length=500, blank=True)
    proof = models.TextField(blank=True, default="")  # that the two contradict each other
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # the last time
    times = models.PositiveIntegerField(default=1)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    remark = models.CharField(max_length=500, blank=True)

    objects = Alarms.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["administration", "origin", "kind", "told_by"],
                condition=Q(acknowledged_at=None),
                name="ledger_alarm_open_once",
            )
        ]

    def acknowledge(self, by: str, remark: str, *, at: datetime) -> bool:
        """Somebody saw to it; False where somebody did before."""
        still = Alarm.objects.filter(pk=self.pk, acknowledged_at=None)
        return bool(still.update(acknowledged_at=at, acknowledged_by=by, remark=remark[:500]))
