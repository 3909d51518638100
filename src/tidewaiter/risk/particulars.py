"""What an alert says of a consignment, from our declaration: `consignment` and `goods` of the wire.

Amounts are decimal strings, masses kilograms; what we do not know is left out. Pure.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from tidewaiter import quantity

if TYPE_CHECKING:
    import polars as pl

GOODS: Final = 100  # items told at most; an alert is no copy of the declaration


def consignment(items: "pl.DataFrame") -> dict[str, Any]:
    """`consignment` of the items of one declaration (the frame of `documents`); nothing empty."""
    if not items.height:
        return {}
    first = items.row(0, named=True)
    told: dict[str, Any] = {
        "ucr": first["ucr"],
        "transportdocuments": _each(items["transport_documents"]),
        "containers": _each(items["containers"]),
        "seals": _each(items["seals"]),
        "consignor": _party(first["exporter_name"], first["exporter"]),
        "consignee": _party(first["importer_name"], first["importer"]),
        "declarant": _party("", first["declarant"]),
    }
    return {name: value for name, value in told.items() if value}


def goods(items: "pl.DataFrame", marks: Sequence[str] = ()) -> list[dict[str, Any]]:
    """`goods` of one declaration's items; `marks` are those seen on the goods of all of them."""
    return [_line(row, marks) for row in items.head(GOODS).iter_rows(named=True)]


def _line(row: dict[str, Any], marks: Sequence[str]) -> dict[str, Any]:
    declared = [mark.strip() for mark in (row["marks"] or "").split("\n")]
    told: dict[str, Any] = {
        "hs": row["hs6"] or row["hs_code"],
        "description": row["description"],
        "origin": row["origin"],
        "marks": list(dict.fromkeys(mark for mark in (*marks, *declared) if mark)),
        "grossmass": _mass(row["gross_mass"] or row["net_mass"]),
        "quantity": _scaled(row["quantity"], quantity.MILLIONTHS),
        "unit": row["unit"],
    }
    if row["value"] is not None and row["currency"]:
        amount = quantity.written(row["value"], quantity.minor_digits(row["currency"]))
        told["value"] = {"amount": amount, "currency": row["currency"]}
    return {name: value for name, value in told.items() if value}


def _party(name: str | None, code: str | None) -> dict[str, str]:
    """A party by name and identifier; one that we know by its folded name alone has no other."""
    known = {"name": name or "", "identifier": code or ""}
    if " " in known["identifier"] and not known["name"]:
        known = {"name": known["identifier"], "identifier": ""}
    return {member: value for member, value in known.items() if value}


def _each(lists: "pl.Series") -> list[str]:
    return list(dict.fromkeys(value for one in lists.to_list() for value in one or [] if value))


def _mass(grams: int | None) -> str:
    return _scaled(grams, quantity.GRAMS)


def _scaled(value: int | None, places: int) -> str:
    return "" if value is None else quantity.written(value, places)
