"""What the outside can ask of the log: take documents, and sign its head."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from tidewaiter.keys import actions as keys
from tidewaiter.keys import queries as key_queries
from tidewaiter.ledger import commitment, errors, note, tile
from tidewaiter.ledger.models import EVERY, Checkpoint, Entry, Head, Tile

log: Final = structlog.get_logger("tidewaiter.ledger")


def append(document: bytes, salt: bytes, *, at: datetime) -> int:
    """Log a document in the caller's transaction; its index, which is final when that commits.

    The document is the JWS compact bytes, or canonical bytes; the salt 32 bytes that are kept
    with it. Raises TransactionManagementError outside of a transaction.
    """
    return append_many([(document, salt)], at=at)[0]


def append_many(documents: Sequence[tuple[bytes, bytes]], *, at: datetime) -> list[int]:
    """Log documents with their salts, in order and in one statement; their indices."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an entry is logged with what it commits to")
    if not documents:
        return []
    entries = [
        commitment.entry(commitment.commit(settings.ADMINISTRATION, document, salt))
        for document, salt in documents
    ]
    return Entry.append(entries, at=at)


def publish(*, at: datetime) -> note.Signed | None:
    """Sign the head of the log and keep the tiles under it.

    None where it has not grown, or was signed less than EVERY ago. Raises LogForked where what is
    stored no longer gives the root that was signed last; then nothing is signed.
    """
    size, last = Head.entries(), Checkpoint.newest()
    if last is not None and (size <= last.size or at < last.signed_at + EVERY):
        if size < last.size:
            raise errors.LogForked(size=last.size)
        return None
    Tile.build(size)
    if last is not None and tile.Reader(last.size, Tile.fetch).root() != last.root:
        raise errors.LogForked(size=last.size)
    root = tile.Reader(size, Tile.fetch).root()
    head = note.Checkpoint(key_queries.origin(), size, root)
    line = note.signature_line(
        note.verifier(key_queries.note_verifier()), keys.sign_note(head.text.encode())
    )
    text = note.signed(head.text, [line])
    if not Checkpoint.keep(head, text, at=at):
        return None  # another worker was first
    log.info("checkpoint signed", size=size, root=root.hex())
    return note.Signed(size, root, text, at)
