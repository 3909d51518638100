"""Nodes that cheat on purpose, after all else is well: each must be named by every partner in time.

One rewrites its log, one cuts it, one shows two faces to two partners, one signs no checkpoint over
what it receipted, one logs something else than it receipted: done to its tables, its machine or its
program, never by a door of ours.
"""

import hashlib
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.journeys.chaos import letters, nodes
from tests.journeys.chaos.nodes import PERIOD, Node
from tests.journeys.chaos.run import Run, tell

TWIN: Final = "twin"  # the source of the second face's lines
COVERED: Final = 12.0  # seconds until a node must have signed over what it receipted
SLACK: Final = 8.0  # seconds that a busy machine takes
WITHIN: Final = 2 * PERIOD + COVERED + SLACK
NAMES: Final[dict[str, frozenset[str]]] = {  # as what each may be found
    "fork": frozenset({"fork", "entry-missing"}),  # by who had the receipt of that entry
    "shrunk": frozenset({"shrunk", "fork", "entry-missing"}),  # it may grow another way
    "split-view": frozenset({"fork", "split-view"}),
    "withheld": frozenset({"withheld"}),
}


@dataclass
class Cheats:
    """Four of the five, each with its way to cheat; the fifth, which collects, is honest."""

    run: Run
    faults: list[str] = field(default_factory=list)
    took: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.run.plan.seed} cheats")
        codes = [code for code in self.run.nodes if code != self.run.plan.collector]
        self.random.shuffle(codes)
        self.parts = dict(zip(NAMES, codes, strict=True))
        self.number = 0
        splits = self.parts["split-view"]
        self.victim = self.random.choice([code for code in self.run.nodes if code != splits])

    def play(self) -> None:
        """Cheat, all at once, and wait until everybody has named everybody who does."""
        tell("cheats: " + ", ".join(f"{code} {way}" for way, code in self.parts.items()))
        before = {way: self._known(code) for way, code in self.parts.items()}
        assert not any(before.values()), before
        with ThreadPoolExecutor(len(self.parts)) as pool:
            ways = {
                "fork": self._fork,
                "shrunk": self._shrink,
                "split-view": self._split,
                "withheld": self._withhold,
            }
            doing = [
                pool.submit(self._watched, way, ways[way], self.run.nodes[code])
                for way, code in self.parts.items()
            ]
            for each in doing:
                each.result()
        tell(f"named after {self.took} seconds, of {WITHIN}")
        self.faults += self._accused()

    def close(self) -> None:
        """End the second face."""
        with suppress(AttributeError):
            self.twin.close()

    def _watched(self, way: str, cheat: Any, node: Node) -> None:
        """Cheat, and wait for every partner to name it; the time counts from its first lie."""
        cheat(node)
        begun, see = time.monotonic(), set(self.run.nodes) - {node.code}
        if node.code == self.victim:
            see.remove(self.parts["split-view"])  # no line leads from its first face there
        missing = see
        while missing and time.monotonic() - begun < WITHIN:
            missing = see - self._known(node.code)
            time.sleep(0.3)
        self.took[way] = round(time.monotonic() - begun, 1)
        if missing:
            self.faults.append(
                f"{node.code} ({way}) is not named by {sorted(missing)} after {WITHIN} s"
            )

    def _known(self, code: str) -> set[str]:
        """Who accuses that node."""
        found = set()
        for node in self.run.nodes.values():
            with suppress(httpx.HTTPError):
                if any(each["administration"] == code for each in node.asked("alarms?all=true")):
                    found.add(node.code)
        return found

    def _accused(self) -> Iterator[str]:
        """Nobody is accused who did nothing, and each as what it is, with two notes to show."""
        guilty = {code: way for way, code in self.parts.items()}
        for node in self.run.nodes.values():
            for alarm in node.asked("alarms?all=true"):
                way = guilty.get(alarm["administration"])
                if alarm["administration"] in {node.code, letters.CODE}:
                    continue
                if way is None or alarm["kind"] not in NAMES[way]:
                    yield f"{node.code} says {alarm['kind']} of {alarm['administration']} ({way})"
                elif not alarm["first"] or not (alarm["second"] or alarm["detail"]):
                    yield f"{node.code} has no evidence against {alarm['administration']}"

    # the ways to cheat

    def _fork(self, node: Node) -> None:
        """It writes an old entry anew, and signs as though it had been so."""
        node.halt()
        with self._tables(node) as tables:
            place = self.random.randrange(self._size(tables))
            entry = b'{"commitment":"%s","v":1}' % (b"A" * 42 + b"E")
            tables.execute(
                'UPDATE ledger_entry SET entry = ?, leaf = ? WHERE "index" = ?',
                (entry, hashlib.sha256(b"\x00" + entry).digest(), place),
            )
            self._unsign(tables, 0)
        self._begin(node)

    def _shrink(self, node: Node) -> None:
        """It loses its last entries, and signs what is left."""
        node.halt()
        with self._tables(node) as tables:
            size = self._size(tables) - self.random.randint(2, 6)
            tables.execute('DELETE FROM ledger_entry WHERE "index" >= ?', (size,))
            tables.execute("UPDATE ledger_head SET size = ?", (size,))
            self._unsign(tables, size - 1)
        self._begin(node)

    def _withhold(self, node: Node) -> None:
        """It takes messages and gives receipts, and signs no checkpoint over them."""
        node.halt()
        node.settings = {**node.settings, "PLANT": "checkpoint-withheld"}
        self._begin(node)
        for other in self.run.nodes.values():
            if other is not node:
                self._order(other, node.code)

    def _split(self, node: Node) -> None:
        """It shows one partner a log of its own, which goes another way than that of the others."""
        network = self.run.network
        victim = self.victim
        node.halt()
        home = node.home.with_name(f"{node.code}.twin")
        shutil.copytree(node.home, home)
        self.twin = Node.twin(node, home)
        network.cut(
            line
            for (source, to), line in network.lines.items()
            if (source == TWIN and to != victim) or (source, to) == (node.code, victim)
        )
        network.lines[victim, node.code].target = self.twin.port
        self.twin.settings = {**self.twin.settings, **network.given(TWIN)}
        self._begin(node)
        self._begin(self.twin)
        self._order(self.twin, victim)
        for code in self.run.nodes:
            if code not in {node.code, victim}:
                self._order(node, code)

    def _begin(self, node: Node) -> None:
        node.begin()
        if not node.ready():
            self.faults.append(f"{node.code} is not served")

    def _order(self, node: Node, to: str) -> None:
        """One message more, so that a log grows."""
        self.number += 1
        data = {**letters.DATA, "alert": f"{node.code}-9999-{self.number:06d}"}
        order = {"to": to, "type": nodes.ALERT, "purpose": nodes.WARNINGS, "handling": nodes.MARK}
        for _ in range(20):
            with suppress(httpx.HTTPError):
                if node.order({**order, "data": data}).status_code == 201:
                    return
            time.sleep(0.5)
        self.faults.append(f"{node.code} takes no order")

    @staticmethod
    def _tables(node: Node) -> Any:
        return closing(sqlite3.connect(node.home / "tidewaiter.sqlite3", isolation_level=None))

    @staticmethod
    def _size(tables: sqlite3.Connection) -> int:
        return int(tables.execute("SELECT size FROM ledger_head").fetchone()[0])

    @staticmethod
    def _unsign(tables: sqlite3.Connection, size: int) -> None:
        """What it signed over more entries than these, it never signed."""
        tables.execute("DELETE FROM ledger_checkpoint WHERE size > ?", (size,))
        tables.execute("DELETE FROM ledger_cosignature WHERE size > ?", (size,))
        tables.execute("DELETE FROM ledger_tile")
