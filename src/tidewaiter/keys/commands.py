"""`tidewaiter keys`: what keys this node has."""

import click

from tidewaiter import clock
from tidewaiter.command import verb
from tidewaiter.keys import queries


@click.group()
def keys() -> None:
    """The node's keys; private parts are never shown."""


@keys.command("list")
@verb
def list_() -> list[dict[str, str | None]]:
    """Every key with its use, thumbprint and state."""
    queries.signing()  # names the home where there are no keys
    return [
        {
            "kid": key.kid,
            "use": key.use,
            "thumbprint": key.thumbprint,
            "state": key.state,
            "valid_from": None if key.nbf is None else clock.text(key.nbf),
            "valid_until": None if key.exp is None else clock.text(key.exp),
        }
        for key in queries.public(clock.real())
    ]
