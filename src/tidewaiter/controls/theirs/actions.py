"""Forgetting partners' results, and saying which messages an open case of ours still needs.

Our own inspections and seizures are ours and stay; of what led to them they keep the message's id.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Final
from uuid import UUID

from tidewaiter.controls import life
from tidewaiter.controls.models import (
    Inspection,
    PartnerResult,
    Photograph,
    ResultMention,
    Seizure,
)
from tidewaiter.documents import life as papers
from tidewaiter.documents import queries as declarations
from tidewaiter.exchange.forgetting import registry
from tidewaiter.problem import N_

INSPECTION: Final = "inspection-open"
DETAINED: Final = "goods-detained"
WORDS: Final = {
    INSPECTION: N_("an inspection that it led to is open ({case})"),
    DETAINED: N_("goods that were seized because of it are still detained ({case})"),
}


def forget(messages: Sequence[UUID], at: datetime) -> int:
    """Delete partners' results that came with these messages; how many rows."""
    return PartnerResult.objects.forget([str(each) for each in messages])


def kept(messages: Sequence[UUID]) -> Mapping[UUID, registry.Needed]:
    """Those of these messages that led to an inspection, or a seizure, that has not ended."""
    ids = {str(each): each for each in messages}
    found: dict[UUID, registry.Needed] = {}
    still = Inspection.objects.filter(message_id__in=list(ids), state=life.State.OPEN)
    for message, case in still.values_list("message_id", "reference"):
        found.setdefault(ids[message], _needed(INSPECTION, case))
    seized = list(
        Seizure.objects.filter(message_id__in=list(ids)).values_list(
            "message_id", "declaration", "number"
        )
    )
    states = declarations.summaries([declaration for _, declaration, _ in seized])
    for message, declaration, number in seized:
        known = states.get(declaration)
        if known is not None and known.state == papers.State.DETAINED:
            found.setdefault(ids[message], _needed(DETAINED, number))
    return found


def open_cases(declarations_: Sequence[int]) -> Mapping[int, registry.Needed]:
    """Those of these declarations with a case that has not ended and a partner's word led to."""
    found: dict[int, registry.Needed] = {}
    still = Inspection.objects.filter(declaration__in=declarations_, state=life.State.OPEN)
    for declaration, case in still.exclude(message_id="").values_list("declaration", "reference"):
        found[declaration] = _needed(INSPECTION, case)
    seized = Seizure.objects.filter(declaration__in=declarations_).exclude(message_id="")
    numbers = dict(seized.values_list("declaration", "number"))
    for declaration, known in declarations.summaries(list(numbers)).items():
        if known.state == papers.State.DETAINED:
            found.setdefault(declaration, _needed(DETAINED, numbers[declaration]))
    return found


def _needed(reason: str, case: str) -> registry.Needed:
    return registry.Needed(reason, case, WORDS[reason])


def refers(digests: Set[str]) -> Set[str]:
    """Those of these objects of the vault that are photographs of an inspection."""
    rows = Photograph.objects.filter(sha256__in=digests)
    return set(rows.values_list("sha256", flat=True).distinct())


FORGETTER: Final = registry.Forgetter(
    forget=forget,
    kept=kept,
    refers=refers,
    tables=tuple(each._meta.db_table for each in (PartnerResult, ResultMention)),
)
