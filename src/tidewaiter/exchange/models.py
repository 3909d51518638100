"""What was sent and what came: the outbox, the inbox, and where each partner stands.

A message's bytes are written once. Serials are counted in the transaction that writes the message,
so that they have no gap; every change of state is made where the old state still stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from tidewaiter.exchange.life import MOVES, Event, State, before


class Correspondents(models.QuerySet["Correspondent"]):
    """Where we stand with partners."""

    def lock(self, codes: Iterable[str]) -> list["Correspondent"]:
        """The rows of these partners, made where missing, locked until the transaction ends."""
        wanted = sorted(set(codes))
        Correspondent.objects.bulk_create(
            [Correspondent(administration=each) for each in wanted], ignore_conflicts=True
        )
        return list(self.filter(pk__in=wanted).order_by("pk").select_for_update())

    def serials(self, code: str, count: int) -> int:
        """The first of `count` serials of messages to `code`, in the caller's transaction."""
        (row,) = self.lock([code])
        self.filter(pk=code).update(last_serial=F("last_serial") + count)
        return row.last_serial + 1

    def heard(self, codes: Iterable[str]) -> None:
        """A word came from these partners: whatever they were waited for, the wait is over."""
        self.filter(pk__in=list(codes), failures__gt=0).update(failures=0, next_at=None)

    def forget_waits(self) -> None:
        """Try every partner at once."""
        self.filter(failures__gt=0).update(failures=0, next_at=None)

    def waits(self, code: str, at: datetime) -> datetime | None:
        """Until when that partner is left alone, None where it is not."""
        return self.filter(pk=code, next_at__gt=at).values_list("next_at", flat=True).first()

    def failed(self, code: str, *, failures: int, next_at: datetime) -> None:
        """No answer came: how many in a row, and when it is tried again."""
        self.filter(pk=code).update(failures=failures, next_at=next_at)


class Correspondent(models.Model):
    """A partner as this room sees it: the serials given out, and the wait for an answer."""

    administration = models.CharField(max_length=2, primary_key=True)
    last_serial = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)

    objects = Correspondents.as_manager()


class OutboundMessages(models.QuerySet["Outbound"]):
    """Messages of ours in sets."""

    def add(self, rows: Sequence["Outbound"]) -> None:
        """Write new messages."""
        Outbound.objects.bulk_create(rows, batch_size=200)

    def unsealed(self) -> "OutboundMessages":
        """What waits and was not signed and logged yet, oldest first."""
        return self.filter(state=State.WAITING, jws="").order_by("pk")

    def due(self, code: str, at: datetime) -> "OutboundMessages":
        """What can go to that partner now, by serial."""
        return (
            self.filter(recipient=code, state=State.WAITING, expires_at__gt=at)
            .exclude(jws="")
            .filter(Q(next_at=None) | Q(next_at__lte=at))
            .order_by("serial")
        )

    def seal(self, rows: Sequence["Outbound"]) -> None:
        """Keep what was signed of these, which the caller holds locked and unsigned."""
        names = ["jws", "digest", "log_index", "draft"]
        Outbound.objects.filter(jws="").bulk_update(rows, names, batch_size=100)

    def tried(self, pks: Sequence[int]) -> None:
        """They were sent once more."""
        self.filter(pk__in=pks).update(attempts=F("attempts") + 1)

    def settle(self, event: Event, values: Mapping[int, Mapping[str, Any]], *, at: datetime) -> int:
        """Let `event` befall these rows, each with what its receipt says; how many it befell."""
        rows: list[Outbound] = list(
            self.filter(pk__in=list(values), state__in=before(event)).select_for_update()
        )
        for row in rows:
            row.befall(event, at=at)
            for name, value in values[row.pk].items():
                setattr(row, name, value)
        names = ["state", "settled_at", "receipt", "problem", "detail", "next_at"]
        Outbound.objects.bulk_update(rows, names, batch_size=100)
        return len(rows)

    def postpone(self, waits: Mapping[int, tuple[str, str, datetime, datetime]]) -> None:
        """They were refused for what may pass: (problem, receipt, first refused, next) each."""
        rows: list[Outbound] = list(self.filter(pk__in=list(waits), state=State.WAITING))
        for row in rows:
            row.problem, row.receipt, row.refused_at, row.next_at = waits[row.pk]
            row.refusals += 1
        names = ["problem", "receipt", "refused_at", "next_at", "refusals"]
        Outbound.objects.bulk_update(rows, names, batch_size=100)

    def expire(self, at: datetime) -> int:
        """What was not delivered in time; how many."""
        late = self.filter(state__in=[State.HELD, State.WAITING], expires_at__lte=at)
        return late.update(state=State.EXPIRED, settled_at=at)


class Outbound(models.Model):
    """A message of ours: held or not, drafted, then signed, then settled by its receipt."""

    message_id = models.UUIDField(unique=True)
    recipient = models.CharField(max_length=2)
    serial = models.PositiveIntegerField(null=True)
    type = models.CharField(max_length=120)
    purpose = models.CharField(max_length=40, default="")
    mode = models.CharField(max_length=20, default="")
    handling = models.CharField(max_length=20, default="")
    agreement = models.CharField(max_length=71, default="")
    clause = models.CharField(max_length=80, default="")
    conversation = models.CharField(max_length=36, default="")
    in_reply_to = models.CharField(max_length=36, default="")
    label = models.CharField(max_length=200, default="")
    retain_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField()  # its `time`
    draft = models.TextField(default="")  # its data in JSON, until it is signed
    salt = models.BinaryField(max_length=32)
    withheld = models.JSONField(default=list)
    asked = models.JSONField(default=dict)  # what decide() was asked, to answer the same again
    state = models.CharField(max_length=10)
    approval = models.PositiveSmallIntegerField(default=0)  # how many people release it
    released_by = models.JSONField(default=list)
    by = models.CharField(max_length=150)
    jws = models.TextField(default="")
    digest = models.CharField(max_length=71, default="")
    log_index = models.BigIntegerField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    refusals = models.PositiveIntegerField(default=0)
    refused_at = models.DateTimeField(null=True)  # the first time, for what may pass
    next_at = models.DateTimeField(null=True)
    receipt = models.TextField(default="")
    problem = models.CharField(max_length=60, default="")
    detail = models.CharField(max_length=500, default="")
    settled_at = models.DateTimeField(null=True)

    objects = OutboundMessages.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "serial"], name="exchange_outbound_serial_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in State]),
                name="exchange_outbound_state",
            ),
            models.CheckConstraint(
                condition=Q(serial__isnull=False)
                | Q(state__in=[State.HELD.value, State.EXPIRED.value, State.WITHDRAWN.value]),
                name="exchange_outbound_serial_when_released",
            ),
            models.CheckConstraint(
                condition=Q(jws="", log_index__isnull=True)
                | (~Q(jws="") & Q(log_index__isnull=False)),
                name="exchange_outbound_signed_is_logged",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "state", "serial"], name="exchange_outbound_due"),
            models.Index(fields=["state", "expires_at"], name="exchange_outbound_late"),
            models.Index(fields=["label"], name="exchange_outbound_label"),
            models.Index(
                fields=["id"],
                condition=Q(jws="", state="waiting"),
                name="exchange_outbound_unsealed",
            ),
        ]

    def sign(self, jws: str, digest: str, log_index: int) -> None:
        """Take the signed bytes and their place in the log; the caller writes them."""
        self.jws, self.digest, self.log_index, self.draft = jws, digest, log_index, ""

    def befall(self, event: Event, *, at: datetime) -> None:
        """Take the state that follows; the caller writes it where the old one still stands."""
        self.state = MOVES[State(self.state), event]
        self.settled_at = at

    def release(self, person: str) -> bool:
        """Note that `person` released it, where it stands as we read it."""
        still = Outbound.objects.filter(pk=self.pk, state=State.HELD, released_by=self.released_by)
        self.released_by = [*self.released_by, person]
        return bool(still.update(released_by=self.released_by))

    def let_go(self, serial: int, *, at: datetime) -> bool:
        """The last person needed released it: it gets its serial and its time."""
        still = Outbound.objects.filter(pk=self.pk, state=State.HELD)
        self.state, self.serial, self.sent_at = State.WAITING, serial, at
        return bool(still.update(state=self.state, serial=serial, sent_at=at))


class InboundMessages(models.QuerySet["Inbound"]):
    """Messages that we accepted, in sets."""

    def add(self, rows: Sequence["Inbound"]) -> None:
        """Write accepted messages. Raises IntegrityError where one was taken meanwhile."""
        Inbound.objects.bulk_create(rows, batch_size=100)

    def unhandled(self, at: datetime) -> "InboundMessages":
        """What its type's handler has still to see, and may by now; oldest first."""
        return self.filter(handled_at=None, handle_at__lte=at).order_by("pk")


class Inbound(models.Model):
    """A message that we accepted: its signed bytes, its first receipt's facts, its handling."""

    message_id = models.UUIDField()
    sender = models.CharField(max_length=2)
    serial = models.PositiveIntegerField()
    type = models.CharField(max_length=120)
    agreement = models.CharField(max_length=71, default="")
    clause = models.CharField(max_length=80, default="")
    handling = models.CharField(max_length=20, default="")
    conversation = models.CharField(max_length=36, default="")
    in_reply_to = models.CharField(max_length=36, default="")
    label = models.CharField(max_length=200, default="")
    retain_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField()  # its `time`
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=71)
    jws = models.TextField()
    log_index = models.BigIntegerField()
    receipt_id = models.UUIDField()
    handle_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    stumbles = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, default="")

    objects = InboundMessages.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "message_id"], name="exchange_inbound_id_once"
            ),
            models.UniqueConstraint(
                fields=["sender", "serial"], name="exchange_inbound_serial_once"
            ),
        ]
        indexes = [
            models.Index(fields=["label"], name="exchange_inbound_label"),
            models.Index(fields=["message_id"], name="exchange_inbound_id"),
            models.Index(
                fields=["handle_at"],
                condition=Q(handled_at=None),
                name="exchange_inbound_unhandled",
            ),
        ]

    def handled(self, *, at: datetime) -> bool:
        """Mark it handled, once; False where another did. In the handler's own transaction."""
        still = Inbound.objects.filter(pk=self.pk, handled_at=None)
        return bool(still.update(handled_at=at, error=""))

    def stumbled(self, error: str, *, again_at: datetime) -> None:
        """Its handler raised: it is called again then."""
        Inbound.objects.filter(pk=self.pk, handled_at=None).update(
            stumbles=F("stumbles") + 1, error=error[:500], handle_at=again_at
        )


class Refusals(models.QuerySet["Refusal"]):
    """What we refused."""

    def note(self, found: Mapping[str, Mapping[str, Any]], *, at: datetime) -> None:
        """Keep a row for each key, with how often it was met."""
        rows = Refusal.objects.filter(key__in=list(found)).select_for_update()
        known = {row.key: row for row in rows}
        for row in known.values():
            row.times += found[row.key]["times"]
            row.last_at = at
        Refusal.objects.bulk_update(known.values(), ["times", "last_at"], batch_size=100)
        fresh = [
            Refusal(key=key, first_at=at, last_at=at, **values)
            for key, values in found.items()
            if key not in known
        ]
        Refusal.objects.bulk_create(fresh, batch_size=100, ignore_conflicts=True)


class Refusal(models.Model):
    """That we refused something: the one trace that a refusal leaves.

    One row a message and problem; of what fails before a signature holds, one an address, problem
    and day, for anybody can send such things.
    """

    key = models.CharField(max_length=160, unique=True)
    sender = models.CharField(max_length=2, default="")
    address = models.CharField(max_length=45, default="")
    message_id = models.CharField(max_length=36, default="")
    type = models.CharField(max_length=120, default="")
    digest = models.CharField(max_length=71, default="")
    problem = models.CharField(max_length=60)
    rule = models.CharField(max_length=300, default="")
    times = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = Refusals.as_manager()

    class Meta:
        indexes = [models.Index(fields=["last_at"], name="exchange_refusal_last")]


class Rates(models.QuerySet["Rate"]):
    """How many lines came in this minute."""

    def counted(self, key: str, minute: datetime) -> int:
        """The lines counted under `key` in that minute."""
        found = self.filter(key=key, minute=minute).values_list("lines", flat=True).first()
        return found or 0

    def add(self, key: str, minute: datetime, lines: int) -> None:
        """Count more lines, in the caller's transaction."""
        if not self.filter(key=key, minute=minute).update(lines=F("lines") + lines):
            row = Rate(key=key, minute=minute, lines=lines)
            Rate.objects.bulk_create([row], ignore_conflicts=True)

    def tidy(self, before_minute: datetime) -> None:
        """Drop what is past."""
        self.filter(minute__lt=before_minute).delete()


class Rate(models.Model):
    """Lines a minute of a partner, or of an address whose lines fail."""

    key = models.CharField(max_length=60)
    minute = models.DateTimeField()
    lines = models.PositiveIntegerField()

    objects = Rates.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "minute"], name="exchange_rate_one_a_minute")
        ]
        indexes = [models.Index(fields=["minute"], name="exchange_rate_minute")]


class Papers(models.QuerySet["Paper"]):
    """The node documents that we issued."""

    def newest(self) -> "Paper | None":
        """The one that is served."""
        return self.order_by("-issued_at").first()

    def issue(self, content: str, document: str, *, at: datetime) -> None:
        """Keep a new one; a content issued at that moment already stays."""
        Paper.objects.bulk_create(
            [Paper(content=content, document=document, issued_at=at)], ignore_conflicts=True
        )


class Paper(models.Model):
    """A node document of ours: issued anew when what it says has changed."""

    content = models.CharField(max_length=71)  # digest of what it says, `issued` left out
    document = models.TextField()
    issued_at = models.DateTimeField(unique=True)

    objects = Papers.as_manager()


def exchanged(code: str, names: Sequence[str]) -> "tuple[Outbound | Inbound, ...]":
    """The messages exchanged with `code` that go by one of these labels or ids, newest last."""
    ids = [found for found in map(_uuid, names) if found is not None]
    either = Q(label__in=names) | Q(message_id__in=ids)
    ours = Outbound.objects.filter(either, recipient=code, serial__isnull=False)
    theirs = Inbound.objects.filter(either, sender=code)
    return tuple(sorted([*ours, *theirs], key=lambda row: row.sent_at))


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
