"""`tidewaiter declarations`: what it prints, and its exit codes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.documents.papers import declaration
from tidewaiter.documents import jsonform, mapping, models
from tidewaiter.documents.commands import declarations

HERE = Path(__file__).parent
MANUAL = HERE.parents[1] / "docs" / "mapping.md"
TRADER = str(HERE / "mappings" / "trader.yaml")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, settings) -> None:  # type: ignore[no-untyped-def]
    settings.VAULT_DIR = tmp_path / "vault"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(declarations, [str(word) for word in words])


def said(*words: str | Path) -> Any:
    return json.loads(run(*words, "--json").stdout)


class TestImport:
    def test_prints_the_report_and_ends_with_0(self) -> None:
        words = ("import", HERE / "mappings" / "rows.csv", "--mapping", TRADER, "--no-assess")
        assert run(*words).exit_code == 0
        report = said(*words)
        counts = {name: report[name] for name in ("files", "accepted", "refused", "duplicates")}
        assert counts == {"files": 1, "accepted": 0, "refused": 0, "duplicates": 3}
        assert report["errors"] == []
        assert report["seconds"] > 0

    def test_ends_with_1_when_anything_was_refused_and_says_where(self) -> None:
        file = HERE / "defects" / "csv" / "row-nul.csv"
        done = run("import", file, "--mapping", TRADER, "--no-assess", "--json")
        assert done.exit_code == 1
        (error,) = json.loads(done.stdout)["errors"]
        assert (error["file"], error["line"], error["rule"]) == (str(file), 2, "row-nul")
        assert set(error) >= {"file", "line", "field", "rule", "message"}

    def test_says_what_the_mapping_misses(self) -> None:
        done = run("import", HERE / "mappings" / "rows.csv", "--mapping", TRADER, "--no-assess")
        assert "The mapping fills none of: office" in done.stdout

    def test_a_broken_mapping_is_a_problem_with_its_lines(self) -> None:
        file = HERE / "defects" / "mapping" / "field-unknown.yaml"
        done = run("import", HERE / "mappings" / "rows.csv", "--mapping", file, "--json")
        assert done.exit_code == 1
        problem = json.loads(done.stdout)
        assert problem["type"].endswith("/mapping-broken")
        assert problem["errors"][0]["line"] == 4

    def test_a_message_quotes_at_most_200_characters_of_the_input(self, tmp_path: Path) -> None:
        rows = (HERE / "mappings" / "rows.csv").read_text().splitlines()
        file = tmp_path / "long.csv"
        file.write_text(f"{rows[0]}\n{rows[1].replace('1250.50', 'x' * 5000)}\n")
        (error,) = said("import", file, "--mapping", TRADER, "--no-assess")["errors"]
        assert len(error["message"]) < 300


class TestLooking:
    def test_one_goes_out_as_it_comes_in(self, tmp_path: Path) -> None:
        file = tmp_path / "a.json"
        file.write_bytes(jsonform.write(declaration()))
        run("import", file, "--no-assess")
        reference = models.Declaration.objects.get().reference
        assert run("export", reference, "--format", "json").stdout == file.read_text()
        assert said("export", reference, "--format", "json") == json.loads(file.read_bytes())
        shown = said("show", reference)
        assert {"reference", "kind", "state", "lane", "score", "reasons", "items"} <= set(shown)
        assert shown["steps"][-1]["after"] == "accepted"
        (listed,) = said("list", "--state", "accepted", "--limit", "5")
        assert listed["items"][0]["hs_code"] == "640411"
        assert said("list", "--lane", "red") == []

    def test_one_that_is_not_held_is_a_problem(self) -> None:
        done = run("show", "26XA000000197", "--json")
        assert done.exit_code == 1
        assert json.loads(done.stdout)["status"] == 404

    def test_the_mappings_that_ship_are_listed_with_what_they_miss(self) -> None:
        (korea,) = [one for one in said("mappings") if one["name"] == "korea"]
        assert korea["columns"] > 15
        assert "description" in korea["missing"]


class TestManual:
    """docs/mapping.md is followed word by word."""

    def blocks(self, kind: str) -> list[str]:
        return re.findall(rf"```{kind}\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)

    def test_the_example_comes_in(self, tmp_path: Path) -> None:
        (table,) = self.blocks("csv")
        _, written, columns = self.blocks("yaml")[:3]
        (tmp_path / "export.csv").write_text(table)
        defaults = 'defaults: {function_code: "9", type_code: IMA}\n'
        (tmp_path / "export.yaml").write_text(written + columns + defaults)
        words = ("import", tmp_path / "export.csv", "--mapping", tmp_path / "export.yaml")
        report = said(*words, "--no-assess")
        assert (report["accepted"], report["refused"], report["errors"]) == (2, 0, [])
        printed = self.blocks("console")[0].splitlines()[-1]
        assert printed == f"The mapping fills none of: {', '.join(report['missing'])}"
        first = models.Item.objects.order_by("id")[0]
        assert (first.net_mass, first.value, first.currency) == (250_500, 125_050, "EUR")

    def test_the_first_three_lines_are_enough(self) -> None:
        assert mapping.read(self.blocks("yaml")[0].encode(), name="first").columns
