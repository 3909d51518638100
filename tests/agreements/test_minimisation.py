"""What leaves under a clause: nothing but what it names, and no finer than it says."""

from typing import Any

import pytest
from hypothesis import given, settings

from tests.agreements import documents
from tests.agreements.documents import ALERT, with_clause
from tidewaiter.agreements import fields, generalisation, minimisation
from tidewaiter.agreements.document import Agreement

KEY = bytes(range(32))


def kept(data: dict[str, Any], **rules: Any) -> minimisation.Minimised:
    (clause,) = with_clause(fields=rules).clauses
    return minimisation.minimise(data, clause, KEY)


def test_what_is_not_named_stays() -> None:
    found = kept({"a": 1, "b": {"c": 2, "d": 3}}, allow=["b.c"])
    assert found.data == {"b": {"c": 2}}
    assert found.withheld == ("a", "b.d")


def test_lists_are_transparent() -> None:
    goods = [{"hs": "640411", "marks": ["X"]}, {"marks": ["Y"]}]
    assert kept({"goods": goods}, allow=["goods.hs"]).data == {"goods": [{"hs": "640411"}]}
    assert kept({"goods": goods}, allow=["goods"]).data == {"goods": goods}


def test_withholding_beats_allowing() -> None:
    found = kept(ALERT, allow=["consignment"], withhold=["consignment.declarant"])
    assert "declarant" not in found.data["consignment"]
    assert "consignment.declarant" in found.withheld


def test_a_name_that_only_begins_alike_is_another_field() -> None:
    assert kept({"goodsnote": "x", "goods": 1}, allow=["goods"]).data == {"goods": 1}


def test_a_value_without_a_coarse_form_stays() -> None:
    found = kept({"date": "soon", "b": 1}, allow=["date", "b"], generalise={"date": "month"})
    assert found.data == {"b": 1}
    assert found.withheld == ("date",)


def test_a_pseudonym_without_its_key_is_never_sent_plain() -> None:
    (clause,) = with_clause().clauses
    with pytest.raises(generalisation.NoKey):
        minimisation.minimise(ALERT, clause, None)


def test_of_a_reply_paths_count_from_its_records() -> None:
    (clause,) = with_clause(fields={"allow": ["seizure", "goods.hs"]}).clauses
    data = {
        "carries": "seizure",
        "records": [{"seizure": "S1", "office": "XAPRT", "goods": [{"hs": "64", "marks": ["M"]}]}],
        "more": False,
    }
    found = minimisation.minimise(data, clause, KEY, type_="org.tidewaiter.reply.query.v1")
    assert found.data == {
        "carries": "seizure",
        "records": [{"seizure": "S1", "goods": [{"hs": "64"}]}],
        "more": False,
    }


@settings(max_examples=200, deadline=None)
@given(documents.agreements(), documents.payloads)
def test_no_field_outside_the_permit_survives(agreement: Agreement, data: dict[str, Any]) -> None:
    for clause in agreement.clauses:
        found = minimisation.minimise(data, clause, KEY)
        forms = dict(clause.generalise)
        before = list(fields.leaves(data))
        for path, value in fields.leaves(found.data):
            allowed = any(path == name or path.startswith(name + ".") for name in clause.allow)
            withheld = any(path == name or path.startswith(name + ".") for name in clause.withhold)
            assert allowed, path
            assert not withheld, path
            named = [name for name in forms if path == name or path.startswith(name + ".")]
            if named and value is not None:
                assert generalisation.coarse(value, forms[max(named, key=len)])
            elif not named:
                assert (path, value) in before


@settings(max_examples=100, deadline=None)
@given(documents.agreements(), documents.payloads)
def test_minimising_what_is_minimal_changes_nothing(
    agreement: Agreement, data: dict[str, Any]
) -> None:
    for clause in agreement.clauses:
        if not clause.seals_names:
            once = minimisation.minimise(data, clause, KEY).data
            assert minimisation.minimise(once, clause, KEY).data == once
