"""Bodies of declarations written column-wise: the JSON of a whole chunk as one Polars expression.

What comes out is byte for byte what `msgspec` writes of the same declaration, which the tests
compare: members in the order of the classes, nothing that is not said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
import polars as pl

from tidewaiter.documents import anatomy
from tidewaiter.documents.anatomy import Kind
from tidewaiter.documents.declaration import Declaration
from tidewaiter.documents.element import Part
from tidewaiter.documents.target import Target

ITEMS: Final = ("goods_shipment", "goods_items")
_ESCAPES: Final = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


@dataclass(slots=True)
class Node:
    """A part that some column fills: its fields, and whether it stands in a list."""

    part: type[Part]
    many: bool = False
    leaves: dict[str, pl.Expr] = field(default_factory=dict)  # JSON of the value, null for none
    parts: dict[str, "Node"] = field(default_factory=dict)

    def at(self, path: Sequence[str]) -> "Node":
        """The node at `path`, made where it is not there yet."""
        if not path:
            return self
        if path[0] not in self.parts:
            one = next(one for one in anatomy.of(self.part).fields if one.name == path[0])
            assert one.part is not None
            self.parts[path[0]] = Node(one.part, one.many)
        return self.parts[path[0]].at(path[1:])

    def inner(self) -> pl.Expr:
        """The members, each with a comma before it; empty where nothing is said."""
        found: list[pl.Expr] = []
        for info in msgspec.structs.fields(self.part):
            label = pl.lit(f',"{info.encode_name}":')
            if info.name in self.leaves:
                value = self.leaves[info.name]
                found.append(pl.concat_str(label, value).fill_null(""))
            elif info.name in self.parts:
                node = self.parts[info.name]
                within = node.inner()
                opened, closed = ("[{", "}]") if node.many else ("{", "}")
                whole = pl.concat_str(label, pl.lit(opened), within.str.slice(1), pl.lit(closed))
                found.append(pl.when(within == "").then(pl.lit("")).otherwise(whole))
        return pl.concat_str(*found) if found else pl.lit("")


def quoted(text: pl.Expr) -> pl.Expr:
    """`text` as a JSON string."""
    for sign, escaped in _ESCAPES:
        text = text.str.replace_all(sign, escaped, literal=True)
    return pl.concat_str(pl.lit('"'), text, pl.lit('"'))


def literal(text: str) -> pl.Expr:
    """A fixed text as a JSON string."""
    return pl.lit(msgspec.json.encode(text).decode())


def value(target: Target, column: str, other: str, format_code: str) -> pl.Expr:
    """The JSON of a typed column's value; `other` names the column of its currency or unit."""
    said = pl.col(column)
    if target.kind is Kind.TEXT:
        return quoted(said)
    if target.kind is Kind.MOMENT:
        return pl.concat_str(pl.lit('{"at":"'), said, pl.lit(f'","format_code":"{format_code}"}}'))
    number = said.cast(pl.String)
    if target.kind is Kind.MASS:
        return pl.concat_str(pl.lit('{"grams":'), number, pl.lit("}"))
    if target.kind in (Kind.COUNT, Kind.RATE):
        return number
    member = {Kind.MONEY: ("amount", "currency"), Kind.QUANTITY: ("millionths", "unit_code")}
    name, second = member[target.kind]
    beside = pl.concat_str(pl.lit(f',"{second}":'), quoted(pl.col(other))).fill_null("")
    return pl.concat_str(pl.lit(f'{{"{name}":'), number, beside, pl.lit("}"))


def listed(column: str, member: str) -> pl.Expr:
    """The JSON of a list of parts that hold one text each, from a column of lists."""
    one = pl.concat_str(pl.lit(f'{{"{member}":'), quoted(pl.element()), pl.lit("}"))
    joined = pl.col(column).list.eval(one).list.join(",")
    return pl.when(pl.col(column).list.len() > 0).then(
        pl.concat_str(pl.lit("["), joined, pl.lit("]"))
    )


def extensions(columns: Mapping[str, str]) -> pl.Expr:
    """The JSON of the extensions of extra columns, by their names in the file; null for none."""
    found = []
    for column, name in columns.items():
        head = f',{{"kind":"column","name":{msgspec.json.encode(name).decode()},"text":'
        found.append(pl.concat_str(pl.lit(head), quoted(pl.col(column)), pl.lit("}")).fill_null(""))
    if not found:
        return pl.lit(None, dtype=pl.String)
    joined = pl.concat_str(*found)
    whole = pl.concat_str(pl.lit("["), joined.str.slice(1), pl.lit("]"))
    return pl.when(joined != "").then(whole)


def whole(root: Node) -> pl.Expr:
    """The JSON of a part that stands alone."""
    return pl.concat_str(pl.lit("{"), root.inner().str.slice(1), pl.lit("}"))


def trees() -> tuple[Node, Node]:
    """An empty declaration, and an empty goods item to fill by rows."""
    item = Node(Declaration).at(ITEMS)
    return Node(Declaration), Node(item.part)
