"""The fence: a node that was restored logs and signs nothing until it has rejoined."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction

from tidewaiter.keys import queries as keys
from tidewaiter.ledger import actions, commitment, errors, queries
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


class TestWhatCameBack:
    @pytest.mark.parametrize("kept", [0, 3, 8])
    def test_keeps_its_place(self, kept: int) -> None:
        papers = [(str(n).encode(), bytes(32)) for n in range(8)]
        with transaction.atomic():
            assert actions.append_many(papers[:kept], at=SINCE) == list(range(kept))
        entries = [
            commitment.entry(commitment.commit(settings.ADMINISTRATION, paper, salt))
            for paper, salt in papers[kept:]
        ]
        actions.fence(since=SINCE, at=NOW)
        fencing.readmit(entries, kept, at=NOW + timedelta(seconds=3))
        fencing.come(Fence.Stage.PARTNERS, size=8)
        actions.lift(at=NOW)
        later = NOW + timedelta(days=1)
        anew = [(b"new", bytes(32)), *reversed(papers), (b"newer", bytes(32))]
        with transaction.atomic():
            found = actions.append_many(anew, at=later, written=[SINCE] * 10)
        # what the backup had is known by the message, and never asked for here: it is logged anew
        places = iter(range(8, 10 + kept))
        assert found == [
            place if (place := 8 - n) >= kept and 0 < n < 9 else next(places) for n in range(10)
        ]

    def test_is_looked_for_by_what_was_written_before_alone(self) -> None:
        actions.fence(since=SINCE, at=NOW)
        paper = (b"a document", SALT)
        entry = commitment.entry(commitment.commit(settings.ADMINISTRATION, *paper))
        fencing.readmit([entry], 0, at=NOW)
        fencing.come(Fence.Stage.PARTNERS, size=1)
        actions.lift(at=NOW)
        for at, written, place in (
            (NOW, NOW, 0),
            (NOW, NOW + timedelta(hours=1), 1),
            (NOW + timedelta(days=33), NOW, 2),
        ):
            with transaction.atomic():
                assert actions.append_many([paper], at=at, written=[written]) == [place]
