"""Decided again: refused for good by the partner, or waiting for an agreement's key."""

import json
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.exchange.conftest import ALERT, CLAUSE, TEXT
from tests.exchange.dealing import in_force
from tests.exchange.partner import Partner
from tests.exchange.test_delivery import Endpoint, endpoint, state  # noqa: F401 (a fixture)
from tests.exchange.test_receiving import outcomes
from tests.exchange.test_sending import order, send
from tidewaiter import clock, jose
from tidewaiter.agreements import actions as agreements
from tidewaiter.agreements import generalisation
from tidewaiter.exchange import actions, errors, jobs, queries, wire
from tidewaiter.exchange.models import Former, Outbound
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer
from tidewaiter.ledger import queries as ledger
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
ME = viewer.command_line()
OTHER = "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c02"


def row(sent: actions.Sent) -> Outbound:
    return Outbound.objects.get(message_id=sent.id)


def event(sent: actions.Sent) -> dict[str, Any]:
    return dict(queries.message(ME, sent.id, at=clock.real()).event)


def refuse_clause(endpoint: Endpoint, clause: str, problem: str = "not-permitted") -> None:  # noqa: F811
    """The partner takes everything but what comes under that clause."""

    def answer(lines: list[str]) -> tuple[int, bytes]:
        said = []
        for each in lines:
            named = json.loads(jose.read(each).payload).get("clause")
            one = endpoint.refuse(problem) if named == clause else endpoint.accept
            said.append(one([each])[1].decode().strip())
        return endpoint.said(said)

    endpoint.answer = answer


class TestWhatAPartnerDoesNotPermit:
    @pytest.fixture
    def two(self, xb: Partner, agreement: str) -> str:
        """Another agreement with a wider clause that would let the same go."""
        wide = {**CLAUSE["fields"], "withhold": []}
        return in_force(xb, {"id": "9", "fields": wide}, id=OTHER)

    def test_goes_by_another_clause_under_the_same_id_and_serial(
        self,
        endpoint: Endpoint,  # noqa: F811
        agreement: str,
        two: str,
    ) -> None:
        sent = send()
        assert (sent.agreement, sent.clause) == (agreement, "1")
        before, first = ledger.size(), event(sent)
        refuse_clause(endpoint, "1")
        jobs.deliver(partner="XB")
        after = event(sent)
        assert state(sent) == "delivered"
        assert (after["id"], after["serial"]) == (first["id"], first["serial"])
        assert (after["agreement"], after["clause"]) == (two, "9")
        assert after["data"]["goods"][0]["value"] == {"amount": "9.00"}  # this clause lets it out
        assert ledger.size() == before + 1
        (former,) = Former.objects.all()
        (shown,) = queries.message(ME, sent.id, at=clock.real()).former
        assert (shown.clause, shown.problem, shown.log_index) == ("1", "not-permitted", before - 1)
        assert json.loads(jose.read(former.jws).payload) == first

    def test_is_decided_by_what_is_kept_with_it_years_later(
        self,
        endpoint: Endpoint,  # noqa: F811
        agreement: str,
        two: str,
    ) -> None:
        sent = send()
        refuse_clause(endpoint, "1")
        jobs.deliver(partner="XB")
        asked = row(sent).asked
        assert asked["without"] == [[agreement, "1"]]
        assert sorted(asked["agreements"]) == sorted([agreement, two])

    def test_stays_refused_where_no_other_clause_permits_it(
        self,
        endpoint: Endpoint,  # noqa: F811
        agreement: str,
    ) -> None:
        sent = send()
        endpoint.answer = endpoint.refuse("not-permitted")
        jobs.deliver(partner="XB")
        assert state(sent) == "refused"
        assert not Former.objects.exists()

    def test_ends_when_every_clause_was_refused(
        self,
        endpoint: Endpoint,  # noqa: F811
        agreement: str,
        two: str,
    ) -> None:
        sent = send()
        endpoint.answer = endpoint.refuse("not-permitted")
        jobs.deliver(partner="XB")
        assert state(sent) == "refused"
        assert len(endpoint.came) == 2
        assert Former.objects.count() == 1

    def test_is_held_where_the_other_clause_asks_for_more_people(
        self,
        endpoint: Endpoint,  # noqa: F811
        xb: Partner,
        agreement: str,
    ) -> None:
        in_force(xb, {"id": "9", "approval": "two"}, id=OTHER)
        sent = send(by="ada")
        refuse_clause(endpoint, "1")
        jobs.deliver(partner="XB")
        assert (row(sent).state, row(sent).serial, row(sent).jws) == ("held", 1, "")
        Outbound.objects.update(released_by=["ada"])
        done = actions.release(id=sent.id, by="bea", at=clock.real())
        assert (done.state, row(sent).serial) == ("waiting", 1)
        jobs.deliver(partner="XB")
        assert state(sent) == "delivered"

    def test_is_not_decided_again_for_other_refusals(
        self,
        endpoint: Endpoint,  # noqa: F811
        agreement: str,
        two: str,
    ) -> None:
        sent = send()
        refuse_clause(endpoint, "1", "bad-payload")
        jobs.deliver(partner="XB")
        assert state(sent) == "refused"


class TestWhatAPartnerKnowsNoAgreementFor:
    def test_goes_at_once_by_another_where_ours_ended_too(
        self,
        endpoint: Endpoint,  # noqa: F811
        xb: Partner,
        agreement: str,
    ) -> None:
        sent = send()
        agreements.notice(
            digest=agreement, party="XA", notice="terminate", reason="", at=clock.real()
        )
        other = in_force(xb, {"id": "9"}, id=OTHER)
        refuse_clause(endpoint, "1", "unknown-agreement")
        jobs.deliver(partner="XB")
        assert (state(sent), event(sent)["agreement"]) == ("delivered", other)

    def test_is_signed_anew_where_ours_was_suspended_before_we_heard_of_it(
        self,
        endpoint: Endpoint,  # noqa: F811
        agreement: str,
    ) -> None:
        sent = send()
        before = row(sent).sent_at
        for word, since in (("suspend", -1), ("resume", 1)):
            agreements.notice(
                digest=agreement,
                party="XB",
                notice=word,
                reason="",
                at=before + timedelta(milliseconds=since),
            )
        endpoint.answer = endpoint.refuse("unknown-agreement")
        jobs.deliver(partner="XB")
        again = row(sent)
        assert (again.state, again.clause, again.serial) == ("waiting", sent.clause, sent.serial)
        assert again.sent_at > before, "it is of a moment at which the agreement is in force"
        jobs.deliver(partner="XB")
        assert row(sent).sent_at == again.sent_at, "once"
        assert Former.objects.count() == 1
        endpoint.answer = endpoint.accept
        Outbound.objects.due_now()
        jobs.deliver(partner="XB")
        assert state(sent) == "delivered"

    def test_waits_where_ours_is_still_in_force(
        self,
        endpoint: Endpoint,  # noqa: F811
        xb: Partner,
        agreement: str,
    ) -> None:
        in_force(xb, {"id": "9"}, id=OTHER)
        sent = send()
        clause = sent.clause
        refuse_clause(endpoint, clause, "unknown-agreement")
        assert jobs.deliver(partner="XB") is not None
        assert (state(sent), row(sent).problem) == ("waiting", "unknown-agreement")
        assert not Former.objects.exists()


class TestAnAgreementsKey:
    """EU is the first party in code order: it gives the key, and the node of XA waits for it."""

    SEALED: dict[str, Any] = {
        "disclosers": ["EU", "XA"],
        "recipients": ["EU", "XA"],
        "fields": {
            **CLAUSE["fields"],
            "allow": [*CLAUSE["fields"]["allow"], "consignment"],
            "generalise": {"consignment.consignee.name": "keyed-hash"},
        },
    }
    DATA: dict[str, Any] = {
        **ALERT,
        "consignment": {"containers": ["MSKU1234565"], "consignee": {"name": "Brisk Trading"}},
    }

    @pytest.fixture
    def eu(self, db: None) -> Partner:
        made = Partner("EU", at=clock.real() - timedelta(minutes=5))
        identity.add_partner(document=made.document(), thumbprint=made.thumbprint(), at=made.at)
        return made

    def agreed(self, eu: Partner, **changes: Any) -> str:
        return in_force(eu, {**self.SEALED, **changes}, parties=["EU", "XA"])

    def held(self, **changes: Any) -> actions.Sent:
        sent = actions.send(data=self.DATA, **order(to="EU", **changes))
        assert (sent.state, sent.serial) == ("held", None)
        return sent

    def key(self, eu: Partner) -> bytes:
        """EU tells the key, and the job that this wakes is done."""
        made = secrets.token_bytes(32)
        data = {"agreement": TEXT["id"], "key": jose.encode(made)}
        assert outcomes(eu.line(eu.house("agreement.key.v1", data))) == ["accepted"]
        assert work.pending(["exchange.unlock"]) == 1
        jobs.unlock()
        return made

    def test_is_waited_for_and_nothing_leaves_plain(self, eu: Partner) -> None:
        self.agreed(eu)
        sent = self.held()
        assert (row(sent).problem, row(sent).jws) == ("key-missing", "")
        jobs.unlock()
        assert row(sent).state == "held"

    def test_lets_go_what_waited_for_it(self, eu: Partner) -> None:
        self.agreed(eu)
        first, second = self.held(), self.held()
        key = self.key(eu)
        name = event(first)["data"]["consignment"]["consignee"]["name"]
        assert name == generalisation.generalise("Brisk Trading", "keyed-hash", key)
        assert [(row(each).state, row(each).serial) for each in (first, second)] == [
            ("waiting", 1),
            ("waiting", 2),
        ]
        assert "Brisk" not in jose.read(row(first).jws).payload.decode()

    def test_is_waited_for_by_what_people_released_meanwhile(self, eu: Partner) -> None:
        self.agreed(eu, approval="one")
        sent = self.held(by=viewer.machine())
        done = actions.release(id=sent.id, by="bea", at=clock.real())
        assert (done.state, done.released_by) == ("held", ("bea",))
        self.key(eu)
        assert row(sent).state == "waiting"

    def test_leaves_people_to_release_what_they_did_not(self, eu: Partner) -> None:
        self.agreed(eu, approval="one")
        sent = self.held(by=viewer.machine())
        self.key(eu)
        assert (row(sent).state, row(sent).problem) == ("held", "")
        assert "Brisk" not in row(sent).draft
        assert actions.release(id=sent.id, by="bea", at=clock.real()).state == "waiting"

    def test_comes_too_late_where_the_agreement_has_ended(self, eu: Partner) -> None:
        digest = self.agreed(eu)
        sent = self.held()
        agreements.notice(digest=digest, party="XA", notice="suspend", reason="", at=clock.real())
        self.key(eu)
        assert row(sent).state == "held"
        assert row(sent).detail

    def test_can_be_too_late_for_what_expired(self, eu: Partner) -> None:
        self.agreed(eu)
        at = clock.real()
        sent = self.held(expires=at + timedelta(seconds=1))
        Outbound.objects.expire(at + timedelta(seconds=2))
        self.key(eu)
        assert row(sent).state == "expired"


class TestWithdrawing:
    def test_takes_back_what_waits_and_it_is_sent_no_more(
        self,
        endpoint: Endpoint,  # noqa: F811
    ) -> None:
        sent = send()
        assert actions.withdraw(id=sent.id, by=ME, at=clock.real()).state == "withdrawn"
        jobs.deliver(partner="XB")
        (lines,) = endpoint.came
        kinds = [json.loads(jose.read(each).payload)["type"] for each in lines]
        assert kinds == ["org.tidewaiter.withdrawn.v1"]

    def test_of_what_is_held_tells_nobody(self, agreement: str) -> None:
        sent = send(purpose="security", by="ada")
        assert sent.state == "held"
        actions.withdraw(id=sent.id, by="ada", at=clock.real())
        assert Outbound.objects.count() == 1

    def test_is_refused_once_it_was_delivered(self, endpoint: Endpoint) -> None:  # noqa: F811
        sent = send()
        jobs.deliver(partner="XB")
        with pytest.raises(errors.NotToWithdraw):
            actions.withdraw(id=sent.id, by=ME, at=clock.real())

    def test_of_nothing_says_so(self, xb: Partner) -> None:
        with pytest.raises(errors.NoSuchMessage):
            actions.withdraw(id=UUID(int=1), by=ME, at=clock.real())

    def test_does_not_touch_housekeeping(self, xb: Partner) -> None:
        told = actions.tell(
            to="XB", type="org.tidewaiter.resend.v1", data={"first": 1, "last": 1}, at=clock.real()
        )
        with pytest.raises(errors.NotToWithdraw):
            actions.withdraw(id=told.id, by=ME, at=clock.real())

    def test_loses_against_a_receipt_that_was_under_way(
        self,
        endpoint: Endpoint,  # noqa: F811
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        sent, post = send(), wire.post

        def slow(*args: Any, **options: Any) -> list[str]:
            answer = post(*args, **options)
            if state(sent) == "waiting":
                actions.withdraw(id=sent.id, by=ME, at=clock.real())
            return answer

        monkeypatch.setattr(wire, "post", slow)
        jobs.deliver(partner="XB")
        assert state(sent) == "delivered"
