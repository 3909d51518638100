"""The rows of the tables picked from the typed columns of a chunk; the twin of `facts`.

`facts` reads one declaration, this a frame of them; the tests hold the two against each other.
Columns are named by the path of the field; `path#` is its currency or unit, `path[]` its list.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import polars as pl

from tidewaiter import identifier
from tidewaiter.documents import body, rules
from tidewaiter.documents.batch import Outcome
from tidewaiter.documents.columns import Mark
from tidewaiter.documents.declaration import KINDS, Declaration
from tidewaiter.documents.facts import Goods, Header, Kind
from tidewaiter.documents.mapping import Mapping, Outcomes
from tidewaiter.documents.target import SHORT

NUMBER: Final = SHORT["local_reference"]
SEQUENCE: Final = SHORT["item_number"]
_PARTY: Final = 120
_MENTIONED: Final = 256
_EXPORTERS: Final = ("exporter", "goods_shipment.consignor", "goods_shipment.seller")
_PARTIES: Final = (
    *("declarant", "agent", "exporter", "consignment.carrier", "goods_shipment.importer"),
    *("goods_shipment.consignor", "goods_shipment.seller", "goods_shipment.buyer"),
    "goods_shipment.consignee",
    *(f"goods_shipment.goods_items.{role}" for role in ("consignor", "seller", "buyer")),
    "goods_shipment.goods_items.consignee",
)
_VALUES: Final = tuple(SHORT[name] for name in ("statistical_value", "customs_value", "price"))
_CONTAINER: Final = SHORT["container"]
_SEAL: Final = SHORT["seal"]
_DOCUMENT: Final = SHORT["transport_document"]


def groups(frame: pl.DataFrame, *, together: bool) -> pl.Series:
    """`#group`: which declaration each row is of; adjacent rows of one number, if `together`."""
    if not together:
        return pl.int_range(frame.height, eager=True).alias("#group")
    keys = [name for name in (NUMBER, "declarant.id", "declarant.name") if name in frame.columns]
    return frame.select(pl.struct(keys).rle_id().cast(pl.Int64).alias("#group")).to_series()


def whole(mapping: Mapping, frame: pl.DataFrame) -> list[Mark]:
    """What the rules on a whole declaration say, as `rules.check` says it of one."""
    names = {column.target.path: column.name for column in mapping.columns}
    marks: list[Mark] = []

    def mark(rule: str, path: str, rows: pl.Expr, found: pl.Expr | None = None) -> None:
        said = frame.select(
            rows=rows.fill_null(value=False), found=pl.lit("") if found is None else found
        )
        if said["rows"].any():
            marks.append(Mark(rule, names.get(path, ""), said["rows"], said["found"]))

    who = [path for path in ("declarant.id", "declarant.name") if path in frame.columns]
    plain = pl.col("function_code") == "9"
    mark("reference-missing", NUMBER, plain & pl.col(NUMBER).is_null())
    if who:
        nobody = pl.all_horizontal(pl.col(path).is_null() for path in who)
        mark("declarant-missing", who[0], plain & nobody)
    kinds = pl.col("type_code").str.slice(0, 2).is_in(list(KINDS)).fill_null(value=False)
    mark("type-code", "type_code", plain & ~kinds, pl.col("type_code"))
    marks += _functions(frame, names)
    if not any(column.target.of_item for column in mapping.columns):
        mark("items-missing", "", pl.lit(value=True))
    net, gross = SHORT["net_mass"], SHORT["gross_mass"]
    if net in names and gross in names:
        mark("net-above-gross", net, pl.col(net) > pl.col(gross))
    if mapping.items_in_rows:
        if SEQUENCE in names:
            twice = pl.struct("#group", SEQUENCE).is_duplicated() & pl.col(SEQUENCE).is_not_null()
            mark("item-repeated", SEQUENCE, twice, pl.col(SEQUENCE).cast(pl.String))
        for path in names:
            if not path.startswith("goods_shipment.goods_items."):
                other = pl.col(path).ne_missing(pl.col(path).first().over("#group"))
                mark("header-differs", path, other, pl.col(path).cast(pl.String))
    if mapping.outcomes and f"!{mapping.outcomes.column}" in frame.columns:
        said = pl.col(f"!{mapping.outcomes.column}")
        mark("outcome-unmapped", "", ~said.is_in(list(mapping.outcomes.codes)), said)
    return marks


def _functions(frame: pl.DataFrame, names: dict[str, str]) -> list[Mark]:
    """What the rules say of each function code with each type code, asked once for each pair."""
    marks = []
    pairs = frame.select("function_code", "type_code").unique()
    for function, kind in pairs.rows():
        made = Declaration(function_code=function or "", type_code=kind)
        for remark in rules.functions(made):
            rows = frame.select(
                pl.col("function_code").eq_missing(function) & pl.col("type_code").eq_missing(kind)
            ).to_series()
            path = str(remark.path[0])
            found = frame["function_code"] if path == "function_code" else frame["type_code"]
            marks.append(Mark(remark.rule, names.get(path, ""), rows, found))
    return marks


def note(mark: Mark, at: int) -> pl.Expr:
    """The JSON of one finding that is kept with the declaration, and a comma; empty for none."""
    head = pl.concat_str(
        pl.lit(f'{{"rule":"{mark.rule}","field":'),
        body.literal(mark.column),
        pl.lit(',"line":'),
        pl.col("#line").cast(pl.String),
    )
    found = body.quoted(pl.col(f"={at}").fill_null("").str.slice(0, 200))
    said = pl.concat_str(head, pl.lit(',"parameters":{"found":'), found, pl.lit("}},"))
    return pl.when(pl.col(f"~{at}")).then(said).otherwise(pl.lit(""))


def notes() -> pl.Expr:
    """The JSON of all findings of a declaration; empty for none."""
    listed = pl.concat_str(pl.lit("["), pl.col("#notes").str.strip_suffix(","), pl.lit("]"))
    empty = pl.col("#notes") == ""
    return pl.when(empty).then(pl.lit("")).otherwise(listed).alias("notes")


def lists(mapping: Mapping) -> list[pl.Expr]:
    """The columns of lists that cells are split into."""
    return [
        pl.col(column.target.path)
        .str.split(column.split)
        .list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
        .alias(f"{column.target.path}[]")
        for column in mapping.columns
        if column.split
    ]


def sequenced(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with `#sequence`: the item's number, else its place in the declaration from 1."""
    place = pl.int_range(pl.len()).over("#group") + 1
    if SEQUENCE in frame.columns:
        place = pl.when(pl.col(SEQUENCE) > 0).then(pl.col(SEQUENCE)).otherwise(place)
    return frame.with_columns(place.alias("#sequence"))


def heads(frame: pl.DataFrame, *, together: bool) -> pl.DataFrame:
    """A row a declaration: its first row, with `#items` the JSON of its items."""
    if not together:
        return frame.rename({"#item": "#items"}).with_columns(pl.lit(1).alias("#count"))
    kept = [name for name in frame.columns if name not in ("#group", "#item", "#length", "#notes")]
    return frame.group_by("#group", maintain_order=True).agg(
        *(pl.col(name).first() for name in kept),
        (pl.col("#start").last() + pl.col("#length").last() - pl.col("#start").first()).alias(
            "#length"
        ),
        pl.col("#item").str.join(",").alias("#items"),
        pl.col("#notes").str.join(""),
        pl.len().alias("#count"),
    )


def headers(heads: pl.DataFrame, *, items: bool) -> list[Header]:
    """The header rows."""
    pick = _Picker(heads)
    nature = pick.text("goods_shipment.transaction_nature_code", most=16)
    columns = {
        "kind": pick.text("type_code").str.slice(0, 2).replace_strict(KINDS, default="other"),
        "type_code": pick.text("type_code", most=16),
        "local_reference": pick.text(NUMBER, most=80),
        "customs_id": pick.text("id", most=80),
        "declarant": pick.who("declarant", "submitter"),
        "importer": pick.who("goods_shipment.importer"),
        "importer_name": pick.text("goods_shipment.importer.name", most=256),
        "exporter": pick.who(*_EXPORTERS),
        "exporter_name": pick.named(*_EXPORTERS),
        "consignee": pick.who("goods_shipment.consignee"),
        "ucr": pick.text(
            *("goods_shipment.ucr.id", "goods_shipment.ucr.trader_assigned_reference_id"),
            "goods_shipment.goods_items.ucr.id",
            most=64,
        ),
        "office": pick.text(
            *("declaration_office_id", "presentation_office.id"),
            *("supervising_office.id", "exit_office.id"),
            most=32,
        ),
        "procedure": pick.procedure(),
        "departure": pick.text(
            SHORT["departure"], "goods_shipment.goods_items.export_country.id", most=2
        ),
        "destination": pick.text(
            *(SHORT["destination"], "goods_shipment.goods_items.destination.country_code"), most=2
        ),
        "transport_mode": pick.text(
            "border_transport_means.mode_code",
            "goods_shipment.consignment.arrival_transport_means.mode_code",
            "goods_shipment.consignment.departure_transport_means.mode_code",
            most=8,
        ),
        "payment_type": pick.text(SHORT["payment_type"], most=16),
        "import_type": nature,
        "import_use": pick.text(SHORT["import_use"], most=16),
        "containers": pick.lines(_CONTAINER),
        "seals": pick.lines(_SEAL),
        "transport_documents": pick.lines(_DOCUMENT),
        "lodged_on": pick.text("issue_date_time", "acceptance_date_time", most=10),
        "item_count": pl.col("#count") if items else pl.lit(0),
    }
    rows = heads.select(**{name: columns[name] for name in Header._fields}).rows()
    return list(map(Header._make, rows))


def goods(frame: pl.DataFrame, heads: pl.DataFrame) -> list[list[Goods]]:
    """The item rows of each declaration."""
    pick = _Picker(frame)
    code = pick.text(SHORT["hs_code"], most=16)
    code = pl.when(code.str.len_bytes() >= 6).then(code).otherwise(pl.lit(""))
    columns = {
        "sequence": pl.col("#sequence"),
        "hs_code": code,
        "hs6": code.str.slice(0, 6),
        "description": pick.text(SHORT["description"]),
        "marks": pick.text(SHORT["marks"]),
        "origin": pick.text(SHORT["origin"], most=2),
        "procedure": pick.procedure(),
        "net_mass": pick.number(SHORT["net_mass"]),
        "gross_mass": pick.number(SHORT["gross_mass"]),
        "value": pick.number(*_VALUES),
        "currency": pick.beside(*_VALUES),
        "quantity": pick.number(SHORT["quantity"]),
        "unit": pick.beside(SHORT["quantity"]).str.slice(0, 8),
        "tax_rate": pick.number(SHORT["tax_rate"]),
        "tax_type": pick.text(SHORT["tax_type"], most=16),
    }
    rows = frame.select(**{name: columns[name] for name in Goods._fields}).rows()
    made = map(Goods._make, rows)
    if frame.height == heads.height:
        return [[one] for one in made]
    every = list(made)
    ends = [0, *heads["#count"].cum_sum()]
    return [every[start:stop] for start, stop in pairwise(ends)]


def mentions(frame: pl.DataFrame, heads: pl.DataFrame) -> list[list[tuple[str, str]]]:
    """Kind and value of all that each declaration names."""
    pick = _Picker(frame)
    columns: list[tuple[str, Sequence[str | None]]] = []
    for role in _PARTIES:
        if f"{role}.id" in frame.columns:
            text = pick.null(f"{role}.id").str.slice(0, _MENTIONED)
            columns.append((Kind.PARTY.value, frame.select(text).to_series().to_list()))
        if f"{role}.name" in frame.columns:
            text = pick.folded(f"{role}.name").str.slice(0, _MENTIONED)
            columns.append((Kind.NAME.value, frame.select(text).to_series().to_list()))
    ucr = pick.text("goods_shipment.ucr.id", "goods_shipment.ucr.trader_assigned_reference_id")
    columns.append((Kind.UCR.value, frame.select(ucr.alias("ucr"))["ucr"].to_list()))
    for kind, path in (
        (Kind.CONTAINER, _CONTAINER),
        (Kind.SEAL, _SEAL),
        (Kind.DOCUMENT, _DOCUMENT),
    ):
        if path in frame.columns:
            lines = frame.select(pick.lines(path).alias("lines"))["lines"].to_list()
            most = max((text.count("\n") for text in lines), default=0)
            split = [text.split("\n") for text in lines]
            for at in range(most + 1):
                columns.append((kind.value, [one[at] if at < len(one) else "" for one in split]))
    kinds = [kind for kind, values in columns if any(values)]
    values = [values for _, values in columns if any(values)]
    rows = [
        [(kind, value) for kind, value in zip(kinds, row, strict=True) if value]
        for row in (zip(*values, strict=True) if values else [()] * frame.height)
    ]
    ends = [0, *heads["#count"].cum_sum()]
    merged = (rows[start:stop] for start, stop in pairwise(ends))
    return [list(dict.fromkeys(pair for row in group for pair in row)) for group in merged]


def outcomes(heads: pl.DataFrame, said: Outcomes) -> list[Outcome]:
    """What inspections found, of the declarations whose source says so."""
    results = heads[f"!{said.column}"].to_list()
    offences = heads[f"!{said.offence_column}"].to_list() if said.offence_column else results
    pick = _Picker(heads)
    days = heads.select(pick.text("issue_date_time", most=10).alias("day"))["day"].to_list()
    found = []
    for position, (result, offence, day) in enumerate(zip(results, offences, days, strict=True)):
        if result in said.codes:
            named = said.offences.get(offence or "", "") if said.offence_column else ""
            wrong = said.codes[result] == "not-conform"
            found.append(Outcome(position, said.codes[result], named if wrong else "", day))
    return found


class _Picker:
    """Texts and numbers of a frame by the path of their field; what is not there is empty."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def null(self, *paths: str) -> pl.Expr:
        """The first that is said, as text, else null."""
        held = [pl.col(path) for path in paths if path in self.frame.columns]
        return pl.coalesce(held) if held else pl.lit(None, dtype=pl.String)

    def text(self, *paths: str, most: int = 0) -> pl.Expr:
        """The first that is said, cut to `most` signs, else empty."""
        found = self.null(*paths).fill_null("")
        return found.str.slice(0, most) if most else found

    def number(self, *paths: str) -> pl.Expr:
        """The first number that is said, else null."""
        held = [pl.col(path) for path in paths if path in self.frame.columns]
        return pl.coalesce(held) if held else pl.lit(None, dtype=pl.Int64)

    def beside(self, *paths: str) -> pl.Expr:
        """The currency or unit of the first number that is said, else empty."""
        held = [path for path in paths if f"{path}#" in self.frame.columns]
        said = [pl.when(pl.col(path).is_not_null()).then(pl.col(f"{path}#")) for path in held]
        return pl.coalesce(said).fill_null("") if said else pl.lit("")

    def folded(self, path: str) -> pl.Expr:
        """The folded names, each different one folded once."""
        names = self.frame[path].drop_nulls().unique()
        folded = {name: identifier.fold(name) for name in names}
        return pl.col(path).replace_strict(folded, default=None, return_dtype=pl.String)

    def who(self, *roles: str) -> pl.Expr:
        """The first party that is said: its identifier, else its folded name; else empty."""
        found = []
        for role in roles:
            if f"{role}.id" in self.frame.columns:
                found.append(pl.col(f"{role}.id"))
            if f"{role}.name" in self.frame.columns:
                found.append(self.folded(f"{role}.name"))
        return (pl.coalesce(found) if found else pl.lit("")).fill_null("").str.slice(0, _PARTY)

    def named(self, *roles: str) -> pl.Expr:
        """The name of the first party that is said."""
        found = []
        for role in roles:
            said = self.null(f"{role}.name").fill_null("")
            here = self.null(f"{role}.id", f"{role}.name").is_not_null()
            found.append(pl.when(here).then(said))
        return pl.coalesce(found).fill_null("").str.slice(0, 256)

    def procedure(self) -> pl.Expr:
        """Requested and previous procedure."""
        current = self.text(SHORT["procedure"])
        previous = self.text(SHORT["previous_procedure"]).str.slice(0, 2)
        fits = current.str.len_bytes().is_in([1, 2, 4])
        return pl.when(fits).then(pl.concat_str(current, previous)).otherwise(pl.lit(""))

    def lines(self, path: str) -> pl.Expr:
        """The values of a list, each once, a line each."""
        if path not in self.frame.columns:
            return pl.lit("")
        listed = pl.col(f"{path}[]") if f"{path}[]" in self.frame.columns else None
        if path == _CONTAINER:
            return _containers(self.frame, path, listed)
        if listed is None:
            return pl.col(path).fill_null("")
        return listed.list.unique(maintain_order=True).list.join("\n").fill_null("")


def _containers(frame: pl.DataFrame, path: str, listed: pl.Expr | None) -> pl.Expr:
    """Container numbers as ISO 6346 writes them, else as they stand in capitals."""
    series = frame[path] if listed is None else frame[f"{path}[]"].explode()
    known = series.drop_nulls().unique()
    plain = {one: identifier.container(one) or one.strip().upper() for one in known}
    if listed is None:
        told = pl.col(path).replace_strict(plain, default=None, return_dtype=pl.String)
        return told.fill_null("")
    told = listed.list.eval(
        pl.element().replace_strict(plain, default=None, return_dtype=pl.String)
    )
    return told.list.unique(maintain_order=True).list.join("\n").fill_null("")
