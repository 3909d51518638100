"""What an assessment keeps of a partner's word once the message is forgotten. Pure.

That a word weighed, whose it was and how much stays, so that the assessment can be replayed; what
it said goes. A word that other messages said too keeps what they said.
"""

from typing import Final

import msgspec

from tidewaiter.risk import score

CODE: Final = "signal.forgotten"


def emptied(text: str, forgotten: frozenset[str]) -> str:
    """The hits of an assessment (JSON) without what these messages (ids) said."""
    hits = score.kept(text)
    left = [_hit(hit, forgotten) for hit in hits]
    if all(one is other for one, other in zip(left, hits, strict=True)):
        return text
    return msgspec.json.encode(left).decode()


def _hit(hit: score.Hit, forgotten: frozenset[str]) -> score.Hit:
    if not hit.partner or hit.code == CODE or not forgotten.intersection(hit.messages):
        return hit  # what we found ourselves is ours
    if forgotten.issuperset(hit.messages):
        told: dict[str, str | int | float] = {"partner": hit.partner}
        return msgspec.structs.replace(hit, code=CODE, parameters=told)
    if hit.message_id not in forgotten:
        also = tuple(each for each in hit.also if each not in forgotten)
        return msgspec.structs.replace(hit, also=also)
    first, *also_left = [each for each in hit.also if each not in forgotten]
    parameters = {**hit.parameters, "alert": ""}
    return msgspec.structs.replace(
        hit, message_id=first, also=tuple(also_left), parameters=parameters
    )
