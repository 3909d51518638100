"""The API's frame: its description, and every refusal as a problem document of RFC 9457."""

import json

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from ninja.errors import HttpError, ValidationError

from tidewaiter import clock
from tidewaiter.identity import actions
from tidewaiter.node import api
from tidewaiter.problem import Problem

PROBLEM = "application/problem+json"


@pytest.fixture
def caller(db: None) -> Client:
    actions.add_person(name="ann", roles=["auditor"], at=clock.real())
    token = actions.add_token(name="ann", at=clock.real()).token
    return Client(headers={"authorization": f"Bearer {token}"})


class TestTheDescription:
    def test_names_every_resource_and_loads_nothing_from_elsewhere(self, db: None) -> None:
        document = Client().get("/api/v1/openapi.json").json()
        assert document["openapi"].startswith("3.1")
        assert "/api/v1/tasks" in document["paths"]
        assert Client().get("/api/v1/docs").status_code == 404

    def test_every_operation_says_what_it_is_for(self, db: None) -> None:
        paths = Client().get("/api/v1/openapi.json").json()["paths"]
        silent = [
            f"{method} {path}"
            for path, methods in paths.items()
            for method, operation in methods.items()
            if not operation.get("description")
        ]
        assert silent == []


class TestARefusal:
    def test_of_an_address_that_is_not_there(self, caller: Client) -> None:
        answer = caller.get("/api/v1/nothing")
        assert answer["Content-Type"] == PROBLEM
        assert answer.json()["type"].endswith("/not-found")
        assert (answer.status_code, answer.json()["status"]) == (404, 404)

    def test_of_a_method_that_is_not_taken_names_those_that_are(self, caller: Client) -> None:
        answer = caller.delete("/api/v1/tasks")
        assert answer["Content-Type"] == PROBLEM
        assert answer.json()["type"].endswith("/method-not-allowed")
        assert answer["Allow"] == "GET"

    def test_is_worded_in_the_readers_language(self, caller: Client) -> None:
        answer = caller.get("/api/v1/nothing", headers={"accept-language": "fr"})
        if answer.json()["title"] == "There is nothing here":
            pytest.skip("the catalogues are not compiled: make install")
        assert answer.json()["title"] == "Il n’y a rien ici"

    def test_without_a_token_asks_for_one(self, db: None) -> None:
        answer = Client().get("/api/v1/tasks")
        assert answer.status_code == 401
        assert answer["Content-Type"] == PROBLEM
        assert answer["WWW-Authenticate"] == "Bearer"


class TestAHandler:
    request = RequestFactory().get("/api/v1/somewhere")

    def test_names_field_and_rule_of_what_does_not_fit(self) -> None:
        wrong = {"loc": ("body", "data", "value"), "type": "int_parsing", "msg": "no number"}
        answer = api.misfit(self.request, ValidationError([wrong]))
        document = json.loads(answer.content)
        assert answer.status_code == 422
        assert document["errors"] == [
            {"field": "body.data.value", "rule": "int_parsing", "message": "no number"}
        ]
        assert "body.data.value" in document["detail"]
        assert document["remedy"]

    def test_passes_a_rooms_refusal_on(self) -> None:
        answer = api.refuse(self.request, Problem(reason="because"))
        assert json.loads(answer.content)["detail"] == "because"
        assert answer["Content-Type"] == PROBLEM

    def test_words_what_the_framework_refuses(self) -> None:
        answer = api.plain(self.request, HttpError(400, "Cannot parse request body"))
        assert answer.status_code == 400
        assert json.loads(answer.content)["type"].endswith("/invalid-request")

    def test_of_a_fault_tells_a_number_and_no_secret(self) -> None:
        answer = api.unexpected(self.request, ZeroDivisionError("a secret"))
        document = json.loads(answer.content)
        assert answer.status_code == 500
        assert len(document["event"]) == 12
        assert "secret" not in answer.content.decode()


class TestADatabaseThatTakesNothing:
    """The disk is full, say: whoever asks is told so, wherever in the node it was met."""

    @staticmethod
    def full(*given: object, **named: object) -> None:
        raise OperationalError("database or disk is full")

    def told(self, answer: HttpResponse) -> None:
        assert answer.status_code == 503
        assert answer["Content-Type"] == PROBLEM
        assert answer["Retry-After"] == "10"
        assert json.loads(answer.content)["type"].endswith("/unwritable")

    def test_is_told_by_an_operation(self, caller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tidewaiter.identity.queries.partners", self.full)
        self.told(caller.get("/api/v1/partners"))

    def test_is_told_where_what_was_read_cannot_be_noted(
        self, caller: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        caller.raise_request_exception = False
        monkeypatch.setattr("tidewaiter.identity.actions.write_reading", self.full)
        self.told(caller.get("/api/v1/partners"))

    def test_is_told_to_partners(self, caller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        caller.raise_request_exception = False
        monkeypatch.setattr("tidewaiter.exchange.actions.receive", self.full)
        self.told(caller.post("/exchange/v1/messages", "x", content_type="application/jose"))

    def test_is_another_thing_than_a_fault_of_ours(
        self, caller: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def wrong(*given: object) -> None:
            raise ZeroDivisionError

        caller.raise_request_exception = False
        monkeypatch.setattr("tidewaiter.identity.actions.write_reading", wrong)
        answer = caller.get("/api/v1/partners")
        assert answer.status_code == 500
        assert answer.json()["type"].endswith("/unexpected")


@pytest.mark.django_db
class TestHealth:
    def test_ready_says_what_it_looked_at(self) -> None:
        answer = Client().get("/readyz")
        assert answer.status_code == 200
        assert answer.json()["ok"] is True

    def test_metrics_are_for_this_machine_alone(self) -> None:
        assert Client(REMOTE_ADDR="203.0.113.7").get("/metrics").status_code == 403
        assert b"tidewaiter_jobs" in Client().get("/metrics").content
