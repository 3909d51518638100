"""What waits for whoever asks, for an administration's own systems."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted
from tidewaiter.work import queries

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
    )
