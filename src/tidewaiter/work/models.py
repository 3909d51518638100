"""What is to be done: jobs and schedules for machines, tasks for people."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models.functions import Least

from tidewaiter.work import backoff, quoting
from tidewaiter.work.life import MOVES, Event, State

MOST = 500  # characters of what a job stumbled over


class Jobs(models.QuerySet["Job"]):
    """Jobs in sets; every change is made where the old state still stands."""

    def add(
        self,
        kind: str,
        args: dict[str, Any],
        *,
        key: str | None,
        not_before: datetime,
        at: datetime,
    ) -> int:
        """The number of a new job, or of the one that waits under the same key already.

        A waiting one is touched, so that it can't be claimed before the caller's transaction ends:
        whoever does it sees what the caller wrote.
        """
        while True:
            if key is not None and (found := self._hastened(kind, key, not_before)):
                return found
            try:
                with transaction.atomic():
                    job = Job(
                        kind=kind,
                        args=args,
                        key=key,
                        slot=key,
                        not_before=not_before,
                        created_at=at,
                    )
                    job.save(force_insert=True)
            except IntegrityError:
                if key is None:
                    raise
            else:
                return job.pk

    def _hastened(self, kind: str, key: str, not_before: datetime) -> int | None:
        """The number of the job that waits under `key`, brought forward; None where none waits."""
        waiting = self.filter(kind=kind, slot=key)
        with transaction.atomic():  # between the two no worker may claim it
            if waiting.update(not_before=Least("not_before", models.Value(not_before))):
                return waiting.get().pk
        return None

    def add_many(self, kind: str, args: Iterable[dict[str, Any]], *, at: datetime) -> int:
        """Add a job for each of `args` in one statement; how many."""
        rows = [Job(kind=kind, args=each, not_before=at, created_at=at) for each in args]
        return len(Job.objects.bulk_create(rows, batch_size=500))

    def due(self, at: datetime) -> "Jobs":
        """What waits and may begin, longest first; not where one of the same key is running."""
        same = Job.objects.filter(
            kind=models.OuterRef("kind"), key=models.OuterRef("key"), state=State.RUNNING
        )
        return self.filter(~models.Exists(same), state=State.WAITING, not_before__lte=at).order_by(
            "not_before", "pk"
        )

    def unlocked(self) -> "Jobs":
        """These without those that another transaction is touching, locked for us."""
        return self.select_for_update(skip_locked=True, of=("self",))

    def claim(self, worker: str, *, at: datetime) -> bool:
        """Take this one job for `worker`; False where another was quicker."""
        to = MOVES[State.WAITING, Event.CLAIM]
        return bool(
            self.due(at)
            .order_by()
            .update(
                state=to,
                slot=None,
                worker=worker,
                lease_until=at + backoff.LEASE,
                attempts=models.F("attempts") + 1,
            )
        )

    def held(self, worker: str, pks: Sequence[int]) -> "Jobs":
        """Those of the jobs that `worker` still holds."""
        return self.filter(pk__in=pks, worker=worker, state=State.RUNNING)

    def renew(self, *, at: datetime) -> int:
        """Hold on to these for another lease; how many were still there."""
        return self.update(lease_until=at + backoff.LEASE)

    def finish(self) -> int:
        """These are done: their rows go."""
        return self.delete()[0]

    def quoting(self, ids: Collection[str], words: Collection[str]) -> list[int]:
        """The numbers of those that failed or stumbled over what has one of these ids or words."""
        found = self.filter(models.Q(state=State.FAILED) | ~models.Q(error=""))
        wanted, known = quoting.forms(words), set(ids)
        return [
            pk
            for pk, key, args, error in found.values_list("pk", "key", "args", "error")
            if key in ids or _named(args) & known or quoting.quotes(error, wanted, MOST)
        ]

    def forget(self, pks: Sequence[int]) -> int:
        """Drop those of these that failed for good, and what the others stumbled over; how many."""
        rows = self.filter(pk__in=pks)
        gone = rows.filter(state=State.FAILED).delete()[0]
        return gone + rows.exclude(error="").update(error="")

    def hasten(self, *, at: datetime) -> int:
        """Those that were added at a time yet to come, by a clock that was put back since: now."""
        ahead = self.filter(state=State.WAITING, created_at__gt=at)
        return ahead.update(created_at=at, not_before=at)

    def lost(self, at: datetime) -> "Jobs":
        """What is running by its row, while nobody holds it any more."""
        return self.filter(state=State.RUNNING, lease_until__lt=at)


def _named(value: Any) -> set[str]:
    """The texts in a job's arguments."""
    if isinstance(value, dict):
        return _named(list(value.values()))
    if isinstance(value, list):
        return {text for each in value for text in _named(each)}
    return {value} if isinstance(value, str) else set()


class Job(models.Model):
    """Something for a machine to do. `slot` is the key while the job waits: one waits a key."""

    kind = models.CharField(max_length=80)
    args = models.JSONField()
    key = models.CharField(max_length=200, null=True)
    slot = models.CharField(max_length=200, null=True)
    state = models.CharField(max_length=8, default=State.WAITING.value)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=200, default="")
    lease_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=MOST, default="")

    objects = Jobs.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "slot"], name="work_job_one_waits_a_key"),
            models.CheckConstraint(
                condition=models.Q(state=State.RUNNING.value, lease_until__isnull=False)
                | (~models.Q(state=State.RUNNING.value) & models.Q(lease_until__isnull=True)),
                name="work_job_running_has_a_lease",
            ),
            models.CheckConstraint(
                condition=models.Q(slot__isnull=True) | models.Q(state=State.WAITING.value),
                name="work_job_slot_while_waiting",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "not_before"], name="work_job_due"),
            models.Index(fields=["kind", "key", "state"], name="work_job_same"),
        ]

    def wait_again(
        self, event: Event, *, not_before: datetime, attempts: int, error: str = ""
    ) -> bool:
        """Back to waiting, if it still stands as we read it; False where it does not.

        Where another job waits under its key by now, that one stands for both and this one goes.
        """
        still = Job.objects.filter(
            pk=self.pk, state=self.state, attempts=self.attempts, worker=self.worker
        )
        try:
            with transaction.atomic():
                return bool(
                    still.update(
                        state=MOVES[State(self.state), event],
                        slot=self.key,
                        worker="",
                        lease_until=None,
                        not_before=not_before,
                        attempts=attempts,
                        error=error[:MOST],
                    )
                )
        except IntegrityError:
            return bool(still.delete()[0])

    def give_up(self, *, error: str) -> bool:
        """It has failed for good, if it still stands as we read it."""
        still = Job.objects.filter(pk=self.pk, worker=self.worker, attempts=self.attempts)
        return bool(
            still.filter(state=State.RUNNING).update(
                state=MOVES[State.RUNNING, Event.GIVE_UP],
                worker="",
                lease_until=None,
                error=error[:MOST],
            )
        )


class Turns(models.QuerySet["Turn"]):
    """When each schedule is due next."""

    def take(self, name: str, *, seen: datetime | None, then: datetime) -> bool:
        """Take the turn of `name` that is due at `seen`; False where another worker took it."""
        if seen is not None:
            return bool(self.filter(name=name, due_at=seen).update(due_at=then))
        try:
            with transaction.atomic():
                Turn(name=name, due_at=then).save(force_insert=True)
        except IntegrityError:
            return False
        return True


class Turn(models.Model):
    """The next moment of one schedule, whose workers take it by compare-and-swap."""

    name = models.CharField(max_length=80, primary_key=True)
    due_at = models.DateTimeField()

    objects = Turns.as_manager()


class Tasks(models.QuerySet["Task"]):
    """Tasks in sets."""

    def open_one(self, values: dict[str, Any]) -> int:
        """The number of a new task, or of the open one of the same kind and subject."""
        kind, subject = values["kind"], values["subject"]
        while True:
            found = self.filter(kind=kind, slot=subject).first()
            if found is not None:
                return found.pk
            try:
                with transaction.atomic():
                    task = Task(slot=subject, **values)
                    task.save(force_insert=True)
            except IntegrityError:
                continue
            return task.pk

    def close(self, *, by: str, at: datetime) -> int:
        """Close those of these that are open; how many."""
        return self.filter(closed_at=None).update(closed_at=at, closed_by=by, slot=None)

    def of(self, messages: Sequence[str]) -> "Tasks":
        """Those that would not be without one of these messages."""
        return self.filter(models.Q(message_id__in=messages) | models.Q(subject__in=messages))

    def forget(self) -> int:
        """Empty these of all but that they were; how many."""
        return self.exclude(params={}).update(params={})


class Task(models.Model):
    """Something for people to do: for a person, a role, an office, or whoever may."""

    kind = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    params = models.JSONField()
    slot = models.CharField(max_length=200, null=True)  # the subject while it is open
    office = models.CharField(max_length=20, default="")
    role = models.CharField(max_length=40, default="")
    person = models.CharField(max_length=150, default="")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, default="")
    message_id = models.CharField(max_length=36, default="")  # provenance

    objects = Tasks.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "slot"], name="work_task_one_open_a_subject"),
        ]
        indexes = [
            models.Index(fields=["closed_at", "due_at"], name="work_task_open"),
            models.Index(
                fields=["message_id"],
                condition=~models.Q(message_id=""),
                name="work_task_of_message",
            ),
            models.Index(fields=["subject"], name="work_task_subject"),
        ]
