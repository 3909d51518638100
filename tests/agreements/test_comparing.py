"""Two agreements side by side: what both allow is permitted by each, and what blocks is a gap."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agreements import pairs
from tests.agreements.documents import AT, made, of, signed, with_clause
from tests.agreements.test_examples import NAMES, example
from tests.agreements.test_faces import run
from tests.agreements.test_sentences import put, value_of
from tidewaiter import canonical
from tidewaiter.agreements import comparing, decision, shapes
from tidewaiter.agreements.comparing import Allowed, Gap
from tidewaiter.agreements.decision import Permit, Request
from tidewaiter.agreements.document import Agreement


def gaps(first: Agreement, second: Agreement) -> list[tuple[str, int]]:
    return [(each.code, each.place) for each in comparing.compare(first, second).gaps]


class TestTheSame:
    def test_has_no_gaps_and_allows_all_of_it(self) -> None:
        for name in NAMES:
            found = comparing.compare(example(name), example(name))
            assert found.gaps == ()
            said = {(each.category, each.purpose) for each in found.allowed}
            assert said == {
                (category, purpose)
                for clause in example(name).clauses
                for category in clause.categories
                for purpose in clause.purposes
            }


class TestWhatBothAllow:
    def test_is_the_stricter_of_each(self) -> None:
        first = with_clause(
            handling="TLP:GREEN", onward="with-consent", approval="none", use="evidence"
        )
        second = with_clause(retention={"days": 10}, onward=["XC"], approval="two")
        (found, *_) = comparing.compare(first, second).allowed
        assert (found.handling, found.retention_days) == ("TLP:AMBER", 10)
        assert (found.onward, found.approval, found.use) == ("with-consent", "two", "intelligence")

    def test_is_as_coarse_as_both_want(self) -> None:
        allow = ["alert", "offence", "certainty", "validuntil", "goods"]
        first = with_clause(fields={"allow": allow, "generalise": {"goods.hs": "hs4"}})
        second = with_clause(fields={"allow": allow, "generalise": {"goods.hs": "hs2"}})
        (found, *_) = comparing.compare(first, second).allowed
        assert dict(found.generalise)["goods.hs"] == "hs2"

    def test_leaves_out_what_no_value_is(self) -> None:
        allow = ["alert", "offence", "certainty", "validuntil", "goods"]
        first = with_clause(fields={"allow": allow, "generalise": {"goods.hs": "hs4"}})
        second = with_clause(fields={"allow": allow, "generalise": {"goods.hs": "keyed-hash"}})
        found = comparing.compare(first, second)
        assert "goods.hs" not in found.allowed[0].fields
        assert ("forms", 1) in [(each.code, each.place) for each in found.gaps]

    def test_leaves_direction_out_where_fewer_than_two_are_in_both(self) -> None:
        data = {**canonical.read(of().canonical), "parties": ["XB", "XC"]}
        data["clauses"][0] |= {"disclosers": ["XB"], "recipients": ["XC"]}
        found = comparing.compare(of(), made(data))
        assert found.allowed[0].ways == ()
        assert all(each.code != "direction" for each in found.gaps)


class TestAGap:
    def test_names_the_category_that_no_clause_covers(self) -> None:
        assert ("category", 1) in gaps(of(), with_clause(categories=["alert"]))

    def test_names_the_purpose_the_mode_the_way_the_field_and_the_condition(self) -> None:
        whole = with_clause(purposes=["ipr-enforcement", "revenue"], when=None)
        for change, code in (
            ({"purposes": ["ipr-enforcement"], "when": None}, "purpose"),
            ({"modes": ["on-request"], "when": None}, "mode"),
            ({"recipients": ["XB"], "when": None}, "direction"),
            ({"when": [{"field": "goods.hs", "under": ["64"]}]}, "condition"),
        ):
            assert (code, 1) in gaps(whole, with_clause(**change))
        fewer = {"allow": ["alert", "offence", "certainty", "validuntil", "goods.hs"]}
        assert ("fields", 1) in gaps(whole, with_clause(when=None, fields=fewer))

    def test_is_said_with_the_clause_and_the_change(self) -> None:
        gap = comparing.compare(of(), with_clause(modes=["on-request"])).gaps[0]
        assert "7.2" in gap.blocked_by()
        assert "unasked" in gap.would_be_met_by()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_both_allow_is_permitted_by_each(data: st.DataObject) -> None:
    first = data.draw(pairs.agreements(id_=pairs.IDS[0])).signed.agreement
    second = data.draw(pairs.agreements(id_=pairs.IDS[1])).signed.agreement
    for found in comparing.compare(first, second).allowed:
        for place, agreement in enumerate((first, second)):
            permitted(found, agreement, found.clauses[place])


def permitted(found: Allowed, agreement: Agreement, clause_id: str) -> None:
    clause = agreement.clause(clause_id)
    assert clause is not None
    alone = replace(agreement, clauses=(replace(clause, when=()),), ends_on=None)
    payload: dict[str, Any] = {}
    for path in found.fields:
        for leaf in below(path, found.category):
            put(payload, leaf, value_of(leaf))
    for from_, to in found.ways:
        for mode in found.modes:
            request = Request(
                from_=from_,
                to=to,
                type="org.tidewaiter.test.v1",
                category=found.category,
                purpose=found.purpose,
                mode=mode,
                handling=found.handling,
                data=payload,
            )
            permit = decision.decide([signed(alone)], request, AT + pairs.DAY)
            assert isinstance(permit, Permit), permit.reason.said()
            leaves = {leaf for path in found.fields for leaf in below(path, found.category)}
            assert leaves <= set(permit.obligations.fields)


def below(path: str, category: str) -> list[str]:
    known = {leaf for shape in shapes.of(category) for leaf in shape.fields}
    found = [leaf for leaf in known if leaf == path or leaf.startswith(path + ".")]
    return found or [path]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_change_that_is_named_closes_the_gap(data: st.DataObject) -> None:
    both = [data.draw(pairs.agreements(id_=pairs.IDS[place])).signed.agreement for place in (0, 1)]
    for gap in comparing.compare(*both).gaps:
        if gap.code in {"purpose", "mode", "category"}:
            changed = [*both]
            changed[gap.place] = met(both, gap)
            again = comparing.compare(changed[0], changed[1]).gaps
            assert (gap.category, gap.purpose, gap.code, gap.place, gap.clause) not in [
                (each.category, each.purpose, each.code, each.place, each.clause) for each in again
            ]


def met(both: list[Agreement], gap: Gap) -> Agreement:
    """The agreement that blocks, with the change that the gap names."""
    data = canonical.read(both[gap.place].canonical)
    if gap.code == "category":
        other = canonical.read(both[1 - gap.place].canonical)
        model = next(each for each in other["clauses"] if each["id"] == gap.params["model"])
        parties = {party: party for party in data["parties"]}
        both_ways = [each for each in model["disclosers"] if each in parties] or data["parties"]
        into = [each for each in model["recipients"] if each in parties] or data["parties"]
        data["clauses"].append({**model, "id": "new", "disclosers": both_ways, "recipients": into})
    else:
        clause = next(each for each in data["clauses"] if each["id"] == gap.clause)
        name = {"purpose": "purposes", "mode": "modes"}[gap.code]
        more = [gap.purpose] if gap.code == "purpose" else ["spontaneous", "on-request"]
        clause[name] = list(dict.fromkeys([*clause[name], *more]))
    return made(data)


def test_the_command_prints_what_the_page_says(tmp_path: Any) -> None:
    files = []
    for name, text in (("a", of()), ("b", with_clause(modes=["on-request"]))):
        file = tmp_path / f"{name}.json"
        file.write_bytes(text.canonical)
        files.append(file)
    found = run("compare", *files)
    assert set(found) == {"allowed_by_both", "gaps"}
    assert found["allowed_by_both"][0]["category"] == "alert"
    for gap in found["gaps"]:
        assert {"category", "purpose", "blocked_by", "would_be_met_by"} <= set(gap)
    assert json.dumps(found)
