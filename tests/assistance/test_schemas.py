"""The schemas of requests and replies: what the contract marks is wanted, the rest may lack."""

from typing import Any

import pytest

from tidewaiter.assistance import messages, period
from tidewaiter.exchange import schemas
from tidewaiter.exchange.types import MessageType

WHOLE: dict[str, tuple[MessageType, dict[str, Any], set[str]]] = {
    "query": (
        messages.QUERY,
        {
            "about": {"ucr": "6XB1"},
            "category": "declaration",
            "from": "2026-01-01",
            "to": "2026-03-31T00:00:00.000Z",
        },
        {"about", "category"},
    ),
    "reply to a query": (
        messages.REPLY_QUERY,
        {"carries": "declaration", "records": [{"declaration": {"id": "1"}}], "more": True},
        {"carries", "records"},
    ),
    "assistance": (
        messages.ASSISTANCE,
        {
            "request": "XB-R-1",
            "subject": {"operator": "XB1"},
            "facts": ["one", "two"],
            "asked": "Who imports them?",
            "due": "2026-12-01",
        },
        {"request", "subject", "asked"},
    ),
    "reply to assistance": (
        messages.REPLY_ASSISTANCE,
        {
            "carries": "alert",
            "state": "refused",
            "ground": "sovereignty",
            "answer": {"summary": "No."},
        },
        {"state"},
    ),
}
CASES = [(name, member) for name, (_, data, _) in WHOLE.items() for member in data]


@pytest.mark.parametrize("name", list(WHOLE))
def test_the_whole_is_taken_and_members_of_a_later_release_too(name: str) -> None:
    kind, data, _ = WHOLE[name]
    assert schemas.fault(kind, data) == ""
    assert schemas.fault(kind, {**data, "later": {"any": 1}}) == ""


@pytest.mark.parametrize(("name", "member"), CASES)
def test_a_member_is_wanted_where_it_is_marked_and_there_alone(name: str, member: str) -> None:
    kind, data, wanted = WHOLE[name]
    left = {key: value for key, value in data.items() if key != member}
    assert bool(schemas.fault(kind, left)) is (member in wanted)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("query", {"about": {"ucr": "kh:" + "A" * 43}}),
        ("query", {"about": {"operator": True}}),
        ("query", {"category": True}),
        ("query", {"from": "2026", "to": "2026-03"}),
        ("reply to a query", {"records": []}),
        ("reply to a query", {"records": [{"declaration": True}, {}]}),
        ("assistance", {"subject": True, "due": "2026-12"}),
        ("reply to assistance", {"answer": "In words.", "ground": True}),
    ],
)
def test_generalised_forms_are_admitted(name: str, change: dict[str, Any]) -> None:
    kind, data, _ = WHOLE[name]
    assert schemas.fault(kind, {**data, **change}) == ""


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("query", {"about": {}}),
        ("query", {"about": {"ucr": "1", "container": "2"}}),
        ("query", {"about": "MSKU1234565"}),
        ("query", {"category": "gossip"}),
        ("query", {"from": "yesterday"}),
        ("reply to a query", {"carries": "gossip"}),
        ("reply to a query", {"carries": True}),
        ("reply to a query", {"records": {"a": 1}}),
        ("reply to a query", {"records": ["a"]}),
        ("assistance", {"asked": ""}),
        ("reply to assistance", {"state": "perhaps"}),
        ("reply to assistance", {"carries": "gossip"}),
    ],
)
def test_what_the_contract_does_not_say_is_refused(name: str, change: dict[str, Any]) -> None:
    kind, data, _ = WHOLE[name]
    assert schemas.fault(kind, {**data, **change}) != ""


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026-03-02", "2026-03-02", "2026-03-02"),
        ("2026-03-02T23:30:00.000Z", "2026-03-02", "2026-03-02"),
        ("kh:" + "A" * 43, "None", "None"),
        ("2026-13", "None", "None"),
    ],
)
def test_a_period_is_read_as_days(text: str, first: str, last: str) -> None:
    assert (str(period.first(text)), str(period.last(text))) == (first, last)
