"""What the machine has to do and could not, for the administrator; what people have to do."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tidewaiter import clock
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted
from tidewaiter.work import actions, kinds, queries
from tidewaiter.work.life import State


@dataclass(frozen=True, slots=True)
class Row:
    """A task in words, and where it is done."""

    words: str
    url: str
    task: queries.TaskView
    late: bool
    by_hand: bool


@require_safe
@permitted(Permission.JOB_READ)
def jobs(request: HttpRequest) -> HttpResponse:
    """How much waits, what failed and why, and when each schedule is due."""
    page = {
        "counts": queries.counts(),
        "failed": queries.jobs(state=State.FAILED),
        "waiting": queries.jobs(state=State.WAITING, limit=50),
        "turns": sorted(queries.turns().items()),
        "now": clock.real(),
    }
    return render(request, "work/_jobs.html" if _part(request) else "work/jobs.html", page)


@require_POST
@permitted(Permission.JOB_RETRY)
def retry(request: HttpRequest, job: int) -> HttpResponse:
    """Try a failed job again."""
    actions.retry(job, at=clock.real())
    messages.success(request, gettext("Job %(job)s is tried again.") % {"job": job})
    return redirect("work:jobs")


@require_safe
@permitted(Permission.TASK_READ)
def tasks(request: HttpRequest) -> HttpResponse:
    """What waits for the one who looks, the nearest due first."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    now = clock.real()
    found = queries.tasks(
        person=viewer.name,
        roles=viewer.roles,
        office=viewer.office,
        everywhere=viewer.everywhere,
        at=now,
    )
    page = {"rows": [_row(task, now) for task in found]}
    return render(request, "work/_tasks.html" if _part(request) else "work/tasks.html", page)


@require_POST
@permitted(Permission.TASK_END)
def end(request: HttpRequest, task: int) -> HttpResponse:
    """A task that nothing else ends is done."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    actions.end_task(
        task,
        person=viewer.name,
        roles=viewer.roles,
        office=viewer.office,
        everywhere=viewer.everywhere,
        at=clock.real(),
    )
    messages.success(request, gettext("The task is done."))
    return redirect("work:tasks")


def _row(task: queries.TaskView, now: datetime) -> Row:
    late = task.due_at is not None and task.due_at < now
    if task.kind not in kinds.REGISTRY:
        return Row(f"{task.kind}: {task.subject}", "", task, late, by_hand=False)
    kind = kinds.kind(task.kind)
    words = gettext(kind.sentence).format_map(task.params)
    url = reverse(kind.url, args=[task.subject]) if kind.url else ""
    return Row(words, url, task, late, kind.by_hand)


def _part(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
