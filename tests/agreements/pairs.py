"""Generated pairs of agreements and payloads of the contract's own types."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from tests.agreements.oracle import Ask, Paper
from tidewaiter import canonical
from tidewaiter.agreements import document, terms
from tidewaiter.agreements.decision import Reciprocity, Request
from tidewaiter.agreements.standing import Notice, Signature, Signed

AT: Final = datetime(2026, 11, 24, 8, 15, 30, 123000, tzinfo=UTC)
DAY: Final = timedelta(days=1)
IDS: Final = tuple(f"019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c0{n}" for n in range(1, 6))
REQUIRED: Final = {  # of each type, by the contract: its category, and what must be there
    "org.tidewaiter.alert.shipment.v1": ("alert", ("alert", "offence", "certainty", "validuntil")),
    "org.tidewaiter.seizure.report.v1": ("seizure", ("seizure", "date", "offence")),
    "org.tidewaiter.control.result.v1": (
        "control-result",
        ("control", "date", "kind", "consignment", "result"),
    ),
}
ALERT, SEIZURE, CONTROL = REQUIRED
PURPOSES: Final = ("ipr-enforcement", "customs-enforcement", "revenue")
CATEGORIES: Final = ("alert", "seizure", "control-result")


def some(names: Any, least: int = 0, most: int = 4) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(names)), min_size=least, max_size=most, unique=True)


texts = st.sampled_from(["Quill Sports Ltd", "Straße 7", "XA99", "NO", "0101", "7.10", "", "ﬁne"])
codes = st.sampled_from(["640411", "6404.11", "64", "0101", "8517 62", "85", "x1"])
places = st.sampled_from(["CNSHA", "XAPRT", "NOOSL", "XB", "cnsha", "?"])
amounts = st.sampled_from(["0", "0.5", "1", "9.99", "10", "999.99", "1000", "2400.00", "-3", "n/a"])
moments = st.sampled_from(["2026-11-24T00:00:00.000Z", "2026-11-24", "2026-11", "2026", "soon"])
party = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("name", "identifier", "country", "address"), texts)
)
consignment = st.fixed_dictionaries(
    {},
    optional={
        "ucr": texts,
        "containers": st.lists(st.sampled_from(["MSKU1234565", "TGHU7654321"]), max_size=2),
        "seals": st.lists(texts, max_size=2),
        "consignor": party,
        "consignee": party,
        "declarant": party,
        "route": st.lists(places, max_size=3),
        "departure": moments,
    },
)
goods = st.lists(
    st.fixed_dictionaries(
        {"hs": codes},
        optional={
            "description": texts,
            "origin": places,
            "marks": st.lists(texts, max_size=2),
            "grossmass": amounts,
            "value": st.fixed_dictionaries({"amount": amounts}, optional={"currency": texts}),
        },
    ),
    max_size=2,
)
offences = st.sampled_from(["counterfeit", "piracy", "undervaluation", "origin"])
PAYLOADS: Final[dict[str, st.SearchStrategy[dict[str, Any]]]] = {
    ALERT: st.fixed_dictionaries(
        {
            "alert": texts,
            "offence": offences,
            "certainty": st.sampled_from(["suspected", "confirmed"]),
            "validuntil": moments,
        },
        optional={"summary": texts, "consignment": consignment, "goods": goods},
    ),
    SEIZURE: st.fixed_dictionaries(
        {"seizure": texts, "date": moments, "offence": offences},
        optional={
            "office": places,
            "consignment": consignment,
            "goods": goods,
            "right": st.fixed_dictionaries({"mark": texts}, optional={"holder": texts}),
            "outcome": st.none() | texts,
        },
    ),
    CONTROL: st.fixed_dictionaries(
        {
            "control": texts,
            "date": moments,
            "kind": texts,
            "consignment": consignment,
            "result": st.sampled_from(["conform", "not-conform"]),
        },
        optional={"office": places, "findings": texts, "seals": st.lists(texts, max_size=2)},
    ),
}
TOPS: Final = (
    *("alert", "seizure", "control", "offence", "certainty", "validuntil", "date", "kind"),
    *("result", "summary", "office", "right", "outcome", "findings", "seals"),
    *("consignment", "goods"),
)
DEEP: Final = (
    *("consignment.declarant", "consignment.declarant.name", "consignment.consignee"),
    *("consignment.consignee.name", "consignment.route", "consignment.ucr"),
    *("consignment.containers", "goods.hs", "goods.marks", "goods.value"),
    *("goods.value.amount", "goods.description", "right.holder", "right.mark"),
)
FIELDS: Final = (*TOPS, *DEEP)
conditions = st.one_of(
    st.builds(lambda v: {"field": "offence", "in": v}, some(["counterfeit", "piracy"], 1)),
    st.builds(lambda v: {"field": "goods.hs", "under": v}, some(["64", "01", "85", "x"], 1)),
    st.builds(
        lambda v: {"field": "goods.value.amount", "least": v}, st.sampled_from(["1", "1000"])
    ),
    st.builds(lambda v: {"field": "goods.value.amount", "most": v}, st.sampled_from(["10", "999"])),
    st.builds(lambda v: {"field": v, "present": True}, st.sampled_from(["goods", "consignment"])),
    st.builds(
        lambda v: {"field": "goods.value.amount", "equals": v}, st.sampled_from(["10.0", "0"])
    ),
)
_ways = st.sampled_from(
    [(["XA", "XB"], ["XA", "XB"])] * 3
    + [(["XA"], ["XB"]), (["XA", "XC"], ["XB"]), (["XB"], ["XA"])]
)
_forms = st.sampled_from(terms.FORMS)
_fields = st.fixed_dictionaries(
    {"allow": st.builds(lambda a, b: sorted({*a, *b}), some(TOPS, 8, 17), some(DEEP))},
    optional={
        "withhold": some(DEEP, 0, 3),
        "generalise": st.dictionaries(st.sampled_from(FIELDS), _forms, max_size=4),
    },
)


@cache  # a strategy is checked, and thought about, once
def clauses(id_: str) -> st.SearchStrategy[dict[str, Any]]:
    """A clause of the given number; most allow most of what the types require."""
    return st.builds(
        lambda way, rest: {"id": id_, "disclosers": way[0], "recipients": way[1], **rest},
        _ways,
        st.fixed_dictionaries(
            {
                "categories": some(CATEGORIES, 1, 3),
                "purposes": some(PURPOSES, 1, 3),
                "modes": some(terms.MODES, 1, 2),
                "fields": _fields,
                "handling": st.sampled_from(terms.HANDLING[1:]),
                "retention": st.builds(lambda d: {"days": d}, st.integers(1, 400)),
            },
            optional={
                "when": st.lists(conditions, min_size=1, max_size=2),
                "reciprocal": st.booleans(),
                "approval": st.sampled_from(["none", "one", "two"]),
                "use": st.sampled_from(["intelligence", "evidence"]),
                "onward": st.sampled_from(["none", "with-consent", ["XC"]]),
                "respond": st.sampled_from([{"workingdays": 10}, {"days": 3}]),
                "report": st.just({"days": 60}),
            },
        ),
    )


_signed_at = st.integers(-200, 2).map(lambda days: AT + days * DAY)
_notices = st.lists(
    st.tuples(
        st.sampled_from(["XA", "XB"]), st.sampled_from(["suspend", "resume"]), st.integers(-90, 1)
    ),
    max_size=2,
)


@dataclass(frozen=True)
class Made:
    """An agreement as the room holds it and as the oracle does."""

    signed: Signed
    paper: Paper


def made(data: dict[str, Any], signed: dict[str, datetime], notices: Any = ()) -> Made:
    read = document.read(canonical.write(data))
    return Made(
        Signed(
            read,
            tuple(Signature(party, at) for party, at in signed.items()),
            tuple(Notice(party, what, at) for party, what, at in notices),
        ),
        Paper(data, read.digest, signed, tuple(notices)),
    )


@cache
@st.composite
def agreements(draw: Any, id_: str | None = None, version: int | None = None) -> Made:
    """An agreement that is mostly in force, of two or three parties, with one to three clauses."""
    three = draw(st.booleans())
    data = {
        "tidewaiter": "agreement/1",
        "id": draw(st.sampled_from(IDS[:3])) if id_ is None else id_,
        "version": draw(st.integers(1, 3)) if version is None else version,
        "title": "Generated",
        "kind": "mou",
        "parties": ["XA", "XB", "XC"] if three else ["XA", "XB"],
        "from": draw(st.sampled_from(["2026-01-01"] * 5 + ["2026-11-24", "2026-11-25"])),
        "clauses": [draw(clauses(str(n + 1))) for n in range(draw(st.integers(1, 3)))],
    }
    for clause in data["clauses"]:
        if not three:
            clause["disclosers"] = [each for each in clause["disclosers"] if each != "XC"]
    if three:
        data["entry"] = draw(st.sampled_from([2, "all"]))
    if data["from"] == "2026-01-01" and draw(st.integers(0, 9)) == 0:
        data["until"] = draw(st.sampled_from(["2026-11-23", "2026-11-24"]))
    signers = data["parties"] if draw(st.integers(0, 9)) else data["parties"][:1]
    signed = dict.fromkeys(signers, AT - 300 * DAY)
    if draw(st.integers(0, 4)) == 0:
        signed = {party: draw(_signed_at) for party in signers}
    said = draw(_notices) if draw(st.integers(0, 4)) == 0 else []
    return made(data, signed, [(who, what, AT + days * DAY) for who, what, days in said])


@cache
@st.composite
def books(draw: Any) -> list[Made]:
    """One to three agreements; a later one may say `supersedes` of an earlier: no circles."""
    book: list[Made] = []
    for _ in range(draw(st.integers(1, 3))):
        one = draw(agreements())
        known = {(each.paper.data["id"], each.paper.data["version"]) for each in book}
        if (one.paper.data["id"], one.paper.data["version"]) in known:
            continue
        earlier = sorted({each.paper.data["id"] for each in book} - {one.paper.data["id"]})
        fresh = all(each.paper.data["id"] != one.paper.data["id"] for each in book)
        if earlier and fresh and draw(st.integers(0, 4)) == 0:
            data = {**one.paper.data, "supersedes": earlier[:1]}
            one = made(data, dict(one.paper.signed), one.paper.notices)
        book.append(one)
    return book


@dataclass(frozen=True)
class Case:
    """A pair: agreements and what is to be sent, as the room and as the oracle are asked."""

    book: list[Made]
    request: Request
    ask: Ask
    arrears: frozenset[tuple[str, str, str]]

    @property
    def signed(self) -> list[Signed]:
        return [each.signed for each in self.book]

    @property
    def papers(self) -> list[Paper]:
        return [each.paper for each in self.book]

    @property
    def reciprocity(self) -> Reciprocity:
        return Reciprocity(self.arrears)


_needs = some(FIELDS, 1, 2)


@st.composite
def cases(draw: Any) -> Case:
    """A book, and a request that is made for one of its clauses more often than not."""
    book = draw(books())
    clause = draw(st.sampled_from([c for each in book for c in each.paper.data["clauses"]]))
    fitting = draw(st.integers(0, 6)) > 0
    type_ = next(
        (name for name, (category, _) in REQUIRED.items() if category in clause["categories"]),
        ALERT,
    )
    if not fitting:
        type_ = draw(st.sampled_from(list(REQUIRED)))
    category, required = REQUIRED[type_]
    needs = tuple(draw(_needs)) if draw(st.integers(0, 4)) == 0 else ()
    asked: dict[str, Any] = {
        "purpose": clause["purposes"][0] if fitting else draw(st.sampled_from(PURPOSES)),
        "mode": clause["modes"][0] if fitting else draw(st.sampled_from(terms.MODES)),
        "handling": "TLP:RED" if fitting else draw(st.sampled_from(terms.HANDLING)),
        "category": category,
        "needs": needs,
        "required": required,
        "data": draw(PAYLOADS[type_]),
    }
    owed = frozenset({(book[0].paper.data["id"], category, "XB")})
    return Case(
        book,
        Request(from_="XA", to="XB", type=type_, **asked),
        Ask("XA", "XB", **asked),
        owed if draw(st.integers(0, 5)) == 0 else frozenset(),
    )
