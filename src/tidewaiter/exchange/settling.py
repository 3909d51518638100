"""What a partner's receipts settle: delivered, refused for good, to be tried again, decided anew.

The wire contract, "Trying again". Receipts come as the answer to a POST, or by the partner's own
POST for what it collected; both end here, in the caller's transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from tidewaiter.exchange import redeciding, retry, telling
from tidewaiter.exchange.deciding import Decided
from tidewaiter.exchange.delivery import Heard
from tidewaiter.exchange.life import Event
from tidewaiter.exchange.message import Origin
from tidewaiter.exchange.models import Correspondent, Outbound, Owed
from tidewaiter.exchange.receipt import REFUSED
from tidewaiter.exchange.restoring import outstanding
from tidewaiter.identity import actions as identity

log = structlog.get_logger("tidewaiter.exchange")


@dataclass(frozen=True, slots=True)
class Settled:
    """What the receipts came to, by the numbers of the rows."""

    accepted: tuple[int, ...]
    refused: tuple[int, ...]  # for good
    passing: tuple[int, ...]  # tried again later
    anew: tuple[int, ...]  # decided anew, by another clause
    lacking: tuple[int, ...]  # refused for an attachment that the partner has not


def settle(
    partner: str, words: Mapping[int, Heard], *, us: Origin, sign: telling.Sign, at: datetime
) -> Settled:
    """Note what a partner's receipts say of these messages; any word ends the wait for it."""
    Correspondent.objects.lock([partner])
    Correspondent.objects.heard([partner])
    Outbound.objects.tried(list(words))
    words = outstanding.settled(partner, words, us=us, sign=sign, at=at)
    accepted = {
        pk: {"receipt": word.compact, "problem": "", "detail": "", "next_at": None}
        for pk, word in words.items()
        if word.receipt.outcome != REFUSED
    }
    Outbound.objects.settle(Event.ACCEPT, accepted, at=at)
    Owed.objects.note(partner, {pk: words[pk].receipt.log_index for pk in accepted}, at=at)
    refused = {pk: word for pk, word in words.items() if word.receipt.outcome == REFUSED}
    settled = _refused(partner, refused, tuple(accepted), us=us, sign=sign, at=at)
    identity.seen(partner, at)
    return settled


def _refused(
    partner: str,
    words: Mapping[int, Heard],
    accepted: tuple[int, ...],
    *,
    us: Origin,
    sign: telling.Sign,
    at: datetime,
) -> Settled:
    final: dict[int, dict[str, Any]] = {}
    passing: dict[int, tuple[str, str, datetime, datetime]] = {}
    permits: dict[int, Decided] = {}
    anew = redeciding.Anew(partner, us=us, at=at)
    known = Outbound.objects.waiting(list(words))
    for pk, row in known.items():
        word, problem = words[pk], words[pk].receipt.problem
        first = row.refused_at or at
        then = retry.again(problem, first_sent=first, failures=row.refusals + 1, at=at)
        permit = anew.decided(row, problem)
        if permit is not None:
            permits[pk] = permit
        if then is not None and permit is None:
            passing[pk] = (problem, word.compact, first, then)
        else:
            final[pk] = {
                "receipt": word.compact,
                "problem": problem,
                "detail": word.receipt.detail,
                "next_at": None,
            }
        log.warning(
            "message refused",
            id=str(row.message_id),
            problem=problem,
            final=pk in final,
            anew=permit is not None,
        )
    Outbound.objects.settle(Event.REFUSE, final, at=at)
    Outbound.objects.postpone(passing)
    rows = Outbound.objects.refused(list(permits))
    if rows:
        pairs = [(row, permits[row.pk]) for row in rows]
        redeciding.sign_anew(pairs, us=us, sign=sign, at=at)
    lacking = [pk for pk in passing if words[pk].receipt.problem == "missing-attachment"]
    return Settled(
        accepted=accepted,
        refused=tuple(pk for pk in final if pk not in permits),
        passing=tuple(passing),
        anew=tuple(row.pk for row in rows),
        lacking=tuple(lacking),
    )
