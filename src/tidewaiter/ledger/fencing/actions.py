"""The fence raised and lifted; nothing is logged while it stands, but what lifts it.

The wire contract, "After a restore": a node that was restored sends, accepts and signs nothing
until it has its own log back and knows which serials were used. Never two trees under one origin.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Final

import structlog

from tidewaiter.ledger import errors
from tidewaiter.ledger.fencing import queries
from tidewaiter.ledger.fencing.models import Fence

_THROUGH: Final[ContextVar[bool]] = ContextVar("through", default=False)
log: Final = structlog.get_logger("tidewaiter.ledger")


def fence(*, since: datetime, at: datetime) -> None:
    """Stand still from now on: this database was restored from a backup taken at `since`."""
    Fence.put(since, at=at)
    log.warning("fenced", since=since.isoformat())


def come(stage: Fence.Stage, *, size: int | None = None) -> bool:
    """Note how far the node has come back; False where it is not fenced, or another noted it."""
    row = Fence.standing()
    if row is None or (row.stage, row.size) == (stage, size):
        return False
    log.info("fence stage", stage=stage.value, size=size)
    return row.come(stage, size=size)


def lift(*, at: datetime) -> bool:
    """Take part again; False where there was no fence."""
    row = Fence.standing()
    if row is None or not row.lift(at=at):
        return False
    log.warning("fence lifted", since=row.since.isoformat(), size=row.size)
    return True


def hold() -> None:
    """Raises Restoring where the node is fenced and who asks does not act to lift the fence."""
    if _THROUGH.get():
        return
    found = queries.fenced()
    if found is not None:
        raise errors.Restoring(stage=found.stage)


@contextmanager
def through() -> Iterator[None]:
    """What is logged in here is what lifts the fence: the questions to partners, their answers."""
    token = _THROUGH.set(True)
    try:
        yield
    finally:
        _THROUGH.reset(token)
