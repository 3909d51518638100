"""Partners' export declarations as they came, and what each names; none is one of ours."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models, transaction
from django.db.models import Q

SLICE = 400  # pairs in one statement
AT_ONCE = 2_000  # rows that are deleted in one


class Papers(models.QuerySet["PartnerPaper"]):
    """Partners' papers in sets."""

    def keep(self, named: Iterable[tuple[str, str]], *, message_id: str, **values: Any) -> None:
        """Keep a paper and what it names; the same message twice is kept once."""
        pairs = list(named)
        values["hashed"] = any(value.startswith("kh:") for _, value in pairs)
        with transaction.atomic():
            paper, new = self.get_or_create(message_id=message_id, defaults=values)
            if new:
                PartnerMention.objects.bulk_create(
                    [PartnerMention(paper=paper, kind=kind, value=value) for kind, value in pairs]
                )

    def naming(self, named: Sequence[tuple[str, str]]) -> "Papers":
        """Those that name one of these, the newest first."""
        either = Q(pk=None)
        for kind, value in named[:SLICE]:
            either |= Q(kind=kind, value=value)
        papers = PartnerMention.objects.filter(either).values("paper")
        return self.filter(pk__in=papers).order_by("-pk")

    def forget(self, messages: Sequence[str]) -> int:
        """Delete what came with these messages, and what it names; how many rows.

        Some in a commit: one message may name thousands.
        """
        count = 0
        named = PartnerMention.objects.filter(paper__message_id__in=messages)
        while some := list(named.values_list("pk", flat=True)[:AT_ONCE]):
            count += PartnerMention.objects.filter(pk__in=some).delete()[0]
        return count + self.filter(message_id__in=messages).delete()[0]

    def pseudonymous(self) -> list[str]:
        """The agreements under whose pseudonyms some of these name something."""
        found = self.filter(hashed=True).order_by("agreement")
        return list(found.values_list("agreement", flat=True).distinct())


class PartnerPaper(models.Model):
    """A partner's export declaration: what its message said, and under which clause it came."""

    message_id = models.CharField(max_length=36, unique=True)  # provenance
    partner = models.CharField(max_length=2)
    number = models.CharField(max_length=80, default="")  # the partner's, or its declarant's
    agreement = models.CharField(max_length=71)
    clause = models.CharField(max_length=80)
    handling = models.CharField(max_length=20)
    retain_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()
    body = models.JSONField()  # the declaration as it came
    hashed = models.BooleanField(default=False)  # whether it names something by a pseudonym

    objects = Papers.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["partner", "-id"], name="documents_papers_of"),
            models.Index(
                fields=["agreement"], condition=Q(hashed=True), name="documents_papers_hashed"
            ),
        ]


class PartnerMention(models.Model):
    """Something that a partner's paper names, as it is compared with ours."""

    paper = models.ForeignKey(PartnerPaper, models.CASCADE, related_name="mentions")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=256)

    objects = models.Manager["PartnerMention"]()

    class Meta:
        indexes = [models.Index(fields=["kind", "value"], name="documents_papers_named")]
