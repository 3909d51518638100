"""What the outside may read of `work`: counts for machines, lists for the people who may."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from tidewaiter.work import kinds
from tidewaiter.work.life import State
from tidewaiter.work.models import Job, Task, Turn


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as people see it."""

    id: int
    kind: str
    key: str
    state: str
    attempts: int
    created_at: datetime
    not_before: datetime
    error: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as people see it; `kind` and `params` are worded by the face."""

    id: int
    kind: str
    subject: str
    params: dict[str, Any]
    office: str
    role: str
    person: str
    opened_at: datetime
    due_at: datetime | None


def counts() -> dict[str, int]:
    """How many jobs stand in each state."""
    found = dict(Job.objects.values_list("state").annotate(Count("pk")))
    return {state.value: found.get(state.value, 0) for state in State}


def overdue_since() -> datetime | None:
    """Since when the longest waiting job is due."""
    oldest: datetime | None = Job.objects.filter(state=State.WAITING).aggregate(
        since=Min("not_before")
    )["since"]
    return oldest


def pending(kinds: Iterable[str]) -> int:
    """How many jobs of these kinds wait or run."""
    return Job.objects.filter(kind__in=list(kinds)).exclude(state=State.FAILED).count()


def jobs(*, state: str = State.FAILED, limit: int = 100) -> list[JobView]:
    """Jobs in that state, the newest first."""
    return [
        JobView(
            id=job.pk,
            kind=job.kind,
            key=job.key or "",
            state=job.state,
            attempts=job.attempts,
            created_at=job.created_at,
            not_before=job.not_before,
            error=job.error,
        )
        for job in Job.objects.filter(state=state).order_by("-pk")[:limit]
    ]


def turns() -> dict[str, datetime]:
    """When each schedule is due next."""
    return dict(Turn.objects.values_list("name", "due_at"))


def tasks(
    *,
    person: str,
    roles: Iterable[str],
    office: str | None,
    everywhere: bool = False,
    at: datetime | None = None,
    limit: int = 200,
) -> list[TaskView]:
    """The open tasks of somebody, their roles' and their office's too; the nearest due first.

    With `everywhere` those of every office; with `at` also those that are late by then and
    escalate to one of the roles.
    """
    theirs = Q(person=person) | Q(person="", role__in=[*roles, ""])
    if at is not None and (late := kinds.escalating(frozenset(roles))):
        theirs |= Q(due_at__lt=at, kind__in=late)
    place = Q() if everywhere else Q(office__in=["", office or ""])
    found = Task.objects.filter(theirs & place, closed_at=None).order_by("due_at", "pk")[:limit]
    return [
        TaskView(
            id=task.pk,
            kind=task.kind,
            subject=task.subject,
            params=task.params,
            office=task.office,
            role=task.role,
            person=task.person,
            opened_at=task.opened_at,
            due_at=task.due_at,
        )
        for task in found
    ]
