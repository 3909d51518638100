"""Commands and REST doors of messages: withdraw, status with gaps, show with what was before."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from tests.exchange.partner import Partner
from tests.exchange.test_receiving import alert, outcomes
from tests.exchange.test_sending import send
from tidewaiter import clock
from tidewaiter.cli.main import main
from tidewaiter.exchange.models import Outbound
from tidewaiter.identity import actions as identity

pytestmark = pytest.mark.django_db


def command(*arguments: str, code: int = 0) -> Any:
    """What `exchange …` prints as JSON."""
    done = CliRunner().invoke(main, ["exchange", *arguments, "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def test_withdraw_takes_a_message_back_once(agreement: str) -> None:
    sent = send()
    assert command("withdraw", str(sent.id)) == {"id": str(sent.id), "state": "withdrawn"}
    again = command("withdraw", str(sent.id), code=1)
    assert again["type"].endswith("/not-to-withdraw")
    assert command("status", str(sent.id))["messages"][0]["state"] == "withdrawn"


def test_status_shows_gaps_and_when_they_were_asked_for(xb: Partner, agreement: str) -> None:
    xb.serial = 4
    outcomes(xb.line(alert(xb, agreement)))
    gap = {"from": "XB", "first": 1, "last": 4, "asked": None}
    assert command("status")["gaps"] == [gap]


def test_show_names_what_was_signed_before(agreement: str) -> None:
    sent = send()
    assert command("show", str(sent.id))["former"] == []


def test_a_message_is_withdrawn_by_rest(client: Client, agreement: str) -> None:
    sent = send()
    identity.add_person(name="lia", roles=["liaison"], at=clock.real())
    token = identity.add_token(name="lia", at=clock.real()).token
    answer = client.post(
        f"/api/v1/messages/{sent.id}/withdraw", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "withdrawn"
    assert Outbound.objects.get(message_id=sent.id).detail == "lia"
