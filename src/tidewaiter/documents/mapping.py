"""A mapping: which column of a CSV file is which field of a declaration, and how it is written.

Written in YAML, read as text; docs/mapping.md teaches it. Pure: what is wrong is reported with its
line, all of it at once.
"""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from tidewaiter import quantity
from tidewaiter.documents import target, yamltext
from tidewaiter.documents.anatomy import Kind
from tidewaiter.documents.target import Target
from tidewaiter.documents.yamltext import Path, Tree
from tidewaiter.quantity import Rounding, Signs

COLUMNS: Final = 1_000  # columns of a file
DATES: Final = "%Y-%m-%d"
_TOP: Final = {
    *("title", "encoding", "separator", "decimal", "thousands", "dates", "rounding", "rows"),
    *("blank", "columns", "defaults", "outcomes"),
}
_COLUMN: Final = {
    *("field", "codes", "otherwise", "format", "currency", "currency_column", "rounding", "unit"),
    *("unit_column", "split", "decimal", "thousands", "default"),
}
_OUTCOME: Final = {"column", "codes", "offence"}
_OFFENCE: Final = {"column", "codes"}
_SEPARATORS: Final = {",": ",", ";": ";", "|": "|", "tab": "\t", "\t": "\t"}
MASSES: Final = {"g": 0, "KGM": 3, "kg": 3, "GRM": 0, "TNE": 6, "t": 6}  # decimal places to grams


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a mapping, and where; `line` counts from 1."""

    line: int
    message: str


class BadMapping(ValueError):
    """The mapping cannot be used; `faults` says all that is wrong."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"line {one.line}: {one.message}" for one in self.faults))


@dataclass(frozen=True, slots=True)
class Column:
    """One column and the field that it fills."""

    name: str
    target: Target
    codes: dict[str, str] = field(default_factory=dict)
    otherwise: str = "refuse"  # a text that `codes` lacks: refuse, keep, blank
    format: str = DATES
    currency: str = ""
    currency_column: str = ""
    unit: str = ""
    unit_column: str = ""
    rounding: Rounding = Rounding.HALF_EVEN
    signs: Signs = quantity.PLAIN
    split: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Columns that say what an inspection found; they may be missing from a file."""

    column: str
    codes: dict[str, str]  # text to conform or not-conform
    offence_column: str = ""
    offences: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that can be used."""

    name: str
    title: str
    columns: tuple[Column, ...]
    defaults: tuple[tuple[Target, str], ...]
    outcomes: Outcomes | None
    encoding: str = "utf-8"
    separator: str = ","
    items_in_rows: bool = False  # adjacent rows of one number are the items of one declaration
    blank: frozenset[str] = frozenset({""})

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that a file must have, each once."""
        names: dict[str, None] = {}
        for column in self.columns:
            for name in (column.name, column.currency_column, column.unit_column):
                if name:
                    names[name] = None
        return tuple(names)

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields that judging and clearing work with and this mapping does not fill."""
        filled = {column.target.path for column in self.columns}
        filled |= {one.path for one, _ in self.defaults}
        return tuple(name for name, paths in target.WANTED.items() if not filled & {*paths})


def read(data: bytes, *, name: str) -> Mapping:
    """The mapping in `data`. Raises BadMapping."""
    try:
        document = yamltext.read(data)
    except yamltext.NotText as error:
        raise BadMapping([Fault(error.line, str(error))]) from None
    return _Reader(document).mapping(name)


class _Reader:
    """Walks the tree once and gathers every fault."""

    def __init__(self, document: yamltext.Document) -> None:
        self.document = document
        self.faults: list[Fault] = []

    def fault(self, path: Path, message: str) -> None:
        self.faults.append(Fault(self.document.line(path), message))

    def mapping(self, name: str) -> Mapping:
        top = self.members(self.document.tree, (), _TOP)
        signs = self.signs(top, (), quantity.PLAIN)
        dates = self.text(top, "dates", (), DATES)
        rounding = self.rounding(top, (), Rounding.HALF_EVEN)
        listed = self.members(top.get("columns", {}), ("columns",), None)
        if not listed:
            self.fault(
                ("columns",), "a mapping needs `columns`: the names of columns, each with a field"
            )
        if len(listed) > COLUMNS:
            self.fault(("columns",), f"more than {COLUMNS} columns are named")
            raise BadMapping(self.faults)
        columns = [
            self.column(
                column, said, Column("", _NOWHERE, format=dates, rounding=rounding, signs=signs)
            )
            for column, said in listed.items()
        ]
        kept = tuple(column for column in columns if column is not None)
        self.once(kept)
        defaults = self.defaults(top)
        made = Mapping(
            name=name,
            title=self.text(top, "title", (), name),
            columns=kept,
            defaults=defaults,
            outcomes=self.outcomes(top),
            encoding=self.encoding(top),
            separator=self.choice(top, "separator", (), _SEPARATORS, ","),
            items_in_rows=self.choice(top, "rows", (), {"declarations": "", "items": "1"}, "")
            == "1",
            blank=frozenset({"", *self.texts(top, "blank")}),
        )
        self.complete(made)
        if self.faults:
            raise BadMapping(sorted(self.faults, key=lambda one: one.line))
        return made

    def column(self, name: str, said: Tree, base: Column) -> Column | None:
        path = ("columns", name)
        if isinstance(said, str):
            said = {"field": said}
        members = self.members(said, path, _COLUMN)
        found = self.target(members, path)
        if found is None:
            return None
        currency = self.text(members, "currency", path, "")
        currency_column = self.text(members, "currency_column", path, "")
        if found.kind is Kind.MONEY and not (currency or currency_column):
            self.fault(path, f"{name!r} is money: say its `currency`, or a `currency_column`")
        unit = self.text(members, "unit", path, "KGM" if found.kind is Kind.MASS else "")
        if found.kind is Kind.MASS and unit not in MASSES:
            self.fault((*path, "unit"), f"{unit!r} is no unit of mass: {', '.join(MASSES)}")
        split = self.text(members, "split", path, "")
        if split and not (found.kind is Kind.TEXT and found.many):
            self.fault((*path, "split"), f"{name!r} can hold one value only")
        return Column(
            name=name,
            target=found,
            codes=self.codes(members, path),
            otherwise=self.choice(
                members,
                "otherwise",
                path,
                {one: one for one in ("refuse", "keep", "blank")},
                "refuse",
            ),
            format=self.text(members, "format", path, base.format),
            currency=currency,
            currency_column=currency_column,
            unit=unit,
            unit_column=self.text(members, "unit_column", path, ""),
            rounding=self.rounding(members, path, base.rounding),
            signs=self.signs(members, path, base.signs),
            split=split,
            default=self.text(members, "default", path, ""),
        )

    def target(self, members: dict[str, Tree], path: Path) -> Target | None:
        name = self.text(members, "field", path, "")
        found = target.find(name)
        if found is None:
            close = _close(name)
            hint = f": did you mean {close}?" if close else ""
            what = f"there is no field {name!r}{hint}" if name else "say its `field`"
            self.fault((*path, "field"), what)
        return found

    def defaults(self, top: dict[str, Tree]) -> tuple[tuple[Target, str], ...]:
        found = []
        for name in self.members(top.get("defaults", {}), ("defaults",), None):
            path = ("defaults", name)
            said = self.text(top["defaults"], name, ("defaults",), "")  # type: ignore[arg-type]
            one = target.find(name)
            if one is None:
                self.target({"field": name}, path)
            elif one.kind is not Kind.TEXT:
                self.fault(path, f"a default is a text, and {name!r} is none")
            else:
                found.append((one, said))
        return tuple(found)

    def outcomes(self, top: dict[str, Tree]) -> Outcomes | None:
        if "outcomes" not in top:
            return None
        path: Path = ("outcomes",)
        members = self.members(top["outcomes"], path, _OUTCOME)
        codes = self.codes(members, path)
        for text, result in codes.items():
            if result not in {"conform", "not-conform"}:
                self.fault((*path, "codes", text), "an outcome is `conform` or `not-conform`")
        offence = self.members(members.get("offence", {}), (*path, "offence"), _OFFENCE)
        column = self.text(members, "column", path, "")
        if not column or not codes:
            self.fault(path, "outcomes need a `column` and `codes`")
        return Outcomes(
            column=column,
            codes=codes,
            offence_column=self.text(offence, "column", (*path, "offence"), ""),
            offences=self.codes(offence, (*path, "offence")),
        )

    def complete(self, made: Mapping) -> None:
        filled = {column.target.path for column in made.columns}
        filled |= {one.path for one, _ in made.defaults}
        for name, paths in target.NEEDED.items():
            if not filled & {*paths} and made.columns:
                self.fault(("columns",), f"no column and no default gives {name!r}")

    def once(self, columns: tuple[Column, ...]) -> None:
        taken: dict[str, str] = {}
        for column in columns:
            other = taken.setdefault(column.target.path, column.name)
            if other != column.name:
                self.fault(("columns", column.name), f"{other!r} fills this field already")
        for column in columns:
            part = column.target.path.rpartition(".")[0]
            others = [one for one in columns if one.target.path.startswith(part + ".")]
            if column.split and others != [column]:
                names = ", ".join(repr(one.name) for one in others if one is not column)
                self.fault(("columns", column.name), f"split leaves no room for {names} beside it")

    def members(self, tree: Tree, path: Path, known: set[str] | None) -> dict[str, Tree]:
        if tree == "":
            return {}
        if not isinstance(tree, dict):
            self.fault(path, "names with values are expected here")
            return {}
        for name in tree:
            if known is not None and name not in known:
                listed = ", ".join(sorted(known))
                self.fault((*path, name), f"{name[:80]!r} is unknown here; known: {listed}")
        return tree

    def text(self, members: dict[str, Tree], name: str, path: Path, default: str) -> str:
        said = members.get(name, default)
        if isinstance(said, str):
            return said
        self.fault((*path, name), f"{name!r} is one text")
        return default

    def texts(self, members: dict[str, Tree], name: str) -> list[str]:
        said = members.get(name, [])
        listed = [said] if isinstance(said, str) else said
        if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
            return [str(one) for one in listed]
        self.fault((name,), f"{name!r} is a list of texts")
        return []

    def codes(self, members: dict[str, Tree], path: Path) -> dict[str, str]:
        listed = self.members(members.get("codes", {}), (*path, "codes"), None)
        return {code: self.text(listed, code, (*path, "codes"), "") for code in listed}

    def choice(
        self, members: dict[str, Tree], name: str, path: Path, known: dict[str, str], default: str
    ) -> str:
        said = self.text(members, name, path, "")
        if name not in members:
            return default
        if said not in known:
            self.fault((*path, name), f"{said!r} is none of: {', '.join(known)}")
        return known.get(said, default)

    def rounding(self, members: dict[str, Tree], path: Path, default: Rounding) -> Rounding:
        known = {one.value: one.value for one in Rounding}
        return Rounding(self.choice(members, "rounding", path, known, default.value))

    def signs(self, members: dict[str, Tree], path: Path, default: Signs) -> Signs:
        try:
            return Signs(
                self.text(members, "decimal", path, default.decimal),
                self.text(members, "thousands", path, default.thousands),
            )
        except ValueError as error:
            at = "decimal" if "decimal" in members else "thousands"
            self.fault((*path, at), str(error))
            return default

    def encoding(self, top: dict[str, Tree]) -> str:
        name = self.text(top, "encoding", (), "utf-8")
        try:
            plain = ',;"\n\r09AZ'.encode(name) == b',;"\n\r09AZ'
            found = codecs.lookup(name).name
        except (LookupError, UnicodeError):
            plain, found = False, "utf-8"
        if not plain:
            self.fault(("encoding",), f"{name!r} is no encoding that holds ASCII as it is")
        return found


_NOWHERE: Final = Target("", Kind.TEXT)


def _close(name: str) -> str:
    import difflib

    known = [*target.SHORT, *target.names()]
    return next(iter(difflib.get_close_matches(name, known, 1)), "")
