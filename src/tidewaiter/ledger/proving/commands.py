"""`tidewaiter ledger prove` and `check`: the proof of a paper in one file, and what it proves."""

import json
from typing import Any

import click

from tidewaiter import clock
from tidewaiter.command import Said, progress, verb
from tidewaiter.identity import viewer
from tidewaiter.ledger import proof
from tidewaiter.ledger.proving import actions, files, wording


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
    at, whole = clock.real(), not without_document
    found = [actions.find(each, viewer.command_line(), whole=whole, at=at) for each in references]
    for paper in found:
        if paper.forgotten:
            progress(f"{paper.reference} was forgotten: only the entry in the log is left")
    data = actions.prove(found, at=at)
    if out is None:
        return Said(json.loads(data), data.decode())
    files.write(out, data)
    checked = proof.check(data)
    said = wording.told(checked)
    return Said({"file": out, **said}, f"{out}: {wording.sentence(checked)}")


@click.command()
@click.argument("file")
@click.option("--vkey", "vkeys", multiple=True, help="A log's verifier key that you know.")
@click.option("--witness", "witnesses", multiple=True, help="A witness's key that you know.")
@click.option(
    "--thumbprint", "thumbprints", multiple=True, help="Of a key that signs node documents."
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
