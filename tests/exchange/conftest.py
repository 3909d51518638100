"""XA (this node) and XB (a partner in memory) under an agreement that both signed."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.exchange.partner import Partner
from tidewaiter import clock, jose
from tidewaiter.agreements import actions as agreements
from tidewaiter.agreements import document, signing
from tidewaiter.identity import actions as identity
from tidewaiter.keys import actions as keys

CLAUSE: dict[str, Any] = {
    "id": "1",
    "title": "Warnings",
    "disclosers": ["XA", "XB"],
    "recipients": ["XA", "XB"],
    "categories": ["alert"],
    "purposes": ["ipr-enforcement"],
    "modes": ["spontaneous"],
    "fields": {
        "allow": ["alert", "offence", "certainty", "validuntil", "goods", "attachments"],
        "withhold": ["goods.value"],
    },
    "handling": "TLP:AMBER",
    "retention": {"days": 365},
    "approval": "none",
}
TEXT: dict[str, Any] = {
    "tidewaiter": "agreement/1",
    "id": "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c01",
    "version": 1,
    "title": "Warnings of counterfeits",
    "kind": "mutual-assistance",
    "parties": ["XA", "XB"],
    "from": "2026-01-01",
    "clauses": [
        CLAUSE,
        {**CLAUSE, "id": "2", "purposes": ["customs-enforcement"], "approval": "one"},
        {**CLAUSE, "id": "3", "purposes": ["security"], "approval": "two"},
    ],
}
ALERT: dict[str, Any] = {
    "alert": "XA-2026-000001",
    "offence": "counterfeit",
    "certainty": "suspected",
    "validuntil": "2027-03-01T00:00:00.000Z",
    "goods": [{"hs": "640411", "description": "Shoes", "value": {"amount": "9.00"}}],
}


@pytest.fixture
def xb(db: None) -> Partner:
    """A partner of ours, known a while."""
    made = Partner("XB", at=clock.real() - timedelta(minutes=5))
    identity.add_partner(document=made.document(), thumbprint=made.thumbprint(), at=made.at)
    return made


@pytest.fixture
def agreement(xb: Partner) -> str:
    """The digest of an agreement in force between the two."""
    read = document.read(json.dumps(TEXT).encode())
    theirs = xb.member(read.canonical, typ=signing.TYP)
    ours = keys.sign_member(read.canonical, header=signing.header(xb.at))
    signed = {"payload": jose.encode(read.canonical), "signatures": [theirs, ours]}
    added = agreements.add(json.dumps(signed).encode(), at=clock.real(), by="test")
    assert added.state == "in-force"
    return added.digest
