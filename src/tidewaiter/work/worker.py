"""A worker: one process that claims jobs, does them on a few threads and keeps the schedules.

It polls one indexed query, so that a new job begins within POLL, whoever wrote it and however.
Quick kinds are claimed and finished in small batches, for each of both is a commit.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from tidewaiter import trace
from tidewaiter.problem import Problem
from tidewaiter.work import actions, backoff, errors, jobs, queries, schedules

POLL: Final = 0.2  # seconds between two looks into the queue
CHORES: Final = timedelta(seconds=1)  # schedules and lost leases are looked at so often
QUANTUM: Final = 0.5  # seconds that a batch should take
BATCH: Final = 32  # jobs claimed at once, at most
PARTING: Final = 10.0  # seconds that threads wait for each other at the end
TROUBLE: Final = 2.0  # seconds of rest after the database failed us

log: Final = structlog.get_logger("tidewaiter.work")


class Worker:
    """Claims and does jobs until `jobs.stop()`; `now` is the clock of leases and schedules."""

    def __init__(self, name: str, *, now: Callable[[], datetime], threads: int = 4) -> None:
        self.name = name
        self._now = now
        self._threads = max(threads, 2)
        self._pool = ThreadPoolExecutor(self._threads + 1, thread_name_prefix="job")
        self._lock = threading.Lock()
        self._free = threading.Event()
        self._busy: Counter[str] = Counter()  # batches under way, by kind
        self._held: set[int] = set()  # numbers of the jobs that we hold
        self._pace: dict[str, float] = {}  # seconds that a job of a kind takes of late
        self._turns: dict[str, datetime | None] = {}
        self._chores_at: datetime | None = None
        self._renewed_at: datetime | None = None

    def run(self) -> None:
        """Work until this process is asked to stop, then end what is under way."""
        log.info("worker started", worker=self.name, threads=self._threads)
        while not jobs.stopping():
            try:
                idle = not self.step()
            except Exception as error:  # the database may come back; a worker outlives it
                log.error(
                    "worker troubled",
                    worker=self.name,
                    error=trace.kind(error),
                    where=trace.places(error),
                )
                actions.tidy()
                jobs.pause(TROUBLE)
                continue
            if idle:
                self._free.wait(POLL)
                self._free.clear()
        self._part()
        log.info("worker ended", worker=self.name)

    def _part(self) -> None:
        """Let each thread end its batch and close its connections, then ours."""
        together = threading.Barrier(self._threads + 1)  # so that no thread takes two turns

        def part() -> None:
            actions.part()
            with suppress(threading.BrokenBarrierError):
                together.wait(timeout=PARTING)

        for _ in range(self._threads + 1):
            self._pool.submit(part)
        self._pool.shutdown(wait=True)
        actions.part()

    def step(self) -> bool:
        """One look into the queue; whether something was begun."""
        at = self._now()
        if self._chores_at is None or abs(at - self._chores_at) >= CHORES:  # a clock may go back
            self._chores_at = at
            self._chores(at)
        prompt, slow = jobs.kinds(jobs.Lane.PROMPT), jobs.kinds(jobs.Lane.SLOW)
        with self._lock:
            hurried = sum(self._busy[kind] for kind in prompt)
            room = self._threads - (self._busy.total() - hurried)  # one thread more is for those
            crowded = [kind for kind, n in self._busy.items() if n >= self._threads - 1]
            limit = {kind: _batch(seconds) for kind, seconds in self._pace.items()}
            waiting = sum(self._busy[kind] for kind in slow)
        limit.update(dict.fromkeys(slow, 1))  # none waits behind another that hangs
        crowded += slow if waiting >= self._threads - 1 else []
        crowded += prompt if hurried else []
        if room < 1 and hurried:
            return False
        claimed = actions.claim(
            self.name, at=at, limit=limit, busy=crowded, prompt=prompt, rest=room > 0
        )
        if not claimed:
            return False
        with self._lock:
            self._busy[claimed[0].kind] += 1
            self._held.update(job.id for job in claimed)
        self._pool.submit(self._batch, claimed)
        return True

    def _chores(self, at: datetime) -> None:
        """Renew our leases, put back the jobs of the dead, take the schedules' turns."""
        if self._renewed_at is None or abs(at - self._renewed_at) >= backoff.HEARTBEAT:
            self._renewed_at = at
            with self._lock:
                held = sorted(self._held)
            if held:
                actions.renew(self.name, held, at=at)
            if lost := actions.recover(at=at):
                log.warning("jobs recovered", worker=self.name, jobs=lost)
        known = [(self._turns.get(name), schedule) for name, schedule in schedules.each()]
        if any(schedule.due(turn, at) for turn, schedule in known):
            self._turns = dict(queries.turns())
            for name, schedule in schedules.each():
                seen = self._turns.get(name)
                if schedule.due(seen, at):
                    then = at + schedule.every
                    actions.take_turn(name, schedule.kind, seen=seen, then=then, at=at)
                    self._turns[name] = then

    def _batch(self, claimed: list[actions.Claimed]) -> None:
        """Do the jobs of one claim in turn, on a thread of the pool."""
        begun = time.monotonic()
        kind, held = claimed[0].kind, [job.id for job in claimed]
        done: list[int] = []
        try:
            while claimed and not jobs.stopping() and time.monotonic() - begun < 2 * QUANTUM:
                job = claimed.pop(0)
                if self._do(job):
                    done.append(job.id)
            actions.finish(self.name, done)
            if claimed:
                actions.give_back(self.name, [job.id for job in claimed], at=self._now())
        except Exception as error:  # not the job's fault: its lease ends and it is done again
            log.error(
                "job not noted",
                worker=self.name,
                error=trace.kind(error),
                where=trace.places(error),
            )
        finally:
            actions.tidy()
            with self._lock:
                self._busy[kind] -= 1
                self._held.difference_update(held)
            self._free.set()

    def _do(self, job: actions.Claimed) -> bool:
        """Do one job; whether it is done and only has to be noted."""
        began = time.monotonic()
        try:
            again = jobs.handler(job.kind)(**job.args)
        except errors.NotNow as wait:  # no failure of the job's
            actions.defer(self.name, job.id, until=self._now() + timedelta(seconds=wait.seconds))
            return False
        except Exception as error:  # whatever a handler raises is noted and tried again
            self._stumbled(job, error)
            return False
        finally:
            took = time.monotonic() - began
            with self._lock:
                self._pace[job.kind] = 0.7 * self._pace.get(job.kind, took) + 0.3 * took
        log.debug("job done", kind=job.kind, job=job.id, seconds=round(took, 3))
        if again is not None:
            actions.defer(self.name, job.id, until=again)
        return again is None

    def _stumbled(self, job: actions.Claimed, error: Exception) -> None:
        said = error.line() if isinstance(error, Problem) else f"{type(error).__name__}: {error}"
        wait = actions.stumble(self.name, job.id, error=said, at=self._now())
        facts: dict[str, Any] = {"kind": job.kind, "job": job.id, "attempts": job.attempts}
        if wait is None:
            log.error("job failed", **facts, error=trace.kind(error), where=trace.places(error))
        else:
            log.warning(
                "job stumbled", **facts, error=type(error).__name__, again=wait.total_seconds()
            )


def _batch(seconds: float) -> int:
    """How many jobs that take so long are claimed at once."""
    return max(1, min(BATCH, int(QUANTUM / max(seconds, 1e-3))))
