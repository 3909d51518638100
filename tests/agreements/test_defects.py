"""Bad agreements: each file has one defect, in the line marked `# here`, and names it."""

import json
from pathlib import Path

import pytest

from tests.agreements.documents import EXAMPLE, of, with_clause
from tidewaiter import canonical
from tidewaiter.agreements import actions, checking, document, finding
from tidewaiter.agreements.finding import Finding

DEFECTS = Path(__file__).with_name("defects")
REMEDIES = (":", "take", "write", "want", "keep", "only", "nothing", "decides", "left out")


def found_in(source: bytes) -> list[Finding]:
    """All that `agreements check` says of a text."""
    return list(actions.check(source).findings)


def marked(source: bytes) -> int:
    (line,) = (at for at, each in enumerate(source.split(b"\n"), 1) if each.endswith(b"# here"))
    return line


@pytest.mark.parametrize("file", sorted(DEFECTS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_defect_is_reported_under_its_own_name_with_its_line_and_a_remedy(file: Path) -> None:
    source = file.read_bytes()
    codes = {each.code for each in found_in(source)}
    assert codes == {file.stem}
    assert {each.line for each in found_in(source)} == {marked(source)}
    for each in found_in(source):
        assert any(word in each.said() for word in REMEDIES), each.said()


def test_every_finding_has_words() -> None:
    assert all(text.strip() for text in finding.WORDS.values())


def test_a_clause_that_lets_nothing_out_is_named() -> None:
    allowed = ["seizure", "date", "offence"]
    bad = with_clause(categories=["tracking"], fields={"allow": allowed, "withhold": allowed})
    assert "lets-nothing" in {each.code for each in found_in(bad.canonical)}


def test_a_circle_of_agreements_is_named_with_its_line() -> None:
    """A replaces B, B replaces C, C replaces A: seen from A where the others are known."""
    first, second, third = (f"019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c0{n}" for n in (1, 2, 3))
    text = EXAMPLE.replace(b"supersedes: []", f"supersedes: [{second}]".encode())
    replaced = {second: frozenset({third}), third: frozenset({first})}
    (found,) = checking.check(document.read_source(text), replaced)
    assert (found.code, found.line, found.warns) == ("supersedes-circle", 11, True)
    assert checking.check(document.read_source(text), {second: frozenset({third})}) == []


def test_json_over_several_lines_has_its_lines_too() -> None:
    data = canonical.read(of().canonical)
    data["clauses"][0]["handling"] = "TLP:PINK"
    text = json.dumps(data, indent=2).encode()
    (found,) = found_in(text)
    assert found.code == "not-one-of"
    assert b'"handling"' in text.split(b"\n")[found.line - 1]
    broken = b'{\n"a": 1,\n"a": 2}'
    assert found_in(broken)[0].code == "not-json"
    unfinished = b'{\n"a": 1,\n"b": }'
    assert found_in(unfinished)[0].line == 3


def test_an_unknown_member_is_refused_on_the_wire_too() -> None:
    data = {**canonical.read(of().canonical), "colour": "blue"}
    with pytest.raises(document.NotAnAgreement):
        document.read_canonical(canonical.write(data))
