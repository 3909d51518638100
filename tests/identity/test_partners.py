"""Partners: registered by thumbprint, suspended, resumed, removed; their old keys stay known."""

from datetime import timedelta
from typing import Any

import pytest

from tests.identity.test_pinning import (
    AT,
    ENC,
    OTHER,
    RECOVERY,
    SIG,
    THIEF,
    body,
    listed,
    signed,
    thumbprint,
)
from tidewaiter import clock
from tidewaiter.identity import actions, errors, queries

pytestmark = pytest.mark.django_db


def add() -> queries.Partner:
    return actions.add_partner(document=signed(body()), thumbprint=thumbprint(), at=AT)


def test_a_partner_is_registered_by_its_thumbprint() -> None:
    partner = add()
    assert (partner.administration, partner.state, partner.name) == (
        "XB",
        "active",
        "Customs of Belmora",
    )
    assert queries.partners() == [partner]


def test_the_same_partner_again_changes_nothing() -> None:
    add()
    assert add().thumbprint == thumbprint()
    assert len(queries.partners()) == 1


def test_a_partner_founded_anew_is_not_taken_for_the_old_one() -> None:
    add()
    keys = [listed("XB-1", "sig", OTHER), *body()["keys"][1:]]
    anew = signed(body(keys=keys), OTHER)
    with pytest.raises(errors.PartnerKnown):
        actions.add_partner(document=anew, thumbprint=thumbprint(OTHER), at=AT)


def test_this_node_is_no_partner_of_its_own() -> None:
    with pytest.raises(errors.BadDocument):
        actions.add_partner(
            document=signed(body(administration="XA")), thumbprint=thumbprint(), at=AT
        )


def test_a_wrong_thumbprint_registers_nobody() -> None:
    with pytest.raises(errors.BadDocument):
        actions.add_partner(document=signed(body()), thumbprint="x", at=AT)
    assert queries.partners() == []


def test_a_partner_is_suspended_and_resumed() -> None:
    add()
    assert not actions.suspend_partner(administration="XB").active
    assert not actions.suspend_partner(administration="XB").active
    assert actions.resume_partner(administration="XB").active


def test_a_removed_partner_leaves_the_keys_it_once_signed_with() -> None:
    add()
    actions.remove_partner(administration="XB")
    assert queries.partner("XB") is None
    assert queries.signing_key("XB", "XB-1") is None
    assert queries.keys_of("XB", "XB-1") is not None


def test_nobody_is_no_partner() -> None:
    for action in (actions.suspend_partner, actions.resume_partner, actions.remove_partner):
        with pytest.raises(errors.UnknownPartner):
            action(administration="XQ")


def test_a_rotation_pins_the_new_key_and_keeps_the_old_one_known() -> None:
    add()
    keys = [listed("XB-2", "sig", OTHER), *body()["keys"]]
    newer = signed(body(keys=keys, issued=clock.text(AT + timedelta(days=1))), SIG)
    assert actions.take_document(administration="XB", document=newer, at=AT) is True
    assert actions.take_document(administration="XB", document=newer, at=AT) is False
    assert queries.signing_key("XB", "XB-2") is not None
    assert queries.signing_key("XB", "XB-1") is not None
    without = [keys[0], *keys[2:]]
    last = body(keys=without, issued=clock.text(AT + timedelta(days=33)))
    document = signed(last, OTHER, "XB-2")
    assert actions.take_document(administration="XB", document=document, at=AT) is True
    assert queries.signing_key("XB", "XB-1") is None
    assert queries.keys_of("XB", "XB-1") is not None


def test_a_message_is_sealed_to_the_valid_key_by_its_name() -> None:
    add()
    key = queries.enc_key("XB", AT)
    assert key is not None
    assert (key["kid"], key["crv"]) == ("XB-e1", "X25519")
    assert queries.enc_key("XQ", AT) is None


def test_a_word_from_the_partner_is_noted() -> None:
    add()
    actions.seen("XB", AT)
    partner = queries.partner("XB")
    assert partner is not None
    assert partner.last_seen == AT


def take(document: str) -> bool:
    return actions.take_document(administration="XB", document=document, at=AT)


def at(days: float, **changed: Any) -> dict[str, Any]:
    return body(issued=clock.text(AT + timedelta(days=days)), **changed)


def revoke(kid: str, reason: str = "stolen") -> bool:
    return actions.take_revocation(
        administration="XB", kid=kid, since=AT - timedelta(days=3), reason=reason,
        message_id="019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c01", at=AT,
    )  # fmt: skip


TWO = [listed("XB-2", "sig", OTHER), listed("XB-e2", "enc", ENC), *body()["keys"][::2]]


def test_a_document_is_judged_as_it_would_be_taken() -> None:
    add()
    good, bad = signed(at(1)), signed(at(1), OTHER)
    assert actions.judge_document(administration="XB", document=good, at=AT) is None
    with pytest.raises(errors.BadDocument):
        actions.judge_document(administration="XB", document=bad, at=AT)
    assert len(queries.documents("XB")) == 1
    with pytest.raises(errors.BadDocument):
        take(bad)
    with pytest.raises(errors.UnknownPartner):
        actions.take_document(administration="XQ", document=good, at=AT)


def test_an_older_document_is_refused_though_we_once_held_it() -> None:
    add()
    assert take(signed(at(1)))
    with pytest.raises(errors.BadDocument, match="newer"):
        take(signed(body()))


def test_every_document_that_was_held_is_kept_with_who_signed_it() -> None:
    add()
    assert take(signed(at(1, keys=TWO)))
    assert take(signed(at(0.5, keys=[*TWO[:2], TWO[3]]), RECOVERY, "XB-r"))
    kept = [(each.signer, each.by_recovery) for each in queries.documents("XB")]
    assert kept == [("XB-1", False), ("XB-r", True), ("XB-1", False)]
    assert queries.signing_key("XB", "XB-1") is None
    assert queries.known_key("XB", "XB-1") is not None


def test_a_document_by_the_recovery_key_is_not_taken_again_after_others() -> None:
    add()
    once = signed(at(1, keys=[*TWO[:2], TWO[3]]), RECOVERY, "XB-r")
    assert take(once)
    later = [listed("XB-3", "sig", THIEF), *TWO[:2], TWO[3]]
    assert take(signed(at(2, keys=later), OTHER, "XB-2"))
    assert take(signed(at(40, keys=[later[0], *later[2:]]), THIEF, "XB-3"))
    with pytest.raises(errors.BadDocument, match="newer"):
        take(once)


def test_from_a_revocation_on_the_key_signs_nothing_whatever_the_time() -> None:
    add()
    take(signed(at(1, keys=TWO)))
    assert revoke("XB-1") is True
    assert revoke("XB-1", "again") is False
    assert queries.signing_key("XB", "XB-1") is None
    assert queries.signing_key("XB", "XB-2") is not None
    with pytest.raises(errors.BadDocument, match="pinned"):
        take(signed(at(2, keys=TWO)))
    (found,) = queries.revocations("XB")
    assert (found.kid, found.reason) == ("XB-1", "stolen")
    assert (found.since, found.received) == (AT - timedelta(days=3), AT)
    assert queries.revoked("XB", "XB-1") == found
    assert queries.revoked("XB", "XB-2") is None
    assert queries.revoked("XB", "XB-0") is None
    assert queries.known_key("XB", "XB-1") is not None  # for what was taken before


def test_a_revoked_key_to_seal_with_is_passed_over() -> None:
    add()
    sig, _, recovery = body()["keys"]
    take(signed(at(1, keys=[sig, listed("XB-e2", "enc", ENC), recovery])))
    key = queries.enc_key("XB", AT)
    assert key is not None
    assert key["kid"] == "XB-e2"
    assert revoke("XB-e2")
    assert queries.enc_key("XB", AT) is None


def test_a_revoked_key_stays_revoked_under_another_name_and_for_a_new_registration() -> None:
    add()
    take(signed(at(1, keys=TWO)))
    revoke("XB-1")
    again = [listed("XB-7", "sig", SIG), *TWO]
    take(signed(at(2, keys=again), OTHER, "XB-2"))
    assert queries.signing_key("XB", "XB-7") is None
    actions.remove_partner(administration="XB")
    with pytest.raises(errors.BadDocument, match="revoked"):
        add()


@pytest.mark.parametrize("kid", ["XB-r", "XB-0", ""])
def test_the_recovery_key_and_what_is_no_key_are_not_revoked(kid: str) -> None:
    add()
    assert queries.revocable("XB", kid) != ""
    with pytest.raises(errors.BadRevocation):
        revoke(kid)
    assert queries.revocations("XB") == []


def test_a_partner_is_known_by_a_certificate_that_it_alone_names() -> None:
    mine, shared = "sha256:" + "a" * 64, "sha256:" + "b" * 64
    document = signed(body(tls=[mine, shared]))
    actions.add_partner(document=document, thumbprint=thumbprint(), at=AT)
    assert queries.partner_by_tls(shared) == "XB"
    keys = [listed("XC-1", "sig", THIEF), listed("XC-e", "enc", ENC)]
    other = signed(body(administration="XC", keys=keys, tls=[shared]), THIEF, "XC-1")
    actions.add_partner(document=other, thumbprint=thumbprint(THIEF), at=AT)
    assert queries.partner_by_tls(mine) == "XB"
    assert queries.partner_by_tls(shared) is None  # it tells nothing any more
    assert queries.partner_by_tls("sha256:" + "c" * 64) is None
