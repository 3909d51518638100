"""Corrections, the whole path: from the message to the signals, the lanes and who acted on them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.documents.papers import taken
from tests.exchange import dealing
from tests.exchange.conftest import xb  # noqa: F401 (fixture)
from tests.exchange.partner import Partner
from tidewaiter import clock
from tidewaiter.controls import actions as controls
from tidewaiter.controls import queries as controlled
from tidewaiter.documents import actions as documents
from tidewaiter.documents import queries as declarations
from tidewaiter.exchange import message
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer
from tidewaiter.risk import messages, queries, replaying
from tidewaiter.risk.partners import queries as said
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()
POWER = "Customs Code, Art. 188"
CLAUSES: list[dict[str, Any]] = [{"fields": {"allow": list(words)}} for words in (
    ("alert", "offence", "certainty", "summary", "validuntil", "consignment", "goods"),
    ("alert", "offence", "certainty", "summary", "validuntil", "consignment", "goods"),
)]  # fmt: skip


@pytest.fixture
def agreement(xb: Partner) -> str:  # noqa: F811
    return dealing.in_force(xb, *CLAUSES)


@pytest.fixture
def olga() -> viewer.Viewer:
    """An officer of the port at which the goods are declared."""
    at = clock.real()
    identity.add_office(code="XA001", name="Port")
    identity.add_person(name="olga", roles=["officer"], office="XA001", at=at)
    identity.add_person(name="otto", roles=["officer"], office="XA001", at=at)
    return viewer.person("olga", frozenset({"officer"}), "XA001")


def alert(
    xb: Partner,  # noqa: F811
    agreement: str,
    number: str = "XB-1",
    **more: Any,
) -> message.Message:
    """XB warns of the trader and the goods of papers.taken."""
    data = {
        "alert": number,
        "offence": "counterfeit",
        "certainty": "confirmed",
        "validuntil": clock.text(clock.real() + timedelta(days=30)),
        "consignment": {"consignor": {"name": "SOCIETE ARVENIENNE DE NEGOCE SARL"}},
        "goods": [{"hs": "640411", "origin": "CN"}],
    }
    return dealing.made(xb, agreement, messages.SHIPMENT_TYPE, data, **more)


def correction(
    xb: Partner,  # noqa: F811
    agreement: str,
    number: str = "XB-1",
    *,
    clause: str = "1",
    at: Any = None,
    **data: Any,
) -> message.Message:
    told = {"alert": number, "correction": "withdrawn", **data}
    return dealing.made(xb, agreement, messages.CORRECTION_TYPE, told, clause=clause, at=at)


def take(xb: Partner, *sent: message.Message) -> None:  # noqa: F811
    """They come, each in its own POST, and all that follows from them is done."""
    for each in sent:
        answers = dealing.taken(xb, each)
        assert answers == ["accepted"]
        settle()


def settle() -> None:
    dealing.handled()
    dealing.worked("risk.warned", "risk.follow")


def declared(number: str = "L-1") -> str:
    found = documents.take([taken(number)], at=clock.real(), by="test").taken[0].reference
    dealing.worked("risk.follow")
    return found


def lane(reference: str) -> str:
    (one,) = declarations.summaries(declarations.ids(references=[reference])).values()
    return one.lane


def tasks(person: str) -> list[tuple[str, str]]:
    found = work.tasks(person=person, roles=["officer"], office="XA001")
    return [(one.kind, one.subject) for one in found if one.kind.startswith("risk.")]


class TestAnAlertThatWasHandled:
    def test_is_undone_by_its_withdrawal_and_the_lane_follows(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        reference = declared()
        warned = alert(xb, agreement)
        take(xb, warned)
        assert lane(reference) == "red"
        (because,) = replaying.because_of_partner()
        assert because.message_id == str(warned.id)
        take(xb, correction(xb, agreement, reason="a mistake"))
        assert lane(reference) == "green"
        assert replaying.because_of_partner() == []
        (notice,) = said.warnings(source="partner")
        assert (notice.withdrawn_because, notice.replaced_by) == ("a mistake", "")

    def test_no_longer_hits_what_is_declared_later(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        take(xb, alert(xb, agreement), correction(xb, agreement))
        assert lane(declared()) == "green"

    def test_that_is_amended_gives_way_to_what_replaces_it(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        reference = declared()
        take(xb, alert(xb, agreement))
        take(xb, correction(xb, agreement, correction="amended", replacedby="XB-2"))
        assert lane(reference) == "green"
        second = alert(xb, agreement, "XB-2")
        take(xb, second)
        assert lane(reference) == "red"
        judged = queries.assessment(COMMAND, reference, at=clock.real())
        assert {one.message_id for one in judged.reasons if one.partner} == {str(second.id)}
        assert [one.replaced_by for one in said.warnings(source="partner")] == ["", "XB-2"]

    def test_may_be_replaced_under_its_own_number(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        reference = declared()
        take(xb, alert(xb, agreement))
        take(xb, correction(xb, agreement, correction="amended", replacedby="XB-1"))
        take(xb, alert(xb, agreement))
        assert lane(reference) == "red"
        take(xb, correction(xb, agreement))
        assert lane(reference) == "green"


class TestACorrectionThatIsHandledBeforeItsAlert:
    def test_counts_all_the_same(self, xb: Partner, agreement: str, monkeypatch: Any) -> None:  # noqa: F811
        """The alert's handler stumbles, and is called again after the correction's."""
        reference = declared()
        calls: list[str] = []
        whole = messages._told

        def stumbling(received: Any) -> Any:
            calls.append(str(received.id))
            if len(calls) == 1:
                raise RuntimeError("the disk is full")
            return whole(received)

        monkeypatch.setattr(messages, "_told", stumbling)
        first, second = alert(xb, agreement), correction(xb, agreement)
        assert dealing.taken(xb, first, second) == ["accepted", "accepted"]
        settle()
        assert said.warnings(source="partner") == []
        dealing.handled_later()
        settle()
        (notice,) = said.warnings(source="partner")
        assert notice.withdrawn_at is not None
        assert lane(reference) == "green"

    def test_is_refused_while_its_alert_did_not_come(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        first, second = alert(xb, agreement), correction(xb, agreement)
        assert dealing.taken(xb, second) == ["not-permitted"]
        take(xb, first, second)
        assert said.warnings(source="partner")[0].withdrawn_at is not None

    def test_counts_for_no_alert_that_was_sent_after_it(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        reference = declared()
        now = clock.real()
        take(xb, alert(xb, agreement, at=now - timedelta(minutes=3)))
        late = correction(xb, agreement, at=now - timedelta(minutes=2))
        take(xb, alert(xb, agreement, at=now - timedelta(minutes=1)), late)
        assert lane(reference) == "red"
        assert [one.withdrawn_at is None for one in said.warnings(source="partner")] == [
            True,
            False,
        ]


class TestOnlyTheSendersOwnAlertUnderThatAgreement:
    def test_is_touched_not_one_of_the_same_number_under_another_clause(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        take(xb, alert(xb, agreement), alert(xb, agreement, clause="2"))
        take(xb, correction(xb, agreement, clause="2"))
        assert [one.withdrawn_at is None for one in said.warnings(source="partner")] == [
            False,
            True,
        ]

    def test_is_touched_not_another_partners_of_the_same_number(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        made = Partner("XC", at=clock.real() - timedelta(minutes=5))
        identity.add_partner(document=made.document(), thumbprint=made.thumbprint(), at=made.at)
        parties = {"disclosers": ["XA", "XC"], "recipients": ["XA", "XC"], **CLAUSES[0]}
        other = dealing.in_force(
            made,
            parties,
            parties=["XA", "XC"],
            id="019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c02",
        )
        take(xb, alert(xb, agreement))
        take(made, alert(made, other))
        take(xb, correction(xb, agreement))
        standing = {one.partner: one.withdrawn_at for one in said.warnings(source="partner")}
        assert standing["XC"] is None
        assert standing["XB"] is not None

    def test_is_touched_not_what_we_found_ourselves(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        olga: viewer.Viewer,
    ) -> None:
        reference = declared()
        take(xb, alert(xb, agreement))
        inspect(reference, olga, result="not-conform", offence="counterfeit")
        take(xb, correction(xb, agreement))
        (ours,) = said.warnings(source="own")
        assert ours.withdrawn_at is None


def inspect(reference: str, by: viewer.Viewer, **found: Any) -> None:
    at = clock.real()
    controls.record(
        reference=reference, by=by, at=at, power=POWER, **{"result": "conform", **found}
    )


class TestWhoActed:
    def test_is_told_and_so_is_the_office_that_holds_the_goods(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        olga: viewer.Viewer,
    ) -> None:
        reference = declared()
        take(xb, alert(xb, agreement))
        inspect(reference, olga)
        take(xb, correction(xb, agreement))
        assert sorted(tasks("olga")) == [("risk.acted", reference), ("risk.withdrawn", reference)]
        assert tasks("otto") == [("risk.withdrawn", reference)]

    @pytest.mark.usefixtures("olga")
    def test_is_the_office_alone_while_nobody_inspected(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        reference = declared()
        take(xb, alert(xb, agreement))
        assert controlled.standing(reference) is not None
        take(xb, correction(xb, agreement, correction="amended", replacedby="XB-2"))
        assert tasks("otto") == [("risk.amended", reference)]

    def test_is_told_where_the_goods_were_judged_again_meanwhile(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
        olga: viewer.Viewer,
    ) -> None:
        from tidewaiter.risk import actions

        reference = declared()
        take(xb, alert(xb, agreement))
        inspect(reference, olga)
        assert dealing.taken(xb, correction(xb, agreement)) == ["accepted"]
        dealing.handled()
        actions.assess(declarations.ids(references=[reference]), at=clock.real())
        settle()
        assert ("risk.acted", reference) in tasks("olga")

    @pytest.mark.usefixtures("olga")
    def test_is_nobody_where_nobody_looked(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        """Such goods alone are a reason and no lane, so that no inspection was asked for."""
        reference = declared()
        warned = alert(xb, agreement)
        take(xb, replace(warned, data={**warned.data, "consignment": {}}))
        assert queries.assessed_by([str(warned.id)]) != []
        assert lane(reference) == "green"
        take(xb, correction(xb, agreement))
        assert queries.assessed_by([str(warned.id)]) == []
        assert tasks("otto") == []
