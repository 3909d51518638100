"""The file that proves papers: who may have it, and what goes into it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger import errors, papers, proof
from tidewaiter.ledger.papers import Elsewhere, Paper
from tidewaiter.ledger.proving import queries
from tidewaiter.permission import Permission


def find(reference: str, viewer: Viewer, *, whole: bool = True, at: datetime) -> Paper:
    """The paper of that name, for one who may have it. Raises NoSuchPaper, Forbidden."""
    if not viewer.may(Permission.LEDGER_READ):
        raise identity_errors.Forbidden(permission=Permission.LEDGER_READ.value)
    for name in papers.papers:
        found = papers.papers.get(name)(reference, viewer, whole=whole, at=at)
        if found is not None:
            return found
    raise errors.NoSuchPaper(reference=reference[:100])


def prove(found: Sequence[Paper], *, at: datetime) -> bytes:
    """The file that proves these papers, under one checkpoint of ours: a cosigned one, if any is.

    Where we keep a partner's log and it has the paper too, that is proven beside. Raises
    NotCovered, NotProvable.
    """
    ours = queries.ours([each.log_index for each in found])
    theirs = {code: queries.theirs(code) for code in {one.administration for one in _all(found)}}
    entries = [
        (paper, ours.entry(paper.log_index), list(_elsewhere(paper, theirs)))
        for paper in _once(found)
    ]
    standing = {each.log for _, _, more in entries for each in more}
    logs = [ours.log, *(kept.log for kept in theirs.values() if kept and kept.log in standing)]
    listed = [
        proof.Paper(
            (own.place(0), *(each.place(logs.index(each.log)) for each in more)),
            paper.document,
            paper.salt,
            paper.signatures,
        )
        for paper, own, more in entries
    ]
    issued = [each for name in papers.documents for each in papers.documents.get(name)(at)]
    try:
        return proof.build(logs, listed, [*issued, *queries.partners_documents()])
    except proof.NotProven as error:
        raise errors.NotProvable(reason=str(error)) from None


def _once(found: Sequence[Paper]) -> list[Paper]:
    """Each entry once: one that shows its document where there is one."""
    by: dict[int, Paper] = {}
    for paper in found:
        if paper.log_index not in by or by[paper.log_index].document is None:
            by[paper.log_index] = paper
    return list(by.values())


def _elsewhere(paper: Paper, theirs: dict[str, queries.Theirs | None]) -> Iterator[queries.Found]:
    """Where partners' logs have the paper: not where a receipt only says so."""
    if paper.document is None or paper.salt is None:
        return
    for one in paper.elsewhere:
        kept = theirs[one.administration]
        found = kept.entry(one.index) if kept is not None else None
        committed = proof.commit(one.administration, paper.document, paper.salt)
        if found is not None and found.commitment == committed:
            yield found


def _all(found: Sequence[Paper]) -> list[Elsewhere]:
    return [one for paper in found for one in paper.elsewhere]
