"""The queue of jobs: what waits once, what runs once, what is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from tidewaiter.work import actions, backoff, errors, queries
from tidewaiter.work.life import State

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def claim(worker: str = "a", at: datetime = NOW, **more: object) -> list[actions.Claimed]:
    return actions.claim(worker, at=at, limit={"test.echo": 1}, **more)  # type: ignore[arg-type]


class TestAJob:
    def test_is_claimed_once_with_its_arguments(self) -> None:
        number = actions.enqueue("test.echo", {"text": "é"}, at=NOW)
        assert claim() == [actions.Claimed(number, "test.echo", {"text": "é"}, 1)]
        assert claim("b") == []

    def test_leaves_no_row_when_it_is_done(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW)
        assert actions.finish("a", [claim()[0].id]) == 1
        assert queries.counts() == {"waiting": 0, "running": 0, "failed": 0}

    def test_waits_until_its_moment(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW, not_before=NOW + timedelta(seconds=5))
        assert claim() == []
        assert len(claim(at=NOW + timedelta(seconds=5))) == 1

    def test_of_a_killed_worker_is_taken_by_another_after_its_lease(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW)
        claim()
        later = NOW + backoff.LEASE + timedelta(seconds=1)
        assert actions.recover(at=NOW + backoff.LEASE) == 0
        assert actions.recover(at=later) == 1
        assert claim("b", at=later)[0].attempts == 2

    def test_is_not_lost_while_the_heartbeat_renews_its_lease(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW)
        held = [job.id for job in claim()]
        assert actions.renew("a", held, at=NOW + backoff.HEARTBEAT) == 1
        assert actions.recover(at=NOW + backoff.LEASE + timedelta(seconds=1)) == 0

    def test_can_not_be_ended_by_a_worker_that_lost_it(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW)
        lost = claim()[0]
        later = NOW + timedelta(minutes=2)
        actions.recover(at=later)
        claim("b", at=later)
        assert actions.finish("a", [lost.id]) == 0
        assert actions.stumble("a", lost.id, error="late", at=later) is None
        assert not actions.defer("a", lost.id, until=later)
        assert queries.counts()["running"] == 1

    def test_that_raises_is_tried_again_later_and_fails_visibly_at_last(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW)
        at, waits = NOW, []
        while True:
            job = claim(at=at)[0]
            wait = actions.stumble("a", job.id, error="ValueError: no", at=at)
            if wait is None:
                break
            waits.append(wait)
            at += wait
        assert len(waits) == backoff.ATTEMPTS - 1
        assert waits == sorted(waits)
        assert waits[-1] == backoff.LONGEST
        failed = queries.jobs(state=State.FAILED)[0]
        assert (failed.error, failed.attempts) == ("ValueError: no", backoff.ATTEMPTS)

    def test_that_kills_its_workers_fails_as_well(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW)
        for minute in range(backoff.ATTEMPTS):
            at = NOW + 2 * minute * timedelta(minutes=1)
            claim(at=at)
            actions.recover(at=at + timedelta(minutes=1, seconds=1))
        assert queries.counts() == {"waiting": 0, "running": 0, "failed": 1}

    def test_that_failed_is_tried_again_when_a_person_says_so(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW)
        for minute in range(backoff.ATTEMPTS):
            at = NOW + 2 * minute * timedelta(minutes=1)
            claim(at=at)
            actions.recover(at=at + timedelta(minutes=1, seconds=1))
        number = queries.jobs()[0].id
        actions.retry(number, at=at)
        assert claim(at=at)[0].attempts == 1
        with pytest.raises(errors.NoSuchJob):
            actions.retry(number, at=at)

    def test_asks_to_be_called_again_with_its_attempts_forgotten(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW)
        until = NOW + timedelta(seconds=30)
        assert actions.defer("a", claim()[0].id, until=until)
        assert claim() == []
        assert claim(at=until)[0].attempts == 1

    def test_given_back_waits_as_before(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW)
        assert actions.give_back("a", [claim()[0].id], at=NOW) == 1
        assert claim("b")[0].attempts == 1

    def test_of_a_dead_worker_of_this_machine_is_put_back_at_once(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW)
        claim("host/17")
        assert actions.release("other/", at=NOW) == 0
        assert actions.release("host/", at=NOW) == 1
        assert len(claim("host/18")) == 1

    def test_by_a_clock_that_was_put_back_since_begins_when_the_node_starts(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW + timedelta(minutes=9))
        actions.enqueue("test.note", {}, at=NOW, not_before=NOW + timedelta(minutes=1))
        assert claim() == []
        assert actions.hasten(at=NOW) == 1
        assert [each.kind for each in claim()] == ["test.echo"]
        assert claim() == []


class TestAKey:
    def test_waits_once_however_often_it_is_asked_for(self) -> None:
        first = actions.enqueue("test.echo", {}, at=NOW, key="XB")
        assert actions.enqueue("test.echo", {}, at=NOW, key="XB") == first
        assert actions.enqueue("test.echo", {}, at=NOW, key="XC") != first
        assert actions.enqueue("test.other", {}, at=NOW, key="XB") != first

    def test_asked_for_sooner_is_brought_forward_never_put_off(self) -> None:
        late, soon = NOW + timedelta(hours=1), NOW + timedelta(seconds=1)
        for moment in (late, soon, late):
            actions.enqueue("test.echo", {}, at=NOW, key="XB", not_before=moment)
        assert claim() == []
        assert len(claim(at=soon)) == 1

    def test_runs_once_at_a_time_and_the_next_waits_behind_it(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW, key="XB")
        running = claim()[0]
        behind = actions.enqueue("test.echo", {}, at=NOW, key="XB")
        assert claim("b") == []
        actions.finish("a", [running.id])
        assert claim("b")[0].id == behind

    def test_put_back_while_the_next_waits_leaves_only_the_next(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW, key="XB")
        running = claim()[0]
        behind = actions.enqueue("test.echo", {}, at=NOW, key="XB")
        actions.stumble("a", running.id, error="no", at=NOW)
        assert queries.counts() == {"waiting": 1, "running": 0, "failed": 0}
        assert claim("b")[0].id == behind


class TestABatch:
    def test_takes_jobs_of_one_kind_up_to_its_limit_the_oldest_first(self) -> None:
        actions.enqueue_many("test.echo", ({"n": n} for n in range(5)), at=NOW)
        actions.enqueue("test.other", {}, at=NOW - timedelta(seconds=1))
        assert [job.kind for job in actions.claim("a", at=NOW, limit={})] == ["test.other"]
        taken = actions.claim("a", at=NOW, limit={"test.echo": 3})
        assert [job.args for job in taken] == [{"n": 0}, {"n": 1}, {"n": 2}]

    def test_leaves_kinds_that_have_enough_threads(self) -> None:
        actions.enqueue("test.echo", {}, at=NOW)
        assert claim(busy=["test.echo"]) == []


class TestASchedule:
    def test_is_due_once_whoever_takes_its_turn(self) -> None:
        then = NOW + timedelta(seconds=5)
        assert actions.take_turn("test", "test.echo", seen=None, then=then, at=NOW)
        assert not actions.take_turn("test", "test.echo", seen=None, then=then, at=NOW)
        later = then + timedelta(seconds=5)
        assert actions.take_turn("test", "test.echo", seen=then, then=later, at=then)
        assert not actions.take_turn("test", "test.echo", seen=then, then=later, at=then)
        assert queries.turns() == {"test": later}
        assert queries.counts()["waiting"] == 1


class TestATask:
    def test_is_open_once_a_subject_until_it_is_closed(self) -> None:
        first = actions.open_task("test.look", "R-1", {"n": 1}, at=NOW, office="P")
        assert actions.open_task("test.look", "R-1", {"n": 2}, at=NOW) == first
        assert actions.close_task("test.look", "R-1", by="ann", at=NOW)
        assert not actions.close_task("test.look", "R-1", by="ann", at=NOW)
        assert actions.open_task("test.look", "R-1", {}, at=NOW) != first

    def test_is_seen_by_its_person_role_and_office_alone(self) -> None:
        actions.open_task("test.look", "mine", {}, at=NOW, person="ann")
        actions.open_task("test.look", "ours", {}, at=NOW, role="officer", office="P")
        actions.open_task("test.look", "all", {}, at=NOW)

        def seen(person: str, roles: list[str], office: str | None) -> set[str]:
            found = queries.tasks(person=person, roles=roles, office=office)
            return {task.subject for task in found}

        assert seen("ann", ["officer"], "P") == {"mine", "ours", "all"}
        assert seen("bob", ["officer"], "P") == {"ours", "all"}
        assert seen("bob", ["officer"], "Q") == {"all"}
        assert seen("bob", ["auditor"], "P") == {"all"}
