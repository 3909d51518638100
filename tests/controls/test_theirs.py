"""Results of partners' controls: kept, shown with the goods, and a signal where they are bad."""

from typing import Any

import pytest

from tests.documents.papers import AT, taken
from tests.documents.test_theirs import paper
from tests.exchange import dealing
from tests.exchange.conftest import xb  # noqa: F401 (fixture)
from tests.exchange.partner import Partner
from tidewaiter import clock
from tidewaiter.controls.theirs import messages
from tidewaiter.controls.theirs import queries as theirs
from tidewaiter.documents import actions as documents
from tidewaiter.documents import queries as declarations
from tidewaiter.documents.batch import Taken
from tidewaiter.exchange import schemas
from tidewaiter.identity import viewer

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()
RESULT: dict[str, Any] = {
    "control": "XB-C-000001",
    "date": "2026-11-20",
    "kind": "physical",
    "office": "XB007",
    "consignment": {"containers": ["csqu 305438-3"]},
    "result": "not-conform",
    "findings": "Counterfeit shoes behind the first row.",
    "seals": ["B-1"],
}


@pytest.fixture
def agreement(xb: Partner) -> str:  # noqa: F811
    clause = {"categories": ["control-result"], "fields": {"allow": list(RESULT)}}
    return dealing.in_force(xb, clause)


@pytest.fixture
def ours() -> str:
    return documents.take([Taken(paper("A-1"))], at=AT, by="test").taken[0].reference


def lane(reference: str) -> str:
    (one,) = declarations.summaries(declarations.ids(references=[reference])).values()
    return one.lane


def come(xb: Partner, agreement: str, **data: Any) -> str:  # noqa: F811
    sent = dealing.came(xb, agreement, messages.RESULT_TYPE, {**RESULT, **data})
    dealing.worked("risk.warned")
    return str(sent.id)


class TestAResultThatComes:
    def test_is_shown_with_the_goods_of_that_container(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        ours: str,
    ) -> None:
        other = documents.take([taken("L-9")], at=AT, by="test").taken[0].reference
        message_id = come(xb, agreement)
        (found,) = theirs.results(COMMAND, ours, at=clock.real())
        assert (found.message_id, found.partner, found.result) == (message_id, "XB", "not-conform")
        assert (found.findings, found.seals) == (RESULT["findings"], ["B-1"])
        assert theirs.results(COMMAND, other, at=clock.real()) == []

    def test_that_is_not_conform_makes_them_red_and_says_who_found_it(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        ours: str,
    ) -> None:
        from tidewaiter.risk import queries

        assert lane(ours) == "green"
        message_id = come(xb, agreement)
        assert lane(ours) == "red"
        judged = queries.assessment(COMMAND, ours, at=clock.real())
        assert message_id in {one.message_id for one in judged.reasons}

    def test_that_is_conform_raises_nothing(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        ours: str,
    ) -> None:
        come(xb, agreement, result="conform")
        assert lane(ours) == "green"
        assert len(theirs.results(COMMAND, ours, at=clock.real())) == 1

    def test_twice_is_kept_once(self, xb: Partner, agreement: str, ours: str) -> None:  # noqa: F811
        from tidewaiter.exchange.types import Received
        from tidewaiter.identifier import uuid7

        made = Received(
            *(uuid7(AT), "XB", messages.RESULT_TYPE, AT, AT, RESULT, "sha256:" + "0" * 64),
            agreement=agreement,
        )
        messages.take(made)
        messages.take(made)
        assert len(theirs.results(COMMAND, ours, at=clock.real())) == 1


class TestTheSchema:
    @pytest.mark.parametrize(
        "change",
        [
            {"date": "2026-11"},
            {"result": True},
            {"findings": ["one", "two"]},
            {"consignment": {"containers": ["kh:" + "A" * 43], "route": ["XB"]}},
            {"member": "of a later release"},
        ],
    )
    def test_admits_generalised_forms(self, change: dict[str, Any]) -> None:
        assert schemas.fault(messages.RESULT, {**RESULT, **change}) == ""

    @pytest.mark.parametrize("missing", ["control", "date", "kind", "consignment", "result"])
    def test_wants_what_the_contract_marks(self, missing: str) -> None:
        data = {name: value for name, value in RESULT.items() if name != missing}
        assert schemas.fault(messages.RESULT, data) != ""

    @pytest.mark.parametrize("missing", ["office", "findings", "seals"])
    def test_admits_the_absence_of_the_rest(self, missing: str) -> None:
        data = {name: value for name, value in RESULT.items() if name != missing}
        assert schemas.fault(messages.RESULT, data) == ""

    @pytest.mark.parametrize(
        "change", [{"result": "perhaps"}, {"date": "yesterday"}, {"consignment": "one"}]
    )
    def test_refuses_what_the_contract_does_not_say(self, change: dict[str, Any]) -> None:
        assert schemas.fault(messages.RESULT, {**RESULT, **change}) != ""
