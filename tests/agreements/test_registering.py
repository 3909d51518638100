"""Signing and registering: whose signature holds, how an agreement stands, what the log has."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from tests.agreements import documents, nodes
from tests.agreements.documents import EXAMPLE, of
from tidewaiter import canonical, clock, jose
from tidewaiter.agreements import actions, errors, queries
from tidewaiter.problem import Problem

pytestmark = pytest.mark.django_db
US = settings.ADMINISTRATION


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    nodes.known("XB", tmp_path)
    return tmp_path


def signed_by_xb(folder: Path, source: bytes = EXAMPLE) -> bytes:
    with nodes.at("XB", folder):
        return actions.sign(source, at=clock.real()).jws


def whole(folder: Path, source: bytes = EXAMPLE) -> bytes:
    return actions.sign(signed_by_xb(folder, source), at=clock.real()).jws


def add(source: bytes) -> actions.Added:
    return actions.add(source, at=clock.real(), by="test")


class TestSigning:
    def test_adds_ours_to_a_text(self) -> None:
        made = actions.sign(EXAMPLE, at=clock.real())
        assert made.signed_by == (US,)
        assert made.missing == ("XB",)
        assert set(canonical.read(made.jws)) == {"payload", "signatures"}

    def test_adds_ours_to_what_another_signed(self, folder: Path) -> None:
        made = actions.sign(signed_by_xb(folder), at=clock.real())
        assert made.signed_by == (US, "XB")
        assert made.missing == ()

    def test_says_in_its_header_when(self) -> None:
        (member,) = canonical.read(actions.sign(EXAMPLE, at=documents.AT).jws)["signatures"]
        header = jose.member_header(member)
        assert set(header) == {"alg", "kid", "typ", "signed"}
        assert header["typ"] == "tidewaiter-agreement+jws"
        assert header["signed"] == "2026-11-24T08:15:30.123Z"

    def test_twice_is_once(self, folder: Path) -> None:
        once = whole(folder)
        assert actions.sign(once, at=clock.real()).jws == once

    def test_is_refused_to_a_stranger(self) -> None:
        with pytest.raises(errors.NoParty):
            actions.sign(EXAMPLE.replace(b"XA", b"XC"), at=clock.real())


class TestRegistering:
    def test_what_all_have_signed_is_in_force_and_logged(self, folder: Path) -> None:
        added = add(whole(folder))
        assert added.state == "in-force"
        found = queries.agreement(added.digest, clock.real())
        assert found.log_index is not None
        assert [each.digest for each in queries.in_force("XB", clock.real())] == [added.digest]

    def test_a_text_is_pending_and_permits_nothing(self) -> None:
        added = add(EXAMPLE)
        assert (added.state, added.missing) == ("pending", (US, "XB"))
        assert queries.in_force("XB", clock.real()) == []

    def test_the_missing_signature_comes_later(self, folder: Path) -> None:
        assert add(signed_by_xb(folder)).state == "pending"
        added = add(whole(folder))
        assert added.state == "in-force"
        assert not add(whole(folder)).new

    def test_signing_here_what_is_registered(self, folder: Path) -> None:
        digest = add(signed_by_xb(folder)).digest
        done = actions.sign_here(digest=digest, at=clock.real(), by="test")
        assert done.state == "in-force"

    def test_gives_back_the_document_that_was_signed(self, folder: Path) -> None:
        added = add(whole(folder))
        again = actions.check(queries.jws(added.digest))
        assert again.agreement is not None
        assert again.agreement.digest == added.digest

    def test_a_key_nobody_knows_is_named(self, tmp_path: Path) -> None:
        added = add(signed_by_xb(tmp_path))
        assert added.state == "pending"
        assert len(added.unchecked) == 1

    def test_a_signature_that_does_not_hold_refuses_all(self, folder: Path) -> None:
        document = canonical.read(whole(folder))
        first, second = document["signatures"]
        first["signature"], second["signature"] = second["signature"], first["signature"]
        with pytest.raises(errors.BadSignedAgreement):
            add(canonical.write(document))

    def test_one_from_the_future_is_refused(self, folder: Path) -> None:
        with nodes.at("XB", folder):
            ahead = actions.sign(EXAMPLE, at=clock.real() + timedelta(hours=1)).jws
        with pytest.raises(errors.BadSignedAgreement):
            add(ahead)

    @pytest.mark.parametrize("member", ["header", "x"])
    def test_nothing_stands_outside_the_protected_header(self, folder: Path, member: str) -> None:
        document = canonical.read(whole(folder))
        document["signatures"][0][member] = {"a": 1}
        with pytest.raises(errors.BadSignedAgreement):
            add(canonical.write(document))

    def test_a_payload_that_is_not_canonical_is_refused(self, folder: Path) -> None:
        document = canonical.read(whole(folder))
        payload = jose.decode(document["payload"]).replace(b'{"basis"', b'{ "basis"')
        document["payload"] = jose.encode(payload)
        with pytest.raises(Problem) as refused:
            add(canonical.write(document))
        assert refused.value.type == "not-an-agreement"

    def test_another_text_under_the_same_version_is_refused(self, folder: Path) -> None:
        add(whole(folder))
        with pytest.raises(errors.AnotherText):
            add(of(title="Something else").canonical)


class TestAVersion:
    def test_that_is_higher_replaces_the_lower_once_it_is_signed(self, folder: Path) -> None:
        first = add(whole(folder)).digest
        second = add(signed_by_xb(folder, of(version=2).canonical)).digest
        assert queries.agreement(first, clock.real()).state == "in-force"
        actions.sign_here(digest=second, at=clock.real(), by="test")
        now = clock.real() + timedelta(seconds=1)
        assert queries.agreement(first, now).state == "superseded"
        assert queries.agreement(second, now).state == "in-force"
        assert [each.digest for each in queries.in_force("XB", now)] == [second]


class TestANotice:
    def give(self, digest: str, party: str, notice: str) -> str:
        return actions.notice(
            digest=digest, party=party, notice=notice, reason="test", at=clock.real()
        )

    def test_suspends_at_once_and_only_who_suspended_resumes(self, folder: Path) -> None:
        digest = add(whole(folder)).digest
        assert self.give(digest, "XB", "suspend") == "suspended"
        with pytest.raises(errors.NotItsNotice):
            self.give(digest, US, "resume")
        assert self.give(digest, "XB", "resume") == "in-force"

    def test_that_terminates_is_final(self, folder: Path) -> None:
        digest = add(whole(folder)).digest
        assert self.give(digest, US, "terminate") == "terminated"
        with pytest.raises(errors.NotItsNotice):
            self.give(digest, US, "resume")


class TestTheKeyOfPseudonyms:
    def test_stays_the_same(self) -> None:
        agreement = of().id
        assert queries.key(agreement) is None
        actions.set_key(agreement, bytes(32), at=clock.real())
        actions.set_key(agreement, bytes(32), at=clock.real())
        assert queries.key(agreement) == bytes(32)
        with pytest.raises(errors.BadKey):
            actions.set_key(agreement, bytes(31) + b"x", at=clock.real())
        with pytest.raises(errors.BadKey):
            actions.set_key(agreement, b"short", at=clock.real())


def test_what_may_i_send_is_answered_before_anybody_writes(folder: Path) -> None:
    add(whole(folder))
    offers = queries.permits(
        "XB",
        "org.tidewaiter.alert.shipment.v1",
        ["ipr-enforcement", "revenue"],
        documents.ALERT,
        documents.REQUIRED,
        clock.real(),
    )
    yes, no = offers
    assert (yes.permitted, yes.clause) == (True, "7.2")
    assert yes.obligations is not None
    assert yes.obligations.handling == "TLP:AMBER"
    assert ("goods.hs", "hs4") in yes.generalised
    assert "consignment.declarant.name" in yes.withheld
    assert not no.permitted
    assert no.reason.code == "purpose"
