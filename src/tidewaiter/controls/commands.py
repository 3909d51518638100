"""The verbs of `inspections`, and `declarations release`."""

from pathlib import Path

import click
from django.conf import settings

from tidewaiter import clock, command
from tidewaiter.controls import actions, life, queries
from tidewaiter.identity import viewer

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def inspections() -> None:
    """Controls of goods: what is to be inspected, and what was found."""


@inspections.command("list")
@click.option("--state", type=click.Choice([state.value for state in life.State]), default=None)
@click.option("--lane", type=click.Choice(["green", "yellow", "red"]), default=None)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@command.verb
def list_inspections(state: str | None, lane: str | None, limit: int) -> object:
    """List inspections, the newest first."""
    page = queries.inspections(
        viewer.command_line(), at=clock.real(), state=state or "", lane=lane or "", limit=limit
    )
    return [
        {
            "reference": line.reference,
            "local_reference": line.declaration.local_reference if line.declaration else "",
            "lane": line.lane,
            "score": line.score,
            "state": line.state,
            "office": line.office,
            "person": line.person,
            "result": line.result,
            "offence": line.offence,
            "opened": clock.text(line.opened_at),
            "recorded": clock.text(line.recorded_at) if line.recorded_at else None,
        }
        for line in page.lines
    ]


@inspections.command("record")
@click.argument("reference", metavar="REF")
@click.option("--result", type=click.Choice([each.value for each in life.Result]), required=True)
@click.option("--offence", default="", help="What was found, where it does not conform.")
@click.option("--note", default="")
@click.option("--mark", "marks", multiple=True, help="A mark on the goods; may be given often.")
@click.option("--photo", "photos", type=FILE, multiple=True, help="A photograph; several may be.")
@click.option("--power", default="", help="The provision it rests on (else the node's setting).")
@command.verb
def record(
    reference: str,
    result: str,
    offence: str,
    note: str,
    marks: tuple[str, ...],
    photos: tuple[Path, ...],
    power: str,
) -> object:
    """Record what an inspection found."""
    actions.record(
        reference=reference,
        result=result,
        offence=offence,
        note=note,
        marks=marks,
        photographs=[actions.Image(path.name, path.read_bytes()) for path in photos],
        power=power or settings.POWER_INSPECT,
        by=viewer.command_line(),
        at=clock.trade(),
    )
    return {"reference": reference, "result": result, "offence": offence}


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--note", default="")
@click.option("--power", default="", help="The provision it rests on (else the node's setting).")
@command.verb
def release(reference: str, note: str, power: str) -> object:
    """Release the goods of a declaration, inspected or not."""
    power = power or settings.POWER_RELEASE
    actions.release(
        reference=reference,
        power=power,
        note=note,
        by=viewer.command_line(),
        at=clock.trade(),
    )
    return {"reference": reference, "state": "released", "power": power}
