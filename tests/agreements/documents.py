"""Documents for the tests of agreements: the page's own example, and generated ones."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tidewaiter import canonical
from tidewaiter.agreements import document, terms
from tidewaiter.agreements.standing import Notice, Signature, Signed

SIGNED_AT = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 11, 24, 8, 15, 30, 123000, tzinfo=UTC)

EXAMPLE = b"""\
tidewaiter: agreement/1
id: 019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c01   # the same through all versions
version: 1
title: Arvenia and Belmora, mutual assistance against counterfeits
kind: mutual-assistance
parties: [XA, XB]
entry: all
basis: [{instrument: WCO Model Bilateral Agreement, article: "4"}]
from: 2026-01-01
until: 2031-01-01
supersedes: []
clauses:
  - id: "7.2"
    title: Spontaneous information on suspected counterfeits
    disclosers: [XA, XB]
    recipients: [XA, XB]
    categories: [alert, seizure]
    purposes: [ipr-enforcement]
    modes: [spontaneous, on-request]
    when:
      - {field: goods.hs, under: ["64", "8517"]}
      - {field: goods.value.amount, least: "1000"}
    fields:
      allow: [alert, seizure, offence, certainty, summary, validuntil, date, consignment, goods]
      generalise: {consignment.consignee.name: keyed-hash, goods.hs: hs4, date: month}
      withhold: [consignment.declarant]
    handling: "TLP:AMBER"
    retention: {days: 1825}
    onward: none
    use: intelligence
    approval: one
    reciprocal: true
    respond: {workingdays: 10}
    report: {days: 60}
    basis: {instrument: WCO Model Bilateral Agreement, article: "9"}
refusals: [sovereignty, security, ongoing-proceedings, dual-criminality]
"""

ALERT = {
    "alert": "XA-2026-000123",
    "offence": "counterfeit",
    "certainty": "suspected",
    "summary": "Trainers under a false mark",
    "validuntil": "2026-12-24T00:00:00.000Z",
    "consignment": {
        "ucr": "6XA123456",
        "containers": ["MSKU1234565"],
        "consignee": {"name": "Quill Sports Ltd", "country": "XB"},
        "declarant": {"name": "A. Person", "identifier": "XA99"},
    },
    "goods": [
        {"hs": "640411", "origin": "CN", "value": {"amount": "2400.00", "currency": "USD"}},
        {"hs": "420222", "origin": "CN", "value": {"amount": "10.00", "currency": "USD"}},
    ],
}
REQUIRED = ("alert", "offence", "certainty", "validuntil")


def signed(
    agreement: document.Agreement, *parties: str, at: datetime = SIGNED_AT, notices: Any = ()
) -> Signed:
    """The agreement as signed by these parties, or by all."""
    names = parties or agreement.parties
    return Signed(agreement, tuple(Signature(name, at) for name in names), tuple(notices))


def notice(party: str, what: str, at: datetime) -> Notice:
    return Notice(party, what, at)


def of(**members: Any) -> document.Agreement:
    """The example in data, with members changed; None takes one out."""
    data = {**canonical.read(document.read(EXAMPLE).canonical), **members}
    return made({name: value for name, value in data.items() if value is not None})


def with_clause(**members: Any) -> document.Agreement:
    """The example with its clause changed."""
    data = canonical.read(document.read(EXAMPLE).canonical)
    clause = {**data["clauses"][0], **members}
    data["clauses"] = [{name: value for name, value in clause.items() if value is not None}]
    return made(data)


def made(data: dict[str, Any]) -> document.Agreement:
    return document.read(canonical.write(data))


# Small alphabets, so that generated agreements and payloads meet.
NAMES = ("a", "b", "c", "hs", "name", "place")
PARTIES = ("XA", "XB", "XC")
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(".".join)
scalars = (
    st.sampled_from(["640411", "2026-11-24", "XBHAR", "2400.00", "Quill Sports", "", "0101", "NO"])
    | st.integers(-5, 10_000)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=8,
)
payloads = st.dictionaries(st.sampled_from(NAMES), values, max_size=5)


def some(names: Any, least: int = 1) -> Any:
    return st.lists(st.sampled_from(list(names)), min_size=least, max_size=3, unique=True)


conditions = st.one_of(
    st.fixed_dictionaries({"field": paths, "under": st.just(["64", "X"])}),
    st.fixed_dictionaries({"field": paths, "in": st.just(["640411", "7", "NO"])}),
    st.fixed_dictionaries({"field": paths, "equals": st.sampled_from(["0101", "0", "NO"])}),
    st.fixed_dictionaries({"field": paths, "least": st.just("10")}),
    st.fixed_dictionaries({"field": paths, "most": st.just("10")}),
    st.fixed_dictionaries({"field": paths, "present": st.just(True)}),
)


_ways = st.sampled_from([(["XA"], ["XB"]), (["XA", "XB"], ["XA", "XB"])])
_members = {  # made once: a strategy is checked, and thought about, when it is new
    "categories": some(["alert", "seizure"]),
    "purposes": some(["ipr-enforcement", "revenue"]),
    "modes": some(terms.MODES),
    "when": st.lists(conditions, max_size=1),
    "fields": st.fixed_dictionaries(
        {
            "allow": st.lists(paths, min_size=1, max_size=4, unique=True),
            "generalise": st.dictionaries(paths, st.sampled_from(terms.FORMS), max_size=3),
            "withhold": st.lists(paths, max_size=2, unique=True),
        }
    ),
    "handling": st.sampled_from(terms.HANDLING),
    "retention": st.fixed_dictionaries({"days": st.integers(1, 400)}),
    "reciprocal": st.booleans(),
}


@cache
@st.composite
def clauses(draw: Any, id_: str = "1") -> dict[str, Any]:
    who = draw(_ways)
    rest = {name: draw(member) for name, member in _members.items()}
    return {"id": id_, "disclosers": who[0], "recipients": who[1], **rest}


@cache
@st.composite
def agreements(draw: Any, number: int | None = None) -> document.Agreement:
    number = draw(st.integers(0, 9999)) if number is None else number
    count = draw(st.integers(1, 3))
    return made(
        {
            "tidewaiter": "agreement/1",
            "id": f"019a1f2e-7c3b-7d10-9a44-00000000{number:04d}",
            "version": 1,
            "title": "Generated",
            "kind": "mou",
            "parties": ["XA", "XB"],
            "from": "2026-01-01",
            "clauses": [draw(clauses(str(index + 1))) for index in range(count)],
        }
    )
