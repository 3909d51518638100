"""`tidewaiter users`, `tokens` and `audit`."""

import getpass
import sys
from datetime import datetime

import click

from tidewaiter import clock
from tidewaiter.command import Said, verb
from tidewaiter.identity import actions, queries, roles


@click.group()
def users() -> None:
    """People who sign in."""


@users.command("add")
@click.argument("name")
@click.option("--role", "chosen", multiple=True, required=True, type=click.Choice([*roles.ROLES]))
@click.option("--office", metavar="CODE", help="Where the person works.")
@click.option("--display-name", default="", help="The person's full name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@verb
def add(
    name: str, chosen: tuple[str, ...], office: str | None, display_name: str, password_stdin: bool
) -> Said:
    """Let somebody sign in; without a password only by bearer token."""
    made = actions.add_person(
        name=name,
        roles=chosen,
        office=office,
        display_name=display_name,
        password=_password(password_stdin),
        at=clock.real(),
    )
    data = {"name": made.name, "roles": list(made.roles), "office": made.office}
    return Said(data, f"{made.name} was added, as {', '.join(made.roles)}")


@users.command("list")
@verb
def list_users() -> list[dict[str, object]]:
    """Everybody."""
    return [
        {
            "name": each.name,
            "roles": list(each.roles),
            "office": each.office,
            "state": "disabled" if each.disabled else "active",
            "last_sign_in": clock.text(each.last_sign_in) if each.last_sign_in else None,
        }
        for each in queries.people()
    ]


@users.command("disable")
@click.argument("name")
@verb
def disable(name: str) -> Said:
    """Close an account, with its tokens."""
    done = actions.disable_person(name=name, at=clock.real())
    words = f"{name} is disabled" if done else f"{name} was disabled already: nothing to do"
    return Said({"name": name, "state": "disabled", "changed": done}, words)


@users.command("enable")
@click.argument("name")
@verb
def enable(name: str) -> Said:
    """Open an account again."""
    done = actions.enable_person(name=name)
    words = f"{name} is active" if done else f"{name} was active already: nothing to do"
    return Said({"name": name, "state": "active", "changed": done}, words)


@click.group()
def tokens() -> None:
    """Bearer tokens for the API."""


@tokens.command("add")
@click.argument("name")
@verb
def add_token(name: str) -> Said:
    """Make a token for a person; it is printed this once."""
    made = actions.add_token(name=name, at=clock.real())
    return Said({"id": made.id, "person": made.person, "token": made.token}, made.token)


@tokens.command("list")
@verb
def list_tokens() -> list[dict[str, object]]:
    """Every token, without its secret."""
    return [
        {
            "id": each.id,
            "person": each.person,
            "created": clock.text(each.created),
            "used": clock.text(each.used) if each.used else None,
            "state": "revoked" if each.revoked else "active",
        }
        for each in queries.tokens()
    ]


@tokens.command("revoke")
@click.argument("id", type=int)
@verb
def revoke(id: int) -> Said:  # noqa: A002 (the page's own name)
    """End a token."""
    done = actions.revoke_token(id=id, at=clock.real())
    words = f"token {id} is revoked" if done else f"token {id} was revoked already: nothing to do"
    return Said({"id": id, "state": "revoked", "changed": done}, words)


@click.group()
def audit() -> None:
    """The read-audit: who read or sent what."""


@audit.command("list")
@click.option("--person", metavar="P", help="What this person read or sent.")
@click.option("--since", metavar="T", help="From this moment on (RFC 3339).")
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True)
@verb
def list_readings(person: str | None, since: str | None, limit: int) -> list[dict[str, object]]:
    """Rows of the audit, the newest first."""
    found = queries.readings(person=person, since=_moment(since), limit=limit)
    return [_row(each) for _, each in found]


@audit.command("subject")
@click.argument("identifier")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True)
@verb
def subject(identifier: str, limit: int) -> list[dict[str, object]]:
    """To whom this party's data was shown or sent."""
    found = queries.readings(subject=identifier, limit=limit)
    return [_row(each) for _, each in found]


def _row(each: queries.Reading) -> dict[str, object]:
    return {
        "at": clock.text(each.at),
        "last": clock.text(each.last_at),
        "times": each.times,
        "person": each.person,
        "by": each.by,
        "kind": each.kind,
        "references": list(each.references),
    }


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return clock.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--since") from None


def _password(from_stdin: bool) -> str | None:
    """A line of standard input, or asked for where a person sits at a terminal; else none."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        return None
    return getpass.getpass("Password (empty for none): ") or None
