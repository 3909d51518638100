"""What a met signal weighs: one hit an item and word, by the strongest combination that it meets.

The consignment itself weighs most, a party together with its goods next; goods alone say little.
A partner's word may hold a consignment in a lane by itself, a finding of our own only in yellow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidewaiter.risk import score, subjects

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Weight:
    """What a combination weighs when it was suspected and when confirmed, and its lane."""

    suspected: float
    confirmed: float
    floor: str  # for a partner's word
    own_floor: str  # for a finding of ours


WEIGHTS: Final[dict[str, Weight]] = {  # from the strongest; an item takes the first that it meets
    "consignment": Weight(0.80, 0.92, "red", "yellow"),
    "party_mark": Weight(0.75, 0.88, "red", "yellow"),
    "party_goods": Weight(0.65, 0.80, "red", "yellow"),
    "goods_mark": Weight(0.40, 0.50, "yellow", "yellow"),
    "party": Weight(0.35, 0.50, "yellow", "green"),
    "mark": Weight(0.20, 0.30, "green", "green"),
    "goods": Weight(0.08, 0.12, "green", "green"),
}
OWN: Final = 0.75  # of the weight: our finding was of goods that are here already
CONFIRMED: Final = "confirmed"
_NEEDS: Final[dict[str, frozenset[str]]] = {
    "consignment": frozenset({subjects.CONSIGNMENT}),
    "party_mark": frozenset({subjects.PARTY, subjects.MARK}),
    "party_goods": frozenset({subjects.PARTY, subjects.GOODS}),
    "goods_mark": frozenset({subjects.GOODS, subjects.MARK}),
    "party": frozenset({subjects.PARTY}),
    "mark": frozenset({subjects.MARK}),
    "goods": frozenset({subjects.GOODS}),
}


def combination(parts: frozenset[str]) -> str:
    """The strongest combination in what was met."""
    return next(name for name, needs in _NEEDS.items() if needs <= parts)


def alone(part: str, certainty: str) -> float:
    """What a subject weighs where an item meets nothing else of the word."""
    weight = WEIGHTS[combination(frozenset({part}))]
    return weight.confirmed if certainty == CONFIRMED else weight.suspected


def find(met: "pl.DataFrame", items: "pl.DataFrame") -> list[tuple[int, score.Hit]]:
    """The hits of what `matching.meet` found: row of `items` and hit, rows in order."""
    if not met.height:
        return []
    numbers = items["item"].to_list()
    found: list[tuple[int, score.Hit]] = []
    for (row, _), group in met.group_by("row", "word", maintain_order=True):
        found.append((int(row), _hit(group.to_dicts(), numbers[int(row)])))
    found.sort(key=lambda pair: (pair[0], -pair[1].weight, pair[1].message_id))
    return _once(found)


def _hit(met: list[dict[str, Any]], item: int) -> score.Hit:
    parts = frozenset(one["part"] for one in met)
    name = combination(parts)
    weight = WEIGHTS[name]
    partner = met[0]["source"] == "partner"
    confirmed = met[0]["certainty"] == CONFIRMED
    share = 1.0 if partner else OWN
    return score.Hit(
        code=f"signal.{'partner' if partner else 'own'}.{name}",
        parameters=_parameters(met, name),
        weight=round((weight.confirmed if confirmed else weight.suspected) * share, 4),
        item=item,
        source="signal",
        floor=weight.floor if partner else weight.own_floor,
        message_id=met[0]["message_id"] or "",
        partner=met[0]["partner"] or "",
    )


def _parameters(met: list[dict[str, Any]], name: str) -> dict[str, str | int | float]:
    first: Mapping[str, Any] = met[0]
    needs = _NEEDS[name]
    told = [one for one in met if one["part"] in needs]
    said = dict.fromkeys(f"{one['kind']} {one['value']}" for one in told)
    return {
        "partner": first["partner"] or "",
        "alert": first["alert"] or "",
        "offence": first["offence"] or "other",
        "certainty": first["certainty"] or "suspected",
        "subjects": "\n".join(said),  # a kind, a blank, a value; a line each
    }


def _once(found: list[tuple[int, score.Hit]]) -> list[tuple[int, score.Hit]]:
    """The words of one partner under the same combination and subjects as one ground.

    A partner that warns ten times of the same trader has said one thing, not ten; the first of
    its messages stands for it, the others are named as saying it too.
    """
    same: dict[tuple[int, str, str, str], list[score.Hit]] = {}
    for row, hit in found:
        key = (row, hit.partner, hit.code, str(hit.parameters["subjects"]))
        same.setdefault(key, []).append(hit)
    return [(key[0], _joined(hits)) for key, hits in same.items()]


def _joined(hits: list[score.Hit]) -> score.Hit:
    first = hits[0]
    if not first.message_id or len(hits) == 1:
        return first
    also = sorted(hit.message_id for hit in hits[1:])
    return msgspec.structs.replace(first, also=tuple(also))
