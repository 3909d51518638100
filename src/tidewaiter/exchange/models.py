"""What was sent and what came: the outbox and the inbox; the other tables of the room beside them.

A message's bytes are written once. Serials are counted in the transaction that writes the message,
so that they have no gap; every change of state is made where the old state still stands.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from tidewaiter.exchange.attachments.models import Awaited, Sealed
from tidewaiter.exchange.bundling.models import Returning
from tidewaiter.exchange.collecting.models import Handed, Round
from tidewaiter.exchange.correspondence.models import Correspondent, Gap, Paper
from tidewaiter.exchange.door.models import Rate, Refusal, change, insert, listed
from tidewaiter.exchange.forgetting.models import Tomb, Wish
from tidewaiter.exchange.life import MOVES, Event, State, before
from tidewaiter.exchange.obligations.models import Answer
from tidewaiter.exchange.onward.models import Consent, Ground, Question
from tidewaiter.exchange.outbox.columns import PERMIT, SIGNED
from tidewaiter.exchange.outbox.models import Former
from tidewaiter.exchange.restoring.models import Rejoining, Restore
from tidewaiter.exchange.witnessing.models import Owed, Watch
from tidewaiter.ledger import actions as ledger

__all__ = [
    "Answer",
    "Awaited",
    "Consent",
    "Correspondent",
    "Former",
    "Gap",
    "Ground",
    "Handed",
    "Inbound",
    "Outbound",
    "Owed",
    "Paper",
    "Question",
    "Rate",
    "Refusal",
    "Rejoining",
    "Restore",
    "Returning",
    "Round",
    "Sealed",
    "Tomb",
    "Watch",
    "Wish",
    "exchanged",
]


ANSWERS = ~Q(in_reply_to="")
AT_ONCE = 2_000  # rows that one statement changes


class OutboundMessages(models.QuerySet["Outbound"]):
    """Messages of ours in sets."""

    def add(self, rows: Sequence["Outbound"], *, numbered: bool = True) -> None:
        """Write new messages; by the shortest way where the rows need not learn their numbers."""
        if numbered:
            Outbound.objects.bulk_create(rows, batch_size=200)
        else:
            insert(Outbound, rows)

    def unsealed(self) -> "OutboundMessages":
        """What waits and was not signed and logged yet, oldest first."""
        return self.filter(state=State.WAITING, jws="").order_by("pk")

    def due(self, code: str, at: datetime) -> "OutboundMessages":
        """What can go to that partner now, by serial; while we are fenced, our question alone."""
        rows = self.filter(type__endswith=".node.restored.v1") if ledger.standing_still() else self
        return (
            rows.filter(recipient=code, state=State.WAITING, expires_at__gt=at)
            .exclude(jws="")
            .filter(Q(next_at=None) | Q(next_at__lte=at))
            .order_by("serial")
        )

    def seal(self, rows: Sequence["Outbound"]) -> None:
        """Keep what was signed of these, which the caller holds locked and unsigned."""
        change(rows, ["jws", "digest", "log_index", "draft"], jws="")

    def locked(self, id: UUID) -> "Outbound | None":  # noqa: A002
        """The message of that id, locked after its partner's row, as everybody locks them."""
        found = self.filter(message_id=id).values_list("recipient", flat=True).first()
        if found is None:
            return None
        Correspondent.objects.lock([found])
        return self.filter(message_id=id).select_for_update().first()

    def numbered(self, code: str, first: int, last: int) -> "OutboundMessages":
        """Those to that partner with serials from `first` to `last`, locked."""
        return self.filter(recipient=code, serial__range=(first, last)).select_for_update()

    def waiting(self, pks: Sequence[int]) -> dict[int, "Outbound"]:
        """Those of these that still wait for their receipt, locked."""
        rows = self.filter(pk__in=pks, state=State.WAITING).select_for_update()
        return {row.pk: row for row in rows}

    def refused(self, pks: Sequence[int]) -> list["Outbound"]:
        """Those of these that are refused, locked, by serial."""
        if not pks:
            return []
        rows = self.filter(pk__in=pks, state=State.REFUSED).order_by("serial")
        return list(rows.select_for_update())

    def waiting_for_key(self, problem: str) -> "OutboundMessages":
        """Those that are held for an agreement's key, oldest first."""
        return self.filter(state=State.HELD, serial=None, problem=problem).order_by("pk")

    def keep_decided(self, rows: Sequence["Outbound"]) -> None:
        """Keep what was decided anew of these, which the caller holds locked and refused."""
        names = [*PERMIT, *SIGNED, "state", "settled_at", "sent_at"]
        change(rows, names, state=State.REFUSED.value)

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
        change(rows, ["state", "settled_at", "receipt", "problem", "detail", "next_at"])
        return len(rows)

    def postpone(self, waits: Mapping[int, tuple[str, str, datetime, datetime]]) -> None:
        """They were refused for what may pass: (problem, receipt, first refused, next) each."""
        rows: list[Outbound] = list(self.filter(pk__in=list(waits), state=State.WAITING))
        for row in rows:
            row.problem, row.receipt, row.refused_at, row.next_at = waits[row.pk]
            row.refusals += 1
        change(rows, ["problem", "receipt", "refused_at", "next_at", "refusals"])

    def due_now(self) -> int:
        """What they were refused for has passed: they may go again at once."""
        return self.filter(state=State.WAITING, next_at__isnull=False).update(next_at=None)

    def expire(self, at: datetime) -> int:
        """What was not delivered in time, as much as a short commit takes; how many."""
        late = self.filter(state__in=[State.HELD, State.WAITING], expires_at__lte=at)
        some = Outbound.objects.filter(pk__in=late.values("pk")[:AT_ONCE])
        return some.update(state=State.EXPIRED, settled_at=at)


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
    deleted_at = models.DateTimeField(null=True)  # there, as the partner says
    forgotten_at = models.DateTimeField(null=True)  # here: what it said is gone

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
                | (~Q(jws="") & Q(log_index__isnull=False))
                | Q(forgotten_at__isnull=False),
                name="exchange_outbound_signed_is_logged",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "state", "serial"], name="exchange_outbound_due"),
            models.Index(fields=["recipient", "sent_at"], name="exchange_outbound_when"),
            models.Index(fields=["state", "expires_at"], name="exchange_outbound_late"),
            models.Index(fields=["label"], name="exchange_outbound_label"),
            models.Index(fields=["conversation"], name="exchange_outbound_together"),
            models.Index(fields=["in_reply_to"], condition=ANSWERS, name="exchange_outbound_reply"),
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
        """Nothing is waited for any more: it gets its serial, where it has none, and its time."""
        still = Outbound.objects.filter(pk=self.pk, state=State.HELD)
        self.state, self.sent_at = MOVES[State.HELD, Event.RELEASE], at
        self.serial = self.serial or serial
        return bool(still.update(state=self.state, serial=self.serial, sent_at=at))

    def withdraw(self, by: str, *, at: datetime) -> bool:
        """Take it back, where that may still befall it; False where it may not."""
        still = Outbound.objects.filter(pk=self.pk, state__in=before(Event.WITHDRAW))
        if not still.update(state=State.WITHDRAWN, settled_at=at, next_at=None, detail=by):
            return False
        self.state, self.settled_at, self.next_at, self.detail = State.WITHDRAWN, at, None, by
        return True

    def decide(self, event: Event, *, at: datetime, **permit: Any) -> None:
        """Take another permit after a refusal; the caller signs it and writes it."""
        self._take(**permit)
        self.befall(event, at=at)
        self.settled_at, self.sent_at = None, at
        self.jws, self.digest, self.log_index, self.receipt = "", "", None, ""
        self.refusals, self.refused_at, self.next_at = 0, None, None

    def unlock(self, bind: Callable[["Outbound"], None], **permit: Any) -> bool:
        """The key that it waited for is here: it is cut down by its permit, held for people."""
        self._take(**permit)
        bind(self)
        still = Outbound.objects.filter(pk=self.pk, state=State.HELD, serial=None, jws="")
        return bool(still.update(**{name: getattr(self, name) for name in PERMIT}))

    def locked_out(self, reason: str) -> bool:
        """No clause permits any more what waited for a key: it is held until it expires."""
        self.detail = reason
        still = Outbound.objects.filter(pk=self.pk, state=State.HELD)
        return bool(still.update(detail=reason))

    def _take(self, *, waits: bool, **permit: Any) -> None:
        for name, value in permit.items():
            setattr(self, name, value)
        self.expires_at = min(self.expires_at, self.retain_until or self.expires_at)
        self.problem, self.detail = ("key-missing" if waits else ""), ""


class InboundMessages(models.QuerySet["Inbound"]):
    """Messages that we accepted, in sets."""

    def add(self, rows: Sequence[object]) -> None:
        """Write accepted messages. Raises IntegrityError where one was taken meanwhile."""
        insert(Inbound, rows)

    def with_either(self, ids: Sequence[UUID], serials: Sequence[int]) -> "list[Inbound]":
        """Those with one of the ids or one of the serials, their bytes left out.

        Two statements, each by its own index: an OR reads all that there is of the sender.
        """
        rows = self.defer("jws")
        return [
            *rows.filter(message_id__in=listed([each.hex for each in ids], "uuid")),
            *rows.filter(serial__in=listed(serials, "bigint")),
        ]

    def due_now(self, at: datetime) -> int:
        """What its type's handler has still to see may be handed to it at once."""
        return self.filter(handled_at=None, handle_at__gt=at).update(handle_at=at)

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
    kid = models.CharField(max_length=100, default="")  # the key that signed it
    jws = models.TextField()
    log_index = models.BigIntegerField()
    receipt_id = models.UUIDField()
    handle_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    stumbles = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, default="")
    forgotten_at = models.DateTimeField(null=True)  # what it said is gone; id and serial stay

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
            models.Index(fields=["sender", "sent_at"], name="exchange_inbound_when"),
            models.Index(fields=["label"], name="exchange_inbound_label"),
            models.Index(fields=["conversation"], name="exchange_inbound_together"),
            models.Index(fields=["in_reply_to"], condition=ANSWERS, name="exchange_inbound_reply"),
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


def exchanged(code: str, names: Sequence[str]) -> "tuple[Outbound | Inbound, ...]":
    """The messages exchanged with `code` that go by one of these labels or ids, newest last."""
    ours = Outbound.objects.filter(named(names), recipient=code, serial__isnull=False)
    theirs = Inbound.objects.filter(named(names), sender=code)
    rows: list[Outbound | Inbound] = [*ours.defer("jws"), *theirs.defer("jws")]  # may be thousands
    return tuple(sorted(rows, key=lambda row: row.sent_at))


def named(names: Sequence[str]) -> Q:
    """What goes by one of these labels or ids."""
    return Q(label__in=names) | Q(message_id__in=[id_ for id_ in map(_uuid, names) if id_])


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
