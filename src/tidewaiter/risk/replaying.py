"""Assessments replayed without a partner's words: what would not be red had it said nothing.

Score and lane are pure functions of what an assessment kept, so that no paper is read again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from tidewaiter.risk import lanes, score
from tidewaiter.risk.models import Assessment, Notice


@dataclass(frozen=True, slots=True)
class Because:
    """A red consignment that would not be red without a partner's message."""

    reference: str
    from_: str
    message_id: str
    alone: bool  # False: only without all that this partner said of it
    at: datetime


def because_of_partner() -> list[Because]:
    """Red consignments that would not be red without a partner's message, replayed without it.

    Where several words of one partner each suffice, its first is named, with `alone` False: the
    consignment would not be red had this partner said nothing.
    """
    red = Assessment.objects.now().filter(lane="red").exclude(messages="")
    found: list[Because] = []
    for row in red.order_by("pk").iterator(chunk_size=2_000):
        found += _because(row)
    return found


def senders(messages: Collection[str]) -> dict[str, str]:
    """The partner behind each message, for what we found ourselves on its word names none."""
    return dict(
        Notice.objects.filter(message_id__in=messages, source="partner").values_list(
            "message_id", "partner"
        )
    )


def _because(row: Assessment) -> list[Because]:
    known = score.kept(row.reasons)
    partners = senders({one for hit in known for one in hit.messages})
    partners |= {one: hit.partner for hit in known if hit.partner for one in hit.messages}
    still_red = partial(_still_red, row, known)
    alone = [one for one in partners if not still_red(frozenset({one}))]
    named = [Because(row.reference, partners[one], one, True, row.at) for one in alone]
    if named:
        return named
    for partner in sorted(set(partners.values())):
        all_of_it = frozenset(one for one, whose in partners.items() if whose == partner)
        if not still_red(all_of_it):
            first = min(all_of_it)  # UUIDv7: by time
            named.append(Because(row.reference, partner, first, False, row.at))
    return named


def _still_red(row: Assessment, known: Sequence[score.Hit], messages: frozenset[str]) -> bool:
    value, floor = score.replay(row.probability, score.without(known, messages))
    return lanes.lane(value, lanes.Thresholds(row.red, row.yellow), floor) == "red"
