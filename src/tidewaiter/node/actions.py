"""What an administrator does with a node: found it, bring its database up to date, serve it."""

import os
from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from django.conf import settings
from django.core.management import call_command
from django.db import Error, connection, connections, transaction

from tidewaiter.exchange import actions as exchange
from tidewaiter.keys import actions as key_actions
from tidewaiter.keys import queries as key_queries
from tidewaiter.node import errors, queries, tree
from tidewaiter.node.supervisor import Supervisor
from tidewaiter.work import actions as work

log = structlog.get_logger("tidewaiter.node")


def settle(*, at: datetime) -> str:
    """Make the keys and the tables of a home that is laid out; the signing key's thumbprint.

    Raises NoHome, NoDatabase, DatabaseTaken.
    """
    answering()
    if connection.introspection.table_names():
        raise errors.DatabaseTaken(database=str(connection.settings_dict["NAME"]))
    key_actions.create(at=at)
    call_command("migrate", verbosity=0, interactive=False)
    return key_queries.signing().thumbprint


def answering() -> None:
    """See that there is a home and its database answers. Raises NoHome, NoDatabase."""
    if not (settings.HOME / "node.toml").is_file():
        raise errors.NoHome(home=str(settings.HOME))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise errors.NoDatabase(reason=reason) from None


def upgrade() -> list[str]:
    """Apply the migrations that wait; their names. Raises NoHome, NoDatabase."""
    answering()
    waiting = queries.pending_migrations()
    if waiting:
        call_command("migrate", verbosity=0, interactive=False)
    key_actions.complete()
    return waiting


def serve(
    *,
    host: str,
    port: int,
    web: int,
    workers: int,
    behind_proxy: bool,
    now: Callable[[], datetime],
) -> None:
    """Serve this node until a signal, by the clock `now`. Raises why it can't be started."""
    if not tree.loopback(host) and not behind_proxy:
        raise errors.PlainHttp(host=host)
    answering()
    if waiting := queries.pending_migrations():
        raise errors.PendingMigrations(count=len(waiting), first=waiting[0])
    key_queries.public()  # raises where the keys are missing or open to others
    with tree.lock(settings.HOME), tree.listen(host, port) as listening:
        os.environ["TIDEWAITER_HOME"] = str(settings.HOME)
        os.environ["TIDEWAITER_BEHIND_PROXY"] = "yes" if behind_proxy else "no"
        work.release(tree.machine(), at=now())
        work.hasten(at=now())
        exchange.start(at=now())
        connections.close_all()
        real_port = listening.getsockname()[1]
        log.info(
            "serving",
            administration=settings.ADMINISTRATION,
            address=f"http://{host}:{real_port}",
            pid=os.getpid(),
        )
        Supervisor(listening, web, workers, died=partial(_bury, now)).run()
    log.info("served", administration=settings.ADMINISTRATION)


def _bury(now: Callable[[], datetime], role: str, process: int) -> None:
    """Put the jobs of a dead worker back at once, rather than when its leases end."""
    if role != "worker":
        return
    try:
        with transaction.atomic():
            work.release(tree.worker_name(process), at=now())
    except Error as error:  # the leases end by themselves
        log.warning("jobs not put back", pid=process, error=type(error).__name__)
    finally:
        connections.close_all()
