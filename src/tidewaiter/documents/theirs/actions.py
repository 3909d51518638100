"""Sending our own export declarations to a partner, and forgetting what partners sent of theirs."""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Final
from uuid import UUID

from tidewaiter import canonical
from tidewaiter.agreements import terms
from tidewaiter.documents.models import Declaration, PartnerMention, PartnerPaper, Version
from tidewaiter.documents.theirs import messages, queries
from tidewaiter.exchange import actions as exchange
from tidewaiter.exchange import ways
from tidewaiter.exchange.forgetting import registry
from tidewaiter.identity.viewer import Viewer


def send(
    *,
    reference: str,
    to: str,
    by: Viewer,
    at: datetime,
    purpose: str = "",
    handling: str = "",
) -> exchange.Sent:
    """Send an export declaration of ours, as far as a clause lets it go.

    For `purpose`, else the first for which a clause permits it. Raises NotAnExport,
    DeclarationUnknown, and what `exchange.actions.send` raises.
    """
    data = {"declaration": canonical.read(queries.export(by, reference, at=at))}
    purposes = [purpose] if purpose else terms.PURPOSES
    way = ways.way(to, messages.EXPORT, data, at, purposes=purposes, handling=handling)
    return exchange.send(
        to=to,
        type=messages.EXPORT_TYPE,
        purpose=way.purpose,
        handling=way.handling,
        data=data,
        by=by,
        at=at,
    )


def forget(messages: Sequence[UUID], at: datetime) -> int:
    """Delete partners' declarations that came with these messages; how many rows."""
    return PartnerPaper.objects.forget([str(each) for each in messages])


def refers(digests: Set[str]) -> Set[str]:
    """Those of these objects of the vault from which a declaration of ours was read."""
    rows = Version.objects.filter(source__in=digests)
    return set(rows.values_list("source", flat=True).distinct())


FORGETTER: Final = registry.Forgetter(
    forget=forget,
    refers=refers,
    tables=tuple(each._meta.db_table for each in (PartnerPaper, PartnerMention, Declaration)),
)
