"""The verbs `exchange bundle export` and `exchange bundle import`."""

import re
from pathlib import Path
from typing import Any, Final

import click

from tidewaiter import clock, command
from tidewaiter.command import Said, verb
from tidewaiter.exchange import errors
from tidewaiter.exchange.bundling import actions
from tidewaiter.identity import viewer

SIZES: Final = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}
LEAST: Final = 64 * 10**3  # bytes of a file: what a checkpoint and a long message need
EVERY: Final = 1_000  # messages between two words on how far it is
_SIZE: Final = re.compile(r"([0-9]{1,12})([KMG]?)B?", re.IGNORECASE)


class Size(click.ParamType):
    """A number of bytes: `25M` is 25,000,000, as mail systems count."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes; a usage error where it is no size or too small a one."""
        found = _SIZE.fullmatch(str(value).strip())
        if found is None:
            self.fail("Write a number and K, M or G: 25M.", param, ctx)
        size = int(found[1]) * SIZES[found[2].upper()]
        if size < LEAST:
            self.fail(f"A bundle needs {LEAST} bytes or more.", param, ctx)
        return size


@click.group()
def bundle() -> None:
    """Files that carry messages where there is no line."""


@bundle.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to", required=True, metavar="XB", help="The partner's code.")
@click.option(
    "--most",
    type=Size(),
    metavar="SIZE",
    help="Bytes of a file, 25M for a mail; more go beside it.",
)
@verb
def write(file: Path, to: str, most: int | None) -> Said:
    """Write what waits for a partner into a file, to be carried or mailed."""
    done = actions.export(
        to=to,
        file=file,
        by=viewer.command_line(),
        at=clock.real(),
        most=most,
        progress=lambda messages: command.progress(f"{messages} messages written"),
    )
    data = {
        "messages": done.messages,
        "first": done.first,
        "last": done.last,
        "receipts": done.lines["receipt"],
        "attachments": done.lines["attachment"],
        "checkpoints": done.lines["checkpoint"],
        "files": [
            {"file": str(each), "bytes": each.stat().st_size, "over": _over(each, most)}
            for each in done.files
        ],
    }
    return Said(data, _written(done, to))


@bundle.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--partial", is_flag=True, help="Take what is whole in a file that is damaged.")
@verb
def take(file: Path, partial: bool) -> Said:
    """Take what a partner's bundle holds; its receipts go back in the next one or over the wire."""
    try:
        if not file.is_file():
            raise errors.UnreadableData(place=str(file), reason="it is no regular file")
        with file.open("rb") as source:
            done = actions.import_(
                file=source,
                by=viewer.command_line(),
                at=clock.real(),
                partial=partial,
                progress=_progress(),
            )
    except OSError as error:
        reason = error.strerror or str(error)
        raise errors.UnreadableData(place=str(file), reason=reason) from None
    data = {
        "accepted": done.accepted,
        "refused": done.refused,
        "duplicates": done.duplicates,
        "from": done.sender,
        "problems": done.problems,
        "receipts": done.receipts,
        "attachments": done.attachments,
        "checkpoints": done.checkpoints,
        "cosigned": done.cosigned,
        "unproven": done.unproven,
        "unknown": done.unknown,
        "fault": done.fault or None,
    }
    return Said(data, _taken(done), failed=bool(done.refused or done.fault))


def _progress() -> Any:
    said = 0

    def tell(taken: int, whole: int) -> None:
        nonlocal said
        if taken - said >= EVERY:
            said = taken
            command.progress(f"{taken} of {whole} messages taken")

    return tell


def _over(file: Path, most: int | None) -> bool:
    return most is not None and file.stat().st_size > most


def _written(done: actions.Exported, to: str) -> str:
    files = ", ".join(str(each) for each in done.files)
    span = f" ({done.first} to {done.last})" if done.messages else ""
    besides = {kind: done.lines[kind] for kind in ("receipt", "attachment", "checkpoint")}
    inside = _counted({"message": done.messages}) + span
    inside = ", ".join(each for each in (inside, _counted(besides)) if each) or "nothing waits"
    lines = [f"for {to}: {inside}", f"written: {files}"]
    if done.over:
        lines.append(f"{done.over} of the files are larger than wanted: one attachment alone is")
    return "\n".join(lines)


def _taken(done: actions.Imported) -> str:
    messages = f"{done.accepted} accepted, {done.refused} refused, {done.duplicates} duplicates"
    besides = _counted(
        {
            "receipt": done.receipts,
            "attachment": done.attachments,
            "checkpoint": done.checkpoints,
        }
    )
    lines = ["; ".join(each for each in (f"from {done.sender}: {messages}", besides) if each)]
    lines += [f"refused as {name}: {count}" for name, count in sorted(done.problems.items())]
    if done.cosigned:
        lines.append("cosigned: what it logged goes on from what was cosigned before")
    if done.unproven:
        lines.append(f"not proven, and passed over: {done.unproven} receipts or checkpoints")
    if done.unknown:
        lines.append(f"of no known kind, and passed over: {done.unknown} lines")
    if done.fault:
        lines.append(f"the bundle is not whole: {done.fault}; import it again when you have it")
    return "\n".join(lines)


def _counted(things: dict[str, int]) -> str:
    """What there is of these, in words."""
    return ", ".join(f"{n} {kind}{'' if n == 1 else 's'}" for kind, n in things.items() if n)
