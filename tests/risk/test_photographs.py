"""Photographs of an inspection go with the report of what was seized, and tell nothing else."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.agreements.test_faces import signed_in
from tests.documents.papers import AT, taken
from tests.exchange import conftest, files
from tests.exchange.conftest import xb  # noqa: F401 (fixtures)
from tests.exchange.partner import Partner
from tidewaiter import clock, jose
from tidewaiter.agreements import actions as agreements
from tidewaiter.agreements import document, signing
from tidewaiter.controls import actions as controls
from tidewaiter.controls import queries as controlled
from tidewaiter.documents import actions as documents
from tidewaiter.exchange import errors as exchange_errors
from tidewaiter.exchange import queries as exchange
from tidewaiter.exchange.attachments import queries as attached
from tidewaiter.identity import viewer
from tidewaiter.keys import actions as keys
from tidewaiter.risk import actions
from tidewaiter.risk.partners import queries as said

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()
POWER = "Customs Code, Art. 188"
ALLOW = ["seizure", "date", "offence", "goods", "consignment"]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings: Any) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture
def agree(xb: Partner) -> Any:  # noqa: F811
    """Have both sign an agreement on seizures that lets these fields out."""

    def sign(*allow: str) -> None:
        fields = {"allow": [*ALLOW, *allow]}
        clause = {**conftest.CLAUSE, "categories": ["seizure"], "fields": fields}
        read = document.read(json.dumps({**conftest.TEXT, "clauses": [clause]}).encode())
        theirs = xb.member(read.canonical, typ=signing.TYP)
        ours = keys.sign_member(read.canonical, header=signing.header(xb.at))
        both = {"payload": jose.encode(read.canonical), "signatures": [theirs, ours]}
        agreements.add(json.dumps(both).encode(), at=clock.real(), by="test")

    return sign


@pytest.fixture
def seized() -> str:
    """A declaration whose goods were seized, with two photographs."""
    reference = documents.take([taken("L-1")], at=AT, by="test").taken[0].reference
    controls.record(
        reference=reference,
        result="not-conform",
        offence="counterfeit",
        marks=["NORDVIK"],
        power=POWER,
        by=COMMAND,
        at=AT + timedelta(hours=1),
        photographs=[
            controls.Image("officer-ada-at-quay-7.jpg", files.photograph()),
            controls.Image("label.png", files.photograph("PNG")),
        ],
    )
    controls.seize(reference=reference, power=POWER, by=COMMAND, at=AT + timedelta(hours=2))
    return reference


def report(reference: str, *, photographs: bool = True) -> actions.Alerted:
    return actions.send_report(
        reference=reference, to="XB", by=COMMAND, at=clock.real(), photographs=photographs
    )


def test_they_go_by_number_without_their_names(agree: Any, seized: str) -> None:
    agree("attachments")
    sent = report(seized)
    shown = attached.attachments(COMMAND, exchange_id(sent))
    assert [each.name for each in shown] == ["1.jpg", "2.png"]
    event = exchange.message(COMMAND, exchange_id(sent), at=clock.real()).event
    text = json.dumps(event)
    assert "quay" not in text
    assert "officer-ada" not in text  # three letters alone may stand in a digest
    (row,) = said.alerts()
    assert row.number == sent.alert


def test_they_stay_where_nobody_asks_for_them(agree: Any, seized: str) -> None:
    agree("attachments")
    assert attached.attachments(COMMAND, exchange_id(report(seized, photographs=False))) == []


def test_a_clause_that_withholds_them_is_a_refusal_and_nothing_is_noted(
    agree: Any, seized: str
) -> None:
    agree()
    with pytest.raises(exchange_errors.NotPermitted) as refused:
        report(seized)
    assert "attachments" in refused.value.line()
    assert said.alerts() == []
    assert report(seized, photographs=False).state == "waiting"


def test_the_screen_offers_them_with_the_report(agree: Any, seized: str) -> None:
    agree("attachments")
    assert len(controlled.photographs(seized)) == 2
    client: Client = signed_in("liaison", "officer")
    place = f"/declarations/{seized}/alert"
    page = client.get(f"{place}?to=XB")
    assert 'name="photographs"' in page.content.decode()
    form = {"to": "XB", "offence": "counterfeit", "certainty": "confirmed", "kind": "seizure"}
    done = client.post(f"{place}?to=XB", {**form, "photographs": "on"})
    assert done.status_code == 302
    (row,) = exchange.messages(COMMAND, "out")
    assert len(attached.attachments(COMMAND, row.id)) == 2


def exchange_id(sent: actions.Alerted) -> Any:
    return UUID(sent.id)
