"""The verb `retention run`."""

from typing import Any

import click

from tidewaiter import clock
from tidewaiter.command import Said, verb
from tidewaiter.exchange.forgetting import actions, registry
from tidewaiter.exchange.forgetting.erasing import actions as erasing


@click.group()
def retention() -> None:
    """Deleting what was received once its time is over."""


@retention.command()
@click.option("--dry-run", is_flag=True, help="Say what is due, and delete nothing.")
@click.option(
    "--rewrite",
    is_flag=True,
    help="Write the database's tables anew too; nobody can use them meanwhile.",
)
@verb
def run(dry_run: bool, rewrite: bool) -> Any:
    """Delete what is due with all that came of it, and tell the originators."""
    done = actions.run(at=clock.real(), dry=dry_run, most=erasing.BY_HAND)
    erased = done.erased
    if rewrite and not dry_run:
        erased = erasing.erase(registry.tables(), rewrite=True)
    kept = [
        {
            "reference": each.reference,
            "reason": each.reason,
            "from": each.partner,
            "case": each.case,
        }
        for each in done.kept
    ]
    data: dict[str, Any] = {"due": done.due, "deleted": done.deleted, "kept": kept}
    data |= {"told": done.told, "untold": done.untold, "erased": erased}
    lines = [f"{done.due} messages are due, {done.deleted} deleted, {len(kept)} kept."]
    lines += [
        f"{each.reference} is kept: {each.sentence.format(case=each.case) or each.reason}"
        for each in done.kept
    ]
    if done.untold:
        lines.append(f"{done.untold} deletions could not be told to their originators yet.")
    if done.deleted and not erased:
        lines.append("The database's files are in use and still hold some of it: run it again.")
    elif done.deleted and not rewrite and not erasing.small(erasing.BY_HAND):
        lines.append("Free room in the database's files may hold some of it until --rewrite.")
    return Said(data, "\n".join(lines))
