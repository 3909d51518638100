"""Partners: registered by thumbprint, suspended, resumed, removed; their old keys stay known."""

from datetime import timedelta

import pytest

from tests.identity.test_pinning import AT, OTHER, SIG, body, listed, signed, thumbprint
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
