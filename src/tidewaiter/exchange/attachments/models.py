"""The tables of attachments: ours, sealed for one partner; a partner's, awaited and then here.

The bytes lie in the vault. Of ours the JWE stays as long as its message may be sent; of a
partner's it stays until the message that names it is accepted and the plain bytes are kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import F, Q, Sum

from tidewaiter.exchange.attachments.attachment import Found, Named
from tidewaiter.exchange.life import State


class SealedFiles(models.QuerySet["Sealed"]):
    """Attachments of ours in sets."""

    def add(self, rows: Sequence["Sealed"]) -> None:
        """Write new ones, with their message."""
        Sealed.objects.bulk_create(rows, batch_size=100)

    def wanted(self, partner: str, at: datetime) -> "SealedFiles":
        """What a partner lacks for messages that wait, and may be given now, by serial."""
        waiting = self.filter(message__recipient=partner, message__state=State.WAITING)
        lacking = waiting.filter(asked=True, dropped_at=None, message__expires_at__gt=at)
        return lacking.order_by("message__serial", "pk")

    def ask(self, messages: Iterable[int]) -> int:
        """These messages were refused for lack of them; how many there are to give."""
        return self.filter(message__in=list(messages), dropped_at=None).update(asked=True)

    def to_drop(self, settled_before: datetime) -> "SealedFiles":
        """Those whose message was settled that long ago."""
        done = ~Q(message__state__in=[State.HELD, State.WAITING])
        return self.filter(done, message__settled_at__lte=settled_before, dropped_at=None)

    def drop(self, *, at: datetime) -> int:
        """Note that their JWEs are deleted."""
        return self.filter(dropped_at=None).update(dropped_at=at)


class Sealed(models.Model):
    """An attachment of a message of ours: its JWE waits in the vault until it is asked for."""

    message = models.ForeignKey("exchange.Outbound", models.CASCADE, related_name="sealed")
    name = models.CharField(max_length=200)
    mediatype = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=71)  # of the plain bytes, as the message names it
    jwe = models.CharField(max_length=71, unique=True)
    asked = models.BooleanField(default=False)  # the partner lacks it
    given = models.PositiveIntegerField(default=0)  # how often it took it
    given_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)

    objects = SealedFiles.as_manager()

    def give(self, *, at: datetime, changed: bool) -> bool:
        """Note that the partner has it; whether its message may go again at once.

        It may when the partner took it now (`changed`) and had not taken it before: one that says
        forever that it lacks what it took is waited for.
        """
        first = self.given == 0
        Sealed.objects.filter(pk=self.pk).update(
            asked=False, given=F("given") + int(changed), given_at=at
        )
        return first and changed

    def leave(self) -> bool:
        """The partner does not take it now; False: its message waits until it asks again."""
        Sealed.objects.filter(pk=self.pk).update(asked=False)
        return False


class AwaitedFiles(models.QuerySet["Awaited"]):
    """Attachments of partners in sets."""

    def expect(self, partner: str, message: UUID, jwes: Iterable[str], *, until: datetime) -> None:
        """Take these until then: a message of that partner was refused for lack of them."""
        wanted = list(dict.fromkeys(jwes))
        rows = [
            Awaited(partner=partner, message_id=message, jwe=each, until=until) for each in wanted
        ]
        Awaited.objects.bulk_create(rows, batch_size=100, ignore_conflicts=True)
        still = self.filter(partner=partner, message_id=message, jwe__in=wanted, came_at=None)
        still.update(until=until)

    def taken(self, jwe: str, at: datetime) -> "AwaitedFiles":
        """Those for which that JWE is taken now."""
        return self.filter(jwe=jwe, came_at=None, until__gt=at)

    def wanted(self, partner: str, at: datetime) -> list[str]:
        """The JWEs that are awaited of that partner now, the longest awaited first."""
        rows = self.filter(partner=partner, came_at=None, until__gt=at).order_by("pk")
        return list(dict.fromkeys(rows.values_list("jwe", flat=True)))

    def came(self, jwe: str, found: Found, length: int, *, at: datetime) -> int:
        """That JWE is here, and this is what is in it."""
        return self.filter(jwe=jwe, came_at=None).update(
            came_at=at,
            length=length,
            sha256=found.sha256,
            size=found.size,
            told=found.told,
            fault=found.fault,
        )

    def here(self, partner: str, jwes: Iterable[str]) -> dict[str, Found]:
        """What came of these from that partner, by JWE."""
        rows = self.filter(partner=partner, jwe__in=list(jwes)).exclude(came_at=None)
        return {row.jwe: Found(row.sha256, row.size, row.told, row.fault) for row in rows}

    def accept(
        self, partner: str, messages: Mapping[UUID, Sequence[Named]], *, at: datetime
    ) -> None:
        """These messages were accepted with their attachments."""
        jwes = {each.jwe for named in messages.values() for each in named}
        came = self.filter(partner=partner, jwe__in=jwes).exclude(came_at=None)
        known = {row.jwe: row for row in came}
        rows = [
            _copy(known[jwe], message)
            for message, named in messages.items()
            for jwe in dict.fromkeys(each.jwe for each in named)
        ]
        Awaited.objects.bulk_create(rows, batch_size=100, ignore_conflicts=True)
        ours = self.filter(partner=partner, message_id__in=list(messages), jwe__in=jwes)
        ours.update(accepted_at=at)

    def waiting(self, partner: str) -> int:
        """How many bytes that partner gave us for messages that were not accepted yet."""
        rows = self.filter(partner=partner, accepted_at=None).exclude(came_at=None)
        return rows.aggregate(bytes=Sum("length"))["bytes"] or 0

    def packed(self) -> "AwaitedFiles":
        """Those of accepted messages that were not unpacked yet."""
        return self.filter(accepted_at__isnull=False, unpacked_at=None).order_by("pk")

    def unpacked(self, jwe: str, *, at: datetime) -> int:
        """Note that the plain bytes of that JWE are kept for whom it was accepted."""
        return self.filter(jwe=jwe, accepted_at__isnull=False).update(unpacked_at=at)

    def late(self, before: datetime) -> "AwaitedFiles":
        """What was awaited until before then, and is part of no accepted message."""
        return self.filter(accepted_at=None, until__lte=before)

    def forget(self) -> int:
        """Delete these rows; how many."""
        return self.delete()[0]


class Awaited(models.Model):
    """An attachment that a partner's message names: awaited, here, of an accepted message."""

    partner = models.CharField(max_length=2)
    message_id = models.UUIDField()
    jwe = models.CharField(max_length=71)
    until = models.DateTimeField()  # so long it is taken
    came_at = models.DateTimeField(null=True)
    length = models.PositiveIntegerField(default=0)  # of the JWE
    sha256 = models.CharField(max_length=64, default="")  # of what is in it …
    size = models.PositiveIntegerField(default=0)
    told = models.CharField(max_length=200, default="")  # … and the media type that it tells
    fault = models.CharField(max_length=200, default="")
    accepted_at = models.DateTimeField(null=True)
    unpacked_at = models.DateTimeField(null=True)

    objects = AwaitedFiles.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "message_id", "jwe"], name="exchange_awaited_once"
            )
        ]
        indexes = [
            models.Index(fields=["jwe"], name="exchange_awaited_jwe"),
            models.Index(
                fields=["until"], condition=Q(accepted_at=None), name="exchange_awaited_late"
            ),
        ]


def _copy(known: Awaited, message: UUID) -> Awaited:
    """The row of a message that names what came for another."""
    return Awaited(
        partner=known.partner,
        message_id=message,
        jwe=known.jwe,
        until=known.until,
        came_at=known.came_at,
        length=known.length,
        sha256=known.sha256,
        size=known.size,
        told=known.told,
        fault=known.fault,
        unpacked_at=known.unpacked_at,
    )
