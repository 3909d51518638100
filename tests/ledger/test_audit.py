"""Each day of the read-audit is committed to, so that nobody can take a row out of it unseen."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from tidewaiter.identity import actions as identity
from tidewaiter.identity.models import Reading
from tidewaiter.identity.viewer import Viewer, machine
from tidewaiter.ledger import actions, commitment, jobs, queries
from tidewaiter.ledger.models import AuditDay, Entry

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def read(reference: str, at: datetime) -> None:
    """Somebody reads a declaration."""
    viewer: Viewer = machine()
    identity.audit(viewer, "documents.declaration", [reference], [], at=at)


class TestADayOfTheAudit:
    def test_is_logged_an_hour_after_it_ended_and_once(self) -> None:
        read("XA-1", NOON)
        assert actions.log_audit(at=NOON + timedelta(hours=12, minutes=59)) == []
        assert actions.log_audit(at=NOON + timedelta(hours=13)) == [NOON.date()]
        assert actions.log_audit(at=NOON + timedelta(hours=14)) == []
        assert queries.size() == 1

    def test_is_committed_to_with_its_rows_and_their_digest(self) -> None:
        read("XA-1", NOON)
        read("XA-2", NOON)
        actions.log_audit(at=NOON + timedelta(days=1))
        day = AuditDay.objects.get()
        document = bytes(day.document)
        said = commitment.commit(settings.ADMINISTRATION, document, bytes(day.salt))
        assert bytes(Entry.objects.get(index=day.index).entry) == commitment.entry(said)
        stated = json.loads(document)
        assert (stated["audit"], stated["rows"]) == ("2026-11-24", 2)
        assert stated["digest"].startswith("sha256:")

    def test_without_a_reading_is_logged_too_once_there_was_one(self) -> None:
        assert actions.log_audit(at=NOON) == []
        read("XA-1", NOON)
        logged = actions.log_audit(at=NOON + timedelta(days=3))
        assert [day.isoformat() for day in logged] == ["2026-11-24", "2026-11-25", "2026-11-26"]

    def test_changes_nothing_when_the_same_is_read_again(self) -> None:
        read("XA-1", NOON)
        actions.log_audit(at=NOON + timedelta(days=1))
        Reading.objects.update(times=7, last_at=NOON + timedelta(minutes=9))
        assert queries.verify().ok

    @pytest.mark.parametrize(
        "change", [{"viewer": "another"}, {"subjects": "x"}, {"references": []}]
    )
    def test_that_was_changed_is_found(self, change: dict[str, Any]) -> None:
        read("XA-1", NOON)
        actions.log_audit(at=NOON + timedelta(days=1))
        Reading.objects.update(**change)
        assert queries.verify().faults == ("the read-audit of 2026-11-24 is not what was logged",)

    def test_that_lost_a_row_is_found(self) -> None:
        read("XA-1", NOON)
        read("XA-2", NOON)
        actions.log_audit(at=NOON + timedelta(days=1))
        Reading.objects.order_by("pk").last().delete()  # type: ignore[union-attr]
        assert not queries.verify().ok

    def test_is_logged_by_the_job(self) -> None:
        read("XA-1", NOON)
        jobs.audit()
        assert AuditDay.objects.filter(on=NOON.date()).exists() is (
            datetime.now(UTC) - timedelta(hours=1) >= datetime(2026, 11, 25, tzinfo=UTC)
        )
