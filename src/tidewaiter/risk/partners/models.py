"""What partners told us and we told them: notices with their signals, corrections, our alerts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import models, transaction
from django.db.models import Q

AT_ONCE: Final = 500  # signals written in one transaction
WITHDRAWN_AT_ONCE: Final = 50  # notices
RAISING: Final = "raising"  # its signals are written, some at once
DROPPING: Final = "dropping"  # it was withdrawn, and its signals end, some at once


class Notices(models.QuerySet["Notice"]):
    """Notices in sets."""

    def keep(
        self, subjects: Iterable[dict[str, Any]], *, waiting: str = "", **values: Any
    ) -> "Notice":
        """Keep a notice and a signal for each of its subjects; the same twice is kept once.

        What is `waiting` is more than one transaction may write: `raise_some` writes it.
        """
        values |= {"waiting": waiting, "unsettled": RAISING if waiting else ""}
        with transaction.atomic():
            notice, new = self.get_or_create(word=values.pop("word"), defaults=values)
            if new:
                Signal.objects.bulk_create([Signal(notice=notice, **one) for one in subjects])
        return notice

    def unsettled(self) -> list[int]:
        """Those of which no signal counts: not all are written yet, or not all have ended."""
        return list(self.exclude(unsettled="").order_by("pk").values_list("pk", flat=True))

    def raise_some(self, word: str, subjects: Sequence[dict[str, Any]]) -> bool:
        """Write the next signals of a notice, of all its subjects in their order; whether there
        are more. With the last they begin to count, all together.
        """
        with transaction.atomic():
            notice = self.filter(word=word, unsettled=RAISING).select_for_update().first()
            if notice is None:  # withdrawn or forgotten in between
                return False
            begin = notice.signals.count()
            some = subjects[begin : begin + AT_ONCE]
            Signal.objects.bulk_create([Signal(notice=notice, **one) for one in some])
            more = begin + len(some) < len(subjects)
            if not more:
                self.filter(pk=notice.pk).update(unsettled="", waiting="")
        return more

    def withdraw(self, *, at: datetime, reason: str, replaced_by: str = "") -> list[str]:
        """Withdraw some of those that stand: no signal of theirs counts any more. Their words."""
        with transaction.atomic():
            standing = self.filter(withdrawn_at=None).order_by("pk")
            words = dict(standing.values_list("pk", "word")[:WITHDRAWN_AT_ONCE])
            some = Notice.objects.filter(pk__in=list(words))
            some.update(
                withdrawn_at=at,
                withdrawn_because=reason,
                replaced_by=replaced_by,
                unsettled=DROPPING,
                waiting="",
            )
            some.drop_some()
        return list(words.values())

    def drop_some(self) -> bool:
        """End some signals of those that were withdrawn; whether there are more."""
        with transaction.atomic():
            ending = list(self.filter(unsettled=DROPPING).values_list("pk", flat=True))
            live = Signal.objects.filter(notice__in=ending, live=True)
            some = list(live.values_list("pk", flat=True)[:AT_ONCE])
            Signal.objects.filter(pk__in=some).update(live=False)
            more = len(some) == AT_ONCE
            if not more:
                self.filter(pk__in=ending).update(unsettled="")
        return more

    def raise_no_more(self, messages: Sequence[str]) -> None:
        """Write none of the signals that are still to come of these partners' messages."""
        theirs = self.filter(source="partner", message_id__in=messages, unsettled=RAISING)
        theirs.update(unsettled=DROPPING, waiting="")

    def corrected(self, said: "Correction", kinds: Iterable[str]) -> "Notices":
        """What a correction is about: its sender's own, of that agreement and clause, before it.

        Of what was kept before clauses were, the clause is not known.
        """
        named = Q(number=said.alert) | Q(message_id=said.alert)
        place = Q(agreement=said.agreement, clause__in=["", said.clause])
        before = Q(sent_at__lte=said.sent_at) | Q(sent_at=None)
        return self.filter(named, place, before, source="partner", partner=said.partner).filter(
            kind__in=list(kinds)
        )

    def forget(self, messages: Sequence[str]) -> int:
        """Delete what partners said by these messages, and its signals; how many rows."""
        return self.filter(source="partner", message_id__in=messages).delete()[0]

    def unexplained(self) -> int:
        """Empty the reason why these were withdrawn; how many."""
        return self.update(withdrawn_because="", replaced_by="")

    def told(self, *, useful: bool, outcome: str, message_id: str, by: str, at: datetime) -> int:
        """Note what we told their partner of what came of these; how many."""
        return self.update(
            told_useful=useful,
            told_outcome=outcome,
            told_message_id=message_id,
            told_by=by,
            told_at=at,
        )


class Notice(models.Model):
    """Why signals stand: a partner's alert or report, or a finding of ours."""

    LONGEST = 80  # characters of a number

    word = models.CharField(max_length=64, unique=True)  # a message's id, or inspection:<number>
    source = models.CharField(max_length=8)  # partner, own
    partner = models.CharField(max_length=2, default="")
    message_id = models.CharField(max_length=36, default="", db_index=True)  # provenance
    kind = models.CharField(max_length=8)  # alert, seizure, control, finding
    number = models.CharField(max_length=80, default="", db_index=True)
    agreement = models.CharField(max_length=71, default="")
    clause = models.CharField(max_length=80, default="")
    handling = models.CharField(max_length=20, default="")
    offence = models.CharField(max_length=24)
    certainty = models.CharField(max_length=12)
    summary = models.TextField(default="")
    sent_at = models.DateTimeField(null=True)  # the message's `time`
    received_at = models.DateTimeField()
    until_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.TextField(default="")
    replaced_by = models.CharField(max_length=80, default="")  # the partner's number for another
    unsettled = models.CharField(max_length=8, default="")  # raising, dropping; else signals count
    waiting = models.TextField(default="")  # JSON of what is raised yet
    told_useful = models.BooleanField(null=True)  # what we told the partner came of it
    told_outcome = models.CharField(max_length=200, default="")
    told_message_id = models.CharField(max_length=36, default="")
    told_by = models.CharField(max_length=150, default="")
    told_at = models.DateTimeField(null=True)

    objects = Notices.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(source="own") | ~Q(message_id=""), name="risk_notice_has_its_message"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=~Q(unsettled=""), name="risk_notice_unsettled"),
        ]


class Corrections(models.QuerySet["Correction"]):
    """Corrections in sets."""

    def keep(self, message_id: str, **values: Any) -> None:
        """Keep a correction; the same message twice is kept once."""
        self.get_or_create(message_id=message_id, defaults=values)

    def forget(self, messages: Sequence[str], kinds: Iterable[str]) -> int:
        """Delete the corrections that came with these messages, and their words; how many."""
        rows = list(self.filter(message_id__in=messages))
        for said in rows:
            Notice.objects.corrected(said, kinds).unexplained()
        return self.filter(pk__in=[each.pk for each in rows]).delete()[0]

    def of(self, notice: "Notice") -> "Correction | None":
        """The last correction of a notice that was sent after it, or None."""
        found = self.filter(
            partner=notice.partner,
            agreement=notice.agreement,
            clause=notice.clause,
            alert__in=[notice.number, notice.message_id],
            sent_at__gte=notice.sent_at,
        )
        return found.order_by("sent_at", "pk").last()


class Correction(models.Model):
    """A partner's word that an alert of its own is withdrawn or replaced.

    It counts for what was sent before it, whichever of the two is handled first.
    """

    message_id = models.CharField(max_length=36, unique=True)  # provenance
    partner = models.CharField(max_length=2)
    agreement = models.CharField(max_length=71)
    clause = models.CharField(max_length=80)
    alert = models.CharField(max_length=200)  # its number, or its message's id
    correction = models.CharField(max_length=12)  # withdrawn, amended
    reason = models.TextField(default="")
    replaced_by = models.CharField(max_length=80, default="")
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()

    objects = Corrections.as_manager()

    class Meta:
        indexes = [models.Index(fields=["partner", "alert"], name="risk_correction_of")]


class Signals(models.QuerySet["Signal"]):
    """Subjects, in sets."""

    def counted(self, unsettled: Sequence[int]) -> "Signals":
        """Those that hit what they meet: live, and of none of these notices."""
        live = self.filter(live=True)
        return live.exclude(notice__in=unsettled) if unsettled else live

    def named(self, messages: list[str]) -> dict[str, str]:
        """What each of these messages names: a line of kind and value each."""
        found: dict[str, list[str]] = {}
        rows = self.filter(message_id__in=messages).order_by("-part", "pk")  # traders first
        for message, kind, value in rows.values_list("message_id", "kind", "value"):
            found.setdefault(message, []).append(f"{kind} {value}")
        return {message: "\n".join(lines) for message, lines in found.items()}

    def forget(self, messages: Sequence[str]) -> int:
        """Delete some of what partners' messages raised, as many as a commit may; how many."""
        theirs = self.filter(notice__source="partner", notice__message_id__in=messages)
        some = list(theirs.values_list("pk", flat=True)[:AT_ONCE])
        return self.filter(pk__in=some).delete()[0] if some else 0


class Signal(models.Model):
    """One subject of a notice: items that meet it are hit, until it expires."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="signals")
    message_id = models.CharField(max_length=36, default="", db_index=True)  # provenance
    part = models.CharField(max_length=12)  # consignment, party, goods, mark
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=256)
    weight = models.FloatField()  # of the subject alone
    until_at = models.DateTimeField()
    live = models.BooleanField(default=True)
    objects = Signals.as_manager()

    class Meta:
        indexes = [models.Index(fields=["live", "until_at"], name="risk_signal_live")]


class SentAlerts(models.QuerySet["SentAlert"]):
    """Alerts of ours, in sets."""

    def keep(self, **values: Any) -> None:
        """Keep what was sent."""
        self.create(**values)

    def withdraw(self, *, by: str, at: datetime, reason: str) -> int:
        """Mark those of these that stand as withdrawn; how many."""
        return self.filter(withdrawn_at=None).update(
            withdrawn_at=at, withdrawn_by=by, withdrawn_because=reason
        )

    def feedback(
        self, *, useful: bool, outcome: str, summary: str, message_id: str, at: datetime
    ) -> int:
        """Note what came of these at the partner; how many."""
        return self.update(
            useful=useful,
            outcome=outcome,
            feedback_summary=summary,
            feedback_message_id=message_id,
            feedback_at=at,
        )

    def forget(self, messages: Sequence[str]) -> int:
        """Empty what partners said by these messages of what came of ours; how many."""
        told = self.filter(feedback_message_id__in=messages)
        return told.update(outcome="", feedback_summary="")


class SentAlert(models.Model):
    """An alert, or a report of a seizure, that we sent about a declaration of ours."""

    number = models.CharField(max_length=32)  # XA-2026-000123; the same to several partners
    kind = models.CharField(max_length=8)  # alert, seizure, control
    reference = models.CharField(max_length=24, db_index=True)
    recipient = models.CharField(max_length=2)
    message_id = models.CharField(max_length=36, unique=True)  # of the message that carries it
    offence = models.CharField(max_length=24)
    purpose = models.CharField(max_length=24)
    handling = models.CharField(max_length=20)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, default="")
    withdrawn_because = models.TextField(default="")
    useful = models.BooleanField(null=True)  # the partner's feedback
    outcome = models.CharField(max_length=200, default="")
    feedback_summary = models.TextField(default="")
    feedback_message_id = models.CharField(max_length=36, default="")  # provenance
    feedback_at = models.DateTimeField(null=True)

    objects = SentAlerts.as_manager()
