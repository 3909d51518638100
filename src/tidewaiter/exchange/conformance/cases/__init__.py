"""The cases, a chapter a module, in the order in which a run takes them."""

from importlib import import_module
from typing import Final

from tidewaiter.exchange.conformance.ground import Case

CHAPTERS: Final = (
    "published",
    "accepted",
    "sealing",
    "signature",
    "form",
    "order",
    "repeats",
    "agreements",
    "permit",
    "generalised",
    "payloads",
    "attachments",
    "posts",
    "housekeeping",
    "treaty",
    "documents",
    "durability",
    "log",
    "witness",
    "collect",
    "gaps",
    "sending",
    "restored",
    "restart",
)


def every() -> list[Case]:
    """All cases."""
    found: list[Case] = []
    for chapter in CHAPTERS:
        found += import_module(f"{__name__}.{chapter}").CASES
    return found
