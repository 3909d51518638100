"""Forgetting what requests and replies said, with the messages that carried them.

A partner's request goes with our replies to it. One of ours stays, emptied, as long as a reply to
it may be kept.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from tidewaiter.assistance.models import Reply, Request
from tidewaiter.exchange.forgetting import registry


def forget(messages: Sequence[UUID], at: datetime) -> int:
    """Delete the requests and replies that these messages carried; how many rows."""
    said = [str(each) for each in messages]
    with transaction.atomic():
        return Reply.objects.forget(said) + Request.objects.forget(said)


FORGETTER: Final = registry.Forgetter(
    forget=forget, tables=(Request._meta.db_table, Reply._meta.db_table)
)
