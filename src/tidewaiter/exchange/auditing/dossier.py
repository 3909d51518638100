"""The file of a period: its papers proven under one checkpoint, as `ledger check` judges it.

What may be disclosed stands in it with its salt; of the rest stands the log's entry alone, which
proves that something was logged there and tells nothing of what. The form is docs/proof.md.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from tidewaiter import base64url, canonical, clock
from tidewaiter.exchange.auditing import continuity, errors, queries
from tidewaiter.exchange.auditing.queries import Passage, Wanted
from tidewaiter.exchange.auditing.tally import queries as tally
from tidewaiter.exchange.models import Paper
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.identity import queries as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger import errors as ledger_errors
from tidewaiter.ledger import proof
from tidewaiter.ledger import queries as ledger

DOWNLOAD: Final = 5_000  # messages in a file that the web hands out
PAPERS: Final = 20_000  # in one file: a reader takes 50,000 of them …
BYTES: Final = 40 * 2**20  # … and 64 MiB
HASH: Final = 46  # characters of a hash in a file
AROUND: Final = 400  # characters around a paper
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class File:
    """One file with what stands in it; a period with more has several."""

    data: bytes
    papers: int
    disclosed: int  # of them with document and salt
    size: int  # entries under its checkpoint
    cosigned_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry of our log that belongs to the period; without its document where held back."""

    index: int
    document: str = ""
    salt: str = ""


def files(viewer: Viewer, wanted: Wanted, *, at: datetime, disclose: bool = True) -> Iterator[File]:
    """The files of a period, under the newest cosigned checkpoint, else under our newest.

    What is logged after that checkpoint is in none of them. Raises NothingCovered, and as
    `queries.page` does.
    """
    queries.known(viewer, wanted)
    under = queries.proving()
    if not under.size:
        raise errors.NothingCovered()
    size, by = under.size, under.by
    head = proof.Log(under.administration, under.note)
    documents = _documents(wanted.partner, by, at=at)
    passages = queries.every(viewer, wanted, under=queries.heads(), at=at, disclose=disclose)
    logged = (each for passage in passages for each in _logged(passage) if each.index < size)
    for papers in _portions(_papers(logged, size)):
        try:
            data = proof.build([head], papers, documents)
        except proof.NotProven as error:
            raise ledger_errors.NotProvable(reason=str(error)) from None
        disclosed = sum(each.document is not None for each in papers)
        yield File(data, len(papers), disclosed, size, by)


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
        "logged": summary.logged,
        "covered": summary.covered,
        "cosigned": summary.cosigned,
        "cosigned_by": list(summary.heads.by),
        "forgotten": summary.forgotten,
        "held_back": summary.held_back,
        "serials": {
            "whole": serials.whole,
            "sent": _account(serials.sent),
            "receipts": _account(serials.receipts),
            "received": _account(serials.received)
            | {"told": {str(serial): str(id_) for serial, id_ in serials.told.items()}},
        },
    }


def _account(found: continuity.Account) -> dict[str, Any]:
    runs = [{"first": each.first, "last": each.last, "fate": each.fate} for each in found.runs]
    return {"first": found.first or None, "last": found.last or None, "runs": runs}


def _documents(partner: str, cosigners: Iterable[str], *, at: datetime) -> list[str]:
    """Node documents by which the papers and the checkpoint can be judged, the newest first."""
    publishing.own(at=at)
    found = list(Paper.objects.all_documents())
    for code in dict.fromkeys((partner, *cosigners)):
        found += [each.compact for each in identity.documents(code)]
    return list(dict.fromkeys(found))


def _logged(passage: Passage) -> Iterator[Logged]:
    for index, document in passage.former:
        yield Logged(index, document, _salt(document))
    if passage.log_index is not None:
        yield Logged(passage.log_index, passage.document, passage.salt)


def _salt(document: str) -> str:
    return queries.salt(document) if document else ""


def _papers(logged: Iterable[Logged], size: int) -> Iterator[proof.Paper]:
    """Each entry with its path to the root of the tree of `size`."""
    left = iter(logged)
    while some := list(islice(left, AT_ONCE)):
        proofs = ledger.inclusions([each.index for each in some], size)
        for each, found in zip(some, proofs, strict=True):
            said = base64url.decode(str(canonical.read(found.entry)["commitment"]))
            entry = proof.Entry(0, each.index, said, found.path)
            if not each.document:
                yield proof.Paper((entry,))
                continue
            salt = base64url.decode(each.salt)
            yield proof.Paper((entry,), each.document.encode("ascii"), salt)


def _portions(papers: Iterable[proof.Paper]) -> Iterator[list[proof.Paper]]:
    """The papers in as few files as their readers take."""
    held: list[proof.Paper] = []
    length = 0
    for each in papers:
        long = AROUND + HASH * len(each.entries[0].path) + len(each.document or b"") * 4 // 3
        if held and (len(held) == PAPERS or length + long > BYTES):
            yield held
            held, length = [], 0
        held.append(each)
        length += long
    if held:
        yield held
