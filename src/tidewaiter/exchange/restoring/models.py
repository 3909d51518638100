"""The tables of coming back: how far we have got with each partner, and which partners were."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import models
from django.db.models import F, Q

SKEW: Final = timedelta(minutes=10)  # how far a partner's clock may be from ours


class Rejoinings(models.QuerySet["Rejoining"]):
    """How far we have got with partners."""

    def begin(self, codes: Collection[str], *, fence: datetime) -> list["Rejoining"]:
        """The rows of these partners for the fence raised then, new where it is another one."""
        self.exclude(fence=fence).delete()
        Rejoining.objects.bulk_create(
            [Rejoining(partner=code, fence=fence) for code in sorted(codes)], ignore_conflicts=True
        )
        return list(self.filter(pk__in=list(codes)).order_by("pk"))

    def forgive(self, *, fence: datetime) -> None:
        """What partners showed was of a log that is closed now."""
        self.filter(fence=fence).update(fault="", reason="", next_at=None, checkpoint="")

    def awaited(self, partner: str, question: str) -> bool:
        """Whether that partner was asked by the question of that id, and did not answer."""
        asked = self.filter(pk=partner, question=question, stated_at=None)
        return bool(question) and asked.exists()

    def took(self, partner: str, question: str, *, at: datetime) -> None:
        """Note that a partner took the question of that id."""
        self.filter(pk=partner, question=question).update(taken_at=at, reason="", failures=0)

    def open(self) -> "Rejoinings":
        """Those that were asked, and have not taken the question."""
        return self.filter(taken_at=None, stated_at=None).exclude(question="")

    def stated(self, partner: str, question: str, *, at: datetime, **state: Any) -> bool:
        """Note a partner's answer to the question of that id; False where it answers none."""
        asked = self.filter(pk=partner, question=question, stated_at=None)
        return bool(asked.update(stated_at=at, reason="", **state))


class Rejoining(models.Model):
    """A partner on our way back: what it showed of our log, what it was asked, what it answered."""

    partner = models.CharField(max_length=2, primary_key=True)
    fence = models.DateTimeField()  # when it was raised
    looked_at = models.DateTimeField(null=True)  # when it showed what it cosigned of our log
    size = models.PositiveBigIntegerField(default=0)  # entries, as it showed; 0 for none
    note = models.TextField(default="")  # the checkpoint of ours that it showed
    question = models.CharField(max_length=36, default="")  # id of our node.restored
    taken_at = models.DateTimeField(null=True)  # when it took the question
    stated_at = models.DateTimeField(null=True)  # when its node.state came
    sent = models.PositiveIntegerField(default=0)  # the highest serial that it sent us
    received = models.PositiveIntegerField(default=0)  # the highest of ours that it took
    checkpoint = models.TextField(default="")  # of our log, as its node.state says
    excused_by = models.CharField(max_length=150, default="")  # who decided to go on without it
    fault = models.CharField(max_length=200, default="")  # what it showed that cannot be
    reason = models.CharField(max_length=200, default="")  # why it gave no answer
    failures = models.PositiveIntegerField(default=0)  # in a row
    next_at = models.DateTimeField(null=True)  # when it is asked again

    objects = Rejoinings.as_manager()

    @property
    def excused(self) -> bool:
        """Whether we go on without it."""
        return bool(self.excused_by)

    def note_down(self, **facts: Any) -> None:
        """Keep these facts, here and in the row."""
        for name, value in facts.items():
            setattr(self, name, value)
        Rejoining.objects.filter(pk=self.pk, fence=self.fence).update(**facts)

    def failed(self, reason: str, *, next_at: datetime) -> None:
        """It gave no usable answer: why, and when it is asked again."""
        Rejoining.objects.filter(pk=self.pk, fence=self.fence).update(
            reason=reason[:200], failures=F("failures") + 1, next_at=next_at
        )
        self.reason, self.failures, self.next_at = reason[:200], self.failures + 1, next_at

    def excuse(self, by: str) -> None:
        """Go on without it."""
        self.note_down(excused_by=by[:150])

    @staticmethod
    def keep_signed(question: Any) -> None:
        """Keep the question (a message of the outbox) as it was signed under another serial."""
        signed = ["jws", "digest", "log_index", "draft", "receipt", "problem", "detail"]
        question.save(update_fields=["serial", "sent_at", "expires_at", "state", *signed])


class Restores(models.QuerySet["Restore"]):
    """Restores that partners told us of."""

    def note(self, partner: str, **facts: Any) -> bool:
        """Note one, once; whether it is new."""
        _, new = Restore.objects.get_or_create(
            message_id=facts.pop("message_id"), defaults={"partner": partner, **facts}
        )
        return new


class Restore(models.Model):
    """That a partner was restored: which receipts of its are void since."""

    message_id = models.UUIDField(primary_key=True)  # its node.restored
    partner = models.CharField(max_length=2)
    since = models.DateTimeField()  # the backup's time, as it says
    told_at = models.DateTimeField()
    size = models.PositiveBigIntegerField()  # entries of its log that we had cosigned

    objects = Restores.as_manager()

    class Meta:
        indexes = [models.Index(fields=["partner", "told_at"], name="exchange_restores")]

    @classmethod
    def voided(cls, partner: str, index: int, received_at: datetime) -> bool:
        """Whether a receipt of that partner is void: it names an index that a restore lost.

        `since` is by the partner's clock, the rest by ours.
        """
        since = Q(since__lte=received_at + SKEW)
        lost = since & Q(told_at__gte=received_at, size__lte=index)
        return cls.objects.filter(lost, partner=partner).exists()
