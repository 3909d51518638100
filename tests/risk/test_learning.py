"""The model: the same for the same, taught without leaks, and good at what it has not seen."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.data import DATA
from tidewaiter.documents import frame, library
from tidewaiter.risk import assess, benchmark, lanes, model, norms
from tidewaiter.risk import library as shelf

KOREA = DATA / "korea-customs"


def items(rows: int = 400) -> pl.DataFrame:
    """Goods of which those of one importer are mostly not conform."""
    told = [
        {
            **dict.fromkeys(frame.SCHEMA, ""),
            **{name: [] for name in ("containers", "seals", "transport_documents")},
            "declaration": number,
            "item": 1,
            "reference": f"R{number}",
            "lodged_on": date(2026, 1, 1 + number % 28),
            "importer": "BAD" if number % 5 == 0 else f"GOOD{number % 7}",
            "hs6": ("640411", "090111", "851713")[number % 3],
            "origin": "CN",
            "currency": "EUR",
            "value": 100_000 + number,
            "net_mass": 50_000 + number,
            "gross_mass": 60_000,
            "quantity": 1_000_000,
            "tax_rate": 8.0,
            "outcome": int(number % 5 == 0 and number % 10 != 5),
        }
        for number in range(rows)
    ]
    return pl.DataFrame(told, schema={**frame.SCHEMA, "outcome": pl.Int64})


@pytest.fixture(scope="module")
def file() -> bytes:
    return model.train(items(), seed=7)


class TestAModel:
    def test_is_the_same_bytes_for_the_same_items_and_seed(self, file: bytes) -> None:
        assert model.train(items(), seed=7) == file

    def test_is_named_by_the_digest_of_its_file(self, file: bytes, tmp_path: Path) -> None:
        version = shelf.keep(tmp_path, file)
        assert shelf.read_model(tmp_path, version).version == version
        (kept,) = tmp_path.iterdir()
        kept.write_bytes(file[:-20])
        shelf.read_model.cache_clear()
        with pytest.raises(model.NotThisModel):
            shelf.read_model(tmp_path, version)

    def test_cannot_be_taught_by_a_few_outcomes(self) -> None:
        with pytest.raises(model.TooFew) as few:
            model.train(items(20), seed=1)
        assert (few.value.rows, few.value.positive) == (20, 2)

    def test_says_why_with_the_number_of_controls(self, file: bytes) -> None:
        taught = model.read(file)
        some = items(10).drop("outcome")
        knowledge = assess.Knowledge(cuts=lanes.START, trained=taught)
        told = assess.assess(some, list(range(10)), knowledge, _at())
        bad, good = told.row(0, named=True), told.row(1, named=True)
        assert bad["score"] > good["score"]
        assert "model.controls.importer" in bad["reasons"]
        assert '"controls":80' in bad["reasons"]

    def test_judges_a_batch_as_it_judges_each(self, file: bytes) -> None:
        some = items(30).drop("outcome")
        knowledge = assess.Knowledge(cuts=lanes.START, trained=model.read(file))
        together = assess.assess(some, list(range(30)), knowledge, _at())
        apart = pl.concat(
            [
                assess.assess(some.filter(pl.col("declaration") == n), [n], knowledge, _at())
                for n in range(30)
            ]
        )
        assert together.drop("score", "probability").equals(apart.drop("score", "probability"))
        assert (together["score"] - apart["score"]).abs().max() < 1e-9  # type: ignore[operator]


def test_norms_compare_like_with_like() -> None:
    known = norms.learn(norms.clean(items()))
    beside = norms.beside(norms.clean(items(3).with_columns(value=pl.lit(1_000))), known)
    assert beside["unit_value_ratio"].to_list() == pytest.approx([0.01] * 3, rel=0.01)
    other = items(3).with_columns(currency=pl.lit("JPY"))
    assert norms.beside(norms.clean(other), known)["norm_items"].to_list() == [0, 0, 0]


@pytest.mark.data
def test_months_that_it_never_saw_are_ranked_better_than_by_a_bare_look_up() -> None:
    used = library.load("korea")
    train = benchmark.read(KOREA / "df_syn_train_eng.csv", used, "Fraud", positive=1, pattern=())
    test = benchmark.read(KOREA / "df_syn_valid_eng.csv", used, "Fraud", positive=1, pattern=())
    found = benchmark.run(train, test, seed=1)
    assert found["rows"] == 8134
    assert found["precision_at"]["5"] >= found["lookup"]["precision_at"]["5"] > 0.98
    assert found["recall_at"]["10"] >= found["lookup"]["recall_at"]["10"] > 0.46
    new = found["new"]
    assert new["rows"] + found["seen"]["rows"] == found["rows"]
    assert new["precision_at"]["5"] > 1.2 * new["positive"] / new["rows"]


def _at():  # type: ignore[no-untyped-def]
    from datetime import UTC, datetime

    return datetime(2026, 3, 1, tzinfo=UTC)
