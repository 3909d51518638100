"""`NO`, `0101` and `7.10` stay Norway, horses and a clause: in YAML, JSON, signed, sent, shown."""

import json
from datetime import timedelta
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tests.agreements.test_faces import signed_in
from tests.exchange.partner import Partner
from tests.exchange.test_treaties import says, signed_by, told
from tidewaiter import canonical, clock, jose
from tidewaiter.agreements import document, queries, signing
from tidewaiter.cli.main import main
from tidewaiter.exchange import actions, errors
from tidewaiter.exchange.models import Outbound
from tidewaiter.exchange.treaties import actions as treaties
from tidewaiter.identity import actions as identity

pytestmark = pytest.mark.django_db
TEXT = b"""\
tidewaiter: agreement/1
id: 019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c01
version: 1
title: Arvenia and Norway, live horses
kind: mou
parties: [NO, XA]
from: 2026-01-01
clauses:
  - id: 7.10
    disclosers: [XA, NO]
    recipients: [NO, XA]
    categories: [alert]
    purposes: [customs-enforcement]
    modes: [spontaneous]
    when:
      - {field: goods.hs, under: [0101]}
    fields:
      allow: [alert, offence, certainty, validuntil, goods]
    handling: TLP:AMBER
    retention: {days: 30}
    onward: [NO]
    approval: none
"""
HORSES: dict[str, Any] = {
    "alert": "XA-7.10",
    "offence": "smuggling",
    "certainty": "suspected",
    "validuntil": "2027-03-01T00:00:00.000Z",
    "goods": [{"hs": "010121", "description": "NO", "marks": ["0101", "7.10"], "origin": "NO"}],
}


@pytest.fixture
def norway(db: None) -> Partner:
    made = Partner("NO", at=clock.real() - timedelta(minutes=5))
    identity.add_partner(document=made.document(), thumbprint=made.thumbprint(), at=made.at)
    return made


def means(agreement: document.Agreement) -> None:
    (clause,) = agreement.clauses
    assert agreement.parties == ("NO", "XA")
    assert (clause.id, clause.when[0].values, clause.onward_to) == ("7.10", ("0101",), ("NO",))


def test_through_yaml_canonical_form_json_and_yaml_again() -> None:
    read = document.read(TEXT)
    means(read)
    data = json.loads(read.canonical)
    for text in (
        json.dumps(data, indent=2),
        yaml.safe_dump(data),  # as another program writes it, with quotes
        yaml.safe_dump(data).replace("'", ""),  # as people write it, with none
        yaml.safe_dump(data, default_style='"').replace("!!int ", ""),  # all in quotes
    ):
        again = document.read(text.encode())
        means(again)
        assert again.digest == read.digest


def test_through_a_signature_the_wire_a_message_and_the_screen(norway: Partner) -> None:
    read = document.read(TEXT)
    member = norway.member(read.canonical, typ=signing.TYP)
    proposal = {"payload": jose.encode(read.canonical), "signatures": [member]}
    assert says(norway, treaties.PROPOSAL, proposal) == "accepted"
    treaties.accept(digest=read.digest, at=clock.real(), by="ada")
    found = queries.agreement(read.digest, clock.real())
    means(found.agreement)
    assert (found.state, found.signed_by) == ("in-force", ("NO", "XA"))
    assert told(treaties.SIGNATURE)[0]["digest"] == read.digest

    sent = actions.send(
        data=HORSES,
        to="NO",
        type="org.tidewaiter.alert.shipment.v1",
        purpose="customs-enforcement",
        handling="TLP:AMBER",
        by="ada",
        at=clock.real(),
    )
    event = canonical.read(jose.read(Outbound.objects.get(message_id=sent.id).jws).payload)
    assert (event["recipient"], event["clause"], event["data"]) == ("NO", "7.10", HORSES)

    page = signed_in("liaison").get(f"/agreements/{read.digest}").content.decode()
    assert 'id="clause-7.10"' in page
    assert "NO and XA" in page
    assert "begins with 0101." in page
    shown = CliRunner().invoke(main, ["agreements", "show", read.digest, "--json"])
    told_ = json.loads(shown.stdout)
    assert (told_["parties"], told_["clauses"][0]["id"]) == (["NO", "XA"], "7.10")


def test_other_horses_are_refused(norway: Partner) -> None:
    """`0101` is no 101: the prefix holds as text."""
    read = document.read(TEXT)
    data = signed_by(norway, json.loads(read.canonical))
    assert says(norway, treaties.PROPOSAL, data) == "accepted"
    treaties.accept(digest=read.digest, at=clock.real(), by="ada")
    ask: dict[str, Any] = {
        "to": "NO",
        "type": "org.tidewaiter.alert.shipment.v1",
        "purpose": "customs-enforcement",
        "handling": "TLP:AMBER",
        "by": "ada",
        "at": clock.real(),
    }
    with pytest.raises(errors.NotPermitted, match="condition"):
        actions.send(data={**HORSES, "goods": [{"hs": "1010"}]}, **ask)
