"""What the command says when something goes wrong that no verb expected: one line and one event.

TIDEWAITER_DEBUG=1 shows the traceback instead.
"""

import json

import click

from tidewaiter.problem import TYPES, Problem


def tell(error: Exception, *, as_json: bool) -> None:
    """Print `error` as one line on standard error, or as a problem document on standard output."""
    problem = known(error)
    if problem is None:
        _record(error)
        said = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        document: dict[str, object] = {
            "type": TYPES + "unexpected",
            "title": "This should not have happened",
            "status": 500,
            "detail": said,
            "remedy": "TIDEWAITER_DEBUG=1 shows where; please report it.",
        }
        line = f"this should not have happened: {said} (TIDEWAITER_DEBUG=1 shows where)"
    else:
        document, line = problem.document(), problem.line()
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, default=str))
    else:
        click.echo(f"tidewaiter: {line}", err=True)


def known(error: Exception) -> Problem | None:
    """The refusal that `error` amounts to, where it is one that can be explained."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import Error

    if isinstance(error, Problem):
        return error
    if isinstance(error, ImproperlyConfigured):
        return Problem(reason=str(error))
    if isinstance(error, Error):
        return _database(error)
    if isinstance(error, OSError) and error.filename is not None:
        return Problem(reason=f"{error.filename}: {error.strerror}")
    return None


def _database(error: Exception) -> Problem | None:
    """No home, an older database, or one that does not answer."""
    from tidewaiter.node import actions, errors, queries

    try:
        actions.answering()
        waiting = queries.pending_migrations()
    except Problem as problem:
        return problem
    if waiting:
        return errors.PendingMigrations(count=len(waiting), first=waiting[0])
    return None


def _record(error: Exception) -> None:
    """The event in the log, with its traceback, where the log is read."""
    import structlog

    log = structlog.get_logger("tidewaiter.cli")
    log.debug("command failed", error=type(error).__name__, exc_info=error)
