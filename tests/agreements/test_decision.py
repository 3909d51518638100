"""What a clause permits and what not, and which of several decides (agreement.md)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agreements import documents
from tests.agreements.documents import ALERT, AT, EXAMPLE, REQUIRED, of, signed, with_clause
from tidewaiter.agreements import decision, document, minimisation, terms
from tidewaiter.agreements.decision import Permit, Reciprocity, Refusal, Request, decide
from tidewaiter.agreements.document import Agreement

TYPE = "org.tidewaiter.alert.shipment.v1"
KEY = bytes(range(32))
ASK = Request(
    from_="XA",
    to="XB",
    type=TYPE,
    category="alert",
    purpose="ipr-enforcement",
    mode="spontaneous",
    handling="TLP:AMBER",
    data=ALERT,
    required=REQUIRED,
)


def asked(agreement: Agreement, request: Request = ASK, at: datetime = AT) -> Permit | Refusal:
    return decide([signed(agreement)], request, at)


def refused(agreement: Agreement, request: Request = ASK, at: datetime = AT) -> str:
    found = asked(agreement, request, at)
    assert isinstance(found, Refusal)
    assert found.reason.said()
    return found.reason.code


class TestAPermit:
    permit = asked(document.read(EXAMPLE))

    def test_names_its_agreement_and_clause(self) -> None:
        assert isinstance(self.permit, Permit)
        assert self.permit.agreement == document.read(EXAMPLE).digest
        assert self.permit.clause == "7.2"
        assert "7.2" in self.permit.reason.said()

    def test_says_which_fields_leave(self) -> None:
        assert isinstance(self.permit, Permit)
        assert "consignment.consignee.name" in self.permit.obligations.fields
        assert not any("declarant" in path for path in self.permit.obligations.fields)

    def test_retains_to_the_midnight_within_its_days(self) -> None:
        assert isinstance(self.permit, Permit)
        assert self.permit.obligations.retain_until == datetime(2031, 11, 23, tzinfo=UTC)

    def test_says_when_an_answer_and_a_report_are_due(self) -> None:
        assert isinstance(self.permit, Permit)
        assert self.permit.obligations.respond_by == date(2026, 12, 8)
        assert self.permit.obligations.report_by == date(2027, 1, 23)

    def test_keeps_the_mark_that_was_asked_for(self) -> None:
        permit = asked(document.read(EXAMPLE), replace(ASK, handling="TLP:RED"))
        assert isinstance(permit, Permit)
        assert permit.obligations.handling == "TLP:RED"


class TestARefusalSays:
    def test_that_no_agreement_is_in_force(self) -> None:
        before = datetime(2025, 12, 31, 23, 59, tzinfo=UTC)
        assert refused(document.read(EXAMPLE), at=before) == "no-agreement"

    def test_that_the_last_day_is_past(self) -> None:
        whole = datetime(2031, 1, 1, 23, 59, tzinfo=UTC)
        assert isinstance(asked(document.read(EXAMPLE), at=whole), Permit)
        assert refused(document.read(EXAMPLE), at=whole + timedelta(minutes=1)) == "no-agreement"

    @pytest.mark.parametrize(
        ("members", "reason"),
        [
            ({"to": "XC"}, "no-agreement"),
            ({"category": None, "type": "org.tidewaiter.node.document.v1"}, "no-category"),
            ({"category": "tracking"}, "category"),
            ({"purpose": "revenue"}, "purpose"),
            ({"mode": "by-the-way"}, "mode"),
            ({"handling": "TLP:GREEN"}, "handling"),
            ({"handling": "TLP:PINK"}, "not-a-mark"),
            ({"data": {**ALERT, "goods": [{"hs": "0101"}]}}, "condition"),
            ({"data": {**ALERT, "goods": []}}, "condition"),
            ({"needs": ("consignment.declarant.name",)}, "needs"),
            ({"needs": ("right",)}, "needs"),
        ],
    )
    def test_what_it_came_to_grief_on(self, members: dict, reason: str) -> None:  # type: ignore[type-arg]
        assert refused(document.read(EXAMPLE), replace(ASK, **members)) == reason

    def test_the_direction_that_no_clause_has(self) -> None:
        assert refused(with_clause(disclosers=["XB"], recipients=["XA"])) == "direction"

    def test_the_clause_that_came_nearest(self) -> None:
        found = asked(document.read(EXAMPLE), replace(ASK, purpose="revenue"))
        assert isinstance(found, Refusal)
        assert found.clause == "7.2"

    def test_arrears_where_the_clause_is_reciprocal(self) -> None:
        agreement = document.read(EXAMPLE)
        owing = Reciprocity(frozenset({(agreement.id, "alert", "XB")}))
        found = decide([signed(agreement)], ASK, AT, owing)
        assert isinstance(found, Refusal)
        assert found.reason.code == "reciprocity"
        free = with_clause(reciprocal=False)
        assert isinstance(decide([signed(free)], ASK, AT, owing), Permit)


class TestWhichClauseDecides:
    def test_the_one_that_lets_fewest_other_fields_out(self) -> None:
        wide = of(id="019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c02")
        tight = with_clause(
            fields={"allow": [*REQUIRED, "goods.hs", "goods.value"]}, handling="TLP:GREEN"
        )
        found = decide([signed(wide), signed(tight)], ASK, AT)
        assert isinstance(found, Permit)
        assert found.agreement == tight.digest

    @pytest.mark.parametrize(
        ("better", "worse"),
        [
            ({"handling": "TLP:AMBER"}, {"handling": "TLP:GREEN", "retention": {"days": 1}}),
            ({"retention": {"days": 10}}, {"retention": {"days": 11}}),
        ],
    )
    def test_then_the_tighter_mark_then_the_shorter_retention(
        self,
        better: dict,
        worse: dict,  # type: ignore[type-arg]
    ) -> None:
        first, second = signed(with_clause(**better)), signed(with_clause(**worse))
        for order in ([first, second], [second, first]):
            found = decide(order, ASK, AT)
            assert isinstance(found, Permit)
            assert found.agreement == first.digest

    def test_a_clause_that_must_be_tighter_does_not_cover(self) -> None:
        assert refused(with_clause(handling="TLP:RED")) == "handling"


class TestTheRecipientsOwnLook:
    agreement = document.read(EXAMPLE)
    clause = agreement.clauses[0]
    sent = minimisation.minimise(ALERT, clause, KEY).data

    def look(self, **members: object) -> str:
        named = {
            "source": "XA",
            "recipient": "XB",
            "category": "alert",
            "purpose": "ipr-enforcement",
            "mode": "spontaneous",
            "handling": "TLP:AMBER",
            "retain_until": datetime(2031, 11, 23, tzinfo=UTC),
            "data": self.sent,
            "sent_at": AT,
            **members,
        }
        clause = str(named.pop("clause", "7.2"))
        found = decision.check(self.agreement, clause, **named)  # type: ignore[arg-type]
        return "" if found is None else found.reason.code

    def test_takes_what_the_sender_minimised(self) -> None:
        assert self.look() == ""

    def test_refuses_what_was_not_minimised(self) -> None:
        assert self.look(data=ALERT) in {"field", "finer"}

    @pytest.mark.parametrize(
        ("members", "reason"),
        [
            ({"clause": "7.3"}, "no-clause"),
            ({"recipient": "XC"}, "direction"),
            ({"category": "tracking"}, "category"),
            ({"purpose": "revenue"}, "purpose"),
            ({"mode": "other"}, "mode"),
            ({"handling": "TLP:CLEAR"}, "handling"),
            ({"handling": "nonsense"}, "handling"),
            ({"retain_until": AT + timedelta(days=1825, seconds=1)}, "retention"),
            ({"data": {**sent, "office": "XAPRT"}}, "field"),
            ({"data": {**sent, "consignment": {"declarant": {"name": "A"}}}}, "field"),
            (
                {"data": {**sent, "goods": [{"hs": "640411", "value": {"amount": "2"}}]}},
                "condition",
            ),
            ({"data": {**sent, "goods": [{"hs": "640411"}]}}, "finer"),
            ({"data": {**sent, "consignment": {"consignee": {"name": "Quill"}}}}, "finer"),
        ],
    )
    def test_names_what_is_not_permitted(self, members: dict, reason: str) -> None:  # type: ignore[type-arg]
        assert self.look(**members) == reason

    def test_takes_a_condition_on_an_absent_or_generalised_field_as_met(self) -> None:
        assert self.look(data={**self.sent, "goods": [{"hs": "0101"}]}) == ""
        assert self.look(data={name: self.sent[name] for name in REQUIRED}) == ""


requests = st.builds(
    Request,
    from_=st.sampled_from(["XA", "XB"]),
    to=st.sampled_from(["XA", "XB"]),
    type=st.just(TYPE),
    category=st.sampled_from(["alert", "seizure"]),
    purpose=st.sampled_from(["ipr-enforcement", "revenue"]),
    mode=st.sampled_from(terms.MODES),
    handling=st.sampled_from(terms.HANDLING),
    needs=st.lists(documents.paths, max_size=1).map(tuple),
    data=documents.payloads,
)
books = st.lists(documents.agreements(), min_size=1, max_size=3, unique_by=lambda each: each.id)


class TestAlways:
    @settings(max_examples=80, deadline=None)
    @given(books, requests)
    def test_a_permit_names_a_clause_that_its_recipient_takes(
        self, book: list[Agreement], request: Request
    ) -> None:
        found = decide([signed(each) for each in book], request, AT)
        if isinstance(found, Refusal):
            assert found.reason.said()
            return
        agreement = next(each for each in book if each.digest == found.agreement)
        clause = agreement.clause(found.clause)
        assert clause is not None
        sent = minimisation.minimise(request.data, clause, KEY)
        assert (
            decision.check(
                agreement,
                found.clause,
                source=request.from_,
                recipient=request.to,
                category=request.category,
                purpose=request.purpose,
                mode=request.mode,
                handling=request.handling,
                retain_until=found.obligations.retain_until,
                data=sent.data,
                sent_at=AT,
            )
            is None
        )

    @settings(max_examples=80, deadline=None)
    @given(books, requests, st.randoms())
    def test_the_same_is_decided_whatever_the_order(
        self, book: list[Agreement], request: Request, random: object
    ) -> None:
        shuffled = list(book)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        again = [document.read_canonical(each.canonical) for each in shuffled]
        first = decide([signed(each) for each in book], request, AT)
        assert decide([signed(each) for each in again], request, AT) == first

    @settings(max_examples=60, deadline=None)
    @given(books, documents.agreements(), requests)
    def test_one_agreement_more_takes_no_permit_away(
        self, book: list[Agreement], more: Agreement, request: Request
    ) -> None:
        few = [signed(each) for each in book]
        if isinstance(decide(few, request, AT), Permit) and more.id not in {e.id for e in book}:
            assert isinstance(decide([*few, signed(more)], request, AT), Permit)
