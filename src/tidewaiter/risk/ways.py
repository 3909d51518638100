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
    """What may be sent to `to` of this, for each purpose: with the most that any clause lets go.

    A purpose for which nothing may go says why not even the least that is needed may.
    """
    live = agreements.in_force(to, at)
    left = warning.purposes(str(data["offence"]))
    found: dict[str, agreements.Offer] = {}
    for needs in warning.needs(kind, data):
        asked = [purpose for purpose in left if not _permitted(found.get(purpose))]
        for offer in agreements.permits(to, kind, asked, data, needs, at, live=live):
            found[offer.purpose] = offer
    return [found[purpose] for purpose in left]


def _permitted(offer: agreements.Offer | None) -> bool:
    return offer is not None and offer.permitted
