"""What holds for every pair of agreements and payload: 10,000 generated ones, against the page.

The oracle is written from agreement.md alone (`tests.agreements.oracle`). The whole profile runs
all 10,000, the quick one some hundreds.
"""

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, seed, settings
from hypothesis import strategies as st

from tests.agreements import oracle, pairs
from tests.agreements.pairs import AT, Case, Made
from tidewaiter import canonical, clock
from tidewaiter.agreements import decision, document, minimisation
from tidewaiter.agreements.decision import Permit, Reciprocity, Refusal, Request
from tidewaiter.agreements.standing import Notice, Signature, Signed

PAIRS = 10_000
SHARDS = 4
MORE = pairs.agreements(id_=pairs.IDS[4])
QUICK = settings().max_examples < 100  # the quick profile, which `make check` runs
EACH = settings(
    max_examples=100 if QUICK else PAIRS // SHARDS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_of_ten_thousand_pairs(shard: int) -> None:
    @seed(shard)
    @EACH
    @given(pairs.cases(), st.data())
    def holds(case: Case, data: st.DataObject) -> None:
        found = decision.decide(case.signed, case.request, AT, case.reciprocity)
        event(type(found).__name__)
        decides_as_the_page_says(case, found)
        replays(case, found)
        if isinstance(found, Permit):
            sent = lets_out_no_more(case, found)
            the_recipient_agrees(case, found, sent)
            stays_permitted(case, data.draw(MORE))

    holds()


def decides_as_the_page_says(case: Case, found: Permit | Refusal) -> None:
    """A permit names a clause of an agreement that was given, the one that the page says."""
    wanted = oracle.deciding(case.papers, case.ask, AT, case.arrears)
    if isinstance(found, Permit):
        assert (found.agreement, found.clause) == wanted
        assert clause_of(case, found)["id"] == found.clause
    else:
        assert wanted is None
    assert found.reason.said()


def clause_of(case: Case, permit: Permit) -> dict[str, Any]:
    (paper,) = (each for each in case.papers if each.digest == permit.agreement)
    (clause,) = (each for each in paper.data["clauses"] if each["id"] == permit.clause)
    assert isinstance(clause, dict)
    return clause


def lets_out_no_more(case: Case, permit: Permit) -> dict[str, Any]:
    """No field outside the permit is in what the minimiser lets through, nor one too fine."""
    clause, asked = clause_of(case, permit), case.ask.data
    sent = minimise(case, permit)
    assert oracle.excess(clause, asked, sent.data) == []
    assert oracle.kept_needlessly(clause, asked, sent.data) == []
    left = {".".join(path) for path, _ in oracle.leaves(sent.data)}
    assert left <= set(permit.obligations.fields)
    gone = {
        ".".join(path)
        for path, value in oracle.leaves(asked)
        if value not in ({}, []) and not oracle.may_leave(clause, path)
    }
    told = set(sent.withheld)
    assert all(any(oracle.names(each, tuple(path.split("."))) for each in told) for path in gone)
    return sent.data


def minimise(case: Case, permit: Permit) -> minimisation.Minimised:
    (signed,) = (each for each in case.signed if each.digest == permit.agreement)
    clause = signed.agreement.clause(permit.clause)
    assert clause is not None
    return minimisation.minimise(case.request.data, clause, oracle.KEY, type_=case.request.type)


def the_recipient_agrees(case: Case, permit: Permit, sent: dict[str, Any]) -> None:
    """Its own check permits what was let out, and nothing that the clause keeps at home."""
    assert look(case, permit, sent) is None
    clause = clause_of(case, permit)
    for path, value in oracle.leaves(case.ask.data):
        if len(path) == 1 and not oracle.may_leave(clause, path) and path[0] not in sent:
            refused = look(case, permit, {**sent, path[0]: value})
            hollow = value in ({}, [], None) and any(
                each.startswith(path[0] + ".") for each in clause["fields"]["allow"]
            )
            assert refused is not None or hollow
            break


def look(case: Case, permit: Permit, data: dict[str, Any]) -> Refusal | None:
    (signed,) = (each for each in case.signed if each.digest == permit.agreement)
    return decision.check(
        signed.agreement,
        permit.clause,
        source="XA",
        recipient="XB",
        category=case.request.category,
        purpose=case.request.purpose,
        mode=case.request.mode,
        handling=permit.obligations.handling,
        retain_until=permit.obligations.retain_until,
        data=data,
        sent_at=AT,
        type_=case.request.type,
    )


def stays_permitted(case: Case, more: Made) -> None:
    """One agreement more that replaces none never turns a permit into a refusal."""
    for book in ([*case.signed, more.signed], [more.signed, *case.signed]):
        found = decision.decide(book, case.request, AT, case.reciprocity)
        assert isinstance(found, Permit)


def replays(case: Case, found: Permit | Refusal) -> None:
    """What is kept of it gives the same answer: agreements, request, time, reciprocity."""
    kept = json.loads(json.dumps(written(case)))
    book, request, at, reciprocity = read_back(kept)
    assert decision.decide(book, request, at, reciprocity) == found
    if isinstance(found, Permit):  # and of those that were in force then alone
        live = [each.agreement for each in book if oracle_live(case, each)]
        assert decision.among(live, request, at, reciprocity) == found


def oracle_live(case: Case, signed: Signed) -> bool:
    (paper,) = (each for each in case.papers if each.digest == signed.digest)
    return oracle.in_force(paper, ("XA", "XB"), AT, case.papers)


def written(case: Case) -> dict[str, Any]:
    return {
        "agreements": [
            {
                "canonical": each.agreement.canonical.decode(),
                "signatures": [[one.party, clock.text(one.signed_at)] for one in each.signatures],
                "notices": [[one.party, one.notice, clock.text(one.at)] for one in each.notices],
            }
            for each in case.signed
        ],
        "request": asdict(case.request),
        "at": clock.text(AT),
        "arrears": sorted(case.arrears),
    }


def read_back(kept: dict[str, Any]) -> tuple[list[Signed], Request, datetime, Reciprocity]:
    book = [
        Signed(
            document.read_canonical(each["canonical"].encode()),
            tuple(Signature(party, clock.parse(at)) for party, at in each["signatures"]),
            tuple(Notice(who, what, clock.parse(at)) for who, what, at in each["notices"]),
        )
        for each in kept["agreements"]
    ]
    request = Request(**kept["request"])
    request = replace(request, needs=tuple(request.needs), required=tuple(request.required))
    arrears = frozenset((one, two, three) for one, two, three in kept["arrears"])
    return book, request, clock.parse(kept["at"]), Reciprocity(arrears)


REPLY = "org.tidewaiter.reply.query.v1"
FRAME = {"more": False, "note": "the frame"}


@settings(EACH, max_examples=50 if QUICK else 500)
@given(pairs.cases(), st.integers(1, 2))
def test_a_reply_is_cut_down_record_by_record_and_keeps_its_frame(case: Case, count: int) -> None:
    """ "Field paths then count from each member of `records`, and the frame is always allowed"."""
    records = [case.ask.data] * count
    data = {"carries": case.ask.category, **FRAME, "records": records}
    request = replace(
        case.request, type=REPLY, mode="on-request", needs=(), required=("carries", "records")
    )
    request = replace(request, data=data)
    ask = replace(case.ask, mode="on-request", needs=(), required=())
    found = decision.decide(case.signed, request, AT)
    wanted = [each for each in (oracle.deciding(case.papers, ask, AT, frozenset()),) if each]
    assert isinstance(found, Permit) is bool(wanted)
    if isinstance(found, Permit):
        replied = replace(case, request=request, ask=ask)
        clause = clause_of(case, found)
        sent = minimise(replied, found).data
        assert {name: each for name, each in sent.items() if name != "records"} == {
            "carries": case.ask.category,
            **FRAME,
        }
        assert oracle.excess(clause, records, sent["records"]) == []
        assert look(replied, found, sent) is None


def test_the_oracle_itself_finds_what_is_too_much() -> None:
    """A minimiser that let more out would be found: the oracle is not blind."""
    clause = {
        "fields": {"allow": ["a", "b"], "withhold": ["a.x"], "generalise": {"b": "hs4"}},
    }
    there = {"a": {"x": "1", "y": "2"}, "b": "640411", "c": "3"}
    assert oracle.excess(clause, there, {"a": {"y": "2"}, "b": "6404"}) == []
    for sent in ({"a": {"x": "1"}}, {"c": "3"}, {"b": "640411"}, {"a": {"y": "new"}}):
        assert oracle.excess(clause, there, sent), sent
    assert oracle.kept_needlessly(clause, there, {"b": "6404"}) == [(("a", "y"), "2")]
    assert canonical.write(there)
