"""Requests and replies as they are kept; every row carries the message that brought or took it.

What a message says is kept here too, so that a request reads as one page; the bytes of it are in
`exchange`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from tidewaiter.assistance import life


class Numbers(models.QuerySet["Counter"]):
    """Running numbers."""

    def next(self, name: str) -> int:
        """The next number, ours once the transaction that asks commits."""
        self.get_or_create(name=name)
        self.filter(name=name).update(value=F("value") + 1)
        taken: int = self.values_list("value", flat=True).get(name=name)
        return taken


class Counter(models.Model):
    """A running number; taking one locks the row until the taker commits, so there is no gap."""

    name = models.CharField(primary_key=True, max_length=32)
    value = models.BigIntegerField(default=0)

    objects = Numbers.as_manager()


class Requests(models.QuerySet["Request"]):
    """Requests in sets."""

    def keep(self, message_id: str, **values: Any) -> "Request":
        """Keep a request; the same message twice is kept once."""
        return self.get_or_create(message_id=message_id, defaults=values)[0]

    def move(self, event: life.Event, *, at: datetime) -> int:
        """Let `event` befall those of these that it changes; how many."""
        moved = 0
        for state in life.sources(event):
            to = life.MOVES[state, event].to
            moved += self.filter(state=state).update(state=to, moved_at=at)
        return moved

    def forget(self, messages: Sequence[str]) -> int:
        """Delete those of these messages; of ours, what still has replies is emptied. How many."""
        rows = self.filter(message_id__in=messages)
        answered = rows.filter(ours=True, replies__isnull=False).values_list("pk", flat=True)
        kept = list(answered.distinct())
        gone = rows.exclude(pk__in=kept).delete()[0]
        left = self.filter(pk__in=kept).exclude(data={})
        return gone + left.update(
            number="", category="", about_kind="", about="", data={}, waits=""
        )

    def late(self, today: date) -> "Requests":
        """Those whose last day is past, and that wait still."""
        return self.filter(due_on__lt=today, state__in=life.sources(life.Event.LAPSE))


class Request(models.Model):
    """A request of ours or of a partner's: what is asked, under which clause, how it stands."""

    message_id = models.CharField(max_length=36, unique=True)  # provenance
    ours = models.BooleanField()  # whether we ask
    partner = models.CharField(max_length=2)
    kind = models.CharField(max_length=12)  # query, assistance
    number = models.CharField(max_length=80, default="")
    category = models.CharField(max_length=40, default="")  # what a query asks for
    about_kind = models.CharField(max_length=20, default="")  # ucr, container …
    about = models.CharField(max_length=256, default="")
    data = models.JSONField()  # as it came, or went
    agreement = models.CharField(max_length=71)
    clause = models.CharField(max_length=80)
    purpose = models.CharField(max_length=40)
    handling = models.CharField(max_length=20)
    conversation = models.CharField(max_length=36, default="")
    retain_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, default=life.State.OPEN.value)
    due_on = models.DateField(null=True)  # the last day
    opened_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    by = models.CharField(max_length=150, default="")  # who asked, of ours
    waits = models.TextField(default="")  # why no machine answered a query

    objects = Requests.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(life.State)), name="assistance_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["query", "assistance"]), name="assistance_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["ours", "state", "-id"], name="assistance_waiting"),
            models.Index(fields=["state", "due_on"], name="assistance_due"),
        ]

    def note(self, why: str) -> None:
        """Keep why a person has to answer it."""
        self.waits = why[:2_000]
        self.save(update_fields=["waits"])


class Replies(models.QuerySet["Reply"]):
    """Replies in sets."""

    def keep(self, message_id: str, **values: Any) -> bool:
        """Keep a reply; False where it was kept already."""
        return self.get_or_create(message_id=message_id, defaults=values)[1]

    def forget(self, messages: Sequence[str]) -> int:
        """Delete those of these messages; how many."""
        return self.filter(message_id__in=messages).delete()[0]

    def of(self, requests: Sequence[int]) -> "Replies":
        """Those to these requests, the first first."""
        return self.filter(request__in=requests).order_by("at", "pk")


class Reply(models.Model):
    """One reply to a request: what it carries, or on which ground nothing."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="replies")
    message_id = models.CharField(max_length=36, unique=True)  # provenance
    state = models.CharField(max_length=12)  # acknowledged, partial, final, refused
    carries = models.CharField(max_length=40, default="")
    ground = models.CharField(max_length=200, default="")
    data = models.JSONField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150, default="")  # who of ours replied

    objects = Replies.as_manager()
