"""Rules of all formats: codes by shape and by edition, and names that never change."""

import string

import pytest

from tests.documents.papers import declaration
from tidewaiter.documents import anatomy, finding, rulebook, rules
from tidewaiter.documents.declaration import Declaration, Metadata
from tidewaiter.documents.element import Part


@pytest.mark.parametrize(
    ("check", "value", "rule"),
    [
        (rules.country, "DE", ""),
        (rules.country, "XA", ""),
        (rules.country, "ZU", "country-unknown"),
        (rules.country, "de", "country-malformed"),
        (rules.country, "DEU", "country-malformed"),
        (rules.country, "D\u00c9", "country-malformed"),
        (rules.currency, "EUR", ""),
        (rules.currency, "ZZZ", "currency-unknown"),
        (rules.currency, "Eur", "currency-malformed"),
        (rules.commodity, "640411", ""),
        (rules.commodity, "6404110000", ""),
        (rules.commodity, "640499", "commodity-unknown"),
        (rules.commodity, "770100", "hs-chapter"),
        (rules.commodity, "000100", "hs-chapter"),
        (rules.commodity, "64.04.11", "commodity-malformed"),
        (rules.commodity, "6", "commodity-malformed"),
        (rules.container, "CSQU3054383", ""),
        (rules.container, "CSQU3054384", "container-malformed"),
        (rules.container, "TRAILER 12", ""),
    ],
)
def test_a_code_breaks_the_rule_of_its_shape_or_of_its_edition(
    check: object, value: str, rule: str
) -> None:
    assert callable(check)
    assert check(value) == rule


def test_a_sound_declaration_has_no_remarks_that_refuse() -> None:
    remarks = rules.check(declaration())
    assert [one.rule for one in remarks if rulebook.RULES[one.rule].refuses] == []


def test_every_rule_has_a_stable_name_and_a_sentence_that_can_be_worded() -> None:
    letters = set(string.ascii_lowercase + "-")
    for name, rule in rulebook.RULES.items():
        assert set(name) <= letters
        names = [field for _, field, _, _ in string.Formatter().parse(rule.text) if field]
        found = finding.find(name, **dict.fromkeys(names, "x"))
        assert found.message


def test_an_unknown_rule_cannot_be_reported() -> None:
    with pytest.raises(KeyError):
        finding.find("no-such-rule")


def parts(part: type[Part], seen: set[type[Part]]) -> set[type[Part]]:
    if part not in seen:
        seen.add(part)
        for field in anatomy.of(part).fields:
            if field.part:
                parts(field.part, seen)
    return seen


class TestTheTableOfFields:
    every = sorted(parts(Declaration, set()) | {Metadata}, key=lambda part: part.__name__)

    @pytest.mark.parametrize("part", every, ids=lambda part: part.__name__)
    def test_knows_every_member_of_every_class(self, part: type[Part]) -> None:
        known = {field.name for field in anatomy.of(part).fields}
        assert known == set(part.__struct_fields__) - {"extensions", "metadata"}

    @pytest.mark.parametrize("part", every, ids=lambda part: part.__name__)
    def test_names_each_element_once_and_each_code_list_that_is_checked(
        self, part: type[Part]
    ) -> None:
        fields = anatomy.of(part).fields
        assert len({field.element for field in fields}) == len(fields)
        assert {field.code for field in fields} <= {"", *rules.CHECKS}

    @pytest.mark.parametrize("part", every, ids=lambda part: part.__name__)
    def test_gives_no_number_of_the_model_to_two_fields(self, part: type[Part]) -> None:
        numbers = [number for field in anatomy.of(part).fields for number in field.wco]
        assert len(set(numbers)) == len(numbers)
