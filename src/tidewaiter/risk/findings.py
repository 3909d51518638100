"""Signals of our own, raised from what inspections found (controls.findings).

It is called in the transaction that records an inspection, and looked up before: what is heavy is
imported with this module, so that nobody waits for it while the writer is held.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tidewaiter.controls import registries
from tidewaiter.documents import queries as declarations
from tidewaiter.risk import messages, particulars
from tidewaiter.risk.models import Notice
from tidewaiter.risk.partners import raising
from tidewaiter.work import actions as work


def learn_of(recorded: Sequence[registries.Recorded]) -> None:
    """Raise signals of our own from what inspections found (controls.findings)."""
    for one in recorded:
        if one.conform:
            continue
        data = _data(declarations.items_frame([one.declaration]), one.marks)
        until = one.at + messages.FINDING_COUNTS
        about, waiting = raising.begin(data)
        word = f"inspection:{one.inspection}"
        Notice.objects.keep(
            raising.rows(about, one.message_id, "confirmed", until),
            waiting=waiting,
            word=word,
            source="own",
            message_id=one.message_id,
            kind="finding",
            number=one.reference,
            offence=one.offence,
            certainty="confirmed",
            received_at=one.at,
            until_at=until,
        )
        work.enqueue("risk.warned", {"word": word}, at=one.at, key=word)


def _data(items: pl.DataFrame, marks: Sequence[str]) -> dict[str, Any]:
    """What was found at whom, as an alert would say it."""
    told = particulars.consignment(items)
    parties = {role: told[role] for role in ("consignor", "consignee") if role in told}
    return {"consignment": parties, "goods": particulars.goods(items, marks)}
