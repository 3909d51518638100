"""The fence raised and lifted; nothing is logged while it stands, but what lifts it.

The wire contract, "After a restore": a node that was restored sends, accepts and signs nothing
until it has its own log back and knows which serials were used. Never two trees under one origin.
"""

import itertools
import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter.keys import queries as keys
from tidewaiter.ledger import commitment, errors, models, note, tile, tree, witness
from tidewaiter.ledger.fencing import queries
from tidewaiter.ledger.fencing.models import Fence
from tidewaiter.ledger.models import (
    Checkpoint,
    Claim,
    Cosignature,
    Entry,
    Head,
    Tile,
    Witnessed,
    WitnessedBundle,
)
from tidewaiter.work import actions as work

_AT_ONCE: Final = 16  # bundles of 256 entries in a commit
_THROUGH: Final[ContextVar[bool]] = ContextVar("through", default=False)
log: Final = structlog.get_logger("tidewaiter.ledger")


def fence(*, since: datetime, at: datetime) -> None:
    """Stand still from now on: this database was restored from a backup taken at `since`."""
    Fence.put(since, at=at)
    log.warning("fenced", since=since.isoformat())


def come(stage: str, *, size: int | None = None) -> bool:
    """Note how far the node has come back; False where it is not fenced, or another noted it."""
    row = Fence.standing()
    if row is None or (row.stage, row.size) == (stage, size):
        return False
    log.info("fence stage", stage=stage, size=size)
    return row.come(Fence.Stage(stage), size=size)


def lift(*, at: datetime) -> bool:
    """Take part again; False where there was no fence."""
    row = Fence.standing()
    if row is None or not row.lift(at=at):
        return False
    log.warning("fence lifted", since=row.since.isoformat(), size=row.size)
    return True


def passing() -> bool:
    """Whether who asks acts to lift the fence."""
    return _THROUGH.get()


def standing_still() -> bool:
    """Whether the node is fenced, for who asks."""
    return not passing() and queries.fenced() is not None


def hold() -> None:
    """Raises Restoring where the node is fenced and who asks does not act to lift the fence.

    Before the log stands again nobody passes: an entry among those that are to come back would
    make another tree of it.
    """
    found = queries.fenced()
    if found is not None and not (passing() and found.stage == queries.PARTNERS):
        raise errors.Restoring


@contextmanager
def through() -> Iterator[None]:
    """What is logged in here is what lifts the fence: the questions to partners, their answers."""
    token = _THROUGH.set(True)
    try:
        yield
    finally:
        _THROUGH.reset(token)


def another() -> str:
    """The log that the newest checkpoint here is of, where our key is of another; else "".

    So it is when what is restored is older than the log that our keys sign, which followed it.
    """
    newest = Checkpoint.newest()
    signed = "" if newest is None else newest.note.partition("\n")[0]
    return "" if signed == keys.origin() else signed


def grown() -> tree.Frontier:
    """The tree of all our entries, to be grown; its tiles are kept from here on."""
    size = Head.entries()
    Tile.build(size)
    reader, frontier = tile.Reader(size, Tile.fetch), tree.Frontier()
    start = 0
    while start < size:
        span = 1 << (size - start).bit_length() - 1
        frontier.hashes.append(reader.subtree(start, start + span))
        start += span
    frontier.size = size
    return frontier


def roots(sizes: Collection[int]) -> dict[int, bytes]:
    """The root of our first entries, for each of these sizes that the log has."""
    size = Head.entries()
    Tile.build(size)
    return {each: tile.Reader(each, Tile.fetch).root() for each in sizes if each <= size}


def readmit(entries: Sequence[bytes], first: int, *, at: datetime) -> None:
    """Take entries of our own log back, checked against what we signed, as its next ones.

    Raises LogForked where the log does not end before `first`; then nothing is written.
    """
    with transaction.atomic():
        indexes = Entry.append(entries, at=at)
        if indexes and indexes[0] != first:
            raise errors.LogForked(size=first)


def head(signed: note.Checkpoint, text: str, *, at: datetime) -> None:
    """Keep a checkpoint of ours that came back: none is signed over less from now on."""
    Tile.build(signed.size)
    Checkpoint.keep(signed, text, at=at)


def close(successor: str, commits_to: str, *, at: datetime) -> int:
    """Close our log for good, and begin that of another origin; how many entries it had.

    It is kept, under the newest checkpoint that we have of it, beside the logs of partners, and
    served there. The new log's first entry commits to the last cosigned checkpoint, `commits_to`
    (else to our own newest).
    """
    newest, origin = Checkpoint.newest(), ""
    text = commits_to or (newest.note if newest is not None else "")
    if newest is not None:
        origin = note.checkpoint(note.parts(newest.note.encode())[0]).origin
        _archive(origin, newest, at=at)
    with transaction.atomic():
        models.clear()
        salt = secrets.token_bytes(commitment.SALT)
        entry = commitment.commit(settings.ADMINISTRATION, text.encode(), salt)
        models.Entry.append([commitment.entry(entry)], at=at)
        closed = {"size": newest.size if newest else 0, "document": text, "salt": salt}
        models.ClosedLog.keep(
            origin or f"nothing before {successor}", **closed, followed_by=successor, closed_at=at
        )
    log.warning("log closed", origin=origin, followed_by=successor, size=closed["size"])
    return int(newest.size if newest is not None else 0)


def _archive(origin: str, newest: note.Signed, *, at: datetime) -> None:
    """Keep our own log as we keep those of partners: what is under its newest checkpoint.

    Some thousand entries a commit; whoever is cut short begins again.
    """
    kept = Witnessed.objects.of(origin, settings.ADMINISTRATION)
    rows = Cosignature.objects.filter(origin=origin, size=newest.size).order_by("pk")
    lines = "".join(dict.fromkeys(row.line for row in rows))
    kept.take(witness.Head(newest.size, newest.root), newest.note, lines, at=at)
    kept = Witnessed.objects.of(origin, settings.ADMINISTRATION)
    for start in range(0, newest.size, _AT_ONCE * tile.WIDTH):
        entries = Entry.between(start, min(start + _AT_ONCE * tile.WIDTH, newest.size))
        bundles = itertools.groupby(entries, lambda row: row.index // tile.WIDTH)
        WitnessedBundle.objects.keep(
            kept, [(index, [bytes(row.entry) for row in rows]) for index, rows in bundles]
        )
        work.give_way()


def pardon(administration: str, *, at: datetime) -> None:
    """A partner was restored: what others told of its log beyond what we cosigned, it lost.

    Nobody is accused for that; a tree that does not go on from what we cosigned still is found.
    """
    for log_ in Witnessed.objects.filter(administration=administration):
        for claim in Claim.objects.open(log_.origin):
            if claim.size > log_.size:
                claim.settle()
        log_.since(short_since=None, dark_since=None)
    log.info("partner restored", partner=administration, at=at.isoformat())
