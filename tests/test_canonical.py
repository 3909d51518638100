"""I-JSON in, JCS out: what RFC 7493 and RFC 8785 ask, and nothing looser."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter import canonical

NONCHARACTERS = [0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF]
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00").filter(
        lambda sign: ord(sign) & 0xFFFE != 0xFFFE and not 0xFDD0 <= ord(sign) <= 0xFDEF
    )
)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    TEXT | NUMBERS | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


class TestReading:
    @given(VALUES)
    def test_gives_back_what_was_written(self, value: Any) -> None:
        assert canonical.read(canonical.write(value)) == value
        assert canonical.read(json.dumps(value).encode()) == value

    @given(st.dictionaries(TEXT, VALUES | st.integers(), max_size=6))
    def test_gives_the_same_however_it_was_written(self, value: dict[str, Any]) -> None:
        compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        written = [compact, json.dumps(value, ensure_ascii=False), json.dumps(value, indent=1)]
        try:
            found = [repr(canonical.read(each.encode())) for each in written]
        except canonical.NotIJson:
            for each in written:
                with pytest.raises(canonical.NotIJson):
                    canonical.read(each.encode())
        else:
            assert len(set(found)) == 1

    @given(st.dictionaries(st.sampled_from("ab"), VALUES, min_size=1))
    def test_finds_a_doubled_member_in_compact_json_too(self, value: dict[str, Any]) -> None:
        inside = json.dumps(value, ensure_ascii=False, separators=(",", ":"))[1:-1]
        with pytest.raises(canonical.NotIJson, match="stands twice"):
            canonical.read(f'{{"c":[{{{inside},{inside}}}]}}'.encode())

    @given(st.text() | st.binary())
    def test_never_fails_otherwise_than_by_its_own_error(self, data: str | bytes) -> None:
        raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
        try:
            canonical.read(raw)
        except canonical.NotIJson:
            return
        json.loads(raw)  # and what it takes is JSON

    @pytest.mark.parametrize(
        ("data", "rule"),
        [
            (b"\xff", "not UTF-8"),
            ('"\ud800"'.encode("utf-8", "surrogatepass"), "not UTF-8"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
            (b'{"a":1,"a":1}', "'a' stands twice"),
            (b'{"b":[{"c":{"a":1,"\\u0061":2}}]}', "'a' stands twice"),
            (b'"\\u0000"', "U[+]0000"),
            (b'{"\\u0000":1}', "U[+]0000"),
            (b'"a\x00b"', "line 1, column 3"),
            (b'"\\ud800"', "surrogate"),
            (b'"\\uDC00\\uD800"', "surrogate"),
            (b'{"\\ud83d":1}', "surrogate"),
            (b"NaN", "NaN"),
            (b"[-Infinity]", "Infinity"),
            (b"1e999", "beyond a double"),
            (b"-" + b"9" * 5000, "beyond a double"),
            (b"", "line 1"),
            (b"{} {}", "Extra data"),
            (b"{'a':1}", "line 1"),
            (b'{"a":1,}', "line 1"),
            (b"[01]", "line 1"),
            (b"// no", "line 1"),
            (b'"a\nb"', "line 1"),
        ],
    )
    def test_refuses_what_is_no_i_json(self, data: bytes, rule: str) -> None:
        with pytest.raises(canonical.NotIJson, match=rule):
            canonical.read(data)

    @pytest.mark.parametrize("point", NONCHARACTERS)
    def test_refuses_a_noncharacter_as_it_is_and_escaped(self, point: int) -> None:
        for text in (json.dumps(chr(point)), json.dumps(chr(point), ensure_ascii=False)):
            with pytest.raises(canonical.NotIJson, match="noncharacter"):
                canonical.read(text.encode())

    @pytest.mark.parametrize(
        "text", ['"\\\\u0000"', '"\\\\ud800"', '"\\ud83d\\ude00"', '"\\uff01"']
    )
    def test_takes_what_only_looks_forbidden(self, text: str) -> None:
        assert canonical.read(text.encode()) == json.loads(text)

    @pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
    def test_refuses_what_is_nested_deeper_than_32(self, opened: str, closed: str) -> None:
        per = opened.count("[") + opened.count("{")
        deepest = opened * (32 // per) + "0" + closed * (32 // per)
        canonical.read(deepest.encode())
        with pytest.raises(canonical.NotIJson, match="deeper than 32"):
            canonical.read(f"[{deepest}]".encode())

    def test_counts_no_bracket_inside_a_string(self) -> None:
        assert canonical.read(json.dumps("[{" * 100).encode()) == "[{" * 100

    def test_takes_more_brackets_than_that_side_by_side(self) -> None:
        assert canonical.read(b"[" + b"[]," * 99 + b"[]]") == [[]] * 100

    def test_refuses_the_deepest_nesting_without_falling_over(self) -> None:
        with pytest.raises(canonical.NotIJson, match="deeper than 32"):
            canonical.read(b"[" * 1_000_000)

    def test_reads_a_whole_number_beyond_the_exact_as_its_double(self) -> None:
        assert canonical.read(b"9007199254740991") == 2**53 - 1
        assert isinstance(canonical.read(b"9007199254740993"), float)
        assert canonical.read(b"123456789012345678901234567890") == 123456789012345678901234567890.0


class TestWriting:
    @given(VALUES)
    def test_is_the_jcs_of_the_library_on_both_paths(self, value: Any) -> None:
        assert canonical.write(value) == rfc8785.dumps(value)

    def test_is_the_example_of_the_standard(self) -> None:  # RFC 8785 §3.2.2 to §3.2.4
        value = json.loads(
            '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],'
            '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/",'
            '"literals":[null,true,false]}'
        )
        assert (
            canonical.write(value)
            == (
                '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
                '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
            ).encode()
        )

    def test_sorts_names_by_utf_16(self) -> None:  # RFC 8785 §3.2.3
        names = ["€", "\r", "\ufb33", "1", "😀", "\x80", "ö"]
        written = json.loads(canonical.write(dict.fromkeys(names)))
        assert list(written) == ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]

    @pytest.mark.parametrize(
        "value",
        [float("nan"), float("inf"), 2**53, -(2**53), {1: 2}, "\ud800", object(), b""],
    )
    def test_refuses_what_has_no_canonical_form(self, value: Any) -> None:
        for wrapped in (value, [value], {"a": value}):
            with pytest.raises(canonical.NotIJson):
                canonical.write(wrapped)

    def test_refuses_a_circle(self) -> None:
        circle: list[Any] = []
        circle.append(circle)
        with pytest.raises(canonical.NotIJson):
            canonical.write(circle)


def test_a_digest_names_its_algorithm() -> None:
    assert canonical.digest(b"") == (
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
