"""Coarse forms of a value (agreement.md, Generalise), and the recipient's look at them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.agreements import documents
from tests.agreements.documents import AT, SIGNED_AT, notice, of, signed
from tidewaiter.agreements import conditions, generalisation, standing, terms
from tidewaiter.agreements.document import Condition
from tidewaiter.agreements.generalisation import NoForm, NoKey, coarse, generalise
from tidewaiter.agreements.standing import Signature, Signed, State

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("value", "form", "left"),
    [
        ("640411", "hs4", "6404"),
        ("64", "hs4", "64"),
        ("0101.21", "hs2", "01"),
        ("6404110000", "hs6", "640411"),
        ("2026-11-24", "month", "2026-11"),
        ("2026-11-24T08:15:30.123Z", "month", "2026-11"),
        ("2026-11", "year", "2026"),
        ("XAPRT", "country", "XA"),
        ("nlrtm", "country", "NL"),
        ("2400.00", "band", "band:1000"),
        (2400, "band", "band:1000"),
        ("999.99", "band", "band:100"),
        ("10000", "band", "band:10000"),
        ("0.5", "band", "band:0.1"),
        ("0.00", "band", "band:0"),
        (1, "band", "band:1"),
        ("anything", "presence", True),
        (False, "presence", True),
    ],
)
def test_leaves_what_the_page_says(value: object, form: str, left: object) -> None:
    assert generalise(value, form) == left
    assert coarse(left, form)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("SHOES", "hs4"),
        ("soon", "month"),
        ("2026-13-01", "month"),
        ("Rotterdam", "country"),
        ("-5", "band"),
        ("1e9", "band"),
        ("", "band"),
        (None, "presence"),
        ([1], "hs4"),
    ],
)
def test_what_has_no_such_form_stays(value: object, form: str) -> None:
    with pytest.raises(NoForm):
        generalise(value, form)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("640411", "hs4"),
        ("2026-11-24", "month"),
        ("2026-11", "year"),
        ("XAPRT", "country"),
        ("2400.00", "band"),
        ("band:2400", "band"),
        ("Quill", "keyed-hash"),
        ("x", "presence"),
        (6404, "hs4"),
        (1, "presence"),
    ],
)
def test_what_is_finer_is_seen(value: object, form: str) -> None:
    assert not coarse(value, form)


class TestAPseudonym:
    def test_is_the_same_for_what_reads_the_same(self) -> None:
        names = ["Quill Straße", "QUILL STRASSE", "Qu\u00adill Strasse", "Ｑuill strasse"]
        assert len({generalise(name, "keyed-hash", KEY) for name in names}) == 1

    def test_is_hmac_over_the_folded_text(self) -> None:
        import base64
        import hashlib
        import hmac

        mac = hmac.new(KEY, b"quill ltd", hashlib.sha256).digest()
        expected = "kh:" + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
        assert generalise("Quill LTD", "keyed-hash", KEY) == expected
        assert coarse(expected, "keyed-hash")

    def test_differs_by_key_and_needs_one(self) -> None:
        assert generalise("a", "keyed-hash", KEY) != generalise("a", "keyed-hash", bytes(32))
        with pytest.raises(NoKey):
            generalise("a", "keyed-hash")


@given(documents.scalars | st.text(max_size=12), st.sampled_from(terms.FORMS))
def test_every_form_is_coarse_in_the_eyes_of_the_recipient(value: object, form: str) -> None:
    try:
        left = generalise(value, form, KEY)
    except NoForm:
        return
    assert coarse(left, form)


@given(st.text(max_size=20))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = generalisation.folded(text)
    assert generalisation.folded(once) == once


class TestAConditionIsMet:
    @pytest.mark.parametrize(
        ("test", "values", "value", "met"),
        [
            ("under", ("64",), "640411", True),
            ("under", ("64",), "0640", False),
            ("in", ("NO", "XB"), "NO", True),
            ("equals", ("0101",), "101", False),
            ("equals", ("1000",), "1000.00", True),
            ("equals", ("1000",), 1000, True),
            ("least", ("1000",), "999.99", False),
            ("least", ("1000",), "1000", True),
            ("most", ("1000",), 10**12, False),
            ("most", ("1000",), "many", False),
            ("present", (), "", True),
            ("present", (), None, False),
            ("present", (), {"a": 1}, True),
            ("equals", ("x",), {"a": 1}, False),
        ],
    )
    def test_by_a_value(self, test: str, values: tuple[str, ...], value: object, met: bool) -> None:
        condition = Condition("a.b", test, values)
        assert (conditions.unmet([condition], {"a": {"b": value}}) is None) == met

    def test_by_any_element_of_a_list(self) -> None:
        condition = Condition("goods.hs", "under", ("64",))
        assert conditions.unmet([condition], {"goods": [{"hs": "42"}, {"hs": "6404"}]}) is None

    def test_not_by_an_absent_field_but_for_the_recipient(self) -> None:
        condition = Condition("goods.hs", "under", ("64",))
        assert conditions.unmet([condition], {}) is condition
        assert conditions.unmet([condition], {}, came=True) is None


PAIR = ("XA", "XB")
DAY = timedelta(days=1)


def state(one: Signed, *others: Signed, at: datetime = AT, pair: tuple[str, str] = PAIR) -> State:
    return standing.state(one, pair, at, [one, *others])


class TestAnAgreementStands:
    def test_pending_before_all_have_signed_and_from_has_come(self) -> None:
        assert state(signed(of(), "XA")) is State.PENDING
        assert state(signed(of()), at=datetime(2025, 12, 31, tzinfo=UTC)) is State.PENDING
        assert state(signed(of())) is State.IN_FORCE

    def test_in_force_between_those_that_have_signed_where_a_number_is_enough(self) -> None:
        three = of(parties=["XA", "XB", "XC"], entry="all")
        assert state(signed(three, "XA", "XB")) is State.PENDING
        two = signed(of(parties=["XA", "XB", "XC"], entry=2), "XA", "XB")
        assert state(two) is State.IN_FORCE
        assert state(two, pair=("XA", "XC")) is State.PENDING

    def test_by_accession_from_the_later_signature_on(self) -> None:
        agreement = of(parties=["XA", "XB", "XC"], entry=2)
        late = Signed(
            agreement,
            (*signed(agreement, "XA", "XB").signatures, Signature("XC", AT)),
        )
        assert state(late, pair=("XA", "XC"), at=AT - DAY) is State.PENDING
        assert state(late, pair=("XA", "XC")) is State.IN_FORCE

    def test_expired_after_its_last_day(self) -> None:
        assert state(signed(of()), at=datetime(2031, 1, 1, 23, tzinfo=UTC)) is State.IN_FORCE
        assert state(signed(of()), at=datetime(2031, 1, 2, tzinfo=UTC)) is State.EXPIRED

    def test_suspended_until_the_one_who_suspended_resumes(self) -> None:
        notices = [notice("XB", "suspend", AT - DAY), notice("XA", "resume", AT - DAY / 2)]
        assert state(signed(of(), notices=notices)) is State.SUSPENDED
        notices.append(notice("XB", "resume", AT - DAY / 4))
        assert state(signed(of(), notices=notices)) is State.IN_FORCE

    def test_not_suspended_by_a_third_party(self) -> None:
        agreement = of(parties=["XA", "XB", "XC"], entry=2)
        assert state(signed(agreement, notices=[notice("XC", "suspend", AT)])) is State.IN_FORCE

    def test_terminated_for_ever(self) -> None:
        notices = [notice("XA", "terminate", AT), notice("XA", "resume", AT)]
        assert state(signed(of(), notices=notices)) is State.TERMINATED

    def test_superseded_by_a_higher_version_once_that_is_in_force(self) -> None:
        old, draft = signed(of()), signed(of(version=2), "XA")
        assert state(old, draft) is State.IN_FORCE
        assert state(old, signed(of(version=2))) is State.SUPERSEDED

    def test_superseded_for_good_even_when_the_newer_is_terminated(self) -> None:
        newer = signed(of(version=2), notices=[notice("XA", "terminate", AT)])
        assert state(signed(of()), newer, at=AT + DAY) is State.SUPERSEDED

    def test_superseded_by_one_that_names_it(self) -> None:
        other = of(id="019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c02", supersedes=[of().id])
        assert state(signed(of()), signed(other)) is State.SUPERSEDED

    def test_one_stays_where_they_name_each_other_in_a_circle(self) -> None:
        second = "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c02"
        first = signed(of(supersedes=[second]))
        other = signed(of(id=second, supersedes=[of().id]), at=SIGNED_AT + DAY)
        assert state(first, other) is State.SUPERSEDED
        assert state(other, first) is State.IN_FORCE

    def test_honoured_72_hours_for_messages_of_before_it_was_replaced(self) -> None:
        old, newer = signed(of()), signed(of(version=2), at=AT)

        def honoured(sent: timedelta, now: timedelta) -> bool:
            return standing.honoured(old, PAIR, sent_at=AT + sent, at=AT + now, among=[old, newer])

        hour = timedelta(hours=1)
        assert honoured(-hour, 71 * hour)
        assert not honoured(-hour, 72 * hour)
        assert not honoured(hour, 2 * hour)
