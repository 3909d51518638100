"""Typed columns against the plain functions they stand for, and rows against one declaration."""

import io
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidewaiter import quantity
from tidewaiter.documents import batch as batches
from tidewaiter.documents import columns, content, csvfile, facts, library, mapping, rows
from tidewaiter.documents.batch import Source
from tidewaiter.quantity import NotANumber, Rounding, Signs

HERE = Path(__file__).parent
NAMES = {
    "number-malformed": "malformed",
    "number-negative": "negative",
    "number-too-large": "large",
}
numbers = st.one_of(
    st.text("0123456789.,-+e ", max_size=12),
    st.decimals(-10, 10**12, allow_nan=False, places=7).map(lambda one: f"{one:f}"),
    st.integers(0, 10**25).map(str),
    st.sampled_from(["", ".5", "5.", "-0", "+1", "00012", "0.5", "1.5", "2.5", str(2**53 - 1)]),
)


def plainly(text: str, places: int, rounding: Rounding) -> tuple[quantity.Scaled | None, str]:
    try:
        return quantity.scaled(text, places, rounding), ""
    except NotANumber as error:
        return None, error.rule


class TestNumbers:
    @settings(max_examples=60, deadline=None)
    @given(
        texts=st.lists(numbers, min_size=1, max_size=20),
        places=st.integers(0, 6),
        rounding=st.sampled_from(list(Rounding)),
    )
    def test_agree_with_quantity(self, texts: list[str], places: int, rounding: Rounding) -> None:
        found = columns.scaled(
            pl.Series(texts, dtype=pl.String), places, quantity.PLAIN, rounding, quantity.MOST
        )
        for text, row in zip(texts, found.rows(named=True), strict=True):
            one, rule = plainly(text, places, rounding)
            if one is not None:
                assert (row["value"], row["rounded"]) == (one.value, one.rounded), text
            else:
                assert row[NAMES.get(rule, "rounded")], (text, row, rule)
                assert row["value"] is None or rule == "number-too-fine"

    def test_are_written_as_the_source_says(self) -> None:
        found = columns.scaled(
            pl.Series(["1.234,56", "1234,5", "1.23,4"]), 2, Signs(",", "."), Rounding.DOWN, 10**9
        )
        assert found["value"].to_list() == [123456, 123450, None]

    @pytest.mark.parametrize(
        ("rounding", "written"),
        [(Rounding.HALF_EVEN, 2), (Rounding.HALF_UP, 3), (Rounding.DOWN, 2), (Rounding.UP, 3)],
    )
    def test_round_as_told(self, rounding: Rounding, written: int) -> None:
        assert quantity.scaled("2.5", 0, rounding) == quantity.Scaled(written, True)

    def test_of_money_have_the_places_of_their_currency(self) -> None:
        assert quantity.money("1.5", "KRW").value == 2
        assert quantity.money("1.5", "EUR").value == 150
        assert quantity.money("1.5", "KWD").value == 1500

    @given(st.integers(0, 10**15), st.integers(0, 6))
    def test_come_back_as_they_were_written(self, value: int, places: int) -> None:
        text = quantity.written(value, places)
        assert quantity.scaled(text, places, most=10**15) == quantity.Scaled(value, False)
        assert Decimal(text).scaleb(places) == value


def pressed(name: str, made: mapping.Mapping, data: bytes) -> rows.Made:
    frames = csvfile.frames(io.BytesIO(data))
    header = csvfile.cells(next(frames), encoding="utf-8", separator=made.separator)
    assert isinstance(header, list)
    press = rows.Press(made, header)
    chunks = csvfile.chunks(frames, columns=len(header), encoding="utf-8", separator=made.separator)
    (chunk,) = chunks
    return press.press(chunk, Source("0" * 64, "csv"), name)


cell = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"
    ),
    max_size=12,
)
ROWS = """
columns:
  Number: local_reference
  Who: declarant_name
  Seller: seller_name
  Buyer: buyer
  Boxes: {field: container, split: ";"}
  Bill: transport_document
  Text: description
  Mark: marks
  Mass: {field: gross_mass, unit_column: Unit}
  Price: {field: price, currency_column: Money}
defaults: {type_code: EXA, function_code: "9"}
rows: items
"""


class TestRows:
    @settings(max_examples=40, deadline=None)
    @given(table=st.lists(st.tuples(cell, cell, cell, cell, cell), min_size=1, max_size=8))
    def test_are_those_of_the_declaration_that_they_hold(
        self, table: list[tuple[str, ...]]
    ) -> None:
        made = mapping.read(ROWS.encode(), name="rows")
        header = (HERE / "mappings" / "items.csv").read_text().split("\n")[0].split(",")
        header[-1:] = ["Money", "Extra"]
        lines = [
            (
                *(f"L{at // 3}", "Ärger & Söhne GmbH", seller, buyer, "csqu 305438-3; MSKU0000000"),
                *(bill, text, '"q"\\\n', "1.5", "kg", "10.005", "EUR", extra),
            )
            for at, (seller, buyer, bill, text, extra) in enumerate(table)
        ]
        same = [(*lines[at // 3 * 3][:6], *line[6:]) for at, line in enumerate(lines)]
        same = [tuple(one.replace("\x85", "") for one in line) for line in same]
        data = csvfile.written(header, same).encode()
        done = pressed("x.csv", made, data)
        assert len(done.batch) + done.refused == -(-len(table) // 3)
        for at, text in enumerate(done.batch.bodies):
            declaration = batches.decode(text)
            assert batches.encode(declaration).decode() == text
            assert content.digest(declaration) == done.batch.digests[at]
            assert facts.header(declaration) == done.batch.headers[at]
            assert facts.goods(declaration) == done.batch.goods[at]
            assert sorted(facts.mentions(declaration)) == sorted(done.batch.mentions[at])

    def test_of_one_number_are_the_items_of_one_declaration(self) -> None:
        made = mapping.read(ROWS.encode(), name="rows")
        data = (HERE / "mappings" / "items.csv").read_bytes()
        done = pressed("items.csv", made, data)
        assert [len(goods) for goods in done.batch.goods] == [2, 1]
        assert [goods.sequence for goods in done.batch.goods[0]] == [1, 2]
        assert [source.line for source in done.batch.sources] == [2, 4]

    @pytest.mark.data
    def test_of_the_korean_file_are_those_of_their_declarations(self) -> None:
        from tests.data import DATA

        lines = (DATA / "korea-customs" / "df_syn_valid_eng.csv").read_bytes().splitlines(True)
        done = pressed("korea.csv", library.load("korea"), b"".join(lines[:300]))
        assert len(done.batch) == 299
        for at, text in enumerate(done.batch.bodies):
            declaration = batches.decode(text)
            assert batches.encode(declaration).decode() == text
            assert facts.header(declaration) == done.batch.headers[at]
            assert facts.goods(declaration) == done.batch.goods[at]
        results = {one.result for one in done.batch.outcomes}
        assert results == {"conform", "not-conform"}
