"""The canonical JSON: what is printed is taken, and nothing that is not as published."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tidewaiter.documents import content, jsonform, wco
from tidewaiter.documents.declaration import Declaration

SOUND = (Path(__file__).parent / "sound.xml").read_bytes()


def sound() -> Declaration:
    declaration = wco.read(SOUND).declaration
    assert declaration is not None
    return declaration


def document() -> Any:
    return json.loads(jsonform.write(sound()))


def rules(value: Any) -> list[str]:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return [found.rule for found in jsonform.read(data).findings]


def test_what_is_written_is_read_back() -> None:
    result = jsonform.read(jsonform.write(sound()))
    assert result.findings == ()
    assert result.declaration == sound()


class TestIsRefused:
    def test_a_member_that_the_schema_does_not_name(self) -> None:
        value = document()
        value["goods_shipment"]["goods_items"][0]["colour"] = "red"
        (found,) = jsonform.read(json.dumps(value).encode()).findings
        assert (found.rule, found.place) == (
            "member-unknown",
            "goods_shipment.goods_items[0].colour",
        )

    def test_a_member_that_stands_twice(self) -> None:
        twice = jsonform.write(sound()).replace(
            b'"type_code"', b'"type_code": "EXA", "type_code"', 1
        )
        assert rules(twice) == ["json-malformed"]

    @pytest.mark.parametrize(
        "data",
        [
            b'{"function_code": NaN}',
            b'{"function_code": Infinity}',
            b'{"function_code": "\\ud800"}',
            b'{"function_code": "\xff"}',
            b"[" * 33 + b"]" * 33,
            b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
            b"{",
            b"\xef\xbb\xbf{}",
        ],
    )
    def test_what_is_no_i_json(self, data: bytes) -> None:
        assert rules(data) == ["json-malformed"]

    def test_an_empty_document(self) -> None:
        assert rules(b"\n") == ["empty"]

    @pytest.mark.parametrize("amount", [-1, 1.5, "12", 2**53])
    def test_an_amount_that_is_no_whole_number_of_minor_units(self, amount: object) -> None:
        value = document()
        value["invoice_amount"]["amount"] = amount
        assert rules(value)[0] in {"member-malformed", "json-malformed"}

    def test_a_mass_of_10_to_the_12_kilograms(self) -> None:
        value = document()
        measure = value["goods_shipment"]["goods_items"][0]["commodity"]["goods_measure"]
        measure["gross_mass_measure"]["grams"] = 10**15
        assert rules(value) == ["member-malformed"]

    def test_a_text_with_a_control_character(self) -> None:
        value = document()
        value["declarant"]["name"] = "a\x07b"
        assert rules(value) == ["character"]

    def test_a_text_of_more_than_64_kibibytes(self) -> None:
        value = document()
        value["declarant"]["name"] = "ä" * 40_000
        assert rules(value) == ["element-too-large"]

    def test_a_cancellation(self) -> None:
        assert rules({**document(), "function_code": "1"}) == ["cancellation"]

    def test_an_extension_that_no_writer_could_give_back(self) -> None:
        for extension in (
            {"kind": "element", "name": "x", "text": "<x"},
            {"kind": "element", "name": "x", "text": "<!DOCTYPE x><x/>"},
            {"kind": "attribute", "name": "Nowhere/@x", "text": "1"},
            {"kind": "attribute", "name": "@a b", "text": "1"},
            {"kind": "written", "name": "Nowhere", "text": "1"},
        ):
            assert rules({**document(), "extensions": [extension]}) == ["extension-malformed"]

    def test_a_country_of_the_wrong_shape_at_its_path(self) -> None:
        value = document()
        value["goods_shipment"]["destination"]["country_code"] = "Germany"
        (found,) = jsonform.read(json.dumps(value).encode(), name="a.json", line=7).findings
        assert (found.rule, found.place) == (
            "country-malformed",
            "goods_shipment.destination.country_code",
        )
        assert (found.file, found.line) == ("a.json", 7)


class TestThePublishedSchema:
    validator = jsonschema_rs.Draft202012Validator(jsonform.schema())

    def test_takes_what_is_written(self) -> None:
        assert self.validator.is_valid(document())

    def test_refuses_an_unknown_member(self) -> None:
        assert not self.validator.is_valid({**document(), "colour": "red"})

    def test_names_the_wco_element_of_each_field(self) -> None:
        parts = jsonform.schema()["$defs"]
        member = parts["Declaration"]["properties"]["functional_reference_id"]
        assert member["x-wco-element"] == "FunctionalReferenceID"
        assert member["x-wco-id"] == "D026"


class TestTheSameContent:
    def test_is_the_same_whatever_the_cover_and_the_spelling(self) -> None:
        other = SOUND.replace(b">120.5<", b">120.500<").replace(b">DEC<", b"> DEC <", 1)
        other = other.replace(b"<FunctionCode>9<", b"<!-- x --><FunctionCode> 9 <")
        read = wco.read(other).declaration
        assert read is not None
        assert content.digest(read) == content.digest(sound())

    def test_is_another_where_a_value_differs(self) -> None:
        read = wco.read(SOUND.replace(b">120.5<", b">120.6<")).declaration
        assert read is not None
        assert content.digest(read) != content.digest(sound())
        assert content.key(read) == content.key(sound()) == ("DE1234567890", "LRN-2026-0001")
