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
    papers_ = _once(found)
    before = queries.closed(papers_)
    here = [each.log_index for n, each in enumerate(papers_) if n not in before]
    ours = queries.ours(here) if here else None
    theirs = {code: queries.theirs(code) for code in {one.administration for one in _all(found)}}
    entries = [
        (paper, _own(ours, before, n, paper), list(_elsewhere(paper, theirs)))
        for n, paper in enumerate(papers_)
    ]
    standing = {each.log for _, _, more in entries for each in more}
    logs = list(dict.fromkeys(own.log for _, own, _ in entries))
    logs += [kept.log for kept in theirs.values() if kept and kept.log in standing]
    listed = [
        proof.Paper(
            (own.place(logs.index(own.log)), *(each.place(logs.index(each.log)) for each in more)),
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


def _own(
    ours: queries.Ours | None, before: dict[int, queries.Found], number: int, paper: Paper
) -> queries.Found:
    """Where a paper stands in our log, or in one of ours that was closed."""
    if number in before:
        return before[number]
    assert ours is not None, "whatever stands in no closed log was looked up"
    return ours.entry(paper.log_index)


def _once(found: Sequence[Paper]) -> list[Paper]:
    """Each entry once: one that shows its document where there is one.

    Two documents at one index are two entries, the one of a log of ours that was closed.
    """
    by: dict[int, dict[bytes | datetime | None, Paper]] = {}
    for paper in found:
        hidden = paper.withheld[0] if paper.withheld is not None else paper.logged
        which = paper.document if paper.document is not None else hidden
        by.setdefault(paper.log_index, {}).setdefault(which, paper)
    return [
        paper
        for papers_ in by.values()
        for which, paper in papers_.items()
        if which is not None or len(papers_) == 1
    ]


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
