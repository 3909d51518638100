"""What partners say of agreements, as the exchange hands it down (agreement.md)."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.conf import settings

from tests.agreements import nodes
from tests.agreements.documents import EXAMPLE, of
from tidewaiter import canonical, clock, jose
from tidewaiter.agreements import actions, document, errors, queries, signing, standing
from tidewaiter.identity import actions as identity
from tidewaiter.identity import roles
from tidewaiter.permission import Permission
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
US = settings.ADMINISTRATION
NOW = clock.real()
THREE = of(parties=["XA", "XB", "XC"], entry=2).canonical


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    nodes.known("XB", tmp_path)
    return tmp_path


def proposed(folder: Path, source: bytes = EXAMPLE) -> dict[str, Any]:
    """The data of XB's proposal."""
    with nodes.at("XB", folder):
        made: dict[str, Any] = canonical.read(actions.sign(source, at=clock.real()).jws)
    return made


def digest(source: bytes = EXAMPLE) -> str:
    return document.read(source).digest


def propose(folder: Path, source: bytes = EXAMPLE) -> str:
    """XB's proposal, taken here; the digest."""
    data = proposed(folder, source)
    assert actions.judge_proposal(data, "XB", clock.real()) is None
    actions.take_proposal(data, "XB", clock.real())
    return digest(source)


def in_force(folder: Path, source: bytes = EXAMPLE) -> str:
    found = propose(folder, source)
    actions.sign_here(digest=found, at=clock.real(), by="test")
    return found


def asked() -> list[work.TaskView]:
    """The open tasks that ask for a signature."""
    tasks = work.tasks(person="", roles=["liaison"], office=None, everywhere=True)
    return [each for each in tasks if each.kind == "agreements.sign"]


def problem(fault: tuple[str, str] | None) -> str:
    return fault[0] if fault else ""


class TestAProposal:
    def test_is_registered_and_asks_who_may_sign(self, folder: Path) -> None:
        found = queries.agreement(propose(folder), clock.real())
        assert (found.state, found.signed_by, found.proposed_by) == ("pending", ("XB",), "XB")
        (task,) = asked()
        assert task.subject == found.digest
        assert task.params == {"party": "XB", "title": found.title}
        assert Permission.AGREEMENT_SIGN in roles.ROLES[task.role]
        others = work.tasks(person="bob", roles=["officer"], office=None, everywhere=True)
        assert task not in others

    def test_signed_here_is_in_force_and_asks_no_more(self, folder: Path) -> None:
        found = queries.agreement(in_force(folder), clock.real())
        assert found.state == "in-force"
        assert found.log_index is not None
        assert asked() == []

    def test_again_changes_nothing(self, folder: Path) -> None:
        propose(folder)
        propose(folder)
        assert len(queries.versions(document.read(EXAMPLE).id)) == 1

    def test_of_what_is_no_agreement_is_a_bad_payload(self, folder: Path) -> None:
        data = proposed(folder)
        for broken in (
            {**data, "payload": jose.encode(b"{}")},
            {**data, "signatures": []},
            {**data, "more": 1},
            {"payload": data["payload"], "signatures": [{"protected": "e30", "signature": "AA"}]},
        ):
            assert problem(actions.judge_proposal(broken, "XB", NOW)) == "bad-payload"

    def test_whose_signature_does_not_hold_is_a_bad_payload(self, folder: Path) -> None:
        other = proposed(folder, of(title="Another").canonical)
        data = {**proposed(folder), "signatures": other["signatures"]}
        assert problem(actions.judge_proposal(data, "XB", clock.real())) == "bad-payload"

    def test_of_a_stranger_to_it_is_not_permitted(self, folder: Path) -> None:
        data = proposed(folder)
        assert problem(actions.judge_proposal(data, "XC", clock.real())) == "not-permitted"

    def test_that_leaves_us_out_is_not_permitted(self, folder: Path) -> None:
        data = proposed(folder, EXAMPLE.replace(b"XA", b"XC"))
        assert problem(actions.judge_proposal(data, "XB", clock.real())) == "not-permitted"

    def test_of_another_text_under_a_version_in_force_is_a_bad_payload(self, folder: Path) -> None:
        data = proposed(folder, of(title="Another").canonical)
        in_force(folder)
        assert problem(actions.judge_proposal(data, "XB", clock.real())) == "bad-payload"

    def test_is_refused_where_a_hundred_wait(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tidewaiter.agreements.messages.OPEN_PROPOSALS", 1)
        propose(folder)
        data = proposed(folder, of(version=2).canonical)
        assert problem(actions.judge_proposal(data, "XB", clock.real())) == "not-permitted"
        assert actions.judge_proposal(proposed(folder), "XB", clock.real()) is None


class TestASignature:
    def told(self, folder: Path, source: bytes = EXAMPLE) -> dict[str, Any]:
        (member,) = proposed(folder, source)["signatures"]
        return {"digest": digest(source), "signature": member}

    def test_brings_into_force_what_waited_for_it(self, folder: Path) -> None:
        actions.add(actions.sign(EXAMPLE, at=clock.real()).jws, at=clock.real(), by="test")
        data = self.told(folder)
        assert actions.judge_signature(data, "XB", clock.real()) is None
        actions.take_signature(data, "XB", clock.real())
        assert queries.agreement(digest(), clock.real()).state == "in-force"

    def test_over_what_is_not_here_is_an_unknown_agreement(self, folder: Path) -> None:
        data = self.told(folder)
        assert problem(actions.judge_signature(data, "XB", NOW)) == "unknown-agreement"

    def test_over_another_text_is_a_bad_payload(self, folder: Path) -> None:
        propose(folder)
        data = {**self.told(folder, of(version=2).canonical), "digest": digest()}
        assert problem(actions.judge_signature(data, "XB", clock.real())) == "bad-payload"

    def test_by_a_key_that_nobody_has_is_a_bad_payload(self, folder: Path, tmp_path: Path) -> None:
        propose(folder)
        data = self.told(tmp_path / "other")
        assert problem(actions.judge_signature(data, "XB", clock.real())) == "bad-payload"

    def test_of_suite_b_holds(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        private = generate_private_key(SECP256R1())
        read = document.read(EXAMPLE)
        header = {"kid": "XB-p256", **signing.header(clock.real())}
        member = jose.sign_general(read.canonical, header, private)
        assert jose.member_header(member)["alg"] == "ES256"
        known = signing.KnownKey(jose.public_jwk(private), None, None)
        monkeypatch.setattr(
            "tidewaiter.agreements.registering._key",
            lambda party, kid, us: known if party == "XB" else None,
        )
        data = {"payload": jose.encode(read.canonical), "signatures": [member]}
        assert actions.judge_proposal(data, "XB", clock.real()) is None

    def test_by_a_key_that_was_revoked_is_refused_whatever_its_time(self, folder: Path) -> None:
        propose(folder)
        data = self.told(folder, of(version=2).canonical)
        actions.add(of(version=2).canonical, at=clock.real(), by="test")
        kid = signing.member(data["signature"]).kid
        assert actions.judge_signature(data, "XB", clock.real()) is None
        identity.take_revocation(
            administration="XB",
            kid=kid,
            since=clock.real(),
            reason="lost",
            message_id="019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c09",
            at=clock.real(),
        )
        assert problem(actions.judge_signature(data, "XB", clock.real())) == "bad-payload"
        kept = queries.agreement(digest(), clock.real())
        assert kept.signed_by == ("XB",)  # what was taken before stays

    def test_is_ours_to_tell_once_we_have_signed(self, folder: Path) -> None:
        propose(folder)
        with pytest.raises(errors.NotSigned):
            actions.signature(digest())
        actions.sign_here(digest=digest(), at=clock.real(), by="test")
        assert actions.signature(digest())["digest"] == digest()
        assert len(actions.proposal(digest())["signatures"]) == 2


class TestANotice:
    def judge(self, what: str, sender: str = "XB", digest_: str = "") -> str:
        data = {"digest": digest_ or digest(), "notice": what, "reason": "why"}
        return problem(actions.judge_notice(data, sender, clock.real()))

    def take(self, what: str, sent_at: datetime, at: datetime) -> None:
        data = {"digest": digest(), "notice": what, "reason": "why"}
        actions.take_notice(data, "XB", sent_at, at)

    def test_on_what_is_not_here_is_an_unknown_agreement(self, folder: Path) -> None:
        assert self.judge("suspend") == "unknown-agreement"

    def test_that_is_not_its_to_give_is_not_permitted(self, folder: Path) -> None:
        in_force(folder)
        assert self.judge("resume") == "not-permitted"
        assert self.judge("suspend", "XC") == "not-permitted"
        actions.notice(digest=digest(), party=US, notice="suspend", reason="", at=clock.real())
        assert self.judge("resume") == "not-permitted"
        assert self.judge("suspend") == ""
        assert self.judge("pause") == "bad-payload"

    def test_counts_from_when_it_was_given_or_received_if_earlier(self, folder: Path) -> None:
        in_force(folder)
        now = clock.real() + timedelta(minutes=1)
        sent = now - timedelta(seconds=20)
        self.take("suspend", sent, now)
        ahead = now + timedelta(minutes=5)  # its clock runs ahead of ours
        self.take("resume", ahead, now)
        first, second = queries.agreement(digest(), now).signed.notices
        assert (first.at, second.at) == (sent, now)

    def test_a_message_after_a_resume_in_the_same_batch_is_honoured(self, folder: Path) -> None:
        in_force(folder)
        now = clock.real() + timedelta(minutes=1)
        self.take("suspend", now - timedelta(seconds=30), now)
        self.take("resume", now - timedelta(seconds=20), now)
        (known,) = queries.known("XB")
        pair, sent_at = ("XB", US), now - timedelta(seconds=10)
        assert standing.honoured(known, pair, sent_at=sent_at, at=now, among=[known])
        between = now - timedelta(seconds=25)
        assert not standing.honoured(known, pair, sent_at=between, at=now, among=[known])

    def test_a_resume_dated_before_its_suspend_still_ends_it(self, folder: Path) -> None:
        in_force(folder)
        now = clock.real() + timedelta(minutes=1)
        self.take("suspend", now, now)
        self.take("resume", now - timedelta(hours=1), now)
        assert queries.agreement(digest(), now).state == "in-force"

    def test_that_was_overtaken_changes_nothing(self, folder: Path) -> None:
        in_force(folder)
        now = clock.real()
        self.take("terminate", now, now)
        self.take("resume", now, now)
        assert queries.agreement(digest(), clock.real()).state == "terminated"


class TestAKey:
    def data(self, key: bytes = bytes(32)) -> dict[str, Any]:
        return {"agreement": document.read(EXAMPLE).id, "key": jose.encode(key)}

    def judge(self, data: dict[str, Any], sender: str = "XB") -> str:
        return problem(actions.judge_key(data, sender, clock.real()))

    def test_of_an_agreement_that_is_not_here_is_unknown(self, folder: Path) -> None:
        assert self.judge(self.data()) == "unknown-agreement"

    def test_comes_from_the_first_party_in_code_order_alone(self, folder: Path) -> None:
        propose(folder)
        assert self.judge(self.data()) == "not-permitted"  # XB; XA gives it
        assert self.judge(self.data(), "XA") == ""
        assert self.judge(self.data(), "XC") == "not-permitted"

    def test_has_32_bytes_and_stays_the_same(self, folder: Path) -> None:
        propose(folder)
        for bad in (
            self.data(bytes(31)),
            {**self.data(), "key": "===="},
            {**self.data(), "key": 1},
        ):
            assert self.judge(bad, "XA") == "bad-payload"
        actions.take_key(self.data(), "XA", clock.real())
        assert actions.key_for(self.data()["agreement"]) == bytes(32)
        assert self.judge(self.data(), "XA") == ""
        assert self.judge(self.data(bytes([1] * 32)), "XA") == "bad-payload"

    def test_is_made_once(self, folder: Path) -> None:
        propose(folder)
        made = actions.make_key(self.data()["agreement"], clock.real())
        assert len(made) == 32
        assert actions.make_key(self.data()["agreement"], clock.real()) == made


def test_all_other_parties_hear_what_we_say(folder: Path) -> None:
    propose(folder, THREE)
    assert actions.parties_to_tell(digest(THREE)) == ["XB", "XC"]
