"""A node of the last version keeps its place with each partner when it is upgraded."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

LAST, WIRE = [("exchange", "0001_initial")], [("exchange", "0002_wire")]
AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def migrated(to: list[tuple[str, str]]) -> Any:
    """The tables as they stand at that version."""
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return MigrationExecutor(connection).loader.project_state(to).apps


@pytest.mark.django_db(transaction=True)
def test_serials_that_came_are_known_and_those_missing_are_gaps() -> None:
    try:
        inbound = migrated(LAST).get_model("exchange", "Inbound")
        for sender, serial in [("XB", 1), ("XB", 2), ("XB", 5), ("XC", 1)]:
            inbound.objects.create(
                message_id=uuid4(),
                sender=sender,
                serial=serial,
                type="org.tidewaiter.alert.shipment.v1",
                sent_at=AT,
                received_at=AT + timedelta(minutes=serial),
                digest="sha256:" + "0" * 64,
                jws="a.b.c",
                log_index=serial,
                receipt_id=uuid4(),
                handle_at=AT,
            )
        now = migrated(WIRE)
        stands = now.get_model("exchange", "Correspondent").objects
        assert dict(stands.values_list("administration", "highest")) == {"XB": 5, "XC": 1}
        gaps = now.get_model("exchange", "Gap").objects
        assert list(gaps.values_list("sender", "first", "last")) == [("XB", 3, 4)]
    finally:
        migrated(MigrationExecutor(connection).loader.graph.leaf_nodes())
