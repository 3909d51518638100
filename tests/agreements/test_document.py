"""An agreement read as text: what it is, and by line what is wrong with it and what to do."""

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agreements import documents
from tests.agreements.documents import EXAMPLE
from tidewaiter import canonical
from tidewaiter.agreements import checking, document, reading, schema
from tidewaiter.agreements.document import Agreement, NotAnAgreement


def errors(source: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(NotAnAgreement) as refused:
        document.read(source)
    assert all(each.said() for each in refused.value.findings)
    return [(each.line, each.code, each.path) for each in refused.value.findings]


def changed(old: str, new: str) -> bytes:
    assert old.encode() in EXAMPLE
    return EXAMPLE.replace(old.encode(), new.encode())


class TestReadAsText:
    def test_norway_is_no_false_and_horses_keep_their_nought(self) -> None:
        source = changed("[XA, XB]", "[NO, XB]").replace(b"XA", b"NO")
        source = source.replace(b'["64", "8517"]', b"[0101, 8517]").replace(b'"7.2"', b"7.10")
        found = document.read(source)
        assert found.parties == ("NO", "XB")
        assert found.clauses[0].when[0].values == ("0101", "8517")
        assert found.clauses[0].id == "7.10"
        assert document.read(found.canonical) == found

    def test_yaml_and_json_have_one_canonical_form(self) -> None:
        found = document.read(EXAMPLE)
        pretty = json.dumps(canonical.read(found.canonical), indent=2, ensure_ascii=False)
        assert document.read(pretty.encode()).digest == found.digest

    def test_versions_days_and_counts_are_integers_and_numbers_texts(self) -> None:
        data = canonical.read(document.read(EXAMPLE).canonical)
        assert data["version"] == 1
        assert data["clauses"][0]["retention"] == {"days": 1825}
        assert data["clauses"][0]["reciprocal"] is True
        assert data["clauses"][0]["when"][1]["least"] == "1000"

    def test_json_has_its_types_itself(self) -> None:
        data = canonical.read(document.read(EXAMPLE).canonical)
        data["version"] = "1"
        assert [each[1:] for each in errors(canonical.write(data))] == [("want-integer", "version")]

    @pytest.mark.parametrize(
        ("source", "code", "line"),
        [
            (b"a: &x 1\nb: *x\n", "alias", 1),
            (b"a: 1\nb: !!python/object:os.system x\n", "tag", 2),
            (b"a: 1\n---\nb: 2\n", "two-documents", 2),
            (b"a: 1\na: 2\n", "member-twice", 2),
            (b"a: [1\nb: 2\n", "not-yaml", 2),
            (b"a: 1\n? [b]\n: 2\n", "key-no-text", 2),
            (b"", "nothing", 1),
            (b"# nothing\n", "nothing", 1),
            (b"a: 1\nb: \xff\n", "not-utf-8", 2),
            (b'a: "\\0"\n', "no-text", 1),
            (b"[" * 40 + b"]" * 40, "too-deep", 1),
            (b"a: " + b"x" * reading.BYTES, "too-large", 1),
            (b'{"a": 1, "a": 2}', "not-json", 1),
            (b"{" + b'"a":{' * 40 + b"}" * 41, "not-json", 1),
        ],
    )
    def test_what_is_no_plain_text_is_named(self, source: bytes, code: str, line: int) -> None:
        ((at, found, _),) = errors(source)
        assert (found, at) == (code, line)

    def test_a_bomb_of_aliases_is_not_unfolded(self) -> None:
        bomb = "a: &a [x,x]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)},*{chr(97 + n)}]\n" for n in range(20)
        )
        assert errors(bomb.encode())[0][1] == "alias"


class TestAnErrorSaysWhereAndWhatToDo:
    @pytest.mark.parametrize(
        ("old", "new", "code", "path"),
        [
            ("purposes:", "purposs:", "unknown-like", "clauses[0].purposs"),
            ("ipr-enforcement]", "ipr-enforcment]", "not-one-of-like", "clauses[0].purposes[0]"),
            ("version: 1", "version: one", "want-integer", "version"),
            ("version: 1", "version: 0", "too-small", "version"),
            ("2026-01-01", "2026-02-30", "form-date", "from"),
            ("2031-01-01", "2025-01-01", "until-before-from", "until"),
            ("supersedes: []", "supersedes:", "empty", "supersedes"),
            ("parties: [XA, XB]", "parties: [XA]", "too-few", "parties"),
            ("parties: [XA, XB]", "parties: [XA, XA]", "twice", "parties[1]"),
            ("parties: [XA, XB]", "parties: [XA, xb]", "form-administration", "parties[1]"),
            ("disclosers: [XA, XB]", "disclosers: [XC]", "not-a-party", "clauses[0].disclosers[0]"),
            ("entry: all", "entry: 3", "entry-too-many", "entry"),
            ("entry: all", "entry: some", "form-entry", "entry"),
            ("onward: none", "onward: no", "form-onward", "clauses[0].onward"),
            ("{days: 60}", "{days: 0}", "too-small", "clauses[0].report.days"),
            ('"8517"]}', '"8517"], in: [x]}', "condition-tests", "clauses[0].when[0]"),
            ('least: "1000"', "least: many", "form-decimal", "clauses[0].when[1].least"),
            ("hs4, date", "hs3, date", "not-one-of", "clauses[0].fields.generalise.goods.hs"),
            ("TLP:AMBER", "TLP:ORANGE", "not-one-of-like", "clauses[0].handling"),
            (
                "supersedes: []",
                "supersedes: [019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c01]",
                "supersedes-itself",
                "supersedes",
            ),
            (
                "[consignment.declarant]",
                "[consignment..declarant]",
                "form-field",
                "clauses[0].fields.withhold[0]",
            ),
        ],
    )
    def test_by_line_and_path(self, old: str, new: str, code: str, path: str) -> None:
        source = changed(old, new)
        line = source[: source.index(new.encode())].count(b"\n") + 1
        assert (line, code, path) in errors(source)

    def test_all_at_once(self) -> None:
        source = changed("version: 1", "version: x").replace(b"days: 60", b"days: y")
        assert len(errors(source)) == 2

    def test_a_missing_member_by_name(self) -> None:
        ((_, code, path),) = errors(changed("version: 1\n", ""))
        assert (code, path) == ("missing", "")

    def test_a_clause_that_stands_twice(self) -> None:
        data = canonical.read(document.read(EXAMPLE).canonical)
        data["clauses"] *= 2
        assert errors(canonical.write(data))[0][1] == "clause-twice"

    def test_a_clause_from_a_party_to_itself(self) -> None:
        source = changed("disclosers: [XA, XB]", "disclosers: [XA]")
        source = source.replace(b"recipients: [XA, XB]", b"recipients: [XA]")
        assert errors(source)[0][1] == "no-direction"


def findings(source: bytes) -> list[tuple[str, bool]]:
    return [(each.code, each.warns) for each in checking.check(document.read_source(source))]


class TestTheCheckNames:
    def test_nothing_in_the_example(self) -> None:
        assert findings(EXAMPLE) == []

    @pytest.mark.parametrize(
        ("old", "new", "found"),
        [
            ("[consignment.declarant]", "[consignment.declarnt]", ("unknown-field-like", False)),
            ("offence, certainty,", "offence,", ("cannot-carry", False)),
            ("goods.hs: hs4", "goods.value: band", ("not-a-scalar", False)),
            ("date: month", "summary: month", ("wrong-form", True)),
            ("[consignment.declarant]", "[office]", ("idle-withhold", True)),
            ("date: month", "office: presence", ("idle-generalise", True)),
            (
                "- {field: goods.hs, under",
                '- {field: goods.value.amount, most: "1"}\n      - {field: goods.hs, under',
                ("contradiction-unless-many", True),
            ),
            (
                "[consignment.declarant]",
                (
                    "[alert, seizure, offence, certainty, summary, validuntil, date, consignment,"
                    " goods]"
                ),
                ("lets-nothing", False),
            ),
        ],
    )
    def test_what_cannot_be_meant(self, old: str, new: str, found: tuple[str, bool]) -> None:
        assert found in findings(changed(old, new))

    def test_clauses_that_overlap(self) -> None:
        data = canonical.read(document.read(EXAMPLE).canonical)
        data["clauses"].append({**data["clauses"][0], "id": "8"})
        assert findings(canonical.write(data)) == [("overlap", True)]

    def test_nothing_in_categories_whose_types_it_does_not_know(self) -> None:
        source = changed("[alert, seizure]", "[operator-status]")
        assert all(warns for _, warns in findings(source))


class TestTheSchema:
    validator = jsonschema_rs.Draft202012Validator(schema.published())

    def test_is_itself_a_schema(self) -> None:
        jsonschema_rs.meta.validate(schema.published())

    @settings(max_examples=100, deadline=None)
    @given(documents.agreements())
    def test_is_kept_by_every_canonical_form(self, agreement: Agreement) -> None:
        assert self.validator.is_valid(canonical.read(agreement.canonical))
        assert document.read_canonical(agreement.canonical).digest == agreement.digest

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_refuses_what_the_reader_refuses(self, data: Any) -> None:
        """A value somewhere in the document is swapped for another of any kind."""
        value = canonical.read(document.read(EXAMPLE).canonical)
        places: list[tuple[Any, Any]] = []

        def walk(item: Any) -> None:
            keys = list(item) if isinstance(item, dict) else range(len(item))
            for key in keys:
                places.append((item, key))
                if isinstance(item[key], dict | list):
                    walk(item[key])

        walk(value)
        holder, key = data.draw(st.sampled_from(places))
        other = st.none() | st.booleans() | st.integers(-2, 3) | st.text(max_size=3)
        holder[key] = data.draw(other | st.lists(other, max_size=2) | st.just({}))
        _, misfits = schema.typed(value, text=False)
        assert self.validator.is_valid(value) == (not misfits)
