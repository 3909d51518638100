"""What category of an agreement a message type belongs to, by the rule of the protocol's types."""

from collections.abc import Mapping
from typing import Any, Final

from tidewaiter.agreements import terms

PREFIX: Final = "org.tidewaiter."
REPLY: Final = "reply."
REQUEST: Final = "request"
_NAMED: Final = {"control": "control-result"}
_FRAMES: Final = ("records", "answer")  # what a reply carries its category in


def of(type_: str, data: Mapping[str, Any] | None = None) -> str | None:
    """The category of a type; of a reply the one that its `data` says it carries.

    A reply that carries nothing (it acknowledges or refuses) is of the category of what it answers,
    `request`. None for housekeeping, for what no category covers and for a reply that carries
    something and names no category.

    >>> of("org.tidewaiter.alert.shipment.v1"), of("org.tidewaiter.operator.status.v1")
    ('alert', 'operator-status')
    """
    if not type_.startswith(PREFIX):
        return None
    name = type_.removeprefix(PREFIX)
    if name.startswith(REPLY):
        told = data or {}
        if "carries" not in told and not any(frame in told for frame in _FRAMES):
            return REQUEST
        carried = told.get("carries")
        return carried if isinstance(carried, str) and carried in terms.CATEGORIES else None
    first, _, rest = name.partition(".")
    both = f"{first}-{rest.partition('.')[0]}"
    if both in terms.CATEGORIES:
        return both
    found = _NAMED.get(first, first)
    return found if found in terms.CATEGORIES else None


def frames(type_: str) -> tuple[str, ...]:
    """The members of `data` from below which field paths count; none: they count from `data`.

    The members of a reply beside these are its frame, which is always allowed.
    """
    return _FRAMES if type_.startswith(PREFIX + REPLY) else ()
