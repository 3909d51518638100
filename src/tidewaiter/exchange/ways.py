"""Which way something may go to a partner: for which purpose, under which mark, how released.

What is asked here changes nothing; sending asks again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tidewaiter.agreements import queries as agreements
from tidewaiter.agreements import terms
from tidewaiter.exchange.types import MessageType

LOOSEST: Final = "TLP:AMBER"  # asked where no clause permits, so that the refusal names the nearest


@dataclass(frozen=True, slots=True)
class Way:
    """One way to send; `approval` is none, one or two, and "" where no clause permits it."""

    purpose: str
    handling: str
    approval: str


def way(
    to: str,
    kind: MessageType,
    data: Mapping[str, Any],
    at: datetime,
    *,
    purposes: Sequence[str] = terms.PURPOSES,
    handling: str = "",
    mode: str = "spontaneous",
) -> Way:
    """The first of `purposes` for which a clause lets `data` go, with the loosest mark that it has;
    where none does, the first purpose, for the refusal to be named."""
    required = () if mode == "on-request" else kind.required
    for offer in agreements.permits(to, kind.name, purposes, data, required, at, mode=mode):
        if offer.permitted and offer.obligations is not None:
            mark = handling or offer.obligations.handling
            return Way(offer.purpose, mark, offer.obligations.approval)
    return Way(purposes[0], handling or LOOSEST, "")
