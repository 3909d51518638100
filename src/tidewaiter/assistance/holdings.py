"""What we hold of a consignment or an operator, as records of a category that partners can ask for.

A record has the shape of the category's own message, so that a clause's fields name its members.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from tidewaiter import canonical, identifier
from tidewaiter.documents import queries as declarations
from tidewaiter.identity import viewer
from tidewaiter.risk.partners import holding

MOST: Final = 100  # records in one reply
LARGEST: Final = 600_000  # bytes of them as JSON: a line of the wire holds 1 MiB
MENTIONS: Final = {  # what a query is about, as declarations mention it
    "ucr": "ucr",
    "container": "container",
    "transportdocument": "transport_document",
    "operator": "party",
}
Record = dict[str, Any]
Reader = Callable[[declarations.Summary, datetime], Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks for: of what, of which category, from which day to which, both in it."""

    about: str  # ucr, container, transportdocument, operator
    value: str
    category: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The records that are held, the newest declaration's first; `more` where some are left out."""

    records: tuple[Record, ...]
    more: bool = False
    rests_on: tuple[tuple[str, ...], ...] = ()  # of each record, the partners' messages behind it


def known(category: str) -> bool:
    """Whether records of that category are kept here in a form that can be sent."""
    return category in READERS


def held(asked: Asked, at: datetime) -> Held:
    """What is held of it. Raises LookupError where the category is not `known`."""
    read = READERS[asked.category]
    found: list[Record] = []
    behind: list[tuple[str, ...]] = []
    size = 0
    for summary in _summaries(asked):
        rests = rests_on(summary.reference, asked.category)
        for record in read(summary, at):
            size += len(canonical.write(record))
            if len(found) == MOST or size > LARGEST:
                return Held(tuple(found), more=True, rests_on=tuple(behind))
            found.append(record)
            behind.append(rests)
    return Held(tuple(found), rests_on=tuple(behind))


def rests_on(reference: str, category: str) -> tuple[str, ...]:
    """The partners' messages without which we would not know this of a declaration of ours.

    The declaration itself is its declarant's: it rests on nobody's word.
    """
    return () if category == "declaration" else tuple(holding.rests_on(reference))


def record(reference: str, category: str, at: datetime) -> Record | None:
    """What is held of one declaration in that category, the first record; None where nothing is."""
    if category not in READERS:
        return None
    for summary in declarations.summaries(declarations.ids(references=[reference])).values():
        return next(iter(READERS[category](summary, at)), None)
    return None


def _summaries(asked: Asked) -> Iterator[declarations.Summary]:
    ids: set[int] = set()
    kind = MENTIONS[asked.about]
    plain = asked.value.strip()
    forms = {plain, plain.upper(), identifier.reference(plain)}
    forms.add(identifier.container(plain) or plain)
    ids.update(declarations.matching(kind, sorted(forms)))
    if kind == "party":
        ids.update(declarations.matching("name", [identifier.fold(plain)]))
    for one in reversed(list(declarations.summaries(sorted(ids)).values())):
        before = asked.first is not None and one.lodged_on < asked.first
        after = asked.last is not None and one.lodged_on > asked.last
        if not (before or after):
            yield one


def _declaration(summary: declarations.Summary, at: datetime) -> Sequence[Record]:
    written = declarations.written(viewer.machine(), summary.reference, "json", at=at)
    return [{"declaration": canonical.read(written)}]


def _control(summary: declarations.Summary, _at: datetime) -> Sequence[Record]:
    found = holding.control(summary)
    return [found] if found else []


def _seizure(summary: declarations.Summary, _at: datetime) -> Sequence[Record]:
    found = holding.seizure(summary)
    return [found] if found else []


READERS: Final[dict[str, Reader]] = {
    "declaration": _declaration,
    "control-result": _control,
    "seizure": _seizure,
    "alert": holding.alerts,
}
