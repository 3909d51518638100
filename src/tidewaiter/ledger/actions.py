"""What the outside can ask of the log: take documents, and sign its head."""

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter import canonical
from tidewaiter.identity import queries as identity
from tidewaiter.keys import actions as keys
from tidewaiter.keys import queries as key_queries
from tidewaiter.ledger import commitment, errors, note, tile
from tidewaiter.ledger.alarms.actions import acknowledge as acknowledge
from tidewaiter.ledger.fencing.actions import another
from tidewaiter.ledger.fencing.actions import fence as fence
from tidewaiter.ledger.fencing.actions import hold as hold
from tidewaiter.ledger.fencing.actions import lift as lift
from tidewaiter.ledger.fencing.actions import passing as passing
from tidewaiter.ledger.fencing.actions import standing_still as standing_still
from tidewaiter.ledger.fencing.actions import through as through
from tidewaiter.ledger.fencing.queries import fenced, places
from tidewaiter.ledger.models import EVERY, AuditDay, Checkpoint, Entry, Head, Tile
from tidewaiter.ledger.witnessing.actions import add_checkpoint as add_checkpoint
from tidewaiter.ledger.witnessing.actions import cosigned as cosigned
from tidewaiter.ledger.witnessing.actions import told as told

DAY: Final = timedelta(days=1)
TOGETHER: Final = timedelta(seconds=1)  # between our look at the clock and at the last checkpoint
AFTER_MIDNIGHT: Final = timedelta(hours=1)  # a row may still be counted on for some minutes
log: Final = structlog.get_logger("tidewaiter.ledger")


def append(document: bytes, salt: bytes, *, at: datetime) -> int:
    """Log a document in the caller's transaction; its index, which is final when that commits.

    The document is the JWS compact bytes, or canonical bytes; the salt 32 bytes that are kept
    with it. Raises TransactionManagementError outside of a transaction.
    """
    return append_many([(document, salt)], at=at)[0]


def append_many(
    documents: Sequence[tuple[bytes, bytes]], *, at: datetime, written: Sequence[datetime] = ()
) -> list[int]:
    """Log documents with their salts, in order and in one statement; their indices.

    Where it is said when each was `written`, what was logged before a restore lost it keeps the
    place that it has in the log. Raises Restoring where the node is fenced.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an entry is logged with what it commits to")
    if not documents:
        return []
    hold()
    entries = [
        commitment.entry(commitment.commit(settings.ADMINISTRATION, document, salt))
        for document, salt in documents
    ]
    stand = places(dict(zip(entries, written, strict=True)), at=at) if written else {}
    if not stand:
        return Entry.append(entries, at=at)
    new = [entry for entry in entries if entry not in stand]
    stand.update(zip(new, Entry.append(new, at=at) if new else [], strict=True))
    return [stand[entry] for entry in entries]


def publish(*, at: datetime, early: bool = False) -> note.Signed | None:
    """Sign the head of the log and keep the tiles under it.

    None where it has not grown, was signed less than EVERY ago (unless `early`), or the node is
    fenced. Raises LogForked where what is stored no longer gives the root that was signed last;
    then nothing is signed.
    """
    if fenced() is not None:
        return None
    size, last = Head.entries(), Checkpoint.newest()
    if last is not None and (size < last.size or another()):
        raise errors.LogForked(size=last.size)
    if last is not None and (size == last.size or (_young(last, at) and not early)):
        return None
    Tile.build(size)
    if last is not None and tile.Reader(last.size, Tile.fetch).root() != last.root:
        raise errors.LogForked(size=last.size)
    root = tile.Reader(size, Tile.fetch).root()
    head = note.Checkpoint(key_queries.origin(), size, root)
    signatures = keys.sign_notes(head.text.encode(), at=at)
    lines = [note.signature_line(note.verifier(vkey), raw) for vkey, raw in signatures]
    text = note.signed(head.text, lines)
    if not Checkpoint.keep(head, text, at=at):
        return None  # another worker was first
    log.info("checkpoint signed", size=size, root=root.hex())
    return note.Signed(size, root, text, at)


def _young(last: note.Signed, at: datetime) -> bool:
    """Whether it was signed a moment ago; one that is yet to come, a clock was put back since,
    or, where it is just ahead, another signed it while we looked.
    """
    return last.signed_at - TOGETHER <= at < last.signed_at + EVERY


def log_audit(*, at: datetime, most: int = 366) -> list[date]:
    """Log the digest of each day of the read-audit that is over and not logged yet; those days.

    A day is over an hour into the next one. The first is the day of the first row.
    """
    if fenced() is not None:
        return []
    done = AuditDay.last()
    first = identity.first_audited() if done is None else None
    if done is None and first is None:
        return []
    day = done + DAY if done else first.astimezone(UTC).date()  # type: ignore[union-attr]
    until = (at.astimezone(UTC) - AFTER_MIDNIGHT).date()
    logged: list[date] = []
    while day < until and len(logged) < most:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        rows, digest = identity.audit_digest(start, start + DAY)
        document = canonical.write({"audit": day.isoformat(), "rows": rows, "digest": digest})
        if AuditDay.keep(day, document, secrets.token_bytes(commitment.SALT), at=at):
            logged.append(day)
            log.info("audit logged", day=day.isoformat(), rows=rows)
        day += DAY
    return logged
