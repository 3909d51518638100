"""What `risk` keeps: assessments, what was learnt, profiles, and decisions on lanes.

Also signals with their notices, and the alerts that we sent. Every write is a method here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F, Q

from tidewaiter.risk import score

SLICE = 2_000  # values in one statement


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


class Notices(models.QuerySet["Notice"]):
    """Notices in sets."""

    def keep(self, subjects: Iterable[dict[str, Any]], **values: Any) -> "Notice":
        """Keep a notice and a signal for each of its subjects; the same twice is kept once."""
        with transaction.atomic():
            notice, new = self.get_or_create(word=values.pop("word"), defaults=values)
            if new:
                Signal.objects.bulk_create(
                    [Signal(notice=notice, **subject) for subject in subjects], batch_size=SLICE
                )
        return notice

    def withdraw(self, *, at: datetime, reason: str) -> int:
        """Withdraw these: their signals hit nothing any more. How many."""
        with transaction.atomic():
            ids = list(self.filter(withdrawn_at=None).values_list("pk", flat=True))
            Signal.objects.filter(notice__in=ids).update(live=False)
            return self.filter(pk__in=ids).update(withdrawn_at=at, withdrawn_because=reason)


class Notice(models.Model):
    """Why signals stand: a partner's alert or report, or a finding of ours."""

    word = models.CharField(max_length=64, unique=True)  # a message's id, or inspection:<number>
    source = models.CharField(max_length=8)  # partner, own
    partner = models.CharField(max_length=2, default="")
    message_id = models.CharField(max_length=36, default="", db_index=True)  # provenance
    kind = models.CharField(max_length=8)  # alert, seizure, finding
    number = models.CharField(max_length=80, default="", db_index=True)
    agreement = models.CharField(max_length=71, default="")
    handling = models.CharField(max_length=20, default="")
    offence = models.CharField(max_length=24)
    certainty = models.CharField(max_length=12)
    summary = models.TextField(default="")
    received_at = models.DateTimeField()
    until_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.TextField(default="")

    objects = Notices.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(source="own") | ~Q(message_id=""), name="risk_notice_has_its_message"
            ),
        ]


class Signals(models.QuerySet["Signal"]):
    """Subjects, in sets."""

    def named(self, messages: list[str]) -> dict[str, str]:
        """What each of these messages names: a line of kind and value each."""
        found: dict[str, list[str]] = {}
        rows = self.filter(message_id__in=messages).order_by("-part", "pk")  # traders first
        for message, kind, value in rows.values_list("message_id", "kind", "value"):
            found.setdefault(message, []).append(f"{kind} {value}")
        return {message: "\n".join(lines) for message, lines in found.items()}


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

    def feedback(self, *, useful: bool, outcome: str) -> int:
        """Note what came of these at the partner; how many."""
        return self.update(useful=useful, outcome=outcome)


class SentAlert(models.Model):
    """An alert, or a report of a seizure, that we sent about a declaration of ours."""

    number = models.CharField(max_length=32)  # XA-2026-000123; the same to several partners
    kind = models.CharField(max_length=8)  # alert, seizure
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

    objects = SentAlerts.as_manager()


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
