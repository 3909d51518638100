"""The places of jobs and tasks in the menu."""

from typing import Final

from tidewaiter.permission import Permission
from tidewaiter.problem import N_
from tidewaiter.web import menu

JOBS: Final = menu.Entry(
    label=N_("Background work"), url="work:jobs", permission=Permission.JOB_READ, order=95
)
TASKS: Final = menu.Entry(
    label=N_("My tasks"), url="work:tasks", permission=Permission.TASK_READ, order=35
)
