"""The read-audit: one row a request, names as digests, nothing shown that was not noted."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tidewaiter import clock
from tidewaiter.identity import actions, commands, models, queries, viewer
from tidewaiter.identity.middleware import IdentityMiddleware

pytestmark = pytest.mark.django_db
OFFICER = viewer.person("ada", frozenset({"officer"}), "P1")


def note(kind: str = "documents.declaration", *about: str, **more: object) -> None:
    actions.audit(OFFICER, kind, ["XA-1"], about or ("Brightway Trading Co.",), clock.real())


def test_tells_who_was_shown_the_data_of_a_party_however_it_is_written() -> None:
    note()
    found = queries.readings(subject="BRIGHTWAY TRADING CO")
    assert [row.person for _, row in found] == ["ada"]
    assert queries.readings(subject="Somebody Else") == []


def test_keeps_no_name_of_a_party() -> None:
    note()
    row = models.Reading.objects.get()
    assert "bright" not in (row.subjects + json.dumps(row.references)).lower()


def test_counts_the_same_screen_looked_at_again_on_the_same_row() -> None:
    at = clock.real()
    for minutes in (0, 1, 5, 30):
        moment = at + timedelta(minutes=minutes)
        actions.audit(OFFICER, "documents.list", ["XA-1"], [], moment)
    assert [row.times for _, row in queries.readings()] == [1, 3]


def test_pages_on_and_filters() -> None:
    for number in range(5):
        actions.audit(OFFICER, "documents.list", [f"XA-{number}"], [], clock.real())
    first = queries.readings(limit=2)
    assert [row.references[0] for _, row in first] == ["XA-4", "XA-3"]
    rest = queries.readings(limit=9, before=first[-1][0])
    assert [row.references[0] for _, row in rest] == ["XA-2", "XA-1", "XA-0"]
    assert queries.readings(person="eve") == []
    assert queries.readings(since=clock.real() + timedelta(hours=1)) == []


def request() -> HttpRequest:
    made = RequestFactory().get("/")
    made.user = models.Person(name="ada")
    return made


def test_is_one_row_a_request() -> None:
    def view(asked: HttpRequest) -> HttpResponse:
        note("documents.list", "A", "B")
        note("documents.declaration", "B", "C")
        return HttpResponse()

    IdentityMiddleware(view)(request())
    row = models.Reading.objects.get()
    assert row.kind == "documents.list documents.declaration"
    assert len(row.subjects.split()) == 3
    assert row.references == ["XA-1"]


def test_shows_nothing_that_it_could_not_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def view(asked: HttpRequest) -> HttpResponse:
        note()
        return HttpResponse("secret")

    def full(*arguments: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(actions, "write_reading", full)
    with pytest.raises(OSError, match="disk full"):
        IdentityMiddleware(view)(request())


def test_is_read_by_command() -> None:
    note()
    listed = CliRunner().invoke(commands.audit, ["list", "--person", "ada", "--json"])
    assert json.loads(listed.stdout)[0]["kind"] == "documents.declaration"
    about = CliRunner().invoke(commands.audit, ["subject", "brightway trading", "--json"])
    assert json.loads(about.stdout)[0]["person"] == "ada"


def test_is_read_on_the_screen_by_the_auditor() -> None:
    note()
    actions.add_person(name="otto", roles=["auditor"], at=clock.real())
    client = Client()
    client.force_login(models.Person.objects.get(name="otto"))
    answer = client.get("/audit/", {"person": "ada", "subject": "Brightway Trading"})
    assert "documents.declaration" in answer.content.decode()
    assert client.get("/audit/", {"before": "x", "since": "never"}).status_code == 200


class TestTheCommands:
    def run(self, group: object, *words: str, given: str = "") -> object:
        done = CliRunner().invoke(group, [*words, "--json"], input=given)  # type: ignore[arg-type]
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def test_add_list_and_disable_people(self) -> None:
        words = ("add", "ada", "--role", "officer", "--office", "P1", "--password-stdin")
        self.run(commands.users, *words, given="a harbour at low tide\n")
        assert self.run(commands.users, "list")[0]["office"] == "P1"  # type: ignore[index]
        assert self.run(commands.users, "disable", "ada")["changed"] is True  # type: ignore[index]
        assert self.run(commands.users, "disable", "ada")["changed"] is False  # type: ignore[index]

    def test_add_and_revoke_tokens(self) -> None:
        actions.add_person(name="ada", roles=["officer"], at=clock.real())
        made = self.run(commands.tokens, "add", "ada")
        assert actions.bearer(made["token"], clock.real()) is not None  # type: ignore[index]
        self.run(commands.tokens, "revoke", str(made["id"]))  # type: ignore[index]
        assert actions.bearer(made["token"], clock.real()) is None  # type: ignore[index]

    def test_refuse_with_a_problem_document(self) -> None:
        done = CliRunner().invoke(commands.tokens, ["add", "nobody", "--json"])
        assert done.exit_code == 1
        assert json.loads(done.stdout)["type"].endswith("/unknown-person")
