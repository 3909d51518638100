"""The screens and the API of risk and controls, as people of each role meet them."""

import json

import pytest
from django.test import Client

from tests.documents.papers import AT, taken
from tests.risk.test_assessing import alert
from tidewaiter.documents import actions as documents
from tidewaiter.documents import queries as declarations
from tidewaiter.identity import actions as identity
from tidewaiter.risk import messages

pytestmark = pytest.mark.django_db


@pytest.fixture
def reference() -> str:
    identity.add_office(code="XA001", name="Port")
    messages.raise_signals(alert())
    report = documents.take([taken("L-1")], at=AT, by="test")
    return next(iter(declarations.references(report.ids).values()))


@pytest.fixture
def officer(reference: str) -> Client:
    identity.add_person(
        name="olga", roles=["supervisor"], office="XA001", password="a long enough word", at=AT
    )
    client = Client()
    client.post("/sign-in/", {"name": "olga", "password": "a long enough word"})
    return client


def test_the_workbench_shows_the_red_consignment_and_whose_word_it_was(
    officer: Client, reference: str
) -> None:
    page = officer.get("/").content.decode()
    assert reference in page
    assert "XB warned of this trader with such goods" in page


def test_the_consignment_says_why_and_what_to_do_next(officer: Client, reference: str) -> None:
    page = officer.get(f"/declarations/{reference}").content.decode()
    assert "Why it is red" in page
    assert "What partners said" in page
    assert "What to do next" in page


def test_an_inspection_is_recorded_seized_and_shown(officer: Client, reference: str) -> None:
    address = f"/inspections/{reference}/"
    assert officer.get(address).status_code == 200
    refused = officer.post(address, {"result": "not-conform", "power": "Art. 188"})
    assert refused.status_code == 422
    found = {"result": "not-conform", "offence": "counterfeit", "marks": "NORDVIK", "power": "A 1"}
    assert officer.post(address, found).status_code == 302
    assert officer.post(f"/inspections/{reference}/seize", {"power": "Art. 198"}).status_code == 302
    page = officer.get(f"/declarations/{reference}").content.decode()
    assert "Inspected: not conform" in page
    assert "Seized, XA-S-2026-000001" in page or "Seized, " in page


def test_lists_answer_in_both_languages(officer: Client, reference: str) -> None:
    for path in ("/", "/inspections/", "/alerts/", f"/declarations/{reference}/alert"):
        for language in ("en", "fr"):
            assert officer.get(path, HTTP_ACCEPT_LANGUAGE=language).status_code == 200, path


def test_the_api_records_releases_and_explains(reference: str) -> None:
    identity.add_person(
        name="bot", roles=["supervisor"], office="XA001", password="a long enough word", at=AT
    )
    token = identity.add_token(name="bot", at=AT).token
    client = Client(HTTP_AUTHORIZATION=f"Bearer {token}")
    why = client.get(f"/api/v1/assessments/{reference}").json()
    assert why["lane"] == "red"
    told = {"reference": reference, "result": "conform"}
    made = client.post("/api/v1/inspections", json.dumps(told), content_type="application/json")
    assert made.status_code == 201
    released = client.post(
        "/api/v1/releases",
        json.dumps({"references": [reference, "26XA000"]}),
        content_type="application/json",
    ).json()
    assert released["released"] == [reference]
    assert [one["reference"] for one in released["refused"]] == ["26XA000"]
