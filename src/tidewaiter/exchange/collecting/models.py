"""The tables of collecting: which line carried which message of ours, and our own rounds."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.db.models import Q

DAY: Final = timedelta(days=1)
BUNDLED: Final = timedelta(days=40)  # a bundle and the one that answers it take their time
AT_ONCE: Final = 2_000  # rows that are dropped in a commit


class HandedLines(models.QuerySet["Handed"]):
    """Lines that partners collected, or that left in a bundle."""

    def note(self, lines: Mapping[str, int], *, at: datetime, bundled: bool = False) -> None:
        """These lines, by their digests, carried these messages (their row numbers)."""
        rows = [
            Handed(line=line, message_id=pk, at=at, bundled=bundled) for line, pk in lines.items()
        ]
        Handed.objects.bulk_create(rows, batch_size=200, ignore_conflicts=True)

    def carried(self, lines: Iterable[str]) -> dict[str, int]:
        """The messages (their row numbers) that these lines carried."""
        return dict(self.filter(line__in=list(lines)).values_list("line", "message_id"))

    def forget(self, at: datetime) -> int:
        """Drop what was handed over so long ago that no receipt names the line any more.

        As much as a short commit takes; how many.
        """
        handed = Q(bundled=False, at__lt=at - DAY)
        old = self.filter(handed | Q(at__lt=at - BUNDLED))
        some = list(old.values_list("pk", flat=True)[:AT_ONCE])
        return self.filter(pk__in=some).delete()[0] if some else 0


class Handed(models.Model):
    """That a line carried a message: a receipt for a line that could not be opened names the line.

    A message is sealed anew each time it is collected or bundled, so that nothing else tells.
    """

    line = models.CharField(max_length=71, unique=True)  # digest of the JWE's bytes
    message = models.ForeignKey("exchange.Outbound", models.CASCADE, related_name="+")
    at = models.DateTimeField()
    bundled = models.BooleanField(default=False)

    objects = HandedLines.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], name="exchange_handed_at")]


class Rounds(models.QuerySet["Round"]):
    """Our own collecting, partner by partner."""

    def of(self, partner: str) -> "Round":
        """How it stands with that partner."""
        Round.objects.bulk_create([Round(partner=partner)], ignore_conflicts=True)
        return self.get(partner=partner)

    def forget_waits(self) -> None:
        """Ask every partner at once."""
        self.update(quiet=0, failures=0, next_at=None)


class Round(models.Model):
    """When a partner was asked last for what waits for us, what came of it, and when it is next."""

    partner = models.CharField(max_length=2, primary_key=True)
    quiet = models.PositiveIntegerField(default=0)  # rounds in which nothing came, in a row
    failures = models.PositiveIntegerField(default=0)  # rounds without an answer, in a row
    reason = models.CharField(max_length=200, default="")  # of the last failure
    asked_at = models.DateTimeField(null=True)
    came_at = models.DateTimeField(null=True)  # when something came last
    next_at = models.DateTimeField(null=True)

    objects = Rounds.as_manager()

    def soon(self) -> None:
        """There may be something now."""
        self._note(quiet=0, next_at=None)

    def came(self, *, at: datetime, next_at: datetime) -> None:
        """Something came."""
        self._note(quiet=0, failures=0, reason="", asked_at=at, came_at=at, next_at=next_at)

    def nothing(self, *, at: datetime, next_at: datetime) -> None:
        """Nothing waited for us."""
        self._note(quiet=self.quiet + 1, failures=0, reason="", asked_at=at, next_at=next_at)

    def failed(self, reason: str, *, at: datetime, next_at: datetime) -> None:
        """No usable answer came."""
        self._note(failures=self.failures + 1, reason=reason[:200], asked_at=at, next_at=next_at)

    def _note(self, **values: object) -> None:
        Round.objects.filter(pk=self.pk).update(**values)
        for name, value in values.items():
            setattr(self, name, value)
