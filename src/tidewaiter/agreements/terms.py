"""The words that an agreement is written in: kinds, categories, purposes, handling marks, forms."""

from typing import Final

FORMAT: Final = "agreement/1"
KINDS: Final = (
    "mutual-assistance",
    "mou",
    "ipr-cooperation",
    "mutual-recognition",
    "joint-operation",
    "customs-union",
    "plurilateral",
)
CATEGORIES: Final = (
    "declaration",
    "manifest",
    "alert",
    "intelligence-person",
    "intelligence-company",
    "seizure",
    "control-result",
    "certificate",
    "operator-status",
    "recordation",
    "ipr-case",
    "tracking",
    "risk-profile",
    "risk-model",
    "statistics",
    "request",
    "operation",
    "tariff",
    "transit",
    "training",
)
PURPOSES: Final = (
    "customs-enforcement",
    "ipr-enforcement",
    "revenue",
    "security",
    "health-safety",
    "facilitation",
    "statistics",
    "training",
)
MODES: Final = ("spontaneous", "on-request")
HANDLING: Final = (  # FIRST TLP 2.0, from the tightest
    "TLP:RED",
    "TLP:AMBER+STRICT",
    "TLP:AMBER",
    "TLP:GREEN",
    "TLP:CLEAR",
)
FORMS: Final = (
    "hs2",
    "hs4",
    "hs6",
    "month",
    "year",
    "country",
    "band",
    "presence",
    "keyed-hash",
)
TESTS: Final = ("under", "in", "equals", "least", "most", "present")
APPROVAL: Final = {"none": 0, "one": 1, "two": 2}  # how many people release a message
_RANK: Final = {mark: rank for rank, mark in enumerate(HANDLING)}


def tightness(handling: str) -> int:
    """0 for the tightest mark, more for a looser one. Raises ValueError on what is no mark."""
    try:
        return _RANK[handling]
    except KeyError:
        raise ValueError(f"{handling!r} is no handling mark") from None


def as_tight(handling: str, as_: str) -> bool:
    """Whether `handling` is the mark `as_` or a tighter one; what is no mark is not."""
    return handling in _RANK and as_ in _RANK and _RANK[handling] <= _RANK[as_]
