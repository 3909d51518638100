"""`tidewaiter ledger`: the log of what was signed and taken."""

import click

from tidewaiter.command import Said, verb
from tidewaiter.ledger import queries
from tidewaiter.ledger.proving import commands as proving


@click.group()
def ledger() -> None:
    """The log of what this node signed and took."""


@ledger.command()
@click.option("--partner", metavar="XB", help="The partner's log, as this node keeps it.")
@verb
def verify(partner: str | None) -> Said:
    """Check the whole log: every entry, tile, checkpoint, signature and cosignature."""
    found = queries.verify() if partner is None else queries.verify_partner(partner)
    data = {
        "ok": found.ok,
        "origin": found.origin,
        "size": found.size,
        "root": found.root.hex(),
        "witnesses": found.witnesses,
        "checkpoint_size": found.checkpoint_size,
        "checkpoints": found.checkpoints,
        "faults": list(found.faults),
    }
    return Said(data, failed=not found.ok)


ledger.add_command(proving.prove)
ledger.add_command(proving.check)
