"""Importing files and folders: what comes in, what is refused with its place, nothing half."""

import os
import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from tests.data import DATA
from tests.documents.papers import declaration
from tidewaiter.documents import (
    csvfile,
    errors,
    importing,
    jsonform,
    models,
    queries,
    registries,
    wco,
)
from tidewaiter.documents.tally import Tally

HERE = Path(__file__).parent
TRADER = str(HERE / "mappings" / "trader.yaml")
DEFECTS = sorted((HERE / "defects" / "csv").glob("*.csv"))
WHOLE = {"column-missing", "column-doubled"}  # these refuse the file, the others one row
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, settings) -> None:  # type: ignore[no-untyped-def]
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture
def take(at: datetime):  # type: ignore[no-untyped-def]
    def run(*paths: Path | str, **more: object) -> Tally:
        named = {"assess": False, **more}
        return importing.run([str(path) for path in paths], at=at, by="test", **named)  # type: ignore[arg-type]

    return run


@pytest.mark.parametrize("file", DEFECTS, ids=lambda file: file.stem)
def test_a_defect_of_csv_is_reported_under_its_own_name_and_the_rest_go_on(
    take, file: Path
) -> None:  # type: ignore[no-untyped-def]
    tally = take(file, mapping=TRADER)
    assert [one.rule for one in tally.findings if one.refuses] == [file.stem]
    assert tally.refused == 1
    assert tally.accepted == (0 if file.stem in WHOLE else 1)
    (found,) = [one for one in tally.findings if one.refuses]
    assert found.file == str(file)
    assert found.line == (1 if file.stem in WHOLE else 3 if file.stem == "number-reused" else 2)


class TestCsv:
    def test_columns_in_another_order_are_the_same(self, take, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        lines = (HERE / "defects" / "csv" / "row-columns.csv").read_text().splitlines()
        rows = [lines[0].split(","), lines[2].split(",")]
        first, other = tmp_path / "a.csv", tmp_path / "b.csv"
        first.write_text("\n".join(",".join(row[:-1]) for row in rows))
        other.write_text("\n".join(",".join(reversed(row[:-1])) for row in rows))
        assert take(first, mapping=TRADER).accepted == 1
        assert take(other, mapping=TRADER).duplicates == 1

    def test_an_extra_column_is_kept_under_extensions(self, take) -> None:  # type: ignore[no-untyped-def]
        take(HERE / "defects" / "csv" / "row-columns.csv", mapping=TRADER)
        body = models.Version.objects.get().body
        assert '"extensions":[{"kind":"column","name":"Note","text":"shoes"}]' in body

    def test_one_enormous_line_is_refused_and_the_next_is_read(self, take, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        lines = (HERE / "defects" / "csv" / "row-columns.csv").read_bytes().splitlines(True)
        file = tmp_path / "line.csv"
        file.write_bytes(lines[0] + b"x" * 30_000_000 + b"\n" + lines[2])
        tracemalloc.start()
        tally = take(file, mapping=TRADER)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert [one.rule for one in tally.findings] == ["row-too-large"]
        assert tally.accepted == 1
        assert peak < 25_000_000

    def test_a_quote_that_never_closes_costs_one_row(self, take, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        lines = (HERE / "defects" / "csv" / "row-columns.csv").read_bytes().splitlines(True)
        rows = b"".join(lines[2].replace(b"L-1", b"L-%d" % at) for at in range(5_000))
        file = tmp_path / "quote.csv"
        file.write_bytes(lines[0] + b'L,"open\n' + rows)
        tally = take(file, mapping=TRADER)
        assert (tally.accepted, tally.refused) == (5_000, 1)

    def test_codes_that_no_edition_knows_are_taken_with_a_finding(
        self, take, tmp_path: Path
    ) -> None:  # type: ignore[no-untyped-def]
        text = (HERE / "defects" / "csv" / "row-columns.csv").read_text().splitlines()
        file = tmp_path / "codes.csv"
        row = text[2].replace("640411", "851712").replace(",CN,", ",QQ,").replace("EUR", "QQQ")
        file.write_text(f"{text[0]}\n{row}\n")
        tally = take(file, mapping=TRADER)
        assert tally.accepted == 1
        known = {"commodity-unknown", "country-unknown", "currency-unknown"}
        assert {one.rule for one in tally.findings} == known
        assert all(one.line == 2 for one in tally.findings)
        assert "851712" in models.Version.objects.get().findings

    def test_a_file_of_columns_needs_a_mapping(self, take) -> None:  # type: ignore[no-untyped-def]
        assert [one.rule for one in take(DEFECTS[0]).findings] == ["mapping-missing"]
        with pytest.raises(errors.MappingNeeded):
            take(DEFECTS[0], format_name="csv")


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "-a"])
def test_what_a_spreadsheet_would_run_is_neutralised_on_export(cell: str) -> None:
    assert csvfile.written(["a"], [[cell]]).splitlines()[1].lstrip('"').startswith("'")
    assert csvfile.neutral("-12.5") == "-12.5"
    assert csvfile.neutral("plain = text") == "plain = text"


class TestFiles:
    def test_only_regular_files_are_opened(self, take, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        os.mkfifo(tmp_path / "pipe.xml")
        (tmp_path / "dead").symlink_to(tmp_path / "nowhere")
        (tmp_path / "empty.json").touch()
        with zipfile.ZipFile(tmp_path / "papers.zip", "w") as archive:
            archive.writestr("a.xml", "<a/>")
        (tmp_path / "noise.bin").write_bytes(bytes(range(1, 256)))
        tally = take(tmp_path)
        told = {Path(one.file).name: one.rule for one in tally.findings}
        assert told == {
            "pipe.xml": "not-a-file",
            "dead": "unreadable",
            "empty.json": "empty",
            "papers.zip": "archive",
            "noise.bin": "format-unknown",
        }
        assert (tally.files, tally.refused) == (5, 5)

    def test_a_link_to_a_file_is_followed_and_one_to_a_folder_is_no_file(
        self, take, tmp_path: Path
    ) -> None:  # type: ignore[no-untyped-def]
        real = tmp_path / "real"
        real.mkdir()
        (real / "a.json").write_bytes(jsonform.write(declaration()))
        dropped = tmp_path / "dropped"
        dropped.mkdir()
        (dropped / "link.json").symlink_to(real / "a.json")
        (dropped / "loop").symlink_to(dropped)
        tally = take(dropped)
        assert tally.accepted == 1

    def test_a_name_that_is_no_utf8_is_told_escaped(self, take, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        name = os.fsencode(tmp_path) + b"/caf\xe9.json"
        Path(os.fsdecode(name)).write_bytes(b"{}")
        assert take(tmp_path).findings[0].file.endswith("caf\\xe9.json")

    def test_without_a_path_there_is_nothing_to_do(self, take) -> None:  # type: ignore[no-untyped-def]
        with pytest.raises(errors.NothingGiven):
            take()

    def test_a_mapping_or_schema_that_is_not_there_stops_it_before_it_begins(self, take) -> None:  # type: ignore[no-untyped-def]
        with pytest.raises(errors.MappingUnknown):
            take(DEFECTS[0], mapping="nowhere")
        with pytest.raises(errors.SchemaUnusable):
            take(DEFECTS[0], schema="nowhere.xsd")
        with pytest.raises(errors.MappingBroken) as refusal:
            take(DEFECTS[0], mapping=str(HERE / "defects" / "mapping" / "tag.yaml"))
        assert refusal.value.members["errors"][0]["line"] == 2  # type: ignore[index]


class TestFormats:
    def test_one_declaration_in_two_formats_is_a_duplicate(self, take, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        (tmp_path / "a.json").write_bytes(jsonform.write(declaration()))
        (tmp_path / "b.xml").write_bytes(wco.write(declaration()))
        tally = take(tmp_path)
        assert (tally.accepted, tally.duplicates, tally.refused) == (1, 1, 0), tally.findings

    def test_a_list_in_json_is_many(self, take, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        parts = [jsonform.write(declaration(f"L-{at}")) for at in range(3)]
        (tmp_path / "all.json").write_bytes(b"[" + b",".join([*parts, b"{}"]) + b"]")
        tally = take(tmp_path)
        assert (tally.accepted, tally.refused) == (3, 1)
        assert tally.findings[-1].place.startswith("[3]")

    def test_what_is_exported_comes_in_again(self, take, tmp_path: Path, at: datetime) -> None:  # type: ignore[no-untyped-def]
        from tidewaiter.identity import viewer

        (tmp_path / "a.json").write_bytes(jsonform.write(declaration()))
        take(tmp_path)
        reference = models.Declaration.objects.get().reference
        for form in ("json", "wco-xml"):
            data = queries.written(viewer.command_line(), reference, form, at=at)
            (tmp_path / form).write_bytes(data)
            assert take(tmp_path / form).duplicates == 1
        text = queries.written(viewer.command_line(), reference, "csv", at=at).decode()
        assert text.splitlines()[1].startswith("import,IMA,L-1,,XA900001")

    def test_every_importer_can_be_loaded(self) -> None:
        assert [registries.importers.get(name).name for name in registries.importers] == [
            *("csv", "json", "wco-xml"),
        ]


@pytest.mark.data
class TestPublicData:
    def test_the_valid_samples_come_in_and_each_other_file_is_refused_with_its_place(
        self, take
    ) -> None:  # type: ignore[no-untyped-def]
        folder = DATA / "wco-declarations"
        schema = str(folder / "schemas" / "customs" / "wrapper_submit.xsd")
        tally = take(folder, schema=schema)
        assert (tally.accepted, tally.duplicates) == (136, 1)
        refusals = {one.file for one in tally.findings if one.refuses}
        assert len(refusals) == tally.refused == tally.files - 137
        assert all(one.line for one in tally.findings)

    def test_the_korean_file_comes_in_whole_and_is_a_duplicate_the_next_time(self, take) -> None:  # type: ignore[no-untyped-def]
        file = DATA / "korea-customs" / "df_syn_valid_eng.csv"
        tally = take(file, mapping="korea")
        assert (tally.accepted, tally.refused, tally.items) == (8134, 0, 8134)
        assert take(file, mapping="korea").duplicates == 8134
        assert len(queries.items_frame()) == 8134
        assert len(tally.findings) <= 3 * 200
