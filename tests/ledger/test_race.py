"""Many who append at once get an index each, in one row without a gap or a second owner."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import close_old_connections, connection, transaction

from tidewaiter.ledger import actions, queries
from tidewaiter.ledger.models import Checkpoint

AT = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)
WRITERS, TURNS = 6, 15


def write(writer: int) -> list[int]:
    """Append in transactions of our own, of which every third is given up."""
    taken: list[int] = []
    try:
        for turn in range(TURNS):
            with transaction.atomic():
                documents = [(b"%d/%d/%d" % (writer, turn, one), b"s" * 32) for one in range(3)]
                indices = actions.append_many(documents, at=AT)
                given_up = turn % 3 == 2
                transaction.set_rollback(given_up)
            taken += [] if given_up else indices
    finally:
        connection.close()
    return taken


@pytest.mark.django_db(transaction=True)
def test_appenders_at_once_share_one_row_of_indices() -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        taken = [index for one in pool.map(write, range(WRITERS)) for index in one]
    assert sorted(taken) == list(range(WRITERS * TURNS * 2))
    found = queries.verify()
    assert (found.ok, found.size) == (True, WRITERS * TURNS * 2)


def publish(at: datetime) -> bool:
    """Whether we were the one who signed."""
    close_old_connections()
    try:
        return actions.publish(at=at) is not None
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_publishers_at_once_sign_one_head() -> None:
    with transaction.atomic():
        actions.append_many([(b"%d" % one, b"s" * 32) for one in range(600)], at=AT)
    with ThreadPoolExecutor(4) as pool:
        signed = list(pool.map(publish, [AT] * 4))
    assert signed.count(True) == 1
    assert Checkpoint.objects.count() == 1
    assert actions.publish(at=AT + timedelta(minutes=1)) is None
    assert queries.verify().ok
