"""Which way a message may go to a partner: under which purpose, with which mark, needing what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tidewaiter.agreements import queries as agreements
from tidewaiter.risk import warning


def way(to: str, kind: str, data: dict[str, Any], told: warning.Told, at: datetime) -> warning.Way:
    """The purpose, mark and needs under which most of `data` may go to `to`, as far as `told`
    leaves them open; where nothing is permitted, the first, for the refusal to be named."""
    purposes = [told.purpose] if told.purpose else warning.purposes(str(data["offence"]))
    for needs in warning.needs(kind, data):
        for offer in agreements.permits(to, kind, purposes, data, needs, at):
            if offer.permitted and offer.obligations is not None:
                handling = told.handling or offer.obligations.handling
                return warning.Way(offer.purpose, handling, needs)
    return warning.Way(purposes[0], told.handling or "TLP:AMBER", None)


def offers(to: str, kind: str, data: dict[str, Any], at: datetime) -> Sequence[agreements.Offer]:
    """What may be sent to `to` of this, for each purpose: with the most that any clause lets go."""
    purposes = warning.purposes(str(data["offence"]))
    found: Sequence[agreements.Offer] = ()
    for needs in warning.needs(kind, data):
        found = agreements.permits(to, kind, purposes, data, needs, at)
        if any(offer.permitted for offer in found):
            break
    return found
