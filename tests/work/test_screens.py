"""The screens of `work`: who sees what failed and tries it again, and who sees which tasks."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tidewaiter import clock
from tidewaiter.identity import actions as identity
from tidewaiter.permission import Permission
from tidewaiter.work import actions, backoff, kinds, queries

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
LOOK = kinds.TaskKind(sentence="Look at {reference}", permission=Permission.TASK_READ)
pytestmark = pytest.mark.django_db


def signed_in(role: str, office: str | None = None) -> Client:
    identity.add_office(code="P1", name="Port")
    identity.add_person(name="ann", roles=[role], office=office, at=clock.real())
    client = Client()
    client.force_login(get_user_model().objects.get(name="ann"))
    return client


def failed_job() -> int:
    actions.enqueue("test.echo", {}, at=NOW, key="XB")
    for minute in range(backoff.ATTEMPTS):
        at = NOW + 2 * minute * timedelta(minutes=1)
        for job in actions.claim("a", at=at, limit={}):
            actions.stumble("a", job.id, error="ValueError: <no>", at=at)
        at += timedelta(minutes=11)
    while queries.counts()["failed"] == 0:
        at += timedelta(minutes=11)
        for job in actions.claim("a", at=at, limit={}):
            actions.stumble("a", job.id, error="ValueError: <no>", at=at)
    return queries.jobs()[0].id


class TestTheAdministrator:
    def test_sees_why_a_job_failed(self) -> None:
        failed_job()
        page = signed_in("node_admin").get("/work/").content.decode()
        assert "ValueError: &lt;no&gt;" in page
        assert "test.echo" in page

    def test_tries_it_again(self) -> None:
        number = failed_job()
        client = signed_in("node_admin")
        assert client.post(f"/work/{number}/retry/").status_code == 302
        assert queries.counts() == {"waiting": 1, "running": 0, "failed": 0}
        assert client.post(f"/work/{number}/retry/").status_code == 404

    def test_alone_tries_again(self) -> None:
        number = failed_job()
        assert signed_in("auditor").post(f"/work/{number}/retry/").status_code == 403


class TestAnOfficer:
    def test_sees_the_tasks_of_the_own_office(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kinds.REGISTRY, "_paths", {})
        kinds.register("test.look", "tests.work.test_screens.LOOK")
        actions.open_task("test.look", "A", {"reference": "XA-1"}, at=NOW, office="P1")
        actions.open_task("test.look", "B", {"reference": "XA-2"}, at=NOW, office="P2")
        page = signed_in("officer", "P1").get("/tasks/").content.decode()
        assert "Look at XA-1" in page
        assert "XA-2" not in page

    def test_reads_them_by_token_too(self) -> None:
        actions.open_task("test.look", "A", {"reference": "XA-1"}, at=NOW)
        signed_in("officer", "P1")
        token = identity.add_token(name="ann", at=clock.real()).token
        answer = Client().get("/api/v1/tasks", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.content
        assert [task["subject"] for task in answer.json()] == ["A"]
