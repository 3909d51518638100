"""What we hold of a declaration as data of the wire contract: controls, seizures, alerts.

As much as is known; what of it leaves is for a clause to say.
"""

from datetime import datetime
from typing import Any, Final

from tidewaiter.controls import queries as controlled
from tidewaiter.documents import queries as declarations
from tidewaiter.risk import particulars, warning
from tidewaiter.risk.partners import queries

KIND: Final = "inspection"  # of our controls, as partners are told


def facts(summary: declarations.Summary) -> warning.Facts:
    """What we know of a declaration: its items, and what inspections found."""
    done = controlled.latest(summary.reference)
    return warning.Facts(
        reference=summary.reference,
        office=summary.office,
        items=declarations.items_frame([summary.id]),
        offence=done.offence if done else "",
        marks=controlled.marks(summary.reference),
    )


def rests_on(reference: str) -> list[str]:
    """The partners' messages without which we would not know this of a declaration.

    What an inspection found rests on what led to it; where nobody looked, what we say of a
    consignment rests on the words that its assessment does.
    """
    done = controlled.latest(reference)
    if done is not None:
        return queries.behind(reference, controlled.led_to(reference), done.opened_at)
    return queries.words_on(reference)


def control(summary: declarations.Summary, findings: str = "") -> dict[str, Any] | None:
    """`data` of a control result: what the last control found; None where there was none."""
    done = controlled.latest(summary.reference)
    if done is None or done.recorded_at is None:
        return None
    data = {
        "control": queries.control_number(done.id),
        "date": done.recorded_at.date().isoformat(),
        "kind": KIND,
        "office": done.office,
        "consignment": particulars.consignment(declarations.items_frame([summary.id])),
        "result": done.result,
        "findings": findings or done.offence,
    }
    return {name: value for name, value in data.items() if value}


def seizure(summary: declarations.Summary) -> dict[str, Any] | None:
    """`data` of a seizure report; None where nothing was seized."""
    seized = controlled.seized(summary.reference)
    if seized is None:
        return None
    return warning.report(facts(summary), seized.number, seized.at, warning.NOTHING)


def alerts(summary: declarations.Summary, at: datetime) -> list[dict[str, Any]]:
    """`data` of each alert of ours that stands about a declaration, once a number."""
    found: dict[str, dict[str, Any]] = {}
    for one in queries.alerts(reference=summary.reference):
        if one.kind == "alert" and one.withdrawn_at is None and one.number not in found:
            told = warning.Told(offence=one.offence)
            found[one.number] = warning.shipment(facts(summary), one.number, told, at)
    return list(found.values())
