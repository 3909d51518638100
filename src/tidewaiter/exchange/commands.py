"""The verbs `exchange …`, `partners …` and `node show`."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import click

from tidewaiter import canonical, clock
from tidewaiter.command import Said, verb
from tidewaiter.exchange import actions, errors, queries, wire
from tidewaiter.exchange.attachments import attachment as enclosing
from tidewaiter.exchange.onward import queries as onward
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.exchange.restoring import queries as rejoining
from tidewaiter.identity import actions as identity
from tidewaiter.identity import queries as identity_queries
from tidewaiter.identity import viewer

MOST_FILE: Final = 256 * 2**20
ANSWER: Final = 30.0  # seconds for a node's document


@click.group()
def exchange() -> None:
    """Messages to partners and from them."""


@click.group()
def partners() -> None:
    """The nodes of other administrations."""


@click.group()
def node() -> None:
    """This node as partners see it."""


@exchange.command()
@click.option("--to", required=True, metavar="XB", help="The partner's code.")
@click.option("--type", "kind", required=True, metavar="T", help="The message's type.")
@click.option("--purpose", required=True, metavar="P", help="What it may be used for.")
@click.option("--mode", default="spontaneous", show_default=True, metavar="M")
@click.option("--handling", required=True, metavar="H", help="The mark: TLP:AMBER …")
@click.option("--need", multiple=True, metavar="FIELD", help="A field without which it is nothing.")
@click.option("--expires", metavar="T", help="RFC 3339; 7 days on unless said.")
@click.option("--data", "file", type=click.Path(dir_okay=False, path_type=Path), help="JSON.")
@click.option("--batch", type=click.Path(dir_okay=False, path_type=Path), help="A data a line.")
@click.option(
    "--file",
    "enclosed",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A photograph, scan or PDF to go with --data; its name stays here. May be repeated.",
)
@click.option(
    "--rests-on",
    multiple=True,
    metavar="ID_OR_NUMBER",
    help="A partner's message without which this would not be; its clause says whether it goes.",
)
@verb
def send(
    to: str,
    kind: str,
    purpose: str,
    mode: str,
    handling: str,
    need: tuple[str, ...],
    expires: str | None,
    file: Path | None,
    batch: Path | None,
    enclosed: tuple[Path, ...],
    rests_on: tuple[str, ...],
) -> Any:
    """Send one message, or a batch of them: all or nothing."""
    if (file is None) == (batch is None):
        raise click.UsageError("Give --data FILE or --batch FILE, one of the two.")
    if enclosed and file is None:
        raise click.UsageError("--file goes with --data: a batch carries no files.")
    if rests_on and file is None:
        raise click.UsageError("--rests-on goes with --data: say it of one message at a time.")
    order: dict[str, Any] = {
        "to": to,
        "type": kind,
        "purpose": purpose,
        "mode": mode,
        "handling": handling,
        "needs": need or None,
        "expires": _moment(expires),
        "by": viewer.command_line(),
        "at": clock.real(),
    }
    if file is not None:
        files = [enclosing.file(_bytes(each)) for each in enclosed]
        data = _object(_bytes(file), str(file))
        sources = onward.named(rests_on)
        return _sent(actions.send(data=data, files=files, rests_on=sources, **order))
    assert batch is not None
    datas = list(_lines(batch))
    rows = [_sent(each) for each in actions.send_batch(datas=datas, **order)]
    return Said(rows, f"{len(rows)} messages are on their way." if rows else "The file is empty.")


@exchange.command()
@click.argument("id", required=False, type=click.UUID)
@click.option("--limit", type=click.IntRange(1), default=10_000, show_default=True)
@verb
def status(id: UUID | None, limit: int) -> Any:  # noqa: A002
    """What was sent and how it stands; what waits; which serials of partners are missing."""
    who, counts = viewer.command_line(), queries.counts()
    if id is None:
        rows = queries.messages(who, "out", limit=limit)
    else:
        found = queries.message(who, id, at=clock.real()).row
        rows = [found] if found.direction == "out" else []
    missing = queries.gaps()
    return {
        "outbox": counts.outbox,
        "inbox": counts.inbox,
        "held": counts.held,
        "messages": [
            {
                "id": str(row.id),
                "type": row.type,
                "to": row.partner,
                "serial": row.serial,
                "state": row.state,
                "attempts": row.attempts,
                "problem": row.problem or None,
                "receipt": row.receipt or None,
            }
            for row in rows
        ],
        "gaps": [
            {
                "from": gap.source,
                "first": gap.first,
                "last": gap.last,
                "asked": clock.text(gap.asked_at) if gap.asked_at else None,
            }
            for gap in missing
        ],
    }


@exchange.command()
@click.option("--from", "source", metavar="XB", help="Of this partner only.")
@click.option("--limit", type=click.IntRange(1), default=1_000, show_default=True)
@verb
def inbox(source: str | None, limit: int) -> Any:
    """Messages that came and were accepted, the newest first."""
    rows = queries.messages(viewer.command_line(), "in", partner=source or "", limit=limit)
    return [
        {
            "id": str(row.id),
            "type": row.type,
            "from": row.partner,
            "serial": row.serial,
            "received": clock.text(row.time),
            "outcome": row.state,
            "clause": row.clause or None,
        }
        for row in rows
    ]


@exchange.command("show")
@click.argument("id", type=click.UUID)
@verb
def show_message(id: UUID) -> Any:  # noqa: A002
    """One message as it was signed, its receipt and its place in the log."""
    found = queries.message(viewer.command_line(), id, at=clock.real())
    return {
        "event": found.event,
        "receipt": found.receipt or None,
        "logindex": found.log_index,
        "direction": found.row.direction,
        "state": found.row.state,
        "released_by": list(found.released_by),
        "withheld": list(found.withheld),
        "former": [
            {
                "agreement": each.agreement,
                "clause": each.clause,
                "problem": each.problem,
                "logindex": each.log_index,
                "digest": each.digest,
            }
            for each in found.former
        ],
    }


@exchange.command()
@click.argument("ids", nargs=-1, required=True, type=click.UUID, metavar="ID…")
@verb
def release(ids: tuple[UUID, ...]) -> Any:
    """Release held messages; the command line counts as one person a message."""
    by = viewer.command_line().name
    done = [actions.release(id=each, by=by, at=clock.real()) for each in ids]
    rows = [
        {"id": str(each.id), "state": each.state, "released_by": list(each.released_by)}
        for each in done
    ]
    return rows[0] if len(rows) == 1 else rows


@exchange.command()
@click.argument("id", type=click.UUID)
@verb
def withdraw(id: UUID) -> Any:  # noqa: A002
    """Take back a message that was not delivered; its partner is told that it does not come."""
    done = actions.withdraw(id=id, by=viewer.command_line(), at=clock.real())
    return {"id": str(done.id), "state": done.state}


@partners.command("add")
@click.argument("place", metavar="FILE_OR_URL")
@click.option("--thumbprint", required=True, metavar="T", help="Got out of band, never from it.")
@verb
def add_partner(place: str, thumbprint: str) -> Any:
    """Register a node by its own url, or by a file with its signed document."""
    if "://" in place:
        document = wire.document(wire.Line(place, ANSWER), tick=time.monotonic)
    else:
        document = _text(_bytes(Path(place)), place)
    code = actions.add_partner(document=document, thumbprint=thumbprint, at=clock.real())
    return _partner(code)


@partners.command("list")
@verb
def list_partners() -> Any:
    """Every partner with its key's thumbprint, its state and when it was heard last."""
    return [_partner(each.administration) for each in identity_queries.partners()]


@partners.command()
@click.argument("administration", metavar="XB")
@verb
def suspend(administration: str) -> Any:
    """Let no message pass from or to a partner."""
    identity.suspend_partner(administration=administration)
    return _partner(administration)


@partners.command()
@click.argument("administration", metavar="XB")
@verb
def resume(administration: str) -> Any:
    """Let messages pass again, what waited at once."""
    actions.resume_partner(administration=administration, at=clock.real())
    return _partner(administration)


@partners.command()
@click.argument("administration", metavar="XB")
@verb
def remove(administration: str) -> Any:
    """Forget a partner; its documents are kept."""
    identity.remove_partner(administration=administration)
    return {"administration": administration, "state": "removed"}


@node.command("show")
@verb
def show_node() -> Any:
    """This node's signed document, as partners fetch it, and what they pin."""
    from tidewaiter.exchange import panels

    own = panels.own()
    return {
        "administration": own.administration,
        "url": own.url,
        "thumbprint": own.thumbprint,
        "document": publishing.own(at=clock.real()),
        "restoring": _restoring(),
    }


def _restoring() -> str | None:
    """How far a restored node is; None where it takes part."""
    found = rejoining.rejoining()
    return None if found is None else found.fence.reason


def _sent(sent: actions.Sent) -> dict[str, Any]:
    return {
        "id": str(sent.id),
        "serial": sent.serial,
        "state": sent.state,
        "agreement": sent.agreement,
        "clause": sent.clause,
        "withheld": list(sent.withheld),
    }


def _partner(code: str) -> dict[str, Any]:
    found = next(each for each in identity_queries.partners() if each.administration == code)
    return {
        "administration": found.administration,
        "thumbprint": found.thumbprint,
        "state": found.state,
        "last_seen": clock.text(found.last_seen) if found.last_seen else None,
        "name": found.name,
        "url": found.url,
        "reached": "by its url" if found.url else "it collects",
    }


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return clock.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--expires") from None


def _bytes(path: Path) -> bytes:
    """The bytes of a regular file. Raises UnreadableData."""
    try:
        if not path.is_file():
            raise errors.UnreadableData(place=str(path), reason="it is no regular file")
        if path.stat().st_size > MOST_FILE:
            raise errors.UnreadableData(place=str(path), reason=f"it is over {MOST_FILE} bytes")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise errors.UnreadableData(place=str(path), reason=reason) from None


def _text(data: bytes, place: str) -> str:
    try:
        return data.decode("ascii").strip()
    except UnicodeDecodeError:
        raise errors.UnreadableData(place=place, reason="it is no signed document") from None


def _object(data: bytes, place: str) -> dict[str, Any]:
    try:
        value = canonical.read(data)
    except canonical.NotIJson as error:
        raise errors.UnreadableData(place=place, reason=str(error)) from None
    if not isinstance(value, dict):
        raise errors.UnreadableData(place=place, reason="it is no JSON object")
    return value


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_bytes(path).split(b"\n"), 1):
        if line.strip():
            yield _object(line, f"{path}, line {number}")
