"""The `tidewaiter` command: finds the home, sets Django up, hands on to a room's verbs.

Exit 0 done, 1 failed or refused, 2 wrong usage; what goes wrong is one line, never a traceback.
"""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from tidewaiter.cli import faults

GROUPS: Final = {  # a group or verb, and where it is; imported when asked for
    "init": "tidewaiter.node.commands.init",
    "serve": "tidewaiter.node.commands.serve",
    "doctor": "tidewaiter.node.commands.doctor",
    "upgrade": "tidewaiter.node.commands.upgrade",
    "backup": "tidewaiter.node.archiving.commands.backup",
    "backup-key": "tidewaiter.node.archiving.commands.backup_key",
    "restore": "tidewaiter.node.archiving.commands.restore",
    "node": "tidewaiter.exchange.commands.node",
    "partners": "tidewaiter.exchange.commands.partners",
    "exchange": "tidewaiter.exchange.commands.exchange",
    "retention": "tidewaiter.exchange.forgetting.commands.retention",
    "keys": "tidewaiter.keys.commands.keys",
    "users": "tidewaiter.identity.commands.users",
    "tokens": "tidewaiter.identity.commands.tokens",
    "audit": "tidewaiter.identity.commands.audit",
    "ledger": "tidewaiter.ledger.commands.ledger",
    "agreements": "tidewaiter.agreements.commands.agreements",
    "declarations": "tidewaiter.documents.commands.declarations",
    "inspections": "tidewaiter.controls.commands.inspections",
    "alerts": "tidewaiter.risk.commands.alerts",
    "requests": "tidewaiter.assistance.commands.requests",
    "risk": "tidewaiter.risk.commands.risk",
    "demo": "tidewaiter.demo.commands.demo",
}
EXTENSIONS: Final = {  # verbs that an upper room adds to a lower room's group
    "declarations": {"release": "tidewaiter.controls.commands.release"},
    "exchange": {
        "audit": "tidewaiter.exchange.auditing.commands.audit",
        "bundle": "tidewaiter.exchange.bundling.commands.bundle",
        "conformance": "tidewaiter.exchange.conformance.commands.conformance",
        "recover": "tidewaiter.exchange.restoring.commands.recover",
    },
    "partners": {
        "pin-log": "tidewaiter.exchange.restoring.commands.pin_log",
    },
    "inspections": {"send": "tidewaiter.risk.commands.send_result"},
    "keys": {
        "rotate": "tidewaiter.exchange.keyring.commands.rotate",
        "revoke": "tidewaiter.exchange.keyring.commands.revoke",
        "draft": "tidewaiter.exchange.keyring.commands.draft",
        "publish": "tidewaiter.exchange.keyring.commands.publish",
    },
    "agreements": {
        "propose": "tidewaiter.exchange.treaties.commands.propose",
        "accept": "tidewaiter.exchange.treaties.commands.accept",
        "notice": "tidewaiter.exchange.treaties.commands.notice",
    },
}
SUMMARIES: Final = {  # said by `--help`, which imports no room
    "init": "Make the home of a new node: its keys, secret, settings and database.",
    "serve": "Run the web, the API and the background work of one node until SIGTERM.",
    "doctor": "Look at everything that a node stands on, and say what is wrong with it.",
    "upgrade": "Bring the database up to date with the program.",
    "backup": "Write the whole node into one file, while it is served.",
    "backup-key": "Make a key that opens encrypted backups.",
    "restore": "Make the node of a backup in a home.",
    "node": "This node as its partners see it.",
    "partners": "The partner administrations and their nodes.",
    "exchange": "Messages to partners and from them.",
    "retention": "Deleting what was received once its time is over.",
    "keys": "The node's own keys.",
    "users": "The people who sign in.",
    "tokens": "Bearer tokens for programs.",
    "audit": "Who read or sent what.",
    "ledger": "The log that proves what was sent and received.",
    "agreements": "What the node may share, with whom and why.",
    "declarations": "Declarations in and out.",
    "inspections": "Inspections and their results.",
    "alerts": "Warnings to partners about consignments.",
    "requests": "Requests for assistance, to partners and from them.",
    "risk": "Assessments, profiles and the model.",
    "demo": "Three nodes that play a scenario.",
}
WITHOUT_DJANGO: Final = {  # they make the homes that Django's settings are read from, or need none
    "backup-key",
    "demo",
    "init",
    "restore",
}
OWN_HOME: Final = {"demo"}  # their --home is another thing


def found(path: str) -> click.Command:
    """The click command at an import path."""
    module, _, name = path.rpartition(".")
    command = getattr(import_module(module), name)
    assert isinstance(command, click.Command)
    return command


class Rooms(click.Group):
    """All groups, each imported when it is asked for: `--help` is quick and needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every group and verb, in the order of the page."""
        return list(GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The group or verb of that name, with Django set up for it."""
        if cmd_name not in GROUPS:
            return None
        try:
            return self._command(ctx, cmd_name)
        finally:
            collect()

    def _command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        home = ctx.params.get("home")
        if home:
            os.environ["TIDEWAITER_HOME"] = home
        if cmd_name not in WITHOUT_DJANGO:
            _finished()
            import django
            from django.conf import settings

            if not settings.configured:  # the shell's may be another project's
                os.environ["DJANGO_SETTINGS_MODULE"] = "tidewaiter.node.settings"
            django.setup()
        else:  # a log on standard output would stand in the middle of a result
            from tidewaiter.node import logs

            logs.configure()
        command = found(GROUPS[cmd_name])
        if isinstance(command, click.Group):
            for name, path in EXTENSIONS.get(cmd_name, {}).items():
                command.add_command(found(path), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The groups with their summaries."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUMMARIES.get(name, "")) for name in GROUPS])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Groups by name, without importing them; then the options."""
        items = [
            CompletionItem(name, help=SUMMARIES.get(name))
            for name in GROUPS
            if name.startswith(incomplete)
        ]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        """Run the command; whatever it raises becomes one line and exit code 1."""
        if args is None:  # the process is ours: what it imports stays, and to look takes a tenth
            gc.disable()
        given = list(sys.argv[1:] if args is None else args)
        try:
            return super().main(forward(given), *rest, **options)
        except Exception as error:
            if os.environ.get("TIDEWAITER_DEBUG"):
                raise
            faults.tell(error, as_json="--json" in given)
            sys.exit(1)
        finally:
            if args is None:
                close()


def close() -> None:
    """Close the database: SQLite then leaves its own file alone, and nothing beside it."""
    if "django.db" not in sys.modules:
        return
    from django.conf import settings
    from django.db import connections

    if settings.configured:  # not where a setting stopped the start
        connections.close_all()


def collect() -> None:
    """From now on there may be garbage, where none was looked for as modules were imported."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _finished() -> None:
    """See that no restore into the home was stopped in between. Raises RestoreUnfinished."""
    from tidewaiter.node import env
    from tidewaiter.node.archiving import errors, staging

    if staging.unfinished(env.home()):
        raise errors.RestoreUnfinished(home=str(env.home()))


def forward(arguments: list[str]) -> list[str]:
    """The arguments with a `--home` that stands behind the verb moved before it."""
    verb = next((word for word in arguments if word in GROUPS), None)
    if verb is None or verb in OWN_HOME:
        return arguments
    end = arguments.index("--") if "--" in arguments else len(arguments)
    for place in range(arguments.index(verb) + 1, end):
        word = arguments[place]
        if word == "--home" and place + 1 < end:
            rest = arguments[:place] + arguments[place + 2 :]
            return ["--home", arguments[place + 1], *rest]
        if word.startswith("--home="):
            return [word, *arguments[:place], *arguments[place + 1 :]]
    return arguments


@click.group(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", metavar="DIR", help="The node's home (else $TIDEWAITER_HOME).")
@click.version_option(package_name="tidewaiter")
def main(home: str | None) -> None:
    """Run and use a node of Tidewaiter."""
