"""From an empty folder to served, joined nodes with people at their desks; and the play on them."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from datetime import time as day_time
from typing import TypeVar

from tidewaiter import clock
from tidewaiter.demo import founding, homes, lodging, officers, player, processes, scenario, world

T = TypeVar("T")
Say = Callable[[str], None]
Stopped = Callable[[], bool]


@dataclass(slots=True)
class Stage:
    """The nodes of one demo home and the scenario that is played on them."""

    home: homes.Home
    progress: homes.Progress
    made: scenario.Scenario
    nodes: list[processes.Node]
    say: Say
    stopped: Stopped
    tokens: dict[str, founding.Founded] = field(default_factory=dict)

    def raise_curtain(self) -> None:
        """Start the nodes, founding them first where they are not there yet. Raises NodeFailed."""
        fresh = not self.progress.ready
        if fresh:
            self.say("founding the administrations: keys, databases, people")
            self.home.tick(datetime.combine(self.made.first, day_time(), UTC))
            founding.found(self.nodes, self.home)
            self.tokens = founding.people(self.nodes, self.home)
            self.say("bringing in the records of the weeks before, and training on them")
            founding.remember(self.nodes, self.home, self.made)
        else:
            self.tokens = founding.tokens(self.nodes)
        self.say("starting the nodes")
        _together(processes.Node.serve, self.nodes)
        if fresh:
            if self.progress.exchange:
                self.say("registering partners and signing agreements")
                founding.join(self.nodes, self.home)
            self.progress = self.home.keep(replace(self.progress, ready=True))

    def play(self, *, pace: float) -> None:
        """Play the days that are left, at least `pace` seconds each. Raises NodeFailed."""
        officer = {code: one.tokens["officer"] for code, one in self.tokens.items()}
        codes = [node.code for node in self.nodes]
        boxes = {one.number: one for day in self.made.days for one in day}
        crews = {
            node.code: officers.Crew(
                node,
                self.tokens[node.code].tokens,
                boxes,
                [code for code in codes if code != node.code] if self.progress.exchange else [],
            )
            for node in self.nodes
        }
        run = player.Play(
            home=self.home,
            made=self.made,
            nodes=self.nodes,
            desks=lodging.desks(self.nodes, officer, self.home.path / "files"),
            crews=crews,
            say=self.say,
            pace=pace,
            stopped=self.stopped,
        )
        if not self.progress.played:
            self.say("clearing the records")
            _together(officers.Crew.clear_records, list(crews.values()))
        for number in range(self.progress.played, len(self.made.days)):
            run.day(number)
            if self.stopped():
                return
            self.progress = self.home.keep(replace(self.progress, played=number + 1))

    def linger(self) -> None:
        """Keep the nodes up for visitors until stopped; trade time goes on as real time does."""
        last = datetime.combine(self.made.first, day_time(), UTC)
        last += timedelta(days=len(self.made.days))
        while not self.stopped():
            self.home.tick(max(last, clock.real()))
            for node in self.nodes:
                if any(process.poll() is not None for process in node.running):
                    raise node.failed("serving", "a process has ended")
            time.sleep(1)


def _together(work: Callable[[T], None], places: list[T]) -> None:
    """Do it at all places at once; the first that fails is raised."""
    with ThreadPoolExecutor(len(places)) as pool:
        list(pool.map(work, places))


def prepare(home: homes.Home, wanted: homes.Progress, *, anew: bool) -> homes.Progress:
    """What to play here: what the home was made for, else `wanted` anew. Raises NotOurs."""
    found = home.progress()
    if anew or found is None or not found.ready:
        return home.begin(wanted)
    return found


def build(home: homes.Home, progress: homes.Progress, *, say: Say, stopped: Stopped) -> Stage:
    """The stage of a home. Raises PortTaken."""
    ports = [progress.port + place for place in range(progress.nodes)]
    processes.claim(ports)
    countries = world.COUNTRIES[: progress.nodes]
    nodes = [
        processes.Node(home, country, port) for country, port in zip(countries, ports, strict=True)
    ]
    last = homes.day_of(progress.last)
    made = scenario.make(seed=progress.seed, last=last, days=progress.days)
    return Stage(home, progress, made, nodes, say, stopped)
