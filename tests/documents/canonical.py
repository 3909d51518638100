"""Hypothesis strategies for canonical declarations, built from the table of the classes."""

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from tidewaiter.documents import anatomy
from tidewaiter.documents.anatomy import Kind
from tidewaiter.documents.declaration import Declaration, Metadata
from tidewaiter.documents.element import Extension, FormatCode, Mass, Moment, Money, Part, Quantity

LEAST = datetime(1900, 1, 1)  # noqa: DTZ001
MOST = datetime(2100, 1, 1)  # noqa: DTZ001
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
TEXTS = st.text(CHARACTERS, max_size=20).filter(lambda text: text == text.strip())
ZONES = st.integers(-14 * 4, 14 * 4).map(
    lambda n: timezone(timedelta(minutes=15 * n)) if n else UTC
)


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    code: FormatCode = draw(st.sampled_from(["102", "203", "204", "304"]))
    at = draw(st.datetimes(LEAST, MOST)).replace(microsecond=0)
    if code == "102":
        return Moment(at=at.replace(hour=0, minute=0, second=0), format_code=code)
    if code == "203":
        return Moment(at=at.replace(second=0), format_code=code)
    zoned = at.replace(tzinfo=draw(ZONES)) if code == "304" else at
    return Moment(at=zoned, format_code=code)


LEAVES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: TEXTS,
    Kind.COUNT: st.integers(0, 2**53 - 1),
    Kind.RATE: st.integers(0, 2**53 - 1),
    Kind.MONEY: st.builds(
        Money,
        amount=st.integers(0, 2**53 - 1),
        currency=st.sampled_from(["EUR", "JPY", "KWD", "CLF", None]),
    ),
    Kind.MASS: st.builds(
        Mass,
        grams=st.integers(0, 10**15 - 1),
        unit_code=st.sampled_from([None, "KGM", "TNE", "GRM"]),
    ),
    Kind.QUANTITY: st.builds(
        Quantity, millionths=st.integers(0, 2**53 - 1), unit_code=st.sampled_from([None, "NAR"])
    ),
    Kind.MOMENT: moments(),
}
CODES = {
    "country": st.sampled_from(["XA", "XB", "CN", "DE"]),
    "currency": st.sampled_from(["EUR", "JPY"]),
    "commodity": st.sampled_from(["620520", "64041100", "0101210000"]),
    "container": st.sampled_from(["CSQU3054383", "TRAILER 7"]),
}
COLUMNS = st.builds(Extension, kind=st.just("column"), name=TEXTS, text=TEXTS)


@cache  # a strategy is checked, and thought about, when it is new
@st.composite
def parts(draw: st.DrawFn, part: type[Part]) -> Any:
    """A part with some of its fields, the parts within it drawn the same way."""
    members: dict[str, Any] = {}
    fields = [one for one in anatomy.of(part).fields if one.name != "function_code"]
    for one in draw(st.lists(st.sampled_from(fields), unique=True, max_size=4)):
        value: Any = parts(one.part) if one.part else CODES.get(one.code, LEAVES.get(one.kind))
        members[one.name] = tuple(draw(st.lists(value, max_size=2))) if one.many else draw(value)
    if "sequence_numeric" in members and part.__name__ == "GoodsItem":
        del members["sequence_numeric"]  # two of one number are refused
    return part(**members, extensions=tuple(draw(st.lists(COLUMNS, max_size=1))), **_required(part))


def _required(part: type[Part]) -> dict[str, Any]:
    return {"function_code": "13"} if part is Declaration else {}


@st.composite
def declarations(draw: st.DrawFn) -> Declaration:
    """A declaration that every rule takes: a correction, which may lack anything."""
    made: Declaration = draw(parts(Declaration))
    cover = draw(st.none() | parts(Metadata))
    kind = draw(st.sampled_from(["COR", "IMA", "EXD"]))
    return structs.replace(made, metadata=cover, type_code=kind)
