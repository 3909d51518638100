"""The verb `exchange recover`: how far a restored node has come back, and the decisions on it."""

from typing import Any

import click

from tidewaiter import clock
from tidewaiter.command import Said, verb
from tidewaiter.exchange.restoring import actions, queries
from tidewaiter.identity import viewer


@click.command()
@click.option("--without", multiple=True, metavar="XB", help="Do not wait for this partner.")
@click.option("--new-origin", is_flag=True, help="The log is lost: begin another under a new name.")
@verb
def recover(without: tuple[str, ...], new_origin: bool) -> Said:
    """How far this restored node has come back; with an option, what is decided on it."""
    at, by = clock.real(), viewer.command_line().name
    for code in without:
        actions.excuse(code, by=by, at=at)
    if new_origin:
        actions.new_origin(by=by, at=at)
    found = queries.rejoining()
    if found is None:
        return Said({"fenced": False}, "The node is not coming back from a restore: it takes part.")
    data = {
        "fenced": True,
        "since": clock.text(found.fence.since),
        "restored": clock.text(found.fence.raised),
        "stage": found.fence.stage,
        "reason": found.fence.reason,
        "waits_for": list(found.waits_for),
        "partners": [_partner(each) for each in found.partners],
    }
    rows = [f"{each.partner}  {each.words} {each.detail}".rstrip() for each in found.partners]
    since = f"Restored from a backup of {data['since']}; fenced since {data['restored']}."
    return Said(data, "\n".join([since, found.fence.reason, *rows]))


@click.command()
@click.argument("administration", metavar="XB")
@click.argument("origin", metavar="ORIGIN")
@verb
def pin_log(administration: str, origin: str) -> Said:
    """Follow the new log of a partner that lost its own, by the name that it told you itself.

    Its document must name that log. What we keep of the old one stays.
    """
    by = viewer.command_line().name
    before = actions.pin_log(administration, origin, by=by, at=clock.real())
    data = {"administration": administration, "log": origin, "before": before}
    return Said(data, f"The log of {administration} is {origin} from now on; before: {before}.")


def _partner(row: queries.Progress) -> dict[str, Any]:
    return {
        "partner": row.partner,
        "standing": row.standing,
        "detail": row.detail,
        "size": row.size,
    }
