"""Sending our own export declarations to a partner."""

from datetime import datetime

from tidewaiter import canonical
from tidewaiter.agreements import terms
from tidewaiter.documents.theirs import messages, queries
from tidewaiter.exchange import actions as exchange
from tidewaiter.exchange import ways
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
