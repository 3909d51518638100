"""The demo's files are what traders send: every reader takes them without a refusal."""

from datetime import date
from pathlib import Path

from tidewaiter.demo import papers, scenario
from tidewaiter.documents import jsonform, wco

MADE = scenario.make(seed=7, last=date(2026, 11, 25), days=scenario.LEAST_DAYS)
SOME = [one for day in MADE.days for one in day][::9]


class TestAPaper:
    def test_is_wco_xml_that_reads_back_as_the_same_declaration(self) -> None:
        for one in SOME:
            meant = papers.canonical(one)
            read = wco.read(wco.write(meant))
            assert [found for found in read.findings if found.refuses] == []
            assert read.declaration is not None
            assert read.declaration.goods_shipment == meant.goods_shipment

    def test_is_json_that_reads_back_as_the_same_declaration(self) -> None:
        for one in SOME:
            meant = papers.canonical(one)
            assert jsonform.read(jsonform.write(meant)).declaration == meant

    def test_says_nothing_of_what_is_really_inside(self) -> None:
        for one in SOME:
            if one.truth is not None:
                said = jsonform.write(papers.canonical(one)).decode()
                assert one.truth.found not in said
                assert scenario.RING_BRAND not in said

    def test_is_a_record_with_its_outcome_only_where_somebody_looked(self, tmp_path: Path) -> None:
        file = papers.records(MADE.history["XA"], tmp_path / "records.csv")
        lines = file.read_text(encoding="utf-8").splitlines()
        assert lines[0].split(",") == list(papers.RECORDS)
        outcomes = [line.split(",")[-2] for line in lines[1:]]
        assert len(outcomes) == scenario.HISTORY
        assert set(outcomes) == {"", "conform", "not-conform"}
        assert outcomes.count("") > scenario.HISTORY / 2
