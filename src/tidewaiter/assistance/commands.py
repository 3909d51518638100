"""The verbs of `requests`."""

from datetime import datetime
from typing import Any, Final

import click

from tidewaiter import clock, command
from tidewaiter.agreements import terms
from tidewaiter.assistance import actions, life, messages, queries
from tidewaiter.exchange import actions as exchange
from tidewaiter.identity import viewer

DAY: Final = click.DateTime(["%Y-%m-%d"])
CATEGORY: Final = click.Choice(terms.CATEGORIES)


@click.group()
def requests() -> None:
    """Requests for assistance, to partners and from them."""


@requests.command("list")
@click.option("--side", type=click.Choice(["ours", "theirs"]), default=None, help="Whose.")
@click.option("--waiting", is_flag=True, help="Those without their last answer alone.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@command.verb
def list_requests(side: str | None, waiting: bool, limit: int) -> object:
    """List requests, the newest first."""
    found = queries.requests(
        viewer.command_line(), at=clock.real(), side=side or "", waiting=waiting, limit=limit
    )
    return [_line(one) for one in found]


@requests.command("show")
@click.argument("id", metavar="ID")
@command.verb
def show(id: str) -> object:  # noqa: A002
    """Show a request with its replies."""
    found = queries.request(viewer.command_line(), id, at=clock.real())
    return {
        **_line(found.line),
        "data": dict(found.data),
        "agreement": found.agreement,
        "clause": found.clause,
        "purpose": found.purpose,
        "handling": found.handling,
        "waits": found.why,
        "replies": [
            {
                "id": one.message_id,
                "state": one.state,
                "carries": one.carries,
                "ground": one.ground,
                "at": clock.text(one.at),
                "data": dict(one.data),
            }
            for one in found.replies
        ],
    }


@requests.command("query")
@click.option("--to", required=True, metavar="XB", help="The partner's code.")
@click.option("--about", type=click.Choice(messages.ABOUT), required=True)
@click.option("--value", required=True, help="The number, or the operator's identifier or name.")
@click.option("--category", type=CATEGORY, required=True, help="What is asked for.")
@click.option("--from", "first", type=DAY, default=None, help="From this day on.")
@click.option("--until", "last", type=DAY, default=None, help="Up to this day, it too.")
@click.option("--purpose", default="", help="For what (else the first that a clause permits).")
@click.option("--handling", default="")
@command.verb
def query(
    to: str,
    about: str,
    value: str,
    category: str,
    first: datetime | None,
    last: datetime | None,
    purpose: str,
    handling: str,
) -> object:
    """Ask a partner what it holds of a consignment or an operator."""
    sent = actions.ask_query(
        to=to,
        about=about,
        value=value,
        category=category,
        first=first.date() if first else None,
        last=last.date() if last else None,
        purpose=purpose,
        handling=handling,
        by=viewer.command_line(),
        at=clock.real(),
    )
    return _sent(sent)


@requests.command("assist")
@click.option("--to", required=True, metavar="XB", help="The partner's code.")
@click.option("--subject", required=True, help="What it is about, in a line.")
@click.option("--asked", required=True, help="What the partner is asked to do or to tell.")
@click.option("--facts", default="", help="What is known.")
@click.option("--due", type=DAY, default=None, help="By when.")
@click.option("--purpose", default="", help="For what (else the first that a clause permits).")
@click.option("--handling", default="")
@command.verb
def assist(
    to: str,
    subject: str,
    asked: str,
    facts: str,
    due: datetime | None,
    purpose: str,
    handling: str,
) -> object:
    """Ask a partner for assistance, in words."""
    sent = actions.ask_assistance(
        to=to,
        subject=subject,
        asked=asked,
        facts=facts,
        due=due.date() if due else None,
        purpose=purpose,
        handling=handling,
        by=viewer.command_line(),
        at=clock.real(),
    )
    return _sent(sent)


@requests.command("reply")
@click.argument("id", metavar="ID")
@click.option("--records", is_flag=True, help="To a query: what is held here, as a clause lets it.")
@click.option("--state", type=click.Choice(list(life.SAID)), default="final", show_default=True)
@click.option("--ground", default="", help="On which a request is refused.")
@click.option("--carries", type=CATEGORY, default=None, help="What the answer is of.")
@click.option("--text", default="", help="The answer in words.")
@click.option("--reference", default="", metavar="REF", help="A declaration whose record goes too.")
@command.verb
def reply(
    id: str,  # noqa: A002
    records: bool,
    state: str,
    ground: str,
    carries: str | None,
    text: str,
    reference: str,
) -> object:
    """Answer a partner's request, in part or whole, or refuse it."""
    answer = actions.Answer(
        state=state,
        ground=ground,
        carries=carries or "",
        text=text,
        reference=reference,
        records=records,
    )
    sent = actions.reply(id=id, answer=answer, by=viewer.command_line(), at=clock.real())
    return _sent(sent)


def _line(one: queries.Line) -> dict[str, Any]:
    return {
        "id": one.message_id,
        "side": "ours" if one.ours else "theirs",
        "partner": one.partner,
        "kind": one.kind,
        "number": one.number,
        "category": one.category,
        "state": one.state,
        "due": one.due_on.isoformat() if one.due_on else None,
        "opened": clock.text(one.opened_at),
    }


def _sent(sent: exchange.Sent) -> dict[str, Any]:
    return {
        "id": str(sent.id),
        "serial": sent.serial,
        "state": sent.state,
        "agreement": sent.agreement,
        "clause": sent.clause,
        "withheld": list(sent.withheld),
    }
