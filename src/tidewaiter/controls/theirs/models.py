"""Results of partners' controls as they came, and what consignment each names."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models, transaction
from django.db.models import Q

SLICE = 400  # pairs in one statement
AT_ONCE = 2_000  # rows that are deleted in one


class Results(models.QuerySet["PartnerResult"]):
    """Partners' results in sets."""

    def keep(self, named: Iterable[tuple[str, str]], *, message_id: str, **values: Any) -> None:
        """Keep a result and what it names; the same message twice is kept once."""
        pairs = list(named)
        values["hashed"] = any(value.startswith("kh:") for _, value in pairs)
        with transaction.atomic():
            result, new = self.get_or_create(message_id=message_id, defaults=values)
            if new:
                ResultMention.objects.bulk_create(
                    [ResultMention(result=result, kind=kind, value=value) for kind, value in pairs]
                )

    def naming(self, named: Sequence[tuple[str, str]]) -> "Results":
        """Those that name one of these, the newest first."""
        either = Q(pk=None)
        for kind, value in named[:SLICE]:
            either |= Q(kind=kind, value=value)
        results = ResultMention.objects.filter(either).values("result")
        return self.filter(pk__in=results).order_by("-pk")

    def forget(self, messages: Sequence[str]) -> int:
        """Delete what came with these messages, and what it names; how many rows.

        Some in a commit: one message may name thousands.
        """
        count = 0
        named = ResultMention.objects.filter(result__message_id__in=messages)
        while some := list(named.values_list("pk", flat=True)[:AT_ONCE]):
            count += ResultMention.objects.filter(pk__in=some).delete()[0]
        return count + self.filter(message_id__in=messages).delete()[0]

    def pseudonymous(self) -> list[str]:
        """The agreements under whose pseudonyms some of these name something."""
        found = self.filter(hashed=True).order_by("agreement")
        return list(found.values_list("agreement", flat=True).distinct())


class PartnerResult(models.Model):
    """What a partner's control found; members that its clause withheld are empty."""

    message_id = models.CharField(max_length=36, unique=True)  # provenance
    partner = models.CharField(max_length=2)
    number = models.CharField(max_length=80)
    done_on = models.CharField(max_length=80)  # a day, or what it was made of it
    kind = models.CharField(max_length=200)
    office = models.CharField(max_length=200, default="")
    result = models.CharField(max_length=80)  # conform, not-conform, or what was made of it
    findings = models.TextField(default="")
    seals = models.JSONField(default=list)
    agreement = models.CharField(max_length=71)
    clause = models.CharField(max_length=80)
    handling = models.CharField(max_length=20)
    retain_until = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    hashed = models.BooleanField(default=False)  # whether it names something by a pseudonym

    objects = Results.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["agreement"], condition=Q(hashed=True), name="controls_results_hashed"
            ),
        ]


class ResultMention(models.Model):
    """Something that a partner's result names, as it is compared with ours."""

    result = models.ForeignKey(PartnerResult, models.CASCADE, related_name="mentions")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=256)

    objects = models.Manager["ResultMention"]()

    class Meta:
        indexes = [models.Index(fields=["kind", "value"], name="controls_results_named")]
