"""From what was found to one score: independent grounds add up, none takes another away.

A score is 1 − (1 − p) · ∏ (1 − w): p is the model's probability (or the base rate where there is
no model), w the weight of each hit. Pure arithmetic on what an assessment keeps, so that it can be
replayed with a partner's words left out.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

BASE: Final = 0.02  # the probability where no model has been trained
LANES: Final = ("green", "yellow", "red")  # from the loosest


class Hit(msgspec.Struct, frozen=True, omit_defaults=True):
    """One ground: a reason code with parameters, its weight, and who caused it.

    `floor` is the loosest lane that the hit allows by itself. Hits of the model tell how much a
    theme adds to p (log-odds) and weigh nothing more.
    """

    code: str
    parameters: dict[str, str | int | float] = {}
    weight: float = 0.0  # 0 to 1; of a model's part: log-odds
    item: int = 0  # 0 is the whole declaration
    source: str = ""  # model, profile, signal, or an assessor's name
    floor: str = "green"
    message_id: str = ""  # the partner's message without which it would not be
    partner: str = ""
    also: tuple[str, ...] = ()  # later messages of the partner that say the same again

    @property
    def messages(self) -> tuple[str, ...]:
        """The partner's messages that carry it, the first first."""
        return (self.message_id, *self.also) if self.message_id else ()


MODEL: Final = "model"
_HITS: Final = msgspec.json.Decoder(tuple[Hit, ...])


def combine(probability: float, weights: Iterable[float]) -> float:
    """The score of a probability and the weights of independent hits, 0 to 1."""
    left = 1.0 - probability
    for weight in weights:
        left *= 1.0 - weight
    return 1.0 - left


def floor(hits: Sequence[Hit]) -> str:
    """The tightest lane that a hit demands by itself; green where none does."""
    return max((hit.floor for hit in hits), key=LANES.index, default="green")


def without(hits: Sequence[Hit], message_ids: frozenset[str]) -> tuple[Hit, ...]:
    """The hits that would be left had these messages never come."""
    return tuple(
        hit for hit in hits if not hit.message_id or not message_ids.issuperset(hit.messages)
    )


def replay(probability: float, hits: Sequence[Hit]) -> tuple[float, str]:
    """Score and floor again from what an assessment kept."""
    weights = (hit.weight for hit in hits if hit.source != MODEL)
    return combine(probability, weights), floor(hits)


def kept(text: str) -> tuple[Hit, ...]:
    """The hits that an assessment kept as JSON."""
    return _HITS.decode(text)
