"""The payloads that the wire contract writes out: which fields a type has, and which it requires.

With these a clause is read before anybody sends under it: a field that no type has is named, and a
category of which no type could be carried. A category without a shape here is not judged.
"""

from dataclasses import dataclass
from typing import Final

_PARTY: Final = ("name", "identifier", "country", "address")
_CONSIGNMENT: Final = (
    "ucr",
    "transportdocuments",
    "containers",
    "seals",
    "route",
    "departure",
    "arrival",
    *(f"{who}.{part}" for who in ("consignor", "consignee", "declarant") for part in _PARTY),
)
_GOODS: Final = (
    "hs",
    "description",
    "origin",
    "marks",
    "grossmass",
    "quantity",
    "unit",
    "value.amount",
    "value.currency",
    "packaging",
)
_BOTH: Final = (
    *(f"consignment.{part}" for part in _CONSIGNMENT),
    *(f"goods.{part}" for part in _GOODS),
)
LISTS: Final = (
    "goods",
    "attachments",
    *(f"consignment.{part}" for part in ("transportdocuments", "containers", "seals", "route")),
)
OPEN: Final = "*"  # below this field anything may stand
_ATTACHED: Final = tuple(
    f"attachments.{part}" for part in ("name", "mediatype", "size", "sha256", "jwe")
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A type's fields as leaf paths; `required` must leave, and one of `either` where there are."""

    type: str
    category: str
    required: tuple[str, ...]
    fields: tuple[str, ...]
    either: tuple[str, ...] = ()

    def knows(self, path: str) -> bool:
        """Whether the type has that field, or fields below it."""
        for name in (*self.fields, *_ATTACHED):
            base = name.removesuffix("." + OPEN)
            if base == path or base.startswith(path + "."):
                return True
            if name != base and path.startswith(base + "."):
                return True
        return False

    def single(self, path: str) -> bool:
        """Whether the field holds scalars, none or many, and nothing below it."""
        return path in self.fields or path in _ATTACHED


SHAPES: Final = (
    Shape(
        "alert.shipment.v1",
        "alert",
        ("alert", "offence", "certainty", "validuntil"),
        ("alert", "offence", "certainty", "summary", "validuntil", *_BOTH),
        either=("consignment", "goods"),
    ),
    Shape(
        "seizure.report.v1",
        "seizure",
        ("seizure", "date", "offence"),
        (
            "seizure",
            "date",
            "office",
            "offence",
            "concealment",
            "outcome",
            "partnerreference",
            *(f"right.{part}" for part in ("kind", "mark", "holder", "recordation")),
            *_BOTH,
        ),
    ),
    Shape(
        "control.result.v1",
        "control-result",
        ("control", "date", "kind", "consignment", "result"),
        (
            *("control", "date", "kind", "office", "result", "findings", "seals"),
            *(f"consignment.{part}" for part in _CONSIGNMENT),
        ),
    ),
    Shape(
        "declaration.export.v1",
        "declaration",
        ("declaration",),
        ("declaration.*",),
    ),
    Shape(
        "request.query.v1",
        "request",
        ("about", "category"),
        (
            *(f"about.{part}" for part in ("ucr", "container", "transportdocument", "operator")),
            *("category", "from", "to"),
        ),
    ),
    Shape(
        "request.assistance.v1",
        "request",
        ("request", "subject", "asked"),
        ("request", "subject.*", "facts.*", "asked.*", "due"),
    ),
)


def of(category: str) -> list[Shape]:
    """The known types of a category."""
    return [shape for shape in SHAPES if shape.category == category]


def many(path: str) -> bool:
    """Whether there may be several values at `path`: it is a list or stands below one."""
    return any(path == each or path.startswith(each + ".") for each in LISTS)
