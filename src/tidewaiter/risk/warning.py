"""An alert, or a report of a seizure, as data of the wire contract, from what we know. Pure.

What leaves of it is for the agreement to say; here everything is put in that a partner could use.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tidewaiter import clock
from tidewaiter.risk import errors, particulars, reasons

if TYPE_CHECKING:
    import polars as pl

LASTS: Final = timedelta(days=90)  # how long an alert of ours is valid
IPR: Final = frozenset({"counterfeit", "piracy"})
PURPOSES: Final = (  # of agreement.md, those that enforcement has, in the order asked
    "customs-enforcement",
    "ipr-enforcement",
    "security",
    "revenue",
    "health-safety",
)
_SHIPMENT: Final = ("alert", "offence", "certainty", "validuntil")
_SEIZURE: Final = ("seizure", "date", "offence")


@dataclass(frozen=True, slots=True)
class Told:
    """What a person says beside what we know; empty members are found."""

    offence: str = ""
    certainty: str = ""
    summary: str = ""
    marks: tuple[str, ...] = ()
    purpose: str = ""
    handling: str = ""
    outcome: str = ""


NOTHING: Final = Told()


@dataclass(frozen=True, slots=True)
class Facts:
    """What we know of a declaration: its items, and what inspections found."""

    reference: str
    office: str
    items: "pl.DataFrame"
    offence: str  # empty where nothing was found
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """How a message may go: `needs` are the fields without which it would say too little."""

    purpose: str
    handling: str
    needs: tuple[str, ...] | None


def purposes(offence: str) -> list[str]:
    """The purposes under which such an offence is told, the nearest first."""
    first = "ipr-enforcement" if offence in IPR else "customs-enforcement"
    return [first, *(one for one in PURPOSES if one != first)]


def needs(kind: str, data: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """What the recipient needs to find anything, from the most to the least."""
    required = _SEIZURE if "seizure" in data else _SHIPMENT
    goods = ("goods.hs",) if any("hs" in line for line in data.get("goods", ())) else ()
    consignment = data.get("consignment", {})
    traders = tuple(
        f"consignment.{role}.name"
        for role in ("consignor", "consignee")
        if "name" in consignment.get(role, {})
    )
    yield (*required, *traders, *goods)
    for trader in traders:
        yield (*required, trader, *goods)
    yield (*required, *goods)
    if consignment:
        yield (*required, "consignment")
    yield required


def shipment(facts: Facts, number: str, told: Told, on: datetime) -> dict[str, Any]:
    """`data` of an alert of a shipment. Raises NothingToWarnOf."""
    offence = told.offence or facts.offence
    if offence not in reasons.OFFENCES:
        offences = ", ".join(reasons.OFFENCES)
        raise errors.NothingToWarnOf(reference=facts.reference, offences=offences)
    data = {
        "alert": number,
        "offence": offence,
        "certainty": told.certainty or ("confirmed" if facts.offence else "suspected"),
        "summary": told.summary,
        "validuntil": clock.text(on + LASTS),
        **_matter(facts, told.marks),
    }
    return {name: value for name, value in data.items() if value}


def report(facts: Facts, number: str, seized_at: datetime, told: Told) -> dict[str, Any]:
    """`data` of a report of a seizure."""
    data = {
        "seizure": number,
        "date": seized_at.date().isoformat(),
        "office": facts.office,
        "offence": told.offence or facts.offence or "other",
        "outcome": told.outcome,
        **_matter(facts, told.marks),
    }
    return {name: value for name, value in data.items() if value}


def _matter(facts: Facts, marks: Sequence[str]) -> dict[str, Any]:
    seen = tuple(dict.fromkeys((*facts.marks, *marks)))
    return {
        "consignment": particulars.consignment(facts.items),
        "goods": particulars.goods(facts.items, seen),
    }
