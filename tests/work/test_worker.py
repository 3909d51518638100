"""The worker, alive: threads, races, schedules and the time that it takes to wake."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.work import handlers
from tidewaiter import clock
from tidewaiter.work import actions, backoff, jobs, queries, schedules
from tidewaiter.work.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)
TICK = schedules.Schedule(kind="test.tick", every=timedelta(seconds=30))


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers.done.clear()
    handlers.overlaps.clear()
    handlers.failures = 0
    monkeypatch.setattr(jobs.REGISTRY, "_paths", {})
    monkeypatch.setattr(schedules.REGISTRY, "_paths", {})
    for name in ("note", "slow", "alone", "stubborn", "again", "unlucky"):
        jobs.register(f"test.{name}", f"tests.work.handlers.{name}")
    jobs._stop.clear()


@contextmanager
def workers(count: int = 1) -> Iterator[None]:
    def run(name: str) -> None:
        try:
            Worker(name, now=clock.real).run()
        finally:
            actions.part()

    threads = [threading.Thread(target=run, args=(f"host/{n}",)) for n in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        jobs.stop()
        for thread in threads:
            thread.join(20)
        jobs._stop.clear()


def wait(until: Callable[[], bool], seconds: float = 15) -> float:
    begun = time.monotonic()
    while not until():
        assert time.monotonic() - begun < seconds, "waited too long"
        time.sleep(0.01)
    return time.monotonic() - begun


def test_several_workers_do_each_job_exactly_once() -> None:
    actions.enqueue_many("test.note", ({"n": n} for n in range(300)), at=clock.real())
    with workers(3):
        wait(lambda: queries.counts() == {"waiting": 0, "running": 0, "failed": 0}, 60)
    assert sorted(handlers.done) == list(range(300))


def test_jobs_of_one_key_never_run_at_the_same_time() -> None:
    with workers(2):
        for _ in range(40):
            for key in ("XB", "XC"):
                actions.enqueue("test.alone", {"key": key}, at=clock.real(), key=key)
            time.sleep(0.01)
        wait(lambda: queries.pending(["test.alone"]) == 0)
    assert handlers.overlaps == []
    assert handlers.done


def test_a_new_job_begins_within_a_moment() -> None:
    with workers():
        time.sleep(0.5)
        actions.enqueue("test.note", {"n": 1}, at=clock.real())
        assert wait(lambda: bool(handlers.done)) < 1.0


def test_a_slow_kind_leaves_a_thread_for_others() -> None:
    for n in range(8):
        actions.enqueue("test.slow", {"n": n}, at=clock.real())
    with workers():
        wait(lambda: queries.counts()["running"] == 3)
        actions.enqueue("test.note", {"n": 100}, at=clock.real())
        wait(lambda: 100 in handlers.done)
        assert len(handlers.done) < 8


def test_what_is_promised_begins_at_once_whatever_hangs_and_however_much_waits() -> None:
    for kind in ("deliver", "witness"):
        jobs.register(f"test.{kind}", "tests.work.handlers.hangs", jobs.Lane.SLOW)
    for kind in ("import", "train"):
        jobs.register(f"test.{kind}", "tests.work.handlers.hangs")
    jobs.register("test.sign", "tests.work.handlers.note", jobs.Lane.PROMPT)
    handlers.hanging.clear()
    try:
        for kind in ("deliver", "witness", "import", "train"):
            for n in range(8):
                actions.enqueue(f"test.{kind}", {"n": n}, at=clock.real())
        actions.enqueue_many("test.note", ({"n": n} for n in range(3000)), at=clock.real())
        with workers():
            wait(lambda: queries.counts()["running"] >= 4)
            for n in range(3):
                handlers.done.clear()
                actions.enqueue("test.sign", {"n": 9000 + n}, at=clock.real())
                number = 9000 + n
                assert wait(lambda number=number: number in handlers.done) < 1.0  # type: ignore[misc]
            handlers.hanging.set()
    finally:
        handlers.hanging.set()


def test_slow_kinds_together_leave_a_thread_for_others() -> None:
    for kind in ("deliver", "witness", "collect"):
        jobs.register(f"test.{kind}", "tests.work.handlers.hangs", jobs.Lane.SLOW)
    handlers.hanging.clear()
    try:
        for kind in ("deliver", "witness", "collect"):
            for n in range(3):
                actions.enqueue(f"test.{kind}", {"n": n}, at=clock.real())
        with workers():
            wait(lambda: queries.counts()["running"] == 3)  # one by one, each on a thread
            actions.enqueue("test.note", {"n": 100}, at=clock.real())
            assert wait(lambda: 100 in handlers.done) < 2.0
            wait(lambda: queries.counts()["running"] == 3)
            handlers.hanging.set()
    finally:
        handlers.hanging.set()


def test_what_raises_is_tried_again_until_it_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST", timedelta(milliseconds=50))
    actions.enqueue("test.stubborn", {"n": 5}, at=clock.real())
    with workers():
        wait(lambda: queries.pending(["test.stubborn"]) == 0)
    assert handlers.done == [5]


def test_what_never_succeeds_and_what_nobody_does_stand_among_the_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backoff, "FIRST", timedelta(milliseconds=5))
    monkeypatch.setattr(backoff, "ATTEMPTS", 3)
    actions.enqueue("test.unlucky", {}, at=clock.real())
    actions.enqueue("test.nobody", {}, at=clock.real())
    with workers():
        wait(lambda: queries.counts() == {"waiting": 0, "running": 0, "failed": 2})
    assert {job.kind: job.error for job in queries.jobs()} == {
        "test.unlucky": "RuntimeError: always",
        "test.nobody": "LookupError: work.jobs: nothing is registered as 'test.nobody'",
    }


def test_a_handler_may_ask_to_be_called_again() -> None:
    actions.enqueue("test.again", {}, at=clock.real())
    with workers():
        wait(lambda: queries.pending(["test.again"]) == 0)
    assert handlers.done == [0, 1, 2]


def test_several_workers_keep_a_schedule_once() -> None:
    jobs.register("test.tick", "tests.work.handlers.again")
    schedules.register("test.tick", "tests.work.test_worker.TICK")
    handlers.done.extend([9, 9, 9])  # so that the handler does not ask again
    with workers(3):
        wait(lambda: len(handlers.done) == 4)
        time.sleep(1.5)
    assert len(handlers.done) == 4


def test_stopping_ends_what_is_under_way_and_leaves_the_rest_waiting() -> None:
    for n in range(6):
        actions.enqueue("test.slow", {"n": n}, at=clock.real())
    with workers():
        wait(lambda: queries.counts()["running"] == 3)
    assert queries.counts() == {"waiting": 6 - len(handlers.done), "running": 0, "failed": 0}


def test_an_idle_worker_costs_next_to_nothing() -> None:
    with workers():
        time.sleep(0.5)
        before = time.process_time()
        time.sleep(2)
        spent = time.process_time() - before
    assert spent < 0.2


@pytest.mark.parametrize(
    ("turn", "due"),
    [
        (None, True),
        (timedelta(seconds=-1), True),
        (timedelta(0), True),
        (timedelta(seconds=1), False),
        (TICK.every, False),
        (TICK.every + schedules.TOGETHER, False),  # another worker took it just now
        (TICK.every + schedules.TOGETHER + timedelta(milliseconds=1), True),
    ],
    ids=str,
)
def test_a_turn_further_ahead_than_it_can_be_is_due(turn: timedelta | None, due: bool) -> None:
    at = clock.real()
    assert TICK.due(None if turn is None else at + turn, at) is due


def test_schedules_are_kept_though_the_clock_is_put_back() -> None:
    jobs.register("test.tick", "tests.work.handlers.again")
    schedules.register("test.tick", "tests.work.test_worker.TICK")
    at = [clock.real() + timedelta(hours=1)]
    worker = Worker("host/0", now=lambda: at[0])
    try:
        worker.step()
        ahead = queries.turns()["test.tick"]
        at[0] -= timedelta(hours=1)
        worker.step()
        assert queries.turns()["test.tick"] < ahead
    finally:
        worker._pool.shutdown(wait=True)
        actions.part()
