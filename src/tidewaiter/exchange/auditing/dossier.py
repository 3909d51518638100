"""The file of a period: its papers proven under one checkpoint, as `ledger check` judges it.

What may be disclosed stands in it with its salt; of the rest stands the log's entry alone, which
proves that something was logged there and tells nothing of what. The form is docs/proof.md.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tidewaiter import base64url, clock
from tidewaiter.exchange import queries as exchange
from tidewaiter.exchange.auditing import continuity, errors, queries
from tidewaiter.exchange.auditing.queries import Passage, Wanted
from tidewaiter.exchange.auditing.tally import queries as tally
from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger.papers import Elsewhere, Paper
from tidewaiter.ledger.proving import actions as proving

DOWNLOAD: Final = 5_000  # messages in a file that the web hands out
PAPERS: Final = 20_000  # in one file: a reader takes 50,000 of them …
BYTES: Final = 40 * 2**20  # … and 64 MiB
AROUND: Final = 1_500  # characters of an entry with a path of 25 hashes


@dataclass(frozen=True, slots=True)
class File:
    """One file with what stands in it; a period with more has several."""

    data: bytes
    papers: int
    disclosed: int  # of them with document and salt
    size: int  # entries under its checkpoint
    cosigned_by: tuple[str, ...]


def files(viewer: Viewer, wanted: Wanted, *, at: datetime, disclose: bool = True) -> Iterator[File]:
    """The files of a period, under the newest cosigned checkpoint, else under our newest.

    What is logged after that checkpoint is in none of them, and of a log that was closed nothing
    that is held back: its index alone would prove nothing. Raises NothingCovered, NotProvable, and
    as `queries.page` does.
    """
    queries.known(viewer, wanted)
    under = queries.heads()
    if not under.proving:
        raise errors.NothingCovered()
    passages = queries.every(viewer, wanted, under=under, at=at, disclose=disclose)
    papers = (paper for each in passages for paper in _papers(each, under))
    for portion in _portions(papers):
        data = proving.prove(portion, at=at)
        disclosed = sum(each.document is not None for each in portion)
        yield File(data, len(portion), disclosed, under.proving, under.by)


def one(viewer: Viewer, wanted: Wanted, *, at: datetime, disclose: bool = True) -> io.BytesIO:
    """The one file of a period that is not too long. Raises TooMuch, and as `files` does."""
    papers = tally.summary(viewer, wanted).logged
    if papers > DOWNLOAD:
        raise errors.TooMuch(papers=papers, limit=DOWNLOAD)
    found = list(files(viewer, wanted, at=at, disclose=disclose))
    if not found:
        raise errors.NothingCovered()
    if len(found) > 1:
        raise errors.TooMuch(papers=papers, limit=found[0].papers)
    return io.BytesIO(found[0].data)


def head(wanted: Wanted, summary: tally.Summary, serials: tally.Serials) -> dict[str, Any]:
    """What a period comes to, in plain values."""
    return {
        "with": wanted.partner,
        "from": clock.text(wanted.since),
        "until": clock.text(wanted.until),
        "messages": summary.passages,
        "sent": summary.sent,
        "received": summary.received,
        "refused_here": summary.refused,
        "refusals": [_refusal(each) for each in summary.turned],
        "logged": summary.logged,
        "covered": summary.covered,
        "cosigned": summary.cosigned,
        "cosigned_by": list(summary.heads.by),
        "forgotten": summary.forgotten,
        "held_back": summary.held_back,
        "serials": {
            "whole": serials.whole,
            "sent": _account(serials.sent) | {"told": _named(serials.told_by_us)},
            "receipts": _account(serials.receipts),
            "received": _account(serials.received) | {"told": _named(serials.told)},
        },
    }


def _account(found: continuity.Account) -> dict[str, Any]:
    runs = [{"first": each.first, "last": each.last, "fate": each.fate} for each in found.runs]
    return {"first": found.first or None, "last": found.last or None, "runs": runs}


def _refusal(found: exchange.Turned) -> dict[str, Any]:
    return {
        "id": found.message_id or None,
        "type": found.type or None,
        "digest": found.digest or None,
        "problem": found.problem,
        "rule": found.rule or None,
        "times": found.times,
        "first": clock.text(found.first_at),
        "last": clock.text(found.last_at),
    }


def _named(told: Mapping[int, UUID]) -> dict[str, str]:
    return {str(serial): str(id_) for serial, id_ in told.items()}


def _papers(passage: Passage, under: queries.Heads) -> Iterator[Paper]:
    """What a message has in our log, and where its receipt says it is in the partner's."""
    entries = [*passage.former]
    if passage.log_index is not None:
        entries.append((passage.log_index, passage.document))
    for index, document in entries:
        if document:
            salt = base64url.decode(queries.salt(document))
            elsewhere = _elsewhere(passage) if document == passage.document else ()
            if passage.closed or index < under.proving:
                name = str(passage.id)
                yield Paper("message", name, index, document.encode(), salt, elsewhere=elsewhere)
        elif not passage.closed and index < under.proving:
            yield Paper("entry", str(passage.id), index)


def _elsewhere(passage: Passage) -> tuple[Elsewhere, ...]:
    said = passage.receipt
    if passage.side == "in" or said.log_index is None or not said.holds:
        return ()
    return (Elsewhere(passage.partner, said.log_index),)


def _portions(papers: Iterable[Paper]) -> Iterator[list[Paper]]:
    """The papers in as few files as their readers take."""
    held: list[Paper] = []
    length = 0
    for each in papers:
        long = AROUND * (1 + len(each.elsewhere)) + len(each.document or b"") * 4 // 3
        if held and (len(held) == PAPERS or length + long > BYTES):
            yield held
            held, length = [], 0
        held.append(each)
        length += long
    if held:
        yield held
