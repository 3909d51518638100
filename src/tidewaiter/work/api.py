"""What waits for whoever asks, for an administration's own systems."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from tidewaiter import clock
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted
from tidewaiter.work import actions, queries

router = Router(tags=["tasks"])


class Task(Schema):
    """An open task; `kind` and `params` make its sentence."""

    id: int
    kind: str
    subject: str
    params: dict[str, str | int]
    office: str
    role: str
    person: str
    opened_at: datetime
    due_at: datetime | None


@router.get("/tasks", response=list[Task])
@permitted(Permission.TASK_READ)
def tasks(request: HttpRequest) -> list[queries.TaskView]:
    """The open tasks of the token's person, the nearest due first."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return queries.tasks(
        person=viewer.name,
        roles=viewer.roles,
        office=viewer.office,
        everywhere=viewer.everywhere,
        at=clock.real(),
    )


@router.post("/tasks/{task}/end", response={204: None}, summary="A task is done")
@permitted(Permission.TASK_END)
def end(request: HttpRequest, task: int) -> tuple[int, None]:
    """Close a task that whoever saw to it ends by hand."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    actions.end_task(
        task,
        person=viewer.name,
        roles=viewer.roles,
        office=viewer.office,
        everywhere=viewer.everywhere,
        at=clock.real(),
    )
    return 204, None
