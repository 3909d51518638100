"""Housekeeping that comes: to the letter of the wire contract, in the commit that accepts it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.exchange.partner import Partner, read, sealed
from tests.exchange.test_receiving import alert, outcomes
from tidewaiter import clock
from tidewaiter.exchange import actions, housekeeping, message, queries, schemas
from tidewaiter.exchange.models import Correspondent, Inbound, Outbound
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.identity import queries as partners
from tidewaiter.identity import viewer
from tidewaiter.ledger import queries as ledger
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
ME = viewer.command_line()
DIGEST = "sha256:" + "0" * 64
GOOD: dict[str, dict[str, Any]] = {
    "resend.v1": {"first": 1, "last": 2},
    "withdrawn.v1": {"serials": [1, 2], "reason": "expired"},
    "node.document.v1": {"document": "x"},
    "key.revoked.v1": {"kid": "XB-1", "since": "2026-01-01T00:00:00.000Z", "reason": "stolen"},
    "node.restored.v1": {"since": "2026-01-01T00:00:00.000Z"},
    "node.state.v1": {"checkpoint": "a note", "sent": 0, "received": 7},
    "agreement.proposal.v1": {
        "payload": "e30",
        "signatures": [{"protected": "e30", "signature": "e30"}],
    },
    "agreement.signature.v1": {
        "digest": DIGEST,
        "signature": {"protected": "e30", "signature": "e30"},
    },
    "agreement.notice.v1": {"digest": DIGEST, "notice": "suspend", "reason": "why"},
    "agreement.key.v1": {"agreement": "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c01", "key": "A" * 43},
}


class TestTheTypes:
    def test_are_those_of_the_page_that_this_version_takes(self) -> None:
        assert set(housekeeping.TYPES) == {f"org.tidewaiter.{name}" for name in GOOD}

    @pytest.mark.parametrize("name", GOOD)
    def test_take_what_the_page_says_and_nothing_else(self, name: str) -> None:
        kind = housekeeping.TYPES[f"org.tidewaiter.{name}"]
        assert schemas.fault(kind, GOOD[name]) == ""
        assert schemas.fault(kind, {**GOOD[name], "more": 1})
        for member in GOOD[name]:
            without = {key: value for key, value in GOOD[name].items() if key != member}
            optional = member == "checkpoint" or (member == "reason" and name != "withdrawn.v1")
            assert bool(schemas.fault(kind, without)) == (not optional), member

    def test_are_published_and_stand_in_the_node_document(self, client: Client) -> None:
        for name in housekeeping.TYPES:
            answer = client.get(f"/.well-known/tidewaiter/schemas/{name}.json")
            assert answer.json()["additionalProperties"] is False
            assert "x-category" not in answer.json()
            assert name in housekeeping.names()

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("resend.v1", {"first": 2, "last": 1}),
            ("resend.v1", {"first": 0, "last": 1}),
            ("resend.v1", {"first": 1, "last": 2_147_483_648}),
            ("resend.v1", {"first": 1.5, "last": 2}),
            ("withdrawn.v1", {"serials": [], "reason": "expired"}),
            ("withdrawn.v1", {"serials": [0], "reason": "expired"}),
            ("withdrawn.v1", {"serials": [1], "reason": "lost"}),
            ("node.document.v1", {"document": "x"}),
            ("key.revoked.v1", {"kid": "nobody's", "since": "2026-01-01T00:00:00.000Z"}),
            ("key.revoked.v1", {"kid": "XB-recovery", "since": "2026-01-01T00:00:00.000Z"}),
            ("key.revoked.v1", {"kid": "XB", "since": "2026-02-30T00:00:00.000Z"}),
            ("agreement.proposal.v1", GOOD["agreement.proposal.v1"]),
            ("agreement.notice.v1", {"digest": "0", "notice": "suspend"}),
            ("node.restored.v1", {"since": "2026-02-30T00:00:00.000Z"}),
            ("node.state.v1", {"sent": -1, "received": 1}),
            ("node.state.v1", {"sent": 1, "received": 2_147_483_648}),
        ],
        ids=str,
    )
    def test_with_wrong_data_are_a_bad_payload(
        self, xb: Partner, name: str, data: dict[str, Any]
    ) -> None:
        assert outcomes(xb.line(xb.house(name, data))) == ["bad-payload"]

    @pytest.mark.parametrize(
        "name",
        [
            "receipt.v1",
            "collect.v1",
            "resend.v2",
            "agreement.nothing.v1",
        ],
    )
    def test_that_this_version_has_not_are_unsupported(self, xb: Partner, name: str) -> None:
        assert outcomes(xb.line(xb.house(name, {"first": 1, "last": 1}))) == ["unsupported-type"]


class TestAHousekeepingMessage:
    def test_has_its_serial_its_log_entry_and_no_clause(self, xb: Partner) -> None:
        before = ledger.size()
        made = xb.house("resend.v1", {"first": 1, "last": 1})
        assert outcomes(xb.line(made)) == ["accepted"]
        (row,) = queries.messages(ME, "in")
        assert (row.serial, row.clause, row.agreement) == (1, "", "")
        assert ledger.size() == before + 1

    def test_whose_agreement_members_mean_nothing_passes_over_them(
        self, xb: Partner, agreement: str
    ) -> None:
        made = xb.house("resend.v1", {"first": 1, "last": 1})
        permit = message.Permit(
            agreement=DIGEST,
            clause="9",
            purpose="none",
            mode="none",
            handling="TLP:RED",
            retain_until=clock.real(),
            conversation=str(made.id),
        )
        assert outcomes(xb.line(replace(made, permit=permit))) == ["accepted"]
        assert Inbound.objects.get().agreement == ""

    def test_that_takes_effect_at_once_waits_for_no_handler(self, xb: Partner) -> None:
        made = xb.house("withdrawn.v1", {"serials": [9], "reason": "expired"})
        assert outcomes(xb.line(made)) == ["accepted"]
        assert work.pending(["exchange.handle"]) == 0
        assert Inbound.objects.get().handled_at is not None

    def test_is_a_duplicate_when_it_comes_again(self, xb: Partner) -> None:
        jws = xb.jws(xb.house("withdrawn.v1", {"serials": [9], "reason": "expired"}))
        assert outcomes(sealed(jws), sealed(jws)) == ["accepted", "duplicate"]


class TestARotation:
    def test_counts_for_the_next_line_of_the_same_post(self, xb: Partner, agreement: str) -> None:
        at = clock.real()
        first = xb.key_kid()
        told = xb.house("node.document.v1", {"document": ""})
        old = xb.rotate(at)
        lines = [
            sealed(xb.jws(_with(told, {"document": xb.signed_by(old)}), kid=old)),
            xb.line(alert(xb, agreement)),  # by the new key
            sealed(xb.jws(alert(xb, agreement), kid=old)),  # still listed
        ]
        assert outcomes(*lines) == ["accepted"] * 3
        assert first == old
        assert Correspondent.objects.get(pk="XB").changes == 1

    def test_by_a_key_that_is_not_pinned_is_a_bad_payload(self, xb: Partner) -> None:
        stranger = Partner("XB", at=clock.real())
        made = xb.house("node.document.v1", {"document": stranger.document()})
        assert outcomes(xb.line(made)) == ["bad-payload"]

    def test_that_we_hold_already_changes_nothing_and_is_accepted(self, xb: Partner) -> None:
        held = partners.partner("XB")
        assert held is not None
        made = xb.house("node.document.v1", {"document": held.document})
        assert outcomes(xb.line(made)) == ["accepted"]

    def test_that_is_older_is_a_bad_payload(self, xb: Partner) -> None:
        xb.at = xb.at - timedelta(days=1)
        made = xb.house("node.document.v1", {"document": xb.document()})
        assert outcomes(xb.line(made)) == ["bad-payload"]


class TestARevocation:
    def test_counts_from_its_receipt_whatever_the_time_of_what_was_signed(
        self, xb: Partner, agreement: str
    ) -> None:
        at = clock.real()
        old = xb.rotate(at)
        rotation = xb.house("node.document.v1", {"document": xb.signed_by(old)})
        before = alert(xb, agreement, at=at - timedelta(days=1))
        word = {"kid": old, "since": clock.text(at - timedelta(days=2)), "reason": "stolen"}
        lines = [
            sealed(xb.jws(rotation, kid=old)),
            sealed(xb.jws(alert(xb, agreement), kid=old)),
            xb.line(xb.house("key.revoked.v1", word)),
            sealed(xb.jws(before, kid=old)),
            xb.line(alert(xb, agreement)),
        ]
        assert outcomes(*lines) == [
            "accepted",
            "accepted",
            "accepted",
            "bad-signature",
            "accepted",
        ]
        assert partners.revoked("XB", old) is not None

    def test_may_be_signed_by_the_key_that_it_revokes(self, xb: Partner, agreement: str) -> None:
        kid = xb.key_kid()
        word = {"kid": kid, "since": clock.text(clock.real())}
        assert outcomes(xb.line(xb.house("key.revoked.v1", word))) == ["accepted"]
        assert outcomes(xb.line(alert(xb, agreement))) == ["bad-signature"]


class TestWhatWeTell:
    def test_is_signed_logged_and_on_its_way_in_one_transaction(self, xb: Partner) -> None:
        before = ledger.size()
        sent = actions.tell(
            to="XB", type="org.tidewaiter.resend.v1", data={"first": 1, "last": 2}, at=clock.real()
        )
        assert (sent.serial, sent.state, sent.clause) == (1, "waiting", "")
        event = queries.message(ME, sent.id, at=clock.real()).event
        assert set(message.UNDER_AGREEMENT) & set(event) == set()
        assert event["data"] == {"first": 1, "last": 2}
        assert ledger.size() == before + 1
        assert work.pending(["exchange.deliver"]) == 1

    def test_of_ourselves_is_told_every_partner_once(self, xb: Partner, settings: Any) -> None:
        assert publishing.publish(at=clock.real()) == []  # the one that XB registered us by
        settings.NODE_NAME = "Another name"
        assert publishing.publish(at=clock.real()) == ["XB"]
        assert publishing.publish(at=clock.real()) == []
        settings.NODE_NAME = "A third name"
        publishing.own(at=clock.real())  # somebody fetched it first
        assert publishing.publish(at=clock.real()) == ["XB"]
        assert Outbound.objects.filter(type=housekeeping.DOCUMENT.name).count() == 2


def _with(made: message.Message, data: dict[str, Any]) -> message.Message:
    return replace(made, data=data)


def test_every_receipt_is_ours(xb: Partner) -> None:
    (receipt,) = actions.receive(
        [xb.line(xb.house("resend.v1", {"first": 1, "last": 1}))], at=clock.real()
    )
    assert read(receipt)["source"] == "tidewaiter:XA"
