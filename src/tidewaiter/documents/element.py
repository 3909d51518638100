"""What the canonical declaration is made of: the base of its parts, and its kinds of values.

A part is a class of the WCO Data Model, a field one of its elements: `element` names it, and
the reader, the writer and the published JSON Schema all follow that one table.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tidewaiter import quantity

# `datetime` formats of UN/EDIFACT 2379 that a moment may be written in
FormatCode = Literal["102", "203", "204", "304"]

Count = Annotated[int, Meta(ge=0, le=quantity.MOST)]
Rate = Annotated[int, Meta(ge=0, le=quantity.MOST, description="millionths")]


def element(name: str, words: str = "", *, wco: str = "", code: str = "") -> Meta:
    """The metadata of a field: the WCO element (or `@attribute`) that it is, and what it means.

    `wco`: its numbers in the WCO Data Model, several where roles share a class. `code`: the code
    list that its values come from, for `rules` to check: country, currency, commodity, container.
    """
    schema = {"x-wco-element": name, "x-wco-id": wco, "x-code-list": code}
    return Meta(
        description=words or None,
        extra={"element": name, "wco": frozenset(wco.split()), "code": code},
        extra_json_schema={key: value for key, value in schema.items() if value},
    )


class Value(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """The base of all that is canonical: frozen, no unknown members, defaults left out of JSON."""


class Money(Value, frozen=True, kw_only=True):
    """An amount in minor units of its currency (ISO 4217); no currency: not said, two decimals."""

    amount: Annotated[int, Meta(ge=0, le=quantity.MOST)]
    currency: str | None = None


class Mass(Value, frozen=True, kw_only=True):
    """A mass in grams; `unit_code` is how the source counts (UN/ECE Rec. 20), KGM unless said."""

    grams: Annotated[int, Meta(ge=0, lt=quantity.MASS_LIMIT)]
    unit_code: str | None = None


class Quantity(Value, frozen=True, kw_only=True):
    """A quantity in millionths of its unit (UN/ECE Recommendation 20)."""

    millionths: Annotated[int, Meta(ge=0, le=quantity.MOST)]
    unit_code: str | None = None


class Moment(Value, frozen=True, kw_only=True):
    """A moment or day; without offset (formats 102, 203, 204) it is local to the declarant."""

    at: datetime
    format_code: FormatCode


class Extension(Value, frozen=True, kw_only=True):
    """What a source says beyond the model, kept in its own words so that nothing is lost.

    kind `column`: an extra column of a file. `element`: an element, its XML in `text`, `position`
    among its siblings from 0. `attribute`: `name` is `Child/@attribute` or `@attribute`.
    `written`: how `name` was written where the canonical value writes it otherwise.
    """

    kind: Literal["column", "element", "attribute", "written"]
    name: str
    text: str
    position: Annotated[int, Meta(ge=0, le=quantity.MOST)] | None = None


class Part(Value, frozen=True, kw_only=True):
    """A class of the WCO Data Model; what its source said beyond the model is in `extensions`."""

    extensions: tuple[Extension, ...] = ()
