"""What the page of components shows: each style sheet's manual, and samples to show them with."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tidewaiter.web import assets
from tidewaiter.web.banners import Banner

_FIRST: Final = re.compile(r"/\*\s*(.*?)\s*\*/", re.S)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the sample table."""

    reference: str
    goods: str
    lane: str
    score: float
    value: int  # minor units
    mass: int  # grams


@dataclass(frozen=True, slots=True)
class Message:
    """A sample of an exchanged message."""

    id: str
    direction: str
    partner: str
    type: str
    state: str
    tone: str
    at: datetime
    serial: int
    agreement: str
    clause: str
    purpose: str
    handling: str
    outcome: str
    logindex: int | None
    withheld: tuple[str, ...] = ()


_AT: Final = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)
_ROWS: Final = (
    Row("XA-2026-000123", "Footwear with textile uppers", "red", 0.9312, 240_000, 1_200_000),
    Row("XA-2026-000124", "Parts of machinery, of a description that is long", "yellow", 0.4710,
        1_234_550, 18_250_000),
    Row("XA-2026-000125", "Coffee, not roasted", "green", 0.0412, 98_712_300, 40_000_000),
)  # fmt: skip
_MESSAGES: Final = (
    Message(
        "019ab2c4-0000-7000-8000-000000000001", "out", "XB", "org.tidewaiter.alert.shipment.v1",
        "delivered", "good", _AT, 42, "sha256:3f9c0a1b2c4d5e6f", "7.2", "ipr-enforcement",
        "TLP:AMBER", "accepted", 1234, ("consignment.consignee",),
    ),
    Message(
        "019ab2c4-0000-7000-8000-000000000002", "in", "XC", "org.tidewaiter.seizure.report.v1",
        "refused", "bad", _AT, 7, "sha256:a1b2c3d4e5f60718", "3.1", "risk-assessment",
        "TLP:RED", "not-permitted", None,
    ),
)  # fmt: skip
_BANNER: Final = Banner(
    "bad", "An alarm is open", "XB: The log contradicts itself", "#", "What it means and what to do"
)


def manuals() -> list[tuple[str, str]]:
    """Name and manual of every style sheet, the manual being its first comment."""
    found = []
    for sheet in assets.SHEETS:
        first = _FIRST.match((assets.FOLDER / f"{sheet}.css").read_text(encoding="utf-8"))
        found.append((sheet, " ".join(first.group(1).split()) if first else ""))
    return found


def samples() -> dict[str, Any]:
    """What the components are shown with."""
    return {
        "rows": _ROWS,
        "messages_shown": _MESSAGES,
        "banner": _BANNER,
        "at": _AT,
        "day": _AT.date(),
    }
