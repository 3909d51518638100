"""The verbs of the node itself: init, serve, doctor, upgrade."""

import os
import shutil

import click

from tidewaiter import clock
from tidewaiter.command import Said, verb


@click.command()
@click.option("--administration", required=True, metavar="XA", help="The country's two letters.")
@click.option("--name", required=True, metavar="TEXT", help="The administration's name.")
@click.option("--url", default="", help="Where partners reach the node; none: it collects.")
@click.option("--database", default="", metavar="URL", help="postgresql://… (else SQLite).")
@click.option("--suite", type=click.Choice(["A", "B"]), default="A", help="Signature suite.")
@click.option("--timezone", default="UTC", metavar="TZ", help="Times are shown in it.")
@verb
def init(
    administration: str, name: str, url: str, database: str, suite: str, timezone: str
) -> Said:
    """Make the home of a new node: its keys, secret, settings and database."""
    from tidewaiter.node import env, founding

    home = env.home()
    wanted = founding.Founding(administration, name, url, database, suite, timezone)
    wanted = founding.checked(wanted)
    os.umask(0o077)  # the database is the owner's as well
    founding.check_database(database, home)
    founding.lay_out(home, wanted)
    try:
        os.environ["DJANGO_SETTINGS_MODULE"] = "tidewaiter.node.settings"
        import django

        django.setup()
        from tidewaiter.node import actions

        thumbprint = actions.settle(at=clock.real())
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)  # a home is whole or not there
        raise
    return Said(
        {"administration": administration, "home": str(home), "thumbprint": thumbprint},
        f"The node of {administration} is in {home}.\n"
        f"Its thumbprint, for partners to pin: {thumbprint}\n"
        f"Next: tidewaiter --home {home} users add NAME --role node_admin\n"
        f"      tidewaiter --home {home} serve",
    )


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), help="Background processes.")
@click.option("--behind-proxy", is_flag=True, help="A proxy with TLS passes requests on to us.")
@verb
def serve(host: str, port: int, workers: int | None, behind_proxy: bool) -> None:
    """Run the web, the API and the background work of one node until SIGTERM."""
    from django.conf import settings

    from tidewaiter.node import actions, logs

    os.umask(0o077)
    os.environ.setdefault("TIDEWAITER_LOG_LEVEL", "info")
    logs.level(os.environ["TIDEWAITER_LOG_LEVEL"])
    actions.serve(
        host=host,
        port=port,
        web=settings.WEB_PROCESSES,
        workers=workers or settings.WORKER_PROCESSES,
        behind_proxy=behind_proxy or settings.BEHIND_PROXY,
        now=clock.real,
    )


@click.command()
@verb
def doctor() -> Said:
    """Look at everything that a node stands on, and say what is wrong with it."""
    from django.conf import settings

    from tidewaiter.node import errors, queries

    if not (settings.HOME / "node.toml").is_file():
        raise errors.NoHome(home=str(settings.HOME))
    checks = queries.doctor(now=clock.real())
    ok = all(check.ok for check in checks)
    rows = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
    words = "\n".join(
        f"{'ok  ' if check.ok else 'FAIL'}  {check.name:<12}{check.detail}" for check in checks
    )
    return Said({"ok": ok, "checks": rows}, words, failed=not ok)


@click.command()
@verb
def upgrade() -> Said:
    """Bring the database up to date with the program."""
    from tidewaiter.node import actions

    applied = actions.upgrade()
    words = "\n".join(f"applied {name}" for name in applied) or "Nothing to do."
    return Said({"applied": applied}, words)
