"""What `risk` keeps: assessments, what was learnt, profiles, and decisions on lanes.

What partners told us and we told them is in `partners`. Every write is a method here.
"""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F, Q

from tidewaiter.risk import score
from tidewaiter.risk.partners.models import Correction, Notice, SentAlert, Signal

__all__ = [
    "Answer",
    "Artefact",
    "Assessment",
    "Correction",
    "Counter",
    "Cuts",
    "Decision",
    "Notice",
    "Profile",
    "SentAlert",
    "Signal",
]


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


class Assessments(models.QuerySet["Assessment"]):
    """Assessments in sets."""

    def keep(self, at: datetime, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Keep rows of declaration id first; they supersede what was said before.

        Call it in the transaction that also tells `documents`, with at most 2,000 rows.
        """
        ids = {row[0] for row in rows}
        near = self.filter(declaration__range=(min(ids), max(ids)), current=True)
        before = ids.intersection(near.values_list("declaration", flat=True))
        if before:
            self.filter(declaration__in=before, current=True).update(current=False)
        when = connection.ops.adapt_datetimefield_value(at)
        names = (*columns, "current", "at")
        quoted = ", ".join(connection.ops.quote_name(name) for name in names)
        table = connection.ops.quote_name(self.model._meta.db_table)
        full = ((*row, True, when) for row in rows)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
                    for row in full:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(names))
                cursor.executemany(
                    f"INSERT INTO {table} ({quoted}) VALUES ({marks})",  # noqa: S608
                    full,  # type: ignore[arg-type]
                )

    def resting_on(self, messages: Set[str]) -> list[int]:
        """Those, standing or not, that rest on one of these messages."""
        rows = self.exclude(messages="").order_by("pk").values_list("pk", "messages")
        return [pk for pk, named in rows.iterator(2_000) if not messages.isdisjoint(named.split())]

    def reworded(self, rows: Iterable[tuple[int, str, str]]) -> int:
        """Put other reasons (id, before, after) where those before still stand; how many."""
        return sum(
            self.filter(pk=pk, reasons=before).update(reasons=after) for pk, before, after in rows
        )

    def now(self) -> "Assessments":
        """Those that stand."""
        return self.filter(current=True)


class Assessment(models.Model):
    """What was said of a declaration, on what grounds, by which versions; later ones supersede."""

    declaration = models.BigIntegerField()  # documents.Declaration
    reference = models.CharField(max_length=24, db_index=True)
    current = models.BooleanField()
    at = models.DateTimeField()
    probability = models.FloatField()  # the model's, or the base rate
    score = models.FloatField()
    lane = models.CharField(max_length=8)  # proposed
    red = models.FloatField()  # the cuts that held
    yellow = models.FloatField()
    model = models.CharField(max_length=71)  # version; empty without one
    profiles = models.CharField(max_length=71)
    norms = models.CharField(max_length=71)
    reasons = models.TextField()  # JSON list of score.Hit
    messages = models.TextField()  # the partners' messages among the grounds, a blank between

    objects = Assessments.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["declaration"], condition=Q(current=True), name="risk_one_current"
            ),
            models.CheckConstraint(condition=Q(lane__in=list(score.LANES)), name="risk_lane_known"),
        ]
        indexes = [
            models.Index(fields=["declaration"], name="risk_of_declaration"),
            models.Index(fields=["id"], condition=~Q(messages=""), name="risk_on_messages"),
            models.Index(
                fields=["lane"],
                condition=Q(current=True) & ~Q(messages=""),
                name="risk_by_partners",
            ),
        ]


class Decisions(models.QuerySet["Decision"]):
    """Decisions in sets."""

    def keep(self, **values: Any) -> None:
        """Keep a decision."""
        self.create(**values)


class Decision(models.Model):
    """A person's decision on a lane, beside what the assessment proposed."""

    declaration = models.BigIntegerField(db_index=True)
    reference = models.CharField(max_length=24)
    proposed = models.CharField(max_length=8)
    before = models.CharField(max_length=8)
    lane = models.CharField(max_length=8)
    note = models.TextField(default="")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    objects = Decisions.as_manager()


class Artefacts(models.QuerySet["Artefact"]):
    """What was learnt, in sets."""

    def put(self, kind: str, version: str, **values: Any) -> None:
        """Keep what was learnt and use it from now on."""
        with transaction.atomic():
            self.filter(kind=kind, active=True).exclude(version=version).update(active=False)
            self.update_or_create(kind=kind, version=version, defaults={**values, "active": True})

    def active(self, kind: str) -> "Artefact | None":
        """What is in use of a kind."""
        return self.filter(kind=kind, active=True).first()


class Artefact(models.Model):
    """Something learnt: a model or norms; the file of that version is among the models."""

    MODEL = "model"
    NORMS = "norms"

    kind = models.CharField(max_length=8)
    version = models.CharField(max_length=71)
    made_at = models.DateTimeField()
    rows = models.BigIntegerField()
    metrics = models.JSONField(default=dict)
    active = models.BooleanField()

    objects = Artefacts.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="risk_artefact_once"),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(active=True), name="risk_artefact_one_active"
            ),
        ]


class CutsInTime(models.QuerySet["Cuts"]):
    """Cuts, the newest first."""

    def put(self, **values: Any) -> None:
        """Keep cuts; they hold from now on."""
        self.create(**values)

    def newest(self) -> "Cuts | None":
        """Those that hold."""
        return self.order_by("-pk").first()


class Cuts(models.Model):
    """Where the lanes were cut, from what could be inspected and which scores there were."""

    made_at = models.DateTimeField()
    red = models.FloatField()
    yellow = models.FloatField()
    scores = models.IntegerField()  # how many were looked at
    newest = models.BigIntegerField()  # the last assessment among them

    objects = CutsInTime.as_manager()


class Profiles(models.QuerySet["Profile"]):
    """Profiles in sets."""

    def draft(self, profile: str, version: str, text: str, *, by: str, at: datetime) -> None:
        """Keep a profile's text; it is not used yet."""
        self.get_or_create(
            profile=profile,
            version=version,
            defaults={"text": text, "state": "draft", "by": by, "at": at},
        )

    def turn(self, profile: str, version: str, state: str, *, by: str, at: datetime) -> int:
        """Activate or retire a version; of a profile one version is active. How many changed."""
        with transaction.atomic():
            if state == "active":
                others = self.filter(profile=profile, state="active").exclude(version=version)
                others.update(state="retired", by=by, at=at)
            found = self.filter(profile=profile, version=version).exclude(state=state)
            return found.update(state=state, by=by, at=at)


class Profile(models.Model):
    """A version of a profile as it was added; those that ship are added when they are changed."""

    profile = models.CharField(max_length=64)
    version = models.CharField(max_length=71)
    text = models.TextField()
    state = models.CharField(max_length=8)  # draft, active, retired
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    objects = Profiles.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "version"], name="risk_profile_once"),
            models.UniqueConstraint(
                fields=["profile"], condition=Q(state="active"), name="risk_profile_one_active"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "active", "retired"]), name="risk_profile_state"
            ),
        ]


class Answers(models.QuerySet["Answer"]):
    """Answers by key."""

    def begin(self, **values: Any) -> "Answer":
        """Take a key, in the transaction that answers. Raises IntegrityError where it is taken."""
        return self.create(status=0, body="", **values)


class Answer(models.Model):
    """What a POST with an Idempotency-Key was answered, so that a repeat gets the same."""

    by = models.CharField(max_length=150)
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=71)  # digest of what was posted
    status = models.IntegerField()
    body = models.TextField()
    at = models.DateTimeField()

    objects = Answers.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "key"], name="risk_answer_once")]

    def end(self, status: int, body: str) -> None:
        """Keep the answer."""
        self.status, self.body = status, body
        self.save(update_fields=["status", "body"])
