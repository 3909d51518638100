"""A partner that does what it must not: each thing has its answer, and the others are served."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.exchange.conftest import CLAUSE
from tests.exchange.dealing import in_force
from tests.exchange.partner import Partner, sealed
from tests.exchange.test_receiving import alert, outcomes
from tidewaiter import clock
from tidewaiter.agreements import actions as agreements
from tidewaiter.exchange import message, queries
from tidewaiter.exchange.models import Inbound
from tidewaiter.identity import actions as identity

pytestmark = pytest.mark.django_db
OTHER = "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c02"


def at(xb: Partner, agreement: str, moment: datetime) -> bytes:
    """An alert that says it is of that moment."""
    return xb.line(alert(xb, agreement, at=moment, expires=clock.real() + timedelta(days=1)))


class TestAnAgreementsTime:
    def test_begins_with_its_entry_into_force(self, xb: Partner, agreement: str) -> None:
        assert outcomes(
            at(xb, agreement, xb.at - timedelta(seconds=1)), at(xb, agreement, xb.at)
        ) == ["unknown-agreement", "accepted"]

    def test_begins_with_its_first_day(self, xb: Partner) -> None:
        tomorrow = (clock.real() + timedelta(days=1)).date().isoformat()
        digest = in_force(xb, {}, state="pending", **{"from": tomorrow})
        assert outcomes(xb.line(alert(xb, digest))) == ["unknown-agreement"]

    def test_ends_with_a_suspension_for_what_was_sent_before_too(
        self, xb: Partner, agreement: str
    ) -> None:
        sent = alert(xb, agreement)
        agreements.notice(
            digest=agreement, party="XA", notice="suspend", reason="", at=clock.real()
        )
        assert outcomes(xb.line(sent)) == ["unknown-agreement"]
        assert outcomes(xb.line(alert(xb, agreement))) == ["unknown-agreement"]

    def test_does_not_count_again_for_what_was_sent_under_a_suspension(
        self, xb: Partner, agreement: str
    ) -> None:
        order = {"digest": agreement, "party": "XA", "reason": ""}
        agreements.notice(notice="suspend", at=clock.real(), **order)
        under = alert(xb, agreement)
        agreements.notice(notice="resume", at=clock.real() + timedelta(milliseconds=2), **order)
        later = alert(xb, agreement, at=clock.real() + timedelta(milliseconds=5))
        assert outcomes(xb.line(under), xb.line(later)) == ["unknown-agreement", "accepted"]

    def test_is_over_for_what_it_no_longer_permits(self, xb: Partner, agreement: str) -> None:
        """The amendment drops a clause; what is sent under the old version is good for a while."""
        order = {"clause": "2", "purpose": "customs-enforcement"}
        old = alert(xb, agreement, at=clock.real() - timedelta(seconds=1), **order)
        xb.at = clock.real()
        in_force(xb, {**CLAUSE, "id": "1"}, version=2)
        later = alert(xb, agreement, at=clock.real() + timedelta(seconds=1), **order)
        assert outcomes(xb.line(old), xb.line(later)) == ["accepted", "unknown-agreement"]


class TestATime:
    def test_that_is_backdated_is_held_to_the_time_of_its_key(
        self, xb: Partner, agreement: str
    ) -> None:
        before = xb.key_nbf() - timedelta(seconds=1)
        made = alert(xb, agreement, at=before, expires=clock.real() + timedelta(days=1))
        assert outcomes(xb.line(made)) == ["bad-signature"]

    def test_over_31_days_past_is_expired_and_ahead_is_a_skew(
        self, xb: Partner, agreement: str
    ) -> None:
        now = clock.real()
        xb.hold_keys_from(now - timedelta(days=40))
        identity.take_document(administration="XB", document=xb.document(), at=now)
        assert outcomes(
            at(xb, agreement, now - timedelta(days=31, minutes=1)),
            at(xb, agreement, now + timedelta(minutes=11)),
        ) == ["expired", "clock-skew"]


class TestAKey:
    def test_that_is_over_signs_nothing(self, xb: Partner, agreement: str) -> None:
        now = clock.real()
        xb.hold_keys_from(now - timedelta(days=40), until=now - timedelta(minutes=1))
        identity.take_document(administration="XB", document=xb.document(), at=now)
        assert outcomes(xb.line(alert(xb, agreement))) == ["bad-signature"]

    def test_that_left_the_document_is_no_longer_pinned(self, xb: Partner, agreement: str) -> None:
        old = xb.rotate(clock.real())
        first = xb.signed_by(old)
        assert outcomes(
            sealed(xb.jws(xb.house("node.document.v1", {"document": first}), kid=old)),
            sealed(xb.jws(alert(xb, agreement), kid=old)),
        ) == ["accepted", "accepted"]
        kept = xb.keys
        xb.keys = tuple(key for key in kept if key.kid != old)
        xb.at = clock.real() + timedelta(milliseconds=5)
        last = xb.house("node.document.v1", {"document": xb.document()})
        late = alert(xb, agreement)
        lines = [xb.line(last)]
        xb.keys = kept
        assert outcomes(*lines, sealed(xb.jws(late, kid=old))) == ["accepted", "bad-signature"]


class TestSerials:
    def test_may_come_backwards(self, xb: Partner, agreement: str) -> None:
        lines = [xb.line(alert(xb, agreement)) for _ in range(20)]
        assert outcomes(*reversed(lines)) == ["accepted"] * 20
        assert queries.gaps() == []

    def test_may_leap_10_000_and_no_farther(self, xb: Partner, agreement: str) -> None:
        first = alert(xb, agreement)
        far = alert(xb, agreement, serial=10_001)
        farther = alert(xb, agreement, serial=20_002)
        assert outcomes(xb.line(first), xb.line(farther), xb.line(far), xb.line(farther)) == [
            "accepted",
            "bad-serial",
            "accepted",
            "bad-serial",
        ]
        assert [(gap.first, gap.last) for gap in queries.gaps()] == [(2, 10_000)]

    def test_that_leap_in_a_refused_message_open_no_gap(self, xb: Partner, agreement: str) -> None:
        outcomes(xb.line(alert(xb, agreement)))
        bad = alert(xb, agreement, serial=5_000, purpose="revenue")
        assert outcomes(xb.line(bad)) == ["not-permitted"]
        assert queries.gaps() == []


class TestAReplay:
    def test_is_a_duplicate_and_takes_effect_once(self, xb: Partner, agreement: str) -> None:
        line = xb.line(alert(xb, agreement))
        assert outcomes(line, line) == ["accepted", "duplicate"]
        assert outcomes(line) == ["duplicate"]
        assert Inbound.objects.count() == 1

    def test_to_another_recipient_is_not_taken_here(self, xb: Partner, agreement: str) -> None:
        made = alert(xb, agreement, recipient="XC")
        assert outcomes(xb.line(made)) == ["wrong-recipient"]

    def test_in_the_name_of_another_partner_is_a_bad_signature(
        self, xb: Partner, agreement: str
    ) -> None:
        xc = Partner("XC", at=xb.at)
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        made = replace(alert(xb, agreement), sender="XC")
        assert outcomes(sealed(xb.jws(made))) == ["bad-signature"]

    def test_of_another_partners_agreement_is_unknown(self, xb: Partner, agreement: str) -> None:
        xc = Partner("XC", at=xb.at)
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        assert outcomes(xc.line(alert(xc, agreement))) == ["unknown-agreement"]


class TestWhatTheClauseDoesNotSay:
    @pytest.mark.parametrize(
        "changes",
        [
            {"purpose": "revenue"},
            {"mode": "subscription"},
            {"handling": "TLP:GREEN"},
            {"clause": "99"},
            {"data": {"summary": "x"}},
            {"data": {"goods": [{"value": {"amount": "1", "currency": "USD"}}]}},
        ],
        ids=str,
    )
    def test_is_not_permitted(self, xb: Partner, agreement: str, changes: dict[str, Any]) -> None:
        permit = {name: changes.pop(name) for name in ("mode", "handling") if name in changes}
        made = alert(xb, agreement, **changes)
        assert made.permit is not None
        bad = replace(made, permit=replace(made.permit, **permit))
        assert outcomes(xb.line(bad)) == ["not-permitted"]

    def test_is_kept_too_long(self, xb: Partner, agreement: str) -> None:
        made = alert(xb, agreement)
        assert made.permit is not None
        late = replace(made.permit, retain_until=made.time + timedelta(days=365, seconds=1))
        assert outcomes(xb.line(replace(made, permit=late))) == ["not-permitted"]

    def test_is_lacking_a_member(self, xb: Partner, agreement: str) -> None:
        assert outcomes(xb.line(replace(alert(xb, agreement), permit=None))) == ["bad-payload"]


def test_the_others_go_on(xb: Partner, agreement: str) -> None:
    xc = Partner("XC", at=xb.at)
    identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
    both = in_force(
        xc, {"disclosers": ["XA", "XC"], "recipients": ["XA", "XC"]}, parties=["XA", "XC"], id=OTHER
    )
    bad = [xb.line(alert(xb, agreement, purpose="revenue")) for _ in range(3)]
    good = xc.line(alert(xc, both))
    assert outcomes(bad[0], b"x", good, bad[1], sealed("e30.e30.e30"), bad[2]) == [
        "not-permitted",
        "undecryptable",
        "accepted",
        "not-permitted",
        "malformed",
        "not-permitted",
    ]


def test_members_that_nobody_knows_are_passed_over(xb: Partner, agreement: str) -> None:
    payload = message.build(alert(xb, agreement)).replace(b'{"spec', b'{"more":{"a":[1]},"spec', 1)
    assert outcomes(sealed(xb.sign(payload))) == ["accepted"]
