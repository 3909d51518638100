"""The command, the REST API and the screens of agreements."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.agreements import documents, nodes
from tests.agreements.documents import ALERT, EXAMPLE
from tidewaiter import canonical, clock
from tidewaiter.agreements import actions, queries, schema
from tidewaiter.agreements.commands import agreements
from tidewaiter.identity import actions as identity

pytestmark = pytest.mark.django_db
PASSWORD = "a long pass phrase of nine words"
REQUEST = {
    "from": "XA",
    "to": "XB",
    "type": "org.tidewaiter.alert.shipment.v1",
    "purpose": "ipr-enforcement",
    "mode": "spontaneous",
    "handling": "TLP:AMBER",
    "needs": [],
    "data": ALERT,
}


def run(*args: object, code: int = 0) -> Any:
    result = CliRunner().invoke(agreements, [*map(str, args), "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    file = tmp_path / "agreement.yaml"
    file.write_bytes(EXAMPLE)
    return file


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """The example signed by both, XB being a partner of ours."""
    nodes.known("XB", tmp_path)
    with nodes.at("XB", tmp_path):
        theirs = actions.sign(EXAMPLE, at=clock.real()).jws
    return actions.sign(theirs, at=clock.real()).jws


@pytest.fixture
def digest(whole: bytes) -> str:
    return actions.add(whole, at=clock.real(), by="test").digest


class TestTheCommand:
    def test_checks(self, text: Path) -> None:
        found = run("check", text)
        assert found["ok"]
        assert (found["parties"], found["clauses"], found["errors"]) == (["XA", "XB"], 1, [])

    def test_names_errors_by_line(self, text: Path) -> None:
        text.write_bytes(EXAMPLE.replace(b"version: 1", b"version: x"))
        found = run("check", text, code=1)
        assert not found["ok"]
        assert found["errors"][0]["line"] == 3
        assert found["errors"][0]["path"] == "version"

    def test_signs_registers_lists_and_shows(self, text: Path, tmp_path: Path) -> None:
        nodes.known("XB", tmp_path)
        out = tmp_path / "agreement.jws"
        assert run("sign", text, "--out", out)["missing"] == ["XB"]
        added = run("add", out)
        assert (added["state"], added["signed_by"]) == ("pending", ["XA"])
        (listed,) = run("list")
        assert listed["digest"] == added["digest"]
        again = tmp_path / "again.jws"
        shown = run("show", added["digest"], "--out", again)
        assert shown["clauses"][0]["id"] == "7.2"
        assert canonical.read(again.read_bytes()) == canonical.read(out.read_bytes())

    def test_decides(self, text: Path, tmp_path: Path) -> None:
        request = tmp_path / "request.json"
        request.write_text(json.dumps(REQUEST))
        found = run("decide", "--agreement", text, "--request", request, "--at", documents.AT)
        assert found["permit"]
        assert found["clause"] == "7.2"
        assert found["obligations"]["retain_until"] == "2031-11-23T00:00:00.000Z"
        assert found["obligations"]["approval"] == "one"
        request.write_text(json.dumps({**REQUEST, "purpose": "revenue"}))
        refused = run("decide", "--agreement", text, "--request", request, code=1)
        assert not refused["permit"]
        assert "revenue" in refused["reason"]

    @pytest.mark.parametrize(
        ("args", "problem"),
        [
            (("check", "nothing.yaml"), "unreadable-file"),
            (("check", "/dev/zero"), "unreadable-file"),
            (("add", "/"), "unreadable-file"),
            (("show", "sha256:0"), "agreement-not-here"),
        ],
    )
    def test_refuses_by_name(self, args: tuple[str, ...], problem: str) -> None:
        assert run(*args, code=1)["type"].endswith("/" + problem)

    def test_refuses_a_request_that_is_none(self, text: Path, tmp_path: Path) -> None:
        request = tmp_path / "request.json"
        request.write_text('{"from": "XA", "form": 1}')
        found = run("decide", "--agreement", text, "--request", request, code=1)
        assert found["type"].endswith("/bad-request")


def signed_in(*roles: str) -> Client:
    name = "-".join(roles)
    at = clock.real()
    identity.add_person(name=name, roles=list(roles), password=PASSWORD, at=at)
    client = Client()
    answer = client.post("/sign-in/", {"username": name, "name": name, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client


def bearer(*roles: str) -> dict[str, str]:
    at = clock.real()
    identity.add_person(name="-".join(roles), roles=list(roles), at=at)
    return {"Authorization": "Bearer " + identity.add_token(name="-".join(roles), at=at).token}


class TestTheApi:
    def test_lists_and_shows_to_who_may_read(self, digest: str) -> None:
        headers, client = bearer("liaison"), Client()
        page = client.get("/api/v1/agreements", headers=headers).json()
        assert [each["digest"] for each in page["items"]] == [digest]
        assert page["items"][0]["state"] == "in-force"
        found = client.get(f"/api/v1/agreements/{digest}", headers=headers).json()
        assert found["articles"][0]["number"] == "7.2"
        answer = client.get(f"/api/v1/agreements/{digest}/document", headers=headers)
        assert answer.content == queries.jws(digest)

    def test_registers(self, whole: bytes) -> None:
        answer = Client().post(
            "/api/v1/agreements",
            whole,
            content_type="application/jose+json",
            headers=bearer("liaison"),
        )
        assert answer.status_code == 201, answer.content
        assert answer.json()["state"] == "in-force"

    def test_publishes_the_schema(self) -> None:
        answer = Client().get("/api/v1/agreements/schema", headers=bearer("officer"))
        assert answer.json() == schema.published()

    def test_says_what_may_be_sent(self, digest: str) -> None:
        question = {"to": "XB", "type": REQUEST["type"], "data": ALERT}
        found = Client().post(
            "/api/v1/agreements/permits",
            json.dumps(question),
            content_type="application/json",
            headers=bearer("liaison"),
        )
        permitted = [each["purpose"] for each in found.json() if each["permit"]]
        assert permitted == ["ipr-enforcement"]

    def test_is_closed_to_strangers_and_to_who_may_not(self, digest: str) -> None:
        assert Client().get("/api/v1/agreements").status_code == 401
        answer = Client().post(
            "/api/v1/agreements", b"x", content_type="text/plain", headers=bearer("auditor")
        )
        assert answer.status_code == 403


class TestTheScreens:
    def test_read_as_sentences_with_their_articles(self, digest: str) -> None:
        page = signed_in("liaison").get(f"/agreements/{digest}").content.decode()
        assert 'id="clause-7.2"' in page
        assert "XA and XB may tell each other of alerts about shipments and seizures" in page
        assert "What never leaves: the declarant." in page
        assert "One person releases each message." in page

    def test_list_them_by_state(self, digest: str) -> None:
        page = signed_in("liaison").get("/agreements/").content.decode()
        assert f"/agreements/{digest}" in page
        assert "in force" in page

    def test_say_what_to_do_where_there_is_none(self) -> None:
        assert (
            "Nothing leaves this node" in signed_in("liaison").get("/agreements/").content.decode()
        )

    def test_check_a_draft_and_keep_nothing(self) -> None:
        client = signed_in("liaison")
        file = SimpleUploadedFile("a.yaml", EXAMPLE.replace(b"offence, certainty,", b"offence,"))
        page = client.post("/agreements/register", {"file": file, "check": ""}).content.decode()
        assert "cannot carry any type of alert" in page
        assert queries.agreements(clock.real()) == []

    def test_register_and_sign(self) -> None:
        client = signed_in("liaison")
        file = SimpleUploadedFile("a.yaml", EXAMPLE)
        answer = client.post("/agreements/register", {"file": file, "register": ""})
        assert answer.status_code == 302
        (found,) = queries.agreements(clock.real())
        answer = client.post(f"/agreements/{found.digest}/sign", follow=True)
        assert answer.status_code == 200
        assert queries.agreement(found.digest, clock.real()).signed_by == (settings.ADMINISTRATION,)

    def test_refuse_a_bad_file_beside_its_field(self) -> None:
        client = signed_in("liaison")
        file = SimpleUploadedFile("a.yaml", b"a: *b\n")
        answer = client.post("/agreements/register", {"file": file, "register": ""})
        assert answer.status_code == 422
        assert "write the value out" in answer.content.decode()

    def test_answer_404_where_there_is_no_such_agreement(self) -> None:
        assert signed_in("liaison").get("/agreements/sha256:0").status_code == 404

    def test_are_closed_to_who_may_not(self, digest: str) -> None:
        assert signed_in("trader").get("/agreements/").status_code == 403
        assert Client().get("/agreements/").status_code == 302
        assert signed_in("auditor").post(f"/agreements/{digest}/sign").status_code == 403
