"""The verb `exchange audit`: a period with one partner, and the files that prove it."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import click

from tidewaiter import clock
from tidewaiter.command import Said, progress, verb
from tidewaiter.exchange import errors
from tidewaiter.exchange.auditing import continuity, dossier, forms, queries, table
from tidewaiter.exchange.auditing.tally import queries as tally
from tidewaiter.identity import viewer
from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger.proving import files as proofs

DAY: Final = len("2026-01-01")


@click.command()
@click.option("--with", "partner", required=True, metavar="XB", help="The partner's code.")
@click.option("--from", "since", required=True, metavar="D", help="A day, or an RFC 3339 moment.")
@click.option("--until", required=True, metavar="D", help="The same; that day no longer counts.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option(
    "--bare", is_flag=True, help="Into FILE the log's entries alone: no document, no salt."
)
@click.option("--table", "list_", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@verb
def audit(
    partner: str, since: str, until: str, out: Path | None, bare: bool, list_: Path | None
) -> Said:
    """Everything between us and a partner in a period: serials, states, proofs.

    FILE of --out is judged by `ledger check`; a long period makes several. FILE of --table is CSV
    where it ends in .csv, else JSON, a message a line.
    """
    by, at = viewer.command_line(), clock.real()
    wanted = queries.Wanted(partner, _moment(since, "--from"), _moment(until, "--until"))
    serials = tally.serials(by, wanted)
    data = dossier.head(wanted, tally.summary(by, wanted), serials)
    unheld: list[int] = []
    data["receipts_that_do_not_hold"] = unheld
    altered: list[str] = []
    data["altered"] = altered
    rows = queries.every(by, wanted, under=queries.heads(), at=at)
    _written(list_, _noted(rows, unheld, altered))
    if out is not None:
        data["files"] = _files(out, by, wanted, at=at, disclose=not bare)
    failed = not serials.whole or bool(unheld or altered)
    return Said(data, _words(data, serials), failed=failed)


def _noted(
    rows: Iterator[queries.Passage], unheld: list[int], altered: list[str]
) -> Iterator[queries.Passage]:
    """The same rows; the serials whose receipt does not hold are put into `unheld`, the ids of
    messages that are kept otherwise than they were signed and logged into `altered`.
    """
    for number, row in enumerate(rows, 1):
        if not row.receipt.holds:
            unheld.append(row.serial)
        if row.altered:
            altered.append(str(row.id))
        if number % 10_000 == 0:
            progress(f"{number} messages")
        yield row


def _written(place: Path | None, rows: Iterator[queries.Passage]) -> None:
    """Read all rows, and write them where a place is named. Raises UnreadableData."""
    if place is None:
        for _ in rows:
            pass
        return
    if place.suffix.lower() == ".csv":
        lines = table.lines(rows)
    else:
        lines = (json.dumps(table.values(row), ensure_ascii=False) + "\n" for row in rows)
    aside = place.with_name(f".{place.name}.part")
    try:
        with aside.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        aside.replace(place)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise errors.UnreadableData(place=str(place), reason=error.strerror or str(error)) from None


def _files(
    out: Path, by: Viewer, wanted: queries.Wanted, *, at: datetime, disclose: bool
) -> list[dict[str, Any]]:
    """Write the files, for their owner alone: documents are in them. The second and those after it
    are numbered. Raises ledger's ProofUnreadable.
    """
    made = []
    for number, each in enumerate(dossier.files(by, wanted, at=at, disclose=disclose), 1):
        place = out if number == 1 else out.with_name(f"{out.stem}-{number}{out.suffix}")
        proofs.write(str(place), each.data)
        made.append(
            {
                "file": str(place),
                "papers": each.papers,
                "disclosed": each.disclosed,
                "size": each.size,
                "cosigned_by": list(each.cosigned_by),
            }
        )
    return made


def _words(data: dict[str, Any], serials: tally.Serials) -> str:
    partner = data["with"]
    said = [
        f"{data['messages']} messages with {partner} from {data['from']} until {data['until']}",
        _counted(data),
        _way(f"to {partner}", serials.sent),
        _way(f"receipts of {partner}", serials.receipts),
        _way(f"from {partner}", serials.received),
    ]
    if data["receipts_that_do_not_hold"]:
        listed = ", ".join(map(str, data["receipts_that_do_not_hold"]))
        said.append(f"receipts that do not hold: {listed}")
    if data["altered"]:
        said.append(f"kept here otherwise than signed and logged: {', '.join(data['altered'])}")
    for each in data.get("files", ()):
        said.append(f"{each['file']}: {each['papers']} papers, {each['disclosed']} of them shown")
    if "files" in data and not data["files"]:
        said.append("no file: nothing of the period is under a checkpoint")
    return "\n".join(said)


def _counted(data: dict[str, Any]) -> str:
    named = {"logged": "in the log", "covered": "under a checkpoint"}
    names = (*named, "cosigned", "forgotten")
    return ", ".join(f"{named.get(name, name)} {data[name]}" for name in names)


def _way(title: str, found: continuity.Account) -> str:
    if not found.last:
        return f"{title}: no serial"
    fates = dict.fromkeys(run.fate for run in found.runs)
    parts = (f"{fate} {continuity.written(found.of(fate))}" for fate in fates)
    return f"{title}: serials {found.first}–{found.last}: {'; '.join(parts)}"


def _moment(text: str, option: str) -> datetime:
    """The beginning of a day at this node, or that moment."""
    try:
        if len(text) == DAY:
            return forms.moment(date.fromisoformat(text))
        return clock.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None
