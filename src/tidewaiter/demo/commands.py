"""`tidewaiter demo`: three served nodes on this machine and a scenario played on them."""

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import click

from tidewaiter import clock, command
from tidewaiter.demo import homes, processes, report, scenario, stage
from tidewaiter.problem import Problem

PACE = 30.0  # seconds that a trade day takes when it is played for visitors


@click.command("demo")
@click.option("--nodes", "count", type=click.IntRange(2, 3), default=3, show_default=True)
@click.option("--port", type=click.IntRange(1024, 65532), default=8100, show_default=True)
@click.option("--once", is_flag=True, help="Play to the end as fast as it can, report, and exit.")
@click.option("--without-exchange", is_flag=True, help="The same play, the nodes cut off.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--home", "folder", default="tidewaiter-demo", show_default=True, metavar="DIR")
@click.option("--days", type=click.IntRange(scenario.LEAST_DAYS, 60), default=scenario.DAYS)
@click.option("--pace", type=click.FloatRange(0), default=PACE, show_default=True)
@command.verb
def demo(once: bool, folder: str, pace: float, **asked: Any) -> command.Said | None:
    """Play three administrations that warn each other, for visitors or (--once) for a report."""
    home = homes.Home(Path(folder))
    wanted = homes.Progress(
        seed=asked["seed"],
        last=clock.real().date().isoformat(),
        port=asked["port"],
        nodes=asked["count"],
        exchange=not asked["without_exchange"],
        days=asked["days"],
    )
    stop = threading.Event()
    _listen(stop)
    progress = stage.prepare(home, wanted, anew=once)
    played = stage.build(home, progress, say=command.progress, stopped=stop.is_set)
    try:
        return _run(played, once=once, pace=pace)
    except Problem:
        if stop.is_set():  # what failed was cut short by the stop
            return None
        raise
    finally:
        processes.stop(played.nodes)


def _run(played: stage.Stage, *, once: bool, pace: float) -> command.Said | None:
    played.raise_curtain()
    if not once:
        click.echo(report.guide(played.nodes, played.home), err=True)
    played.play(pace=0.0 if once else pace)
    if played.stopped():
        return None
    if once:
        said = report.make(played.nodes, joined=played.progress.exchange)
        return command.Said(said, report.words(said), failed=not said["ok"])
    command.progress("the play has ended; the nodes stay up until Ctrl-C")
    played.linger()
    return None


def _listen(stop: threading.Event) -> None:
    """The first SIGINT or SIGTERM asks to stop; a second interrupts."""

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    signal.signal(signal.SIGINT, asked)
    signal.signal(signal.SIGTERM, asked)
