"""The fence: a node that was restored logs and signs nothing until it has rejoined."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from tidewaiter.keys import queries as keys
from tidewaiter.ledger import actions, errors, queries
from tidewaiter.ledger.fencing import actions as fencing
from tidewaiter.ledger.fencing.models import Fence
from tidewaiter.work import errors as work

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=2)
SALT = bytes(32)


def append() -> int:
    with transaction.atomic():
        return actions.append(b"a document", SALT, at=NOW)


class TestAFencedNode:
    def test_says_since_when_and_how_far_it_has_come(self) -> None:
        actions.fence(since=SINCE, at=NOW)
        found = queries.fenced()
        assert found is not None
        assert (found.since, found.raised, found.stage, found.size) == (SINCE, NOW, "log", None)

    def test_logs_nothing(self) -> None:
        actions.fence(since=SINCE, at=NOW)
        with pytest.raises(errors.Restoring) as refused:
            append()
        assert refused.value.document()["status"] == 503
        assert queries.size() == 0

    def test_has_a_job_that_logs_called_again_rather_than_failed(self) -> None:
        assert issubclass(errors.Restoring, work.NotNow)
        assert errors.Restoring.seconds > 0

    def test_logs_what_lifts_the_fence_once_the_log_stands_again(self) -> None:
        actions.fence(since=SINCE, at=NOW)
        for stage in (Fence.Stage.LOST, Fence.Stage.LOG):
            with actions.through(), pytest.raises(errors.Restoring):
                append()  # among what is to come back: that would be another tree
            fencing.come(stage)
        fencing.come(Fence.Stage.PARTNERS, size=0)
        with actions.through():
            assert append() == 0
        with pytest.raises(errors.Restoring):
            append()

    def test_signs_no_checkpoint(self) -> None:
        append()
        actions.fence(since=SINCE, at=NOW)
        assert actions.publish(at=NOW) is None
        assert queries.checkpoint() is None

    def test_signs_no_tree_of_one_log_by_the_key_of_another(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        append()
        assert actions.publish(at=NOW) is not None
        append()
        monkeypatch.setattr(keys, "origin", lambda: "another.example/tlog")
        with pytest.raises(errors.LogForked):
            actions.publish(at=NOW + timedelta(minutes=1))
        monkeypatch.undo()
        assert actions.publish(at=NOW + timedelta(minutes=1)) is not None

    def test_logs_no_audit(self) -> None:
        actions.fence(since=SINCE, at=NOW)
        assert actions.log_audit(at=NOW + timedelta(days=3)) == []

    def test_comes_back_stage_by_stage(self) -> None:
        actions.fence(since=SINCE, at=NOW)
        assert fencing.come(Fence.Stage.LOST)
        assert not fencing.come(Fence.Stage.LOST)
        assert fencing.come(Fence.Stage.PARTNERS, size=7)
        found = queries.fenced()
        assert found is not None
        assert (found.stage, found.size) == ("partners", 7)

    def test_takes_part_again_once_the_fence_is_lifted(self) -> None:
        actions.fence(since=SINCE, at=NOW)
        assert actions.lift(at=NOW)
        assert not actions.lift(at=NOW)
        assert queries.fenced() is None
        assert append() == 0
        assert actions.publish(at=NOW) is not None

    def test_begins_anew_when_it_is_restored_once_more(self) -> None:
        actions.fence(since=SINCE, at=NOW)
        fencing.come(Fence.Stage.PARTNERS, size=7)
        actions.fence(since=SINCE, at=NOW + timedelta(minutes=1))
        found = queries.fenced()
        assert found is not None
        assert (found.stage, found.size) == ("log", None)
        assert Fence.objects.count() == 2
