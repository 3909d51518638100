"""`declarations`: import, list, show, export, mappings, coverage, watch."""

import time
from pathlib import Path
from typing import Any

import click

from tidewaiter import clock, command
from tidewaiter.command import Said, verb

FORMATS = click.Choice(["auto", "wco-xml", "edifact", "csv", "json"])
LANES = click.Choice(["green", "yellow", "red"])


@click.group()
def declarations() -> None:
    """Take declarations in, look at them, give them out."""


@declarations.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--format", "format_name", type=FORMATS, default="auto", show_default=True)
@click.option("--mapping", metavar="NAME_OR_FILE", help="For CSV: which column is which field.")
@click.option("--schema", metavar="XSD", help="Validate WCO XML against this schema first.")
@click.option("--no-assess", is_flag=True, help="Take in only; judge nothing now.")
@verb
def take(
    paths: tuple[str, ...],
    format_name: str,
    mapping: str | None,
    schema: str | None,
    no_assess: bool,
) -> Said:
    """Import files and folders, and say what became of every declaration."""
    from tidewaiter.documents import importing

    begun = time.perf_counter()
    tally = importing.run(
        paths,
        format_name=format_name,
        mapping=mapping,
        schema=schema,
        at=clock.trade(),
        by="command line",
        assess=not no_assess,
        progress=_progress(begun),
    )
    report = tally.document(time.perf_counter() - begun)
    return Said(report, _report(report), failed=bool(tally.refused))


@declarations.command()
@verb
def mappings() -> Any:
    """List the mappings that ship, and what each of them misses."""
    from tidewaiter.documents import library

    found = (library.load(name) for name in library.shipped())
    return [
        {
            "name": one.name,
            "title": one.title,
            "columns": len(one.columns),
            "missing": list(one.missing),
        }
        for one in found
    ]


@declarations.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@verb
def coverage(paths: tuple[Path, ...]) -> Any:
    """Say which share of the data elements of WCO XML land in named fields."""
    from tidewaiter.documents import coverage as measuring

    found = measuring.measure(paths)
    return {
        "elements": found.elements,
        "named": found.named,
        "share": round(found.share, 4),
        "unnamed": [{"path": one.path, "count": one.count} for one in found.unnamed],
    }


@declarations.command("list")
@click.option("--lane", type=LANES)
@click.option("--state", metavar="STATE")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@verb
def listed(lane: str | None, state: str | None, limit: int) -> Any:
    """List declarations, the newest first."""
    from tidewaiter.documents import queries, sheet
    from tidewaiter.identity import viewer

    wanted = sheet.Filter(lane=lane or "", state=state or "")
    found = queries.declarations(viewer.command_line(), wanted, limit=limit, at=clock.real())
    return [one.document() for one in found.declarations]


@declarations.command()
@click.argument("reference")
@verb
def show(reference: str) -> Any:
    """Show one declaration: state, lane, reasons, items, and its life."""
    from tidewaiter.documents import queries
    from tidewaiter.identity import viewer

    return queries.declaration(viewer.command_line(), reference, at=clock.real()).document()


@declarations.command()
@click.argument("reference")
@click.option("--format", "format_name", required=True, type=FORMATS)
@verb
def export(reference: str, format_name: str) -> Said:
    """Print one declaration in a format; JSON is what `import --format json` takes."""
    from tidewaiter.documents import queries
    from tidewaiter.identity import viewer

    written = queries.written(
        viewer.command_line(), reference, format_name, at=clock.real()
    ).decode()
    if format_name == "json":
        import json

        return Said(json.loads(written), written.rstrip("\n"))
    return Said({"reference": reference, "format": format_name, "text": written}, written)


@declarations.command()
@click.option("--in", "folder", required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path))
@click.option("--mapping", metavar="NAME_OR_FILE", help="For CSV files dropped there.")
@click.option("--schema", metavar="XSD", help="Validate WCO XML against this schema first.")
@click.option("--once", is_flag=True, help="Take what lies there now, then end.")
@verb
def watch(folder: Path, out: Path, mapping: str | None, schema: str | None, once: bool) -> Said:
    """Take what is dropped into a folder and write the answer beside it, until stopped."""
    from tidewaiter.documents import watch as watching

    answered = watching.run(
        folder,
        out,
        mapping=mapping,
        schema=schema,
        once=once,
        now=clock.trade,
        seconds=time.time,
    )
    return Said({"files": answered}, f"{answered} files answered")


@declarations.command("send")
@click.argument("reference", metavar="REF")
@click.option("--to", required=True, metavar="XB", help="The partner's code.")
@click.option("--purpose", default="", help="For what (else the first that a clause permits).")
@click.option("--handling", default="", help="The mark (else the loosest that the clause has).")
@verb
def send(reference: str, to: str, purpose: str, handling: str) -> Any:
    """Send an export declaration to a partner, as far as a clause lets it go."""
    from tidewaiter.documents.theirs import actions as theirs
    from tidewaiter.identity import viewer

    sent = theirs.send(
        reference=reference,
        to=to,
        by=viewer.command_line(),
        at=clock.real(),
        purpose=purpose,
        handling=handling,
    )
    return {
        "id": str(sent.id),
        "serial": sent.serial,
        "state": sent.state,
        "agreement": sent.agreement,
        "clause": sent.clause,
        "withheld": list(sent.withheld),
    }


@declarations.command("partners")
@click.option("--partner", default="", metavar="XB", help="Of this partner alone.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@verb
def partners(partner: str, limit: int) -> Any:
    """List the export declarations that partners sent, the newest first."""
    from tidewaiter.documents.theirs import queries as theirs
    from tidewaiter.identity import viewer

    found = theirs.papers(viewer.command_line(), at=clock.real(), partner=partner, limit=limit)
    return [
        {
            "message_id": one.message_id,
            "partner": one.partner,
            "number": one.number,
            "handling": one.handling,
            "received": clock.text(one.received_at),
            "declaration": dict(one.body),
        }
        for one in found
    ]


def _progress(begun: float) -> Any:
    last = [begun]

    def told(done: int) -> None:
        now = time.perf_counter()
        if now - last[0] >= 1:
            last[0] = now
            rate = done / (now - begun)
            command.progress(f"{done:,} declarations, {rate:,.0f} a second")

    return told


def _report(report: dict[str, Any]) -> str:
    counts = "{files} files: {accepted} accepted, {refused} refused, {duplicates} duplicates"
    lines = [(counts + ", {items} items in {seconds} s").format_map(report)]
    for one in report["errors"][:50]:
        place = ":".join(str(part) for part in (one["file"], one["line"], one["field"]) if part)
        weight = "refused" if one["refused"] else "noted"
        lines.append(f"{place}: {weight} ({one['rule']}): {one['message']}")
    untold = report["untold"] + max(0, len(report["errors"]) - 50)
    if untold:
        lines.append(f"and {untold} findings more; by rule:")
        lines += [f"  {rule}  {count}" for rule, count in report["rules"].items()]
    if report["missing"]:
        lines.append(f"The mapping fills none of: {', '.join(report['missing'])}")
    return "\n".join(lines)
