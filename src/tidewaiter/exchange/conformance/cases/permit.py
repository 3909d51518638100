"""What a clause permits: direction, category, purpose, mode, conditions, handling, fields, time."""

from collections.abc import Callable
from typing import Any, Final

from tidewaiter.exchange.conformance.ground import ALERT, Ground, sent
from tidewaiter.exchange.conformance.tester import Draft

RECEIPT: Final = "protocol.md: A receipt"
MESSAGE: Final = "protocol.md: A message"
DOCUMENT: Final = "agreement.md"
NO: Final = "not-permitted"
YES: Final = "accepted"
SEIZURE: Final = "org.tidewaiter.seizure.report.v1"
MET: Final[dict[str, Any]] = {  # what clause 4 asks for
    "goods": [
        {
            "hs": "870830",
            "origin": "VN",
            "grossmass": "500.5",
            "value": {"amount": "1000.00", "currency": "USD"},
        }
    ]
}


def having(**members: Any) -> Callable[[Ground], Draft]:
    """An alert under clause 7.10 with such members; `data` is put over its own."""
    return lambda ground: ground.alert(**members)


def kept_for(days: int) -> Callable[[Ground], Draft]:
    """To be kept for so many days."""
    return lambda ground: ground.alert(retainuntil=ground.first.moment(days=days))


def under(clause: str, purpose: str, **members: Any) -> Callable[[Ground], Draft]:
    """An alert under another clause."""
    return lambda ground: ground.alert(clause=clause, purpose=purpose, **members)


def conditions(change: dict[str, Any], **members: Any) -> Callable[[Ground], Draft]:
    """An alert under clause 4, whose goods are changed."""
    goods = {k: v for k, v in {**MET["goods"][0], **change}.items() if v is not None}
    return under("4", "revenue", data={"goods": [goods], **members})


def goods(*rows: dict[str, Any]) -> dict[str, Any]:
    """Data with such goods."""
    return {"goods": list(rows)}


def seized(ground: Ground) -> Draft:
    """A seizure under a clause for alerts."""
    data = {"seizure": "S-1", "date": "2026-11-01", "offence": "counterfeit", **goods(SHOES)}
    return Draft(ground.first, ground.alert(type=SEIZURE).event | {"data": data})


def about(kind: str, alert: str | None, **members: Any) -> Callable[[Ground], Draft]:
    """A message about an alert that was exchanged, or (None) about the one that was taken."""

    def make(ground: Ground) -> Draft:
        name = alert or ground.taken()[0].event["data"]["alert"]
        draft = ground.alert(type=f"org.tidewaiter.alert.{kind}.v1")
        draft.event["data"] = {"alert": name, **members}
        return draft

    return make


BANDED: Final = {"amount": "band:100", "currency": "USD"}  # its clause asks for 1,000 at least
SHOES: Final[dict[str, Any]] = ALERT["goods"][0]
CORRECTED: Final = {"correction": "withdrawn", "reason": "conformance run"}
CASES: Final = [
    sent("permit.clause-unknown", RECEIPT, NO, having(clause="99")),
    sent("permit.clause-read-as-a-number", DOCUMENT, NO, having(clause="7.1")),
    sent("permit.direction", RECEIPT, NO, under("3", "health-safety")),
    sent("permit.category", RECEIPT, NO, seized),
    sent("permit.purpose", RECEIPT, NO, having(purpose="revenue")),
    sent("permit.purpose-unknown", RECEIPT, f"{NO} or bad-payload", having(purpose="curiosity")),
    sent("permit.mode", RECEIPT, NO, having(mode="on-request")),
    sent("permit.mode-of-another-clause", RECEIPT, NO, under("5", "facilitation")),
    sent("permit.handling-green", RECEIPT, NO, having(handling="TLP:GREEN")),
    sent("permit.handling-clear", RECEIPT, NO, having(handling="TLP:CLEAR")),
    sent("permit.handling-unknown", RECEIPT, f"{NO} or bad-payload", having(handling="TLP:WHITE")),
    sent("permit.handling-strict", RECEIPT, YES, having(handling="TLP:AMBER+STRICT")),
    sent("permit.handling-red", RECEIPT, YES, having(handling="TLP:RED")),
    sent("permit.retention-within", RECEIPT, YES, kept_for(364)),
    sent("permit.retention-past", RECEIPT, NO, kept_for(366)),
    sent("permit.condition-code", RECEIPT, NO, having(data=goods({"hs": "870830"}))),
    sent("permit.condition-any-element", DOCUMENT, YES, having(data=goods({"hs": "87"}, SHOES))),
    sent("permit.condition-on-absent-field", RECEIPT, YES, having(data={"goods": None})),
    sent("permit.conditions-met", DOCUMENT, YES, conditions({})),
    sent("permit.condition-equals", DOCUMENT, NO, conditions({}, offence="piracy")),
    sent("permit.condition-in", DOCUMENT, NO, conditions({"origin": "IT"})),
    sent(
        "permit.condition-least",
        DOCUMENT,
        NO,
        conditions({"value": {"amount": "999.99", "currency": "USD"}}),
    ),
    sent("permit.condition-most", DOCUMENT, NO, conditions({"grossmass": "500.51"})),
    sent("permit.condition-decimals", DOCUMENT, YES, conditions({"grossmass": "99.9"})),
    sent("permit.condition-of-what-was-left-out", RECEIPT, YES, conditions({"value": None})),
    sent(
        "permit.condition-of-what-was-generalised",
        RECEIPT,
        YES,
        under("4.1", "statistics", data=goods({**SHOES, "value": BANDED})),
    ),
    sent(
        "permit.field-withheld",
        RECEIPT,
        NO,
        having(data={"consignment": {"declarant": {"name": "A"}, "containers": ["MSKU1234565"]}}),
    ),
    sent("permit.field-outside", RECEIPT, NO, having(data={"replaces": "conformance-0"})),
    sent(
        "permit.field-outside-by-clause",
        RECEIPT,
        NO,
        under("4", "revenue", data={**MET, "attachments": [], "note": "x"}),
    ),
    sent("permit.correction", MESSAGE, YES, about("correction", None, **CORRECTED)),
    sent("permit.feedback", MESSAGE, NO, about("feedback", "conformance-never-sent", useful=True)),
    sent(
        "permit.correction-of-nothing",
        MESSAGE,
        NO,
        about("correction", "conformance-never-sent", **CORRECTED),
    ),
]
