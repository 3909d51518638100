"""What a partner's word, or a finding of ours, is about: the subjects that its data names.

Generalised values (a shorter HS code, a keyed hash, only a country) are taken for what they still
say. Pure, and light: subjects are read while the writer is held.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tidewaiter import identifier

HASHED: Final = "kh:"
CONSIGNMENT, PARTY, GOODS, MARK = "consignment", "party", "goods", "mark"
_HS: Final = {2: "hs2", 4: "hs4", 6: "hs6"}
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One thing that a word is about: the part of the consignment, the kind, and the value."""

    part: str
    kind: str
    value: str


def subjects(data: Mapping[str, Any]) -> tuple[Subject, ...]:
    """What `consignment` and `goods` of an alert's or a report's data name, each once, sorted.

    Values that were generalised beyond use (a band, a month, a presence, a country) name nothing.
    """
    found: set[Subject] = set()
    consignment = data.get("consignment")
    if isinstance(consignment, dict):
        found.update(_of_consignment(consignment))
    goods = data.get("goods")
    for line in goods if isinstance(goods, list) else []:
        if isinstance(line, dict):
            found.update(_of_goods(line))
    return tuple(sorted(found))


def at_most(data: Mapping[str, Any]) -> int:
    """How many subjects data may name, without reading them: nobody waits long for the answer."""
    consignment, goods = data.get("consignment"), data.get("goods")
    told = consignment if isinstance(consignment, dict) else {}
    lines = [line for line in goods if isinstance(line, dict)] if isinstance(goods, list) else []
    lists = [*told.values(), *(line.get("marks") for line in lines)]
    one_each = 8 + len(lines)  # four references, two parties by number and name; an HS code
    return one_each + sum(len(each) for each in lists if isinstance(each, list))


def number(text: str) -> str:
    """A reference as it is compared: upper case, without blanks, dots, slashes and hyphens."""
    return identifier.reference(text)


def _of_consignment(told: Mapping[str, Any]) -> Iterable[Subject]:
    for member, kind in (
        ("ucr", "ucr"),
        ("containers", "container"),
        ("seals", "seal"),
        ("transportdocuments", "transport_document"),
    ):
        values = told.get(member)
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str) and value:
                plain = value if value.startswith(HASHED) else number(value)
                yield Subject(CONSIGNMENT, kind, plain[:_LONGEST])
    for role in ("consignor", "consignee"):
        party = told.get(role)
        if isinstance(party, dict):
            yield from _of_party(party)


def _of_party(told: Mapping[str, Any]) -> Iterable[Subject]:
    code, name = told.get("identifier"), told.get("name")
    if isinstance(code, str) and code:
        yield Subject(PARTY, "party", code[:_LONGEST])
    if isinstance(name, str) and name.startswith(HASHED):
        yield Subject(PARTY, "name", name[:_LONGEST])
    elif isinstance(name, str) and identifier.fold(name):
        yield Subject(PARTY, "name", identifier.fold(name)[:_LONGEST])


def _of_goods(told: Mapping[str, Any]) -> Iterable[Subject]:
    code, origin, marks = told.get("hs"), told.get("origin"), told.get("marks")
    if isinstance(code, str) and code.isdigit() and len(code) >= 2:
        digits = code[: 6 if len(code) >= 6 else 4 if len(code) >= 4 else 2]
        kind = _HS[len(digits)]
        if isinstance(origin, str) and len(origin) == 2 and kind != "hs2":
            yield Subject(GOODS, f"{kind}_origin", f"{digits} {origin}")
        else:
            yield Subject(GOODS, kind, digits)
    for mark in marks if isinstance(marks, list) else []:
        if isinstance(mark, str) and identifier.fold(mark):
            yield Subject(MARK, "mark", identifier.fold(mark)[:_LONGEST])
