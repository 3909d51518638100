"""The verbs `keys rotate`, `revoke`, `draft` and `publish`: partners hear of what they change."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tidewaiter import clock
from tidewaiter.command import Said, verb
from tidewaiter.exchange import errors
from tidewaiter.exchange.keyring import actions
from tidewaiter.keys import commands as keys


@click.command()
@click.option(
    "--use", type=click.Choice(["sig", "enc", "log", "witness"]), help="Else sig and enc."
)
@verb
def rotate(use: str | None) -> Said:
    """Make a new key beside the old one, which stays listed for 32 days."""
    done = actions.rotate([use] if use else ["sig", "enc"], at=clock.real())
    return _said(done)


@click.command()
@click.argument("kid")
@click.option("--reason", required=True, metavar="T", help="Why; partners read it.")
@click.option("--since", metavar="TIME", help="What it signed from then on is to be reviewed.")
@verb
def revoke(kid: str, reason: str, since: str | None) -> Said:
    """Revoke a key of ours at once, and tell every partner; a new one takes its place."""
    return _said(actions.revoke(kid, reason=reason, since=_moment(since), at=clock.real()))


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@verb
def draft(out: Path | None) -> Said:
    """Write what our document is to say, for `keys recover` where the recovery key is kept."""
    text = actions.draft(at=clock.real()).decode("utf-8")
    if out is None:
        return Said({"draft": text}, text)
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise errors.UnreadableData(place=str(out), reason=reason) from None
    return Said({"draft": text, "file": str(out)}, f"{out} is what the recovery key is to sign.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@verb
def publish(file: Path) -> Said:
    """Serve the document that the recovery key signed, and tell every partner."""
    try:
        compact = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        reason = "it is no file with a signed document"
        raise errors.UnreadableData(place=str(file), reason=reason) from None
    return _said(actions.publish(compact, at=clock.real()))


def _said(done: actions.Changed) -> Said:
    data: dict[str, Any] = {
        "keys": [keys.row(key) for key in done.keys],
        "document": done.document,
        "told": list(done.told),
    }
    rows = [f"{key.kid}  {key.use}  {key.state}  {key.thumbprint}" for key in done.keys]
    told = f"Told: {', '.join(done.told)}." if done.told else "No partner was told."
    return Said(data, "\n".join([*rows, told]))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return clock.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--since") from None
