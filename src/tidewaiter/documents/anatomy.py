"""What each class of the canonical declaration is made of: the one table of fields and elements.

It is read off the classes themselves, once; the WCO reader and writer, the rules, the coverage
and the corrections all work by it, so that none can know a field that another does not.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from msgspec import Meta

from tidewaiter.documents.element import Count, Mass, Moment, Money, Part, Quantity, Rate


class Kind(Enum):
    """What the value of a field is."""

    TEXT = "text"
    COUNT = "count"
    RATE = "rate"
    MONEY = "money"
    MASS = "mass"
    QUANTITY = "quantity"
    MOMENT = "moment"
    PART = "part"


_KINDS: Mapping[Any, Kind] = {
    str: Kind.TEXT,
    Count: Kind.COUNT,
    Rate: Kind.RATE,
    Money: Kind.MONEY,
    Mass: Kind.MASS,
    Quantity: Kind.QUANTITY,
    Moment: Kind.MOMENT,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its member, its WCO element (`@name`: an attribute) and what its value is."""

    index: int  # place in the order of the WCO schema
    name: str
    element: str
    kind: Kind
    part: type[Part] | None  # the class, where the value is a part
    many: bool
    required: bool
    wco: frozenset[str]  # numbers in the WCO Data Model
    code: str  # the code list of its values, or ""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The fields of one class that are elements, in the order of the WCO schema."""

    part: type[Part]
    fields: tuple[Field, ...]
    elements: Mapping[str, Field]


@cache
def of(part: type[Part]) -> Anatomy:
    """The anatomy of `part`."""
    hints = get_type_hints(part, include_extras=True)
    fields: list[Field] = []
    for name, hint in hints.items():
        meta = next(
            (one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Meta)), None
        )
        if meta is None or not meta.extra or "element" not in meta.extra:
            continue
        fields.append(_field(len(fields), name, hint.__origin__, meta.extra))
    return Anatomy(part, tuple(fields), {field.element: field for field in fields})


def _field(index: int, name: str, hint: Any, extra: Mapping[str, Any]) -> Field:
    required, many = True, False
    if get_origin(hint) in (Union, types.UnionType):
        required = False
        hint = next(one for one in get_args(hint) if one is not type(None))
    elif get_origin(hint) is tuple:
        required, many = False, True
        hint = get_args(hint)[0]
    kind = _KINDS.get(hint, Kind.PART)
    return Field(
        index=index,
        name=name,
        element=extra["element"],
        kind=kind,
        part=hint if kind is Kind.PART else None,
        many=many,
        required=required,
        wco=extra["wco"],
        code=extra["code"],
    )
