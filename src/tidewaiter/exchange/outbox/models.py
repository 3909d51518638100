"""What was signed of a message of ours, before it was decided and signed anew."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models


class Formers(models.QuerySet["Former"]):
    """What messages were before."""

    def keep(self, rows: Iterable[Any], *, at: datetime) -> None:
        """Keep what was signed, sent and refused of these rows of the outbox."""
        former = [
            Former(
                message_id=row.message_id,
                jws=row.jws,
                digest=row.digest,
                log_index=row.log_index,
                agreement=row.agreement,
                clause=row.clause,
                receipt=row.receipt,
                problem=row.problem,
                replaced_at=at,
            )
            for row in rows
            if row.jws
        ]
        Former.objects.bulk_create(former, batch_size=50)


class Former(models.Model):
    """What was signed, sent and refused of a message that was then decided and signed anew."""

    message_id = models.UUIDField(db_index=True)
    jws = models.TextField()
    digest = models.CharField(max_length=71)
    log_index = models.BigIntegerField()
    agreement = models.CharField(max_length=71)
    clause = models.CharField(max_length=80)
    receipt = models.TextField(default="")
    problem = models.CharField(max_length=60, default="")
    replaced_at = models.DateTimeField()

    objects = Formers.as_manager()
