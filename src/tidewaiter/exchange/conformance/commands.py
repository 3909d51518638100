"""The verb `exchange conformance`: try a node of anybody's, make the kit for it, or try our own."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import httpx

from tidewaiter import clock
from tidewaiter.command import Said, progress, verb
from tidewaiter.exchange.conformance import errors, founding, kit, run
from tidewaiter.exchange.conformance.ground import Ground
from tidewaiter.exchange.conformance.mail import Mail
from tidewaiter.exchange.conformance.run import Result
from tidewaiter.exchange.conformance.subject import ANSWER, NoAnswer, Subject

FOLDER: Final = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("url", required=False)
@click.option("--kit", "folder", type=FOLDER, help="The kit that --prepare made.")
@click.option("--prepare", type=FOLDER, metavar="DIR", help="Make a kit there.")
@click.option("--administration", metavar="XB", help="Whose node it is; with --prepare.")
@click.option("--listen", metavar="URL", default="", help="Where the node reaches the testers.")
@click.option("--restart", metavar="COMMAND", help="Kills the node (-9) and starts it again.")
@click.option("--only", multiple=True, metavar="PATTERN", help="Cases by name: order.* …")
@click.option("--flood", is_flag=True, help="Try the limit of bad lines an address, too.")
@click.option("--suite", type=click.Choice(["A", "B"]), help="Of our own node; else both.")
@click.option("--self", "own", is_flag=True, help="Try a node of this project, made for it.")
@verb
def conformance(
    url: str | None,
    folder: Path | None,
    prepare: Path | None,
    administration: str | None,
    listen: str,
    restart: str | None,
    only: tuple[str, ...],
    flood: bool,
    suite: str | None,
    own: bool,
) -> Any:
    """Try a node against the pages, case by case; without URL one of this project's own."""
    try:
        if prepare is not None:
            if not administration:
                raise click.UsageError("--prepare needs --administration.")
            return _prepared(prepare, administration, listen)
        if url and not own:
            if folder is None:
                raise click.UsageError("Give --kit DIR; --prepare DIR makes one.")
            again = _restarting(restart) if restart else None
            return _tried(_of(url, folder, again, only, flood=flood))
        suites = [suite] if suite else ["A", "B"]
        return _tried([each for one in suites for each in _own(one, only)])
    except (kit.BadKit, NoAnswer, OSError, httpx.HTTPError) as error:
        raise errors.CannotTry(reason=str(error)) from None


def _prepared(folder: Path, administration: str, listen: str) -> Said:
    made = kit.prepare(folder, administration, listen, clock.real)
    data = {
        "kit": str(folder),
        "administration": made.node,
        "partners": [
            {"administration": each.code, "thumbprint": each.key.thumbprint(), "url": each.url}
            for each in made.testers.values()
            if each.role != "unknown"
        ],
        "agreements": [
            {"name": each.name, "digest": each.digest, "to_be_signed": each.node_signs}
            for each in made.agreements.values()
        ],
    }
    return Said(data, f"{folder / 'README.md'} says what to register and to sign.")


def _of(
    url: str, folder: Path, restart: Any, only: Sequence[str], *, flood: bool
) -> list[tuple[str, Result]]:
    """Try the node at that URL with a kit."""
    held = kit.load(folder, clock.real)
    with httpx.Client(timeout=ANSWER) as http:
        subject = Subject(url.rstrip("/"), http)
        subject.meet()
        if subject.administration != held.node:
            raise kit.BadKit(
                f"{folder} is for {held.node}; the node at {url} is {subject.administration}'s"
            )
        mail = Mail(subject, held)
        mail.open()
        try:
            ground = Ground(subject, held, mail, clock.real, restart, flood)
            results = run.run(ground, run.chosen(only), _told)
        finally:
            mail.close()
            held.keep()
    return [(subject.suite, each) for each in results]


def _own(suite: str, only: Sequence[str]) -> list[tuple[str, Result]]:
    """Found, serve and try a throw-away node of ours in that suite."""
    progress(f"suite {suite}: founding a node")
    with founding.folder() as place:
        node = founding.Node(place / "home", founding.free_port())
        listen = f"http://127.0.0.1:{founding.free_port()}"
        made = kit.prepare(place / "kit", founding.CODE, listen, clock.real)
        node.found(suite)
        node.register(made)
        try:
            node.start()
            return _of(node.url, made.folder, node.restart, only, flood=True)
        finally:
            node.kill()


def _restarting(command: str) -> Any:
    def restart() -> None:
        subprocess.run(command, shell=True, check=True)  # noqa: S602 (the caller's own words)

    return restart


def _told(result: Result) -> None:
    progress(f"{result.case.name}: {result.found[:60]}")


def _tried(found: list[tuple[str, Result]]) -> Said:
    """The report: each case, and at the end how many were wrong."""
    failed = [each for _, each in found if each.ok is False]
    left = [each for _, each in found if each.ok is None]
    suites = sorted({suite for suite, _ in found})
    data = {
        "ok": not failed,
        "suite": "".join(suites),
        "cases": [{**each.said(), "suite": suite} for suite, each in found],
    }
    words = [_line(suite if len(suites) > 1 else "", each) for suite, each in found]
    count = f"{len(found)} cases, {len(failed)} wrong, {len(left)} not tried"
    return Said(data, "\n".join([*words, "", count]), failed=bool(failed))


def _line(suite: str, result: Result) -> str:
    mark = {True: "ok", False: "WRONG", None: "-"}[result.ok]
    case = result.case
    line = f"{mark:<5} {suite}{' ' if suite else ''}{case.name}  ({case.section})"
    if result.ok:
        return line
    if result.ok is None:
        return f"{line}\n      not tried: {result.found}"
    return f"{line}\n      expected: {case.expected}\n      found:    {result.found}"
