"""The `tidewaiter` command: finds the home, sets Django up, hands on to a room's verbs."""

import os
from importlib import import_module
from typing import Final

import click

GROUPS: Final = {  # a group or verb, and where it is; imported when asked for
    "init": "tidewaiter.node.commands.init",
    "serve": "tidewaiter.node.commands.serve",
    "doctor": "tidewaiter.node.commands.doctor",
    "upgrade": "tidewaiter.node.commands.upgrade",
    "node": "tidewaiter.exchange.commands.node",
    "partners": "tidewaiter.exchange.commands.partners",
    "exchange": "tidewaiter.exchange.commands.exchange",
    "keys": "tidewaiter.keys.commands.keys",
    "users": "tidewaiter.identity.commands.users",
    "tokens": "tidewaiter.identity.commands.tokens",
    "audit": "tidewaiter.identity.commands.audit",
    "ledger": "tidewaiter.ledger.commands.ledger",
    "agreements": "tidewaiter.agreements.commands.agreements",
    "declarations": "tidewaiter.documents.commands.declarations",
    "inspections": "tidewaiter.controls.commands.inspections",
    "alerts": "tidewaiter.risk.commands.alerts",
    "risk": "tidewaiter.risk.commands.risk",
    "demo": "tidewaiter.demo.commands.demo",
}
EXTENSIONS: Final = {  # verbs that an upper room adds to a lower room's group
    "declarations": {"release": "tidewaiter.controls.commands.release"},
}
WITHOUT_DJANGO: Final = {"demo"}


def found(path: str) -> click.Command:
    """The click command at an import path."""
    module, _, name = path.rpartition(".")
    command = getattr(import_module(module), name)
    assert isinstance(command, click.Command)
    return command


class Rooms(click.Group):
    """All groups, each imported when it is asked for, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every group and verb, in the order of the page."""
        return list(GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The group or verb of that name, with Django set up for it."""
        if cmd_name not in GROUPS:
            return None
        home = ctx.params.get("home")
        if home:
            os.environ["TIDEWAITER_HOME"] = home
        if cmd_name not in WITHOUT_DJANGO:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tidewaiter.node.settings")
            import django

            django.setup()
        command = found(GROUPS[cmd_name])
        if isinstance(command, click.Group):
            for name, path in EXTENSIONS.get(cmd_name, {}).items():
                command.add_command(found(path), name)
        return command


@click.group(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", metavar="DIR", help="The node's home (else $TIDEWAITER_HOME).")
@click.version_option(package_name="tidewaiter")
def main(home: str | None) -> None:
    """Run and use a node of Tidewaiter."""
