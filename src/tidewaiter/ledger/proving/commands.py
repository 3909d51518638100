"""`tidewaiter ledger prove` and `check`: the proof of a paper in one file, and what it proves."""

import json
import time
from collections.abc import Sequence
from typing import Any, Final

import click

from tidewaiter import clock
from tidewaiter.command import Said, progress, verb
from tidewaiter.identity import viewer
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import errors, proof
from tidewaiter.ledger.papers import Paper
from tidewaiter.ledger.proving import actions, files, wording

_SIGNED: Final = 10.0  # seconds within which a checkpoint covers an entry (the wire contract)
_SEALED: Final = 3.0  # seconds that a message may wait to be signed
_PAUSE: Final = 0.5


@click.command()
@click.argument("references", metavar="REF…", nargs=-1, required=True)
@click.option("--out", metavar="FILE", help="Write the proof there, not to standard output.")
@click.option("--without-document", is_flag=True, help="Show the commitment alone.")
@verb
def prove(references: tuple[str, ...], out: str | None, without_document: bool) -> Said:
    """Prove what was logged, in one file that anybody can judge.

    REF is the id or the digest of a message, the digest of an agreement, a day of the read-audit,
    node.json, or the index of an entry.
    """
    found, data = _proven(references, whole=not without_document)
    for paper in found:
        if paper.forgotten:
            progress(f"{paper.reference} was forgotten: only the entry in the log is left")
    checked = proof.check(data)
    if not checked.cosigned_by:
        progress("no witness has cosigned a checkpoint over it yet: ask again in some minutes")
    if out is None:
        return Said(json.loads(data), data.decode())
    files.write(out, data)
    said = wording.told(checked)
    return Said({"file": out, **said}, f"{out}: {wording.sentence(checked)}")


@click.command()
@click.argument("file")
@click.option(
    "--vkey",
    "vkeys",
    multiple=True,
    help="A log's verifier key that you know, best as XA:…, of XA's log alone.",
)
@click.option("--witness", "witnesses", multiple=True, help="A witness's key that you know.")
@click.option(
    "--thumbprint",
    "thumbprints",
    multiple=True,
    help="Of a key that signs node documents, best as XA:…, of XA's documents alone.",
)
@verb
def check(
    file: str, vkeys: tuple[str, ...], witnesses: tuple[str, ...], thumbprints: tuple[str, ...]
) -> Said:
    """Judge a proof by the keys in it and by those that you name; FILE may be -.

    The keys in a file are whoever's made it. Name those that you have from elsewhere: then it is
    refused unless the logs, a witness of each, and the node documents are signed by them.
    """
    known = proof.Known(frozenset(vkeys), frozenset(witnesses), frozenset(thumbprints))
    checked = proof.check(files.read(file), known)
    said: dict[str, Any] = wording.told(checked)
    return Said(said, wording.page(checked, known), failed=not checked.ok)


def _proven(references: Sequence[str], *, whole: bool) -> tuple[list[Paper], bytes]:
    """The papers and their proof; what was sent just now is waited for, as long as is promised."""
    waited = 0.0
    while True:
        at = clock.real()
        try:
            found = [
                actions.find(each, viewer.command_line(), whole=whole, at=at) for each in references
            ]
            return found, actions.prove(found, at=at)
        except (errors.NotLogged, errors.NotCovered) as problem:
            if waited >= (_SIGNED if isinstance(problem, errors.NotCovered) else _SEALED):
                raise
        ledger.publish(at=at)  # signs nothing where that is not due, or not ours to do
        time.sleep(_PAUSE)
        waited += _PAUSE
