"""Messages about messages: a correction of an alert, a word on it, the deletion of what was shared.

Such a message names what it is about in `data` (`types.MessageType.about`), is judged by that
message's agreement and parties alone, and what it names must have been exchanged under it.
"""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from tidewaiter.exchange.models import Inbound, Outbound, exchanged
from tidewaiter.exchange.types import MessageType


def names(kind: MessageType, data: Mapping[str, Any]) -> list[str]:
    """The labels or ids that `data` names as what it is about."""
    named = data.get(kind.about)
    listed = named if isinstance(named, list) else [named]
    return [each for each in listed if isinstance(each, str) and each]


def outlives(name: str) -> bool:
    """Whether messages of that type are owed even when the agreement that judges them has ended.

    An obligation names ids alone and discloses nothing; what was given is bound for longer than
    most agreements last.
    """
    return name.startswith("org.tidewaiter.obligation.")


def label(kind: MessageType, data: Mapping[str, Any]) -> str:
    """The name by which later messages may name this one, "" where it has none."""
    named = data.get(kind.label) if kind.label else None
    return named[:200] if isinstance(named, str) else ""


def fault(
    kind: MessageType,
    data: Mapping[str, Any],
    *,
    partner: str,
    agreement: str,
    clause: str,
    also: Set[str] = frozenset(),
) -> str:
    """Why `data` is not about what was exchanged with `partner` under that clause, or "".

    `also` are the names of what comes in the same batch under it.
    """
    named = names(kind, data)
    if not named:
        return "it names nothing that it is about"
    known = set(also)
    if not known.issuperset(named):
        for row in exchanged(partner, named):
            if (row.agreement, row.clause) == (agreement, clause):
                known |= {row.label, str(row.message_id)}
    return "" if known.issuperset(named) else "what it is about was not exchanged under this clause"


def original(partner: str, named: Sequence[str]) -> Outbound | Inbound | None:
    """The message exchanged with `partner` that goes by one of these names, the newest."""
    found = exchanged(partner, named)
    return found[-1] if found else None
