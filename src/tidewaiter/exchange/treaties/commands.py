"""The verbs `agreements propose`, `accept` and `notice`: they talk to partners."""

from pathlib import Path
from typing import Final

import click

from tidewaiter import clock
from tidewaiter.agreements import files
from tidewaiter.command import Said, verb
from tidewaiter.exchange.treaties import actions
from tidewaiter.identity import viewer

DIGEST: Final = "sha256:"


@click.command()
@click.argument("file", metavar="FILE_OR_DIGEST")
@verb
def propose(file: str) -> Said:
    """Register a document, sign it and send it to its other parties."""
    by, at = viewer.command_line().name, clock.real()
    if file.startswith(DIGEST):
        return _said(actions.propose_here(digest=file, at=at, by=by), "proposed to")
    return _said(actions.propose(source=files.read(Path(file)), at=at, by=by), "proposed to")


@click.command()
@click.argument("digest")
@verb
def accept(digest: str) -> Said:
    """Sign what a partner proposed, and tell it our signature."""
    told = actions.accept(digest=digest, at=clock.real(), by=viewer.command_line().name)
    return _said(told, "our signature is told to")


@click.command()
@click.argument("digest")
@click.option("--suspend", "notice", flag_value="suspend", help="Nothing passes until we resume.")
@click.option("--resume", "notice", flag_value="resume", help="End our own suspension.")
@click.option("--terminate", "notice", flag_value="terminate", help="End it for good.")
@click.option("--reason", required=True, metavar="T", help="Told to the other parties.")
@verb
def notice(digest: str, notice: str | None, reason: str) -> Said:
    """Suspend, resume or terminate an agreement at once, and tell the other parties."""
    if notice is None:
        raise click.UsageError("Give one of --suspend, --resume and --terminate.")
    by, at = viewer.command_line().name, clock.real()
    told = actions.notice(digest=digest, notice=notice, reason=reason, at=at, by=by)
    return _said(told, f"{notice} is told to")


def _said(done: actions.Told, verb_: str) -> Said:
    data = {
        "digest": done.digest,
        "state": done.state,
        "signed_by": list(done.signed_by),
        "missing": list(done.missing),
        "told": list(done.told),
        "untold": list(done.untold),
    }
    words = f"{done.digest}: {done.state}\n{verb_} {', '.join(done.told) or 'nobody'}"
    if done.untold:
        words += f"\nnot told, no partners of this node: {', '.join(done.untold)}"
    return Said(data, words)
