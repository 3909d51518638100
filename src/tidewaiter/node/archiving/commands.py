"""The verbs `backup`, `backup-key` and `restore`."""

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from tidewaiter import clock
from tidewaiter.command import Said, progress, verb

FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}
LEAST: Final = 12  # characters of a new passphrase, as of a password
FILE: Final = click.Path(path_type=Path)
PHRASE: Final = "--passphrase-stdin"


@click.command()
@click.argument("file", type=FILE)
@click.option("--to", multiple=True, metavar="age1…", help="Encrypt to this recipient; repeatable.")
@click.option(PHRASE, is_flag=True, help="Encrypt by the line on standard input.")
@click.option("--plain", is_flag=True, help="Do not encrypt, whatever the settings say.")
@verb
def backup(file: Path, to: tuple[str, ...], passphrase_stdin: bool, plain: bool) -> Said:
    """Write the whole node into FILE, while it is served: tables, keys, vault, settings.

    FILE holds the private keys. Encrypt it to a key that is kept elsewhere (`backup-key`), by --to
    or in the settings; else it is readable by its owner only, and to be kept as the keys are.
    """
    from django.conf import settings

    from tidewaiter.node import actions as node
    from tidewaiter.node.archiving import actions

    if [bool(to), passphrase_stdin, plain].count(True) > 1:
        raise click.UsageError(f"--to, {PHRASE} and --plain exclude one another")
    os.umask(0o077)
    recipients = to or (() if passphrase_stdin or plain else settings.BACKUP_TO)
    phrase, at = _passphrase(least=LEAST) if passphrase_stdin else "", clock.real()
    envelope = _envelope(recipients, phrase, made=clock.text(at))
    node.answering()
    taken = actions.backup(file.absolute(), at=at, tell=progress, envelope=envelope)
    encrypted = bool(recipients or phrase)
    data = {
        **_said(taken.file, taken.tables, taken.log_size, taken.sha256),
        "encrypted": encrypted,
        "recipients": list(recipients),
    }
    words = f"{taken.file}: {sum(taken.tables.values())} rows, sha256 {taken.sha256}"
    if not encrypted:
        words += f"\nIt holds the private keys and is not encrypted: see --to and {PHRASE}."
    return Said(data, words)


@click.command("backup-key")
@click.argument("file", type=FILE)
@click.option(PHRASE, is_flag=True, help="Seal it by the line on standard input.")
@verb
def backup_key(file: Path, passphrase_stdin: bool) -> Said:
    """Make a key that opens encrypted backups; the recipient for `backup --to` is printed.

    No node is needed: FILE is made on the machine where it will be kept, away from the node's. It
    is a file of identities of age, which age-keygen makes as well.
    """
    from tidewaiter.node.archiving import errors, sealing

    phrase = _passphrase(least=LEAST) if passphrase_stdin else ""
    key, recipient = sealing.new_key(phrase, made=clock.text(clock.real()))
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(key)
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        raise errors.FileTaken(file=str(file)) from None
    except OSError as error:
        raise errors.NotWritten(place=str(file), reason=error.strerror or str(error)) from None
    data = {"file": str(file), "recipient": recipient, "passphrase": bool(phrase)}
    return Said(data, f"{file} opens what is encrypted to\n{recipient}")


@click.command()
@click.argument("file", type=FILE)
@click.option("--identity", type=FILE, metavar="KEYFILE", help="What opens an encrypted backup.")
@click.option(PHRASE, is_flag=True, help="Take the passphrase from a line of standard input.")
@click.option("--database", default="", metavar="URL", help="Put the tables there instead.")
@verb
def restore(file: Path, identity: Path | None, passphrase_stdin: bool, database: str) -> Said:
    """Make the node of FILE in the home: an empty one, or its own, which must not be served.

    What the home held is kept aside in it. The node asks its partners what it lost before it takes
    part again: serve it, and see `exchange recover`.
    """
    from tidewaiter.node import env
    from tidewaiter.node.archiving import restoring

    os.umask(0o077)
    home, at = env.home(), clock.real()
    opener = restoring.Opener(identity, _passphrase(least=1) if passphrase_stdin else "")
    with (
        _room(home),
        restoring.staged(
            file.absolute(), home, opener, database=database, at=at, tell=progress
        ) as stage,
    ):
        os.environ["TIDEWAITER_HOME"] = str(stage.building)
        os.environ[restoring.URL] = stage.database
        os.environ["DJANGO_SETTINGS_MODULE"] = "tidewaiter.node.settings"
        import django

        django.setup()
        from tidewaiter.node.archiving import actions

        tables = actions.load(
            stage.members,
            stage.manifest,
            stage.end,
            aside=stage.schema,
            replacing=stage.replacing,
            at=at,
            tell=progress,
            ready=stage.ready,
        )
    kept = str(stage.kept) if stage.kept.exists() else None
    schema = stage.schema if stage.replacing and stage.place is None else None
    data = {
        **_said(file, tables, tables[actions.LOG], stage.sha256),
        "home": str(home),
        "taken_at": stage.manifest["taken_at"],
        "kept": kept,
        "kept_tables": schema,
    }
    words = [
        f"The node of {stage.manifest['administration']} is in {home}, as of {data['taken_at']}.",
        *([f"What was there is in {kept}."] if kept else []),
        *([f"Its tables are in the schema {schema} of the database."] if schema else []),
        f"Next: tidewaiter --home {home} serve; it asks its partners what it lost before it sends.",
    ]
    return Said(data, "\n".join(words))


def _envelope(recipients: Sequence[str], phrase: str, *, made: str) -> Any:
    """What a backup is written through (`actions.Envelope`). Raises NoRecipient."""
    from tidewaiter.node.archiving import errors, sealing

    if phrase:
        return partial(sealing.sealed_by_phrase, passphrase=phrase, made=made)
    keys = []
    for each in recipients:
        try:
            keys.append(sealing.recipient(each))
        except sealing.NoRecipient:
            raise errors.NoRecipient(recipient=each[:80]) from None
    return partial(sealing.sealed, to=keys) if keys else nullcontext


def _passphrase(*, least: int) -> str:
    """The line on standard input. Raises WeakPassphrase."""
    from tidewaiter.node.archiving import errors

    phrase = sys.stdin.readline().rstrip("\r\n")
    if len(phrase) < least:
        raise errors.WeakPassphrase(count=len(phrase), least=least)
    return phrase


def _said(file: Path, tables: Any, log_size: int, sha256: str) -> dict[str, Any]:
    return {"file": str(file), "tables": dict(tables), "log_size": log_size, "sha256": sha256}


@contextmanager
def _room(home: Path) -> Iterator[None]:
    """A disk that takes no more, in words."""
    from tidewaiter.node.archiving import errors

    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        reason = error.strerror or str(error)
        raise errors.NotWritten(place=str(error.filename or home), reason=reason) from None
