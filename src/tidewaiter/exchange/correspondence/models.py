"""The tables of correspondence: where a partner stands, serials that are missing, our documents."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from tidewaiter.exchange.serials import EVERY, PATIENCE, Span, left, opened


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

    def beyond(self, code: str, serial: int) -> None:
        """No message to `code` gets that serial, or one before it, from now on."""
        self.filter(pk=code, last_serial__lt=serial).update(last_serial=serial)

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

    def changes_of(self, codes: Iterable[str]) -> dict[str, int]:
        """How often what we know of these partners has changed, none left out."""
        known = dict(self.filter(pk__in=list(codes)).values_list("pk", "changes"))
        return {code: known.get(code, 0) for code in codes}

    def changed(self, codes: Iterable[str]) -> None:
        """What we know of these partners changed: what was judged before is judged again."""
        self.filter(pk__in=list(codes)).update(changes=F("changes") + 1)

    def fetch(self, code: str, *, at: datetime, every: timedelta) -> bool:
        """Whether the caller may fetch that partner's document now: nobody did for `every`."""
        Correspondent.objects.bulk_create(
            [Correspondent(administration=code)], ignore_conflicts=True
        )
        long_ago = Q(fetched_at=None) | Q(fetched_at__lte=at - every)
        return bool(self.filter(long_ago, pk=code).update(fetched_at=at))


class Correspondent(models.Model):
    """A partner as this room sees it: the serials given out, and the wait for an answer."""

    administration = models.CharField(max_length=2, primary_key=True)
    last_serial = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    highest = models.PositiveIntegerField(default=0)  # of its serials that we took
    changes = models.PositiveIntegerField(default=0)  # of its keys and agreements, over the wire
    fetched_at = models.DateTimeField(null=True)  # its document, for a kid that we did not know

    objects = Correspondents.as_manager()

    def took(self, serials: Sequence[int], *, at: datetime) -> bool:
        """Note serials of its messages that we accept, whether any before them is missing now.

        The row is locked by the caller.
        """
        fresh = opened(self.highest, [each for each in serials if each > self.highest])
        late = sorted(each for each in serials if each < self.highest)
        if late:
            Gap.objects.close(self.administration, late)
        Gap.objects.open(self.administration, fresh, at=at)
        highest = max(self.highest, *serials)
        if highest > self.highest:
            self.highest = highest
            Correspondent.objects.filter(pk=self.pk).update(highest=highest)
        return bool(fresh)

    def owed(self, sent: int, *, at: datetime) -> None:
        """It sent so many: what did not come is missing. The row is locked by the caller."""
        if sent <= self.highest:
            return
        Gap.objects.open(self.administration, opened(self.highest, [sent + 1]), at=at)
        self.highest = sent
        Correspondent.objects.filter(pk=self.pk).update(highest=sent)


class Gaps(models.QuerySet["Gap"]):
    """Serials of partners that did not come."""

    def open(self, code: str, spans: Iterable[Span], *, at: datetime) -> None:
        """Note that these are missing."""
        rows = [Gap(sender=code, first=each.first, last=each.last, noticed_at=at) for each in spans]
        if rows:
            Gap.objects.bulk_create(rows, batch_size=500)

    def close(self, code: str, serials: Sequence[int]) -> int:
        """Note that these, sorted, came or were withdrawn; how many gaps were touched."""
        near = self.filter(sender=code, first__lte=serials[-1], last__gte=serials[0])
        rows = list(near.order_by("first").select_for_update())
        pieces = [(row, left(Span(row.first, row.last), serials)) for row in rows]
        touched = [(row, spans) for row, spans in pieces if spans != [Span(row.first, row.last)]]
        if not touched:
            return 0
        Gap.objects.filter(pk__in=[row.pk for row, _ in touched]).delete()
        Gap.objects.bulk_create(
            [
                Gap(
                    sender=code,
                    first=span.first,
                    last=span.last,
                    noticed_at=row.noticed_at,
                    asked_at=row.asked_at,
                )
                for row, spans in touched
                for span in spans
            ],
            batch_size=500,
        )
        return len(touched)

    def due(self, at: datetime) -> "Gaps":
        """Those to be asked for now: after 30 s, then every 10 minutes; the oldest serial first.

        What was noticed at a time that is yet to come was so by a clock that was put back since.
        """
        noticed = Q(noticed_at__lte=at - PATIENCE) | Q(noticed_at__gt=at)
        again = Q(asked_at__lte=at - EVERY) | Q(asked_at__gt=at)
        return self.filter(Q(asked_at=None) & noticed | again).order_by("sender", "first")

    def next(self, at: datetime) -> datetime | None:
        """When one is due next, not before `at`; None where none is missing."""
        never = self.filter(asked_at=None).aggregate(at=models.Min("noticed_at"))["at"]
        again = self.exclude(asked_at=None).aggregate(at=models.Min("asked_at"))["at"]
        moments = [min(never, at) + PATIENCE] if never else []
        moments += [min(again, at) + EVERY] if again else []
        return max(min(moments), at + timedelta(seconds=5)) if moments else None

    def asked(self, pks: Sequence[int], *, at: datetime) -> None:
        """They were asked for."""
        self.filter(pk__in=pks).update(asked_at=at)


class Gap(models.Model):
    """Serials of a partner, from `first` to `last`, that neither came nor were withdrawn."""

    sender = models.CharField(max_length=2)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    noticed_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)

    objects = Gaps.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sender", "first"], name="exchange_gap_once"),
            models.CheckConstraint(
                condition=Q(first__gte=1, last__gte=F("first")), name="exchange_gap_span"
            ),
        ]


class Papers(models.QuerySet["Paper"]):
    """The node documents that we issued."""

    def newest(self) -> "Paper | None":
        """The one that is served."""
        return self.order_by("-issued_at").first()

    def told(self) -> "Paper | None":
        """The newest that partners were told."""
        return self.exclude(told_at=None).order_by("-issued_at").first()

    def all_documents(self) -> list[str]:
        """Every one that we ever issued, the newest first."""
        return list(self.order_by("-issued_at").values_list("document", flat=True))

    def issue(
        self,
        content: str,
        document: str,
        *,
        issued: datetime,
        salt: bytes | None,
        log_index: int | None,
        recovered: bool = False,
    ) -> bool:
        """Keep a new one; False where the newest is as new, or says the same by itself already."""
        newest = self.newest()
        if newest is not None and newest.issued_at >= issued:
            return False
        if newest is not None and newest.content == content and not recovered:
            return False
        row = Paper(
            content=content, document=document, issued_at=issued, salt=salt, log_index=log_index
        )
        Paper.objects.bulk_create([row], ignore_conflicts=True)
        return Paper.objects.filter(document=document).exists()


class Paper(models.Model):
    """A node document of ours: issued anew when what it says has changed."""

    content = models.CharField(max_length=71)  # digest of what it says, `issued` left out
    document = models.TextField()
    issued_at = models.DateTimeField(unique=True)
    told_at = models.DateTimeField(null=True)  # to the partners
    salt = models.BinaryField(null=True)  # with which its entry in the log commits to it
    log_index = models.PositiveBigIntegerField(null=True)

    objects = Papers.as_manager()

    def tell(self, *, at: datetime) -> bool:
        """Whether the caller is who tells it to the partners: nobody did before."""
        return bool(Paper.objects.filter(pk=self.pk, told_at=None).update(told_at=at))
