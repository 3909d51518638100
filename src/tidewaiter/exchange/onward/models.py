"""On what partners gave a message of ours rests, whom we asked whether it may go, who asked us."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Q

GRANTED, REFUSED = "granted", "refused"


class Consents(models.QuerySet["Consent"]):
    """What we asked partners."""

    def of(self, partner: str, source: UUID, to: str) -> "Consent | None":
        """What was asked of passing that message on to `to`."""
        return self.filter(partner=partner, source=source, to=to).first()

    def ask(self, partner: str, source: UUID, to: str, *, at: datetime) -> tuple["Consent", bool]:
        """The question, and whether it is to be asked now."""
        return self.get_or_create(partner=partner, source=source, to=to, defaults={"asked_at": at})

    def decide(self, to: Sequence[str], *, decision: str, said: str, by: UUID, at: datetime) -> int:
        """Take a partner's word on passing one of these on; its last word counts. How many."""
        return self.filter(to__in=list(to)).update(
            decision=decision, said=said, decided_by=by, decided_at=at
        )


class Consent(models.Model):
    """That we asked a partner whether its message may be passed on to another, and its word."""

    partner = models.CharField(max_length=2)  # who gave it
    source = models.UUIDField()  # its message
    to = models.CharField(max_length=2)
    asked_by = models.UUIDField(null=True)  # our message that asks
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=10, default="")  # granted, refused
    said = models.CharField(max_length=200, default="")  # its own words
    decided_by = models.UUIDField(null=True)  # its message
    decided_at = models.DateTimeField(null=True)

    objects = Consents.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "source", "to"], name="exchange_consent_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(decision__in=["", GRANTED, REFUSED]), name="exchange_consent_decision"
            ),
        ]

    def asked(self, by: UUID, *, at: datetime) -> None:
        """Note the message by which it was asked."""
        Consent.objects.filter(pk=self.pk).update(asked_by=by, asked_at=at)


class Grounds(models.QuerySet["Ground"]):
    """On what messages rest, in sets."""

    def lay(self, rows: Iterable["Ground"]) -> None:
        """Keep on what messages rest, with the messages."""
        Ground.objects.bulk_create(rows, batch_size=100, ignore_conflicts=True)

    def waiting(self, message: int) -> bool:
        """Whether that message of ours (its row's number) still waits for somebody's word."""
        return self.filter(message=message, consent__isnull=False).exclude(
            consent__decision=GRANTED
        ).exists()  # fmt: skip


class Ground(models.Model):
    """A partner's message on which one of ours rests."""

    message = models.ForeignKey("exchange.Outbound", models.CASCADE, related_name="grounds")
    partner = models.CharField(max_length=2)
    source = models.UUIDField()  # the partner's message
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="grounds")

    objects = Grounds.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "source"], name="exchange_ground_once")
        ]
        indexes = [models.Index(fields=["source"], name="exchange_ground_source")]


class Questions(models.QuerySet["Question"]):
    """What partners ask us."""

    def keep(self, message_id: UUID, **values: object) -> "Question":
        """Keep a question; the same message twice is kept once."""
        return self.get_or_create(message_id=message_id, defaults=values)[0]

    def open(self) -> "Questions":
        """Those that nobody has answered."""
        return self.filter(decided_at=None).order_by("pk")

    def decide(self, *, decision: str, by: str, at: datetime) -> int:
        """Note our answer to those of these that are open; how many."""
        return self.filter(decided_at=None).update(decision=decision, decided_by=by, decided_at=at)


class Question(models.Model):
    """That a partner asks whether it may pass a message of ours on; a person decides."""

    message_id = models.UUIDField(unique=True)  # provenance: the message that asks
    partner = models.CharField(max_length=2)
    about = models.UUIDField(db_index=True)  # our message
    to = models.CharField(max_length=400)  # codes, a blank between
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=10, default="")
    decided_by = models.CharField(max_length=150, default="")
    decided_at = models.DateTimeField(null=True)

    objects = Questions.as_manager()
