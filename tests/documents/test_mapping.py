"""Mappings: read as text, all that is wrong reported with its line."""

from pathlib import Path

import pytest

from tidewaiter.documents import library, mapping, target, yamltext

DEFECTS = Path(__file__).parent / "defects" / "mapping"
SAID = {
    "alias": (1, "anchors and aliases"),
    "doubled": (3, "stands twice"),
    "encoding": (1, "no encoding that holds ASCII"),
    "field-unknown": (4, "there is no field 'net_weight'"),
    "member-unknown": (1, "'colums' is unknown"),
    "money-without-currency": (4, "say its `currency`"),
    "not-yaml": (3, ""),
    "number-not-given": (1, "gives 'local_reference'"),
    "rounding": (1, "'sometimes' is none of"),
    "tag": (2, "the tag tag:yaml.org,2002:python/object/apply:os.system"),
    "twice-the-same-field": (3, "fills this field already"),
}
WHOLE = """
columns: {Number: local_reference, Who: declarant, Price: {field: price, currency: NOK}}
defaults: {type_code: IM, function_code: "9"}
"""


@pytest.mark.parametrize("file", sorted(DEFECTS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_defect_is_reported_with_its_line(file: Path) -> None:
    with pytest.raises(mapping.BadMapping) as refusal:
        mapping.read(file.read_bytes(), name=file.stem)
    line, words = SAID[file.stem]
    assert (line, True) in {(one.line, words in one.message) for one in refusal.value.faults}


def test_everything_wrong_is_told_at_once() -> None:
    broken = b"rounding: x\ndecimal: x\ncolumns:\n  A: nothing\n  B: nowhere\n"
    with pytest.raises(mapping.BadMapping) as refusal:
        mapping.read(broken, name="broken")
    assert {one.line for one in refusal.value.faults} >= {1, 2, 4, 5}


def test_a_slip_of_the_pen_is_met_with_the_right_word() -> None:
    with pytest.raises(mapping.BadMapping, match="did you mean net_mass"):
        mapping.read(b"columns: {Mass: net_mas}", name="slip")


class TestText:
    def test_no_is_norway(self) -> None:
        assert yamltext.read(b"a: NO\nb: 0101\nc: 1e3\nd: ~\n").tree == {
            "a": "NO",
            "b": "0101",
            "c": "1e3",
            "d": "~",
        }

    def test_every_place_has_its_line(self) -> None:
        document = yamltext.read(b"a: 1\nb:\n  c: 2\n  d:\n  - x\n  - y\n")
        assert [document.line(path) for path in [("a",), ("b", "c"), ("b", "d", 1)]] == [1, 3, 6]

    @pytest.mark.parametrize("data", [b"a: " + b"[" * 40, b"\xff", b"", b"a: 1\n---\nb: 2\n"])
    def test_what_is_no_plain_document_is_refused(self, data: bytes) -> None:
        with pytest.raises(yamltext.NotText):
            yamltext.read(data)


def test_a_mapping_says_what_it_misses() -> None:
    made = mapping.read(WHOLE.encode(), name="whole")
    assert "hs_code" in made.missing
    assert "value" not in made.missing


def test_every_short_name_is_a_field() -> None:
    assert [name for name in target.SHORT if target.find(name) is None] == []


def test_every_path_of_the_tables_is_a_field() -> None:
    paths = {
        path for table in (target.NEEDED, target.WANTED) for ways in table.values() for path in ways
    }
    assert [path for path in sorted(paths) if target.find(path) is None] == []


@pytest.mark.parametrize("name", library.shipped())
def test_what_ships_can_be_used(name: str) -> None:
    assert library.load(name).columns
