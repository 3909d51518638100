"""Corrections: a partner takes an alert of its own back, and whoever acted on it is told.

A correction counts for alerts of the same agreement and clause that were sent before it, whichever
of the two is handled first.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from tidewaiter.controls import queries as controlled
from tidewaiter.documents import queries as declarations
from tidewaiter.exchange.forgetting import actions as forgetting
from tidewaiter.exchange.types import Received
from tidewaiter.identity import queries as identity
from tidewaiter.permission import Permission
from tidewaiter.risk.models import Correction, Notice
from tidewaiter.risk.partners.models import WITHDRAWN_AT_ONCE
from tidewaiter.work import actions as work

WITHDRAWN: Final = "risk.withdrawn"  # for the office that holds the consignment
AMENDED: Final = "risk.amended"
ACTED: Final = "risk.acted"  # for who inspected it
KINDS: Final = ("alert", "seizure")  # of notices that a correction can be about


def take(received: Received) -> None:
    """Keep a correction and drop the signals of what it corrects; what they hit is judged again.

    Where it corrects many, a job does the rest, some at once.
    """
    data = received.data
    values: dict[str, Any] = {
        "partner": received.source,
        "agreement": received.agreement,
        "clause": received.clause,
        "alert": str(data["alert"])[:200],
        "correction": data["correction"],
        "reason": str(data.get("reason", ""))[:2_000],
        "replaced_by": str(data.get("replacedby", ""))[:80],
        "sent_at": received.time,
        "received_at": received.received_at,
    }
    Correction.objects.keep(str(received.id), **values)
    said = Correction(message_id=str(received.id), **values)
    if data["correction"] == "withdrawn":  # what was withdrawn, nobody need keep
        forgetting.wish(
            partner=received.source,
            names=[said.alert],
            asked_by=received.id,
            withdrawn=True,
            at=received.received_at,
        )
    if _withdraw(said):
        key = said.message_id
        work.enqueue("risk.corrected", {"message": key}, at=said.received_at, key=key)


def go_on(message_id: str) -> bool:
    """Drop the signals of some more of what a correction is about, in the caller's transaction;
    whether there may be more.
    """
    said = Correction.objects.filter(message_id=message_id).first()
    return said is not None and _withdraw(said)


def overtaken(notice: Notice, *, at: datetime) -> None:
    """Withdraw at once what a correction that was handled before it is about."""
    said = Correction.objects.of(notice) if notice.kind in KINDS else None
    if said is not None:
        Notice.objects.filter(pk=notice.pk).withdraw(at=at, **_because(said))


def tell(notice: Notice, hit: Sequence[int], *, at: datetime) -> None:
    """Ask to look again: who inspected because of a notice that was withdrawn, and the office."""
    people = set(identity.holders(Permission.INSPECTION_RECORD))
    kind = AMENDED if notice.replaced_by else WITHDRAWN
    said = notice.message_id
    for one in declarations.summaries(list(hit)).values():
        done = controlled.latest(one.reference)
        if done is None and controlled.standing(one.reference) is None:
            continue
        params: dict[str, str | int] = {
            "reference": one.reference,
            "partner": notice.partner,
            "alert": notice.number,
            "replaced": notice.replaced_by,
        }
        if done is not None and done.by in people:
            work.open_task(ACTED, one.reference, params, person=done.by, at=at, message_id=said)
        work.open_task(kind, one.reference, params, office=one.office, at=at, message_id=said)


def _withdraw(said: Correction) -> bool:
    """Withdraw some of what a correction is about, and have what it hit judged again."""
    at = said.received_at
    words = Notice.objects.corrected(said, KINDS).withdraw(at=at, **_because(said))
    for word in words:
        work.enqueue("risk.warned", {"word": word}, at=at, key=word)
    return len(words) == WITHDRAWN_AT_ONCE


def _because(said: Correction) -> dict[str, str]:
    return {"reason": said.reason or said.correction, "replaced_by": said.replaced_by}
