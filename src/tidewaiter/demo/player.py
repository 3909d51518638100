"""Playing the scenario on served nodes, day by day, through what is public: files, REST, commands.

A trade day is played in slots. In each, every administration's declarations of that slot are lodged
(each country in its own way: WCO XML by REST, JSON by a watched folder, JSON by REST), then its
officers work through what waits for them. The day ends when every outbox is empty.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from tidewaiter.demo import homes, lodging, officers, processes, scenario

SLOTS: Final = ((6, 12), (12, 24))  # hours of a trade day, UTC
SETTLES_WITHIN: Final = 180.0  # seconds for a day's messages to arrive


@dataclass(slots=True)
class Play:
    """The played nodes with the ways in and the people of each."""

    home: homes.Home
    made: scenario.Scenario
    nodes: list[processes.Node]
    desks: dict[str, lodging.Desk]
    crews: dict[str, officers.Crew]
    say: Callable[[str], None]
    pace: float = 0.0  # seconds that a trade day takes at least
    stopped: Callable[[], bool] = field(default=lambda: False)

    def day(self, number: int) -> None:
        """Play one day to its end. Raises NodeFailed."""
        began = time.monotonic()
        shipments = self.made.days[number]
        for start, end in SLOTS:
            due = [one for one in shipments if start <= one.at.hour < end]
            moment = datetime.combine(shipments[0].at.date(), datetime.min.time(), UTC)
            self.home.tick(moment + timedelta(hours=end, minutes=-1))
            self._each(lambda node, due=due: self._lodge(node, due))  # type: ignore[misc]
            self._each(lambda node: self.crews[node.code].work())
            self.settle()
        self.say(self._summary(number))
        while time.monotonic() - began < self.pace and not self.stopped():
            time.sleep(0.2)

    def settle(self) -> None:
        """Wait until every outbox is empty and every message handled. Raises NodeFailed."""
        until = time.monotonic() + SETTLES_WITHIN
        for node in self.nodes:
            while not self.crews[node.code].settled():
                if time.monotonic() > until:
                    raise node.failed("waiting for the outbox", "messages still wait")
                time.sleep(0.1)

    def _lodge(self, node: processes.Node, due: list[scenario.Shipment]) -> None:
        own = [one for one in due if one.administration == node.code]
        gap = self.pace / max(1, len(own)) / 3
        self.desks[node.code].lodge(own, gap=gap, stopped=self.stopped)

    def _each(self, work: Callable[[processes.Node], None]) -> None:
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(work, self.nodes))

    def _summary(self, number: int) -> str:
        today = self.made.first + timedelta(days=number)
        parts = "  ".join(f"{code}: {crew.said()}" for code, crew in self.crews.items())
        return f"day {number + 1} of {len(self.made.days)}, {today.isoformat()}   {parts}"
