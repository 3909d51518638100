"""A partner's node document fetched again, for a signature by a key that we do not know.

The wire contract, "Who a node is": on an unknown `kid`, at most once a minute. Outside of any
transaction: a partner that is slow keeps nobody's writer waiting.
"""

import time
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import structlog

from tidewaiter.exchange import wire
from tidewaiter.exchange.models import Correspondent
from tidewaiter.identity import actions as identity
from tidewaiter.identity import queries as partners
from tidewaiter.problem import Problem

EVERY: Final = timedelta(minutes=1)
MOST: Final = 4  # kids of a partner that are looked at of one POST
ANSWER: Final = 3.0  # seconds: others wait while a POST does
log: Final = structlog.get_logger("tidewaiter.exchange")


def renew(partner: str, kids: Collection[str], *, at: datetime) -> bool:
    """Fetch that partner's document where it may list one of `kids` by now; whether it is new.

    Not for a key that was revoked, nor where the document was fetched within the minute. Of many
    kids a few are looked at: whoever signs has one or two.
    """
    known = partners.partner(partner)
    if known is None or not known.active or not known.url:
        return False
    some = sorted(each for each in kids if each)[:MOST]
    if not any(_unknown(partner, each) for each in some):
        return False
    return refetch(known, at=at)


def refetch(known: partners.Partner, *, at: datetime) -> bool:
    """Fetch that partner's document, at most once a minute; whether it is new."""
    partner = known.administration
    if not Correspondent.objects.fetch(partner, at=at, every=EVERY):
        return False
    try:
        document = wire.document(wire.Line(known.url, ANSWER), tick=time.monotonic)
        changed = identity.take_document(administration=partner, document=document, at=at)
    except Problem as problem:
        log.warning("document not renewed", partner=partner, reason=problem.line())
        return False
    if changed:
        Correspondent.objects.changed([partner])
        log.info("document renewed", partner=partner)
    return changed


def _unknown(partner: str, kid: str) -> bool:
    return not (partners.signing_key(partner, kid) or partners.revoked(partner, kid))
