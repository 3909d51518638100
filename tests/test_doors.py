"""Every door of the node, tried by each kind of person, by a program's token and by a stranger."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tidewaiter import clock
from tidewaiter.identity import actions, middleware, roles
from tidewaiter.permission import MARK, Permission

SAMPLES = ("x", "1", "1.2", str(uuid.UUID(int=7)), "ab" * 32)  # the first that a route accepts
TOKEN_PATHS = middleware.TOKEN_PATHS
MACHINE_PATHS = middleware.MACHINE_PATHS


@dataclass(frozen=True)
class Door:
    """One route and one method of it; `path` with made-up arguments."""

    method: str
    path: str
    needed: Permission | None

    @property
    def public(self) -> bool:
        return self.needed is Permission.PUBLIC

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes(resolver: URLResolver, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        path = before + _filled(each)
        if isinstance(each, URLResolver):
            yield from routes(each, path)
        else:
            yield path, each


def _filled(each: URLPattern | URLResolver) -> str:
    """The part of the address that `each` adds, with a sample for every argument."""
    text = str(each.pattern)
    for name, converter in each.pattern.converters.items():
        sample = next(one for one in SAMPLES if re.fullmatch(converter.regex, one))
        text = re.sub(rf"<(\w+:)?{name}>", sample, text)
    return text.removeprefix("^").removesuffix("$")


def doors() -> list[Door]:
    found = []
    for path, pattern in routes(get_resolver()):
        view: Any = pattern.callback
        operations = middleware._operations(view)
        if operations is None:
            methods = ["GET", "POST"]
        else:
            methods = sorted({method for each in operations for method in each.methods})
        found += [Door(method, path, middleware.needed(view, method)) for method in methods]
    return found


DOORS = doors()


def knock(client: Client, door: Door, **headers: str) -> HttpResponse:
    return client.generic(
        door.method, door.path, data=b"", content_type="application/json", headers=headers
    )


def test_there_are_doors() -> None:
    assert len(DOORS) > 20


def test_every_door_carries_a_permission() -> None:
    assert [str(door) for door in DOORS if door.needed is None] == []


def test_every_mark_is_a_permission_of_the_one_enum() -> None:
    marks = {getattr(pattern.callback, MARK, None) for _, pattern in routes(get_resolver())}
    assert {mark for mark in marks if mark is not None} <= set(Permission)


def test_every_permission_is_held_by_some_role() -> None:
    held = frozenset().union(*roles.ROLES.values())
    assert sorted(set(Permission) - held) == []


@pytest.mark.django_db
class TestAStranger:
    def test_comes_in_where_the_door_is_public_and_nowhere_else(self) -> None:
        wrong = []
        for door in DOORS:
            answer = knock(Client(raise_request_exception=False), door)
            machine = door.path.startswith(MACHINE_PATHS)
            if door.public:
                refused = answer.status_code in {401, 403} and "json" not in answer.get(
                    "Content-Type", ""
                )
                ok = answer.status_code < 500 and not refused
            elif machine:
                ok = answer.status_code == 401
                ok = ok and answer["Content-Type"] == "application/problem+json"
            else:
                ok = answer.status_code == 302 and "/sign-in/" in answer["Location"]
            if not ok and not (door.path == "/readyz" and answer.status_code == 503):
                wrong.append(f"{door}: {answer.status_code}")
        assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(roles.ROLES))
class TestEachRole:
    def test_comes_in_by_the_doors_that_it_holds_and_no_other(self, role: str) -> None:
        actions.add_office(code="P1", name="Port")
        actions.add_person(name="somebody", roles=[role], office="P1", at=clock.real())
        person = get_user_model().objects.get(name="somebody")
        token = actions.add_token(name="somebody", at=clock.real()).token
        wrong = []
        for door in DOORS:
            client = Client(raise_request_exception=False)
            if door.path.startswith(TOKEN_PATHS):
                answer = knock(client, door, authorization=f"Bearer {token}")
            elif door.path.startswith(MACHINE_PATHS):
                continue  # partners' doors know no person
            else:
                client.force_login(person)
                answer = knock(client, door)
            held = door.needed in roles.ROLES[role]
            stricter = door.method == "POST" and str(door.needed).endswith(":read")
            if held and answer.status_code in {401, 403} and not (door.public or stricter):
                wrong.append(f"{door}: holds {door.needed}, yet {answer.status_code}")
            if not held and answer.status_code != 403:
                wrong.append(f"{door}: lacks {door.needed}, yet {answer.status_code}")
            if answer.status_code >= 500 and door.path != "/readyz":
                wrong.append(f"{door}: {answer.status_code}")
        assert wrong == []


@pytest.mark.django_db
def test_a_cookie_opens_no_door_of_the_api() -> None:
    actions.add_person(name="somebody", roles=["auditor"], at=clock.real())
    client = Client(raise_request_exception=False)
    client.force_login(get_user_model().objects.get(name="somebody"))
    api = [door for door in DOORS if door.path.startswith("/api/")]
    closed = [door for door in api if not door.public]
    assert {knock(client, door).status_code for door in closed} <= {401}
