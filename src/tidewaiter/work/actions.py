"""What the outside can ask of `work`: put jobs into the queue, take and end them, open tasks."""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import close_old_connections, connection, connections, transaction

from tidewaiter.work import backoff, errors, kinds, queries
from tidewaiter.work.life import Event, State
from tidewaiter.work.models import Job, Task, Turn

FORGOTTEN: Final = "retention"  # who closes a task whose message is forgotten
PAUSE: Final = 0.02  # seconds between two commits of something long


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that a worker holds: its number, what to do, and the how manieth attempt this is."""

    id: int
    kind: str
    args: dict[str, Any]
    attempts: int


def enqueue(
    kind: str,
    args: dict[str, Any],
    *,
    at: datetime,
    key: str | None = None,
    not_before: datetime | None = None,
) -> int:
    """Put a job into the queue, in the caller's transaction where there is one; its number.

    `args` are the handler's named arguments, plain JSON. Of the jobs of a kind with the same `key`
    one waits and one runs at a time: a second call while one waits brings that one forward to
    `not_before` (by default `at`) and adds none; while one runs, another waits behind it.
    """
    return Job.objects.all().add(kind, args, key=key, not_before=not_before or at, at=at)


def enqueue_many(kind: str, args: Iterable[dict[str, Any]], *, at: datetime) -> int:
    """Put a job without a key into the queue for each of `args`, in one statement; how many."""
    return Job.objects.all().add_many(kind, args, at=at)


def claim(
    worker: str,
    *,
    at: datetime,
    limit: dict[str, int],
    busy: Sequence[str] = (),
    prompt: Sequence[str] = (),
    rest: bool = True,
) -> list[Claimed]:
    """Take what is due longest for `worker`, leased for a minute: jobs of one kind, or none.

    `limit` says how many of a kind are taken at once (one unless said); kinds in `busy` are left.
    Those in `prompt` go before all others; without `rest` none but they are taken.
    """
    if not Job.objects.filter(state=State.WAITING, not_before__lte=at).exists():
        return []  # five times a second, so as cheaply as can be
    ready = Job.objects.all().due(at).exclude(kind__in=busy)
    first = ready.filter(kind__in=prompt).values_list("kind", flat=True).first()
    if first is None and rest:
        first = ready.values_list("kind", flat=True).first()
    if first is None:
        return []
    with transaction.atomic():
        return [
            Claimed(job.pk, job.kind, job.args, job.attempts + 1)
            for job in ready.filter(kind=first).unlocked()[: limit.get(first, 1)]
            if Job.objects.filter(pk=job.pk).claim(worker, at=at)
        ]


def renew(worker: str, ids: Sequence[int], *, at: datetime) -> int:
    """Hold on to claimed jobs for another lease; how many of them `worker` still held."""
    return Job.objects.all().held(worker, ids).renew(at=at)


def finish(worker: str, ids: Sequence[int]) -> int:
    """Note that jobs are done; how many of them `worker` still held."""
    return Job.objects.all().held(worker, ids).finish() if ids else 0


def defer(worker: str, id: int, *, until: datetime) -> bool:  # noqa: A002
    """Put a job back, its attempts forgotten, to be called again at `until`."""
    job = Job.objects.all().held(worker, [id]).first()
    return job is not None and job.wait_again(Event.DEFER, not_before=until, attempts=0)


def give_back(worker: str, ids: Sequence[int], *, at: datetime) -> int:
    """Put back jobs that `worker` claimed and did not begin; how many."""
    return sum(
        job.wait_again(Event.DEFER, not_before=at, attempts=max(job.attempts - 1, 0))
        for job in Job.objects.all().held(worker, ids)
    )


def stumble(worker: str, id: int, *, error: str, at: datetime) -> timedelta | None:  # noqa: A002
    """Note that a job failed: how long until it is tried again, or None when it is given up."""
    job = Job.objects.all().held(worker, [id]).first()
    if job is None:
        return None
    if backoff.spent(job.attempts):
        job.give_up(error=error)
        return None
    wait = backoff.wait(job.attempts)
    job.wait_again(Event.STUMBLE, not_before=at + wait, attempts=job.attempts, error=error)
    return wait


def recover(*, at: datetime) -> int:
    """Put back the jobs whose worker died, by their ended leases; how many."""
    return sum(_lose(job, at) for job in Job.objects.all().lost(at))


def hasten(*, at: datetime) -> int:
    """Have jobs begin now that a clock, put back since, put into the queue; how many."""
    return Job.objects.all().hasten(at=at)


def release(worker: str, *, at: datetime) -> int:
    """Put back the jobs of workers whose names begin with `worker` and that are known dead."""
    held = Job.objects.filter(state=State.RUNNING, worker__startswith=worker)
    return sum(_lose(job, at) for job in held)


def retry(id: int, *, at: datetime) -> None:  # noqa: A002
    """Try a failed job again, from its first attempt. Raises NoSuchJob."""
    job = Job.objects.filter(pk=id, state=State.FAILED).first()
    if job is None or not job.wait_again(Event.RETRY, not_before=at, attempts=0):
        raise errors.NoSuchJob(job=id)


def take_turn(name: str, kind: str, *, seen: datetime | None, then: datetime, at: datetime) -> bool:
    """Take a schedule's turn and put its job into the queue; False where another worker did."""
    with transaction.atomic():
        if not Turn.objects.all().take(name, seen=seen, then=then):
            return False
        enqueue(kind, {}, at=at, key=name)
    return True


def open_task(
    kind: str,
    subject: str,
    params: dict[str, str | int],
    *,
    at: datetime,
    office: str = "",
    role: str = "",
    person: str = "",
    due: datetime | None = None,
    message_id: str = "",
) -> int:
    """Ask people for something: its number, or that of the open task of that kind and subject.

    `message_id` names the partner's message without which there would be nothing to do.
    """
    values: dict[str, Any] = {"kind": kind, "subject": subject, "params": params}
    values |= {
        "office": office,
        "role": role,
        "person": person,
        "opened_at": at,
        "due_at": due,
        "message_id": message_id,
    }
    return Task.objects.all().open_one(values)


def close_task(kind: str, subject: str, *, by: str, at: datetime) -> bool:
    """Close the open task of that kind and subject; False when there is none."""
    return bool(Task.objects.filter(kind=kind, subject=subject).close(by=by, at=at))


def forget(messages: Sequence[str], words: Collection[str] = (), *, at: datetime) -> int:
    """Empty tasks and failed jobs of what these messages (their ids) said; how many rows.

    `words` are texts out of them: what a job stumbled over may quote one. A task that is open is
    closed: there is nothing left to do it with.
    """
    jobs = Job.objects.all().quoting(messages, words)
    with transaction.atomic():
        Task.objects.all().of(messages).close(by=FORGOTTEN, at=at)
        return Task.objects.all().of(messages).forget() + Job.objects.all().forget(jobs)


def end_task(
    id: int,  # noqa: A002
    *,
    person: str,
    roles: Iterable[str],
    office: str | None,
    everywhere: bool,
    at: datetime,
) -> None:
    """Close a task that whoever saw to it ends by hand. Raises NoSuchTask, also for another's."""
    theirs = queries.tasks(
        person=person, roles=roles, office=office, everywhere=everywhere, at=at, limit=10_000
    )
    task = next((each for each in theirs if each.id == id), None)
    if task is None or task.kind not in kinds.REGISTRY or not kinds.kind(task.kind).by_hand:
        raise errors.NoSuchTask(task=id)
    Task.objects.filter(pk=id).close(by=person, at=at)


def give_way() -> None:
    """Let others write between two commits of something long; in a transaction, nothing.

    SQLite's lock knows no queue: who waits for it looks ten times a second, and gives up after half
    a minute in which it was taken each time, however short each commit was.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(PAUSE)


def tidy() -> None:
    """Give back database connections of this thread that are too old or broken."""
    close_old_connections()


def part() -> None:
    """Close this thread's database connections."""
    connections.close_all()


def _lose(job: Job, at: datetime) -> bool:
    error = "the worker died"
    if backoff.spent(job.attempts):
        return job.give_up(error=error)
    return job.wait_again(Event.LOSE, not_before=at, attempts=job.attempts, error=error)
