"""The refusals of the room `work`."""

from typing import ClassVar

from tidewaiter.problem import N_, Problem


class NoSuchJob(Problem):
    """A job that is not there, or not in the state that was asked for."""

    type = "no-such-job"
    status = 404
    title = N_("There is no such job")
    detail = N_("No failed job has the number {job}.")
    remedy = N_("Look at the list of jobs: it may have been tried again already.")


class NoSuchTask(Problem):
    """A task that is not there or closed already."""

    type = "no-such-task"
    status = 404
    title = N_("There is no such task")
    detail = N_("No open task has the number {task}.")
    remedy = N_("Look at the list of tasks: somebody may have closed it.")


class NotNow(Problem):
    """What cannot be done for a while, by nobody's fault: a job that meets it is called again."""

    type = "not-now"
    status = 503
    title = N_("This cannot be done now")
    seconds: ClassVar[int] = 5  # until it may be tried again
