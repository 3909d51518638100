"""One supervised tree of processes: web processes on one inherited socket, and workers.

The children are in the supervisor's process group and die with it, even when it is killed. One that
ends is started again, with growing waits where it ends at once. Imports no framework.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

DRAIN: Final = 10.0  # seconds that children get to end what they are doing
LONG_LIVED: Final = 60.0  # a child that lived so many seconds is started again at once
LONGEST: Final = 30.0  # seconds between two starts of a child that ends at once
SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

log: Final = structlog.get_logger("tidewaiter.node")


@dataclass(slots=True)
class Child:
    """One place in the tree: what runs in it, and how its last starts went."""

    role: str  # web or worker
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    crashes: int = 0
    next_start: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Keeps the children running until a signal, then lets them drain.

    `died` is told the role and process number of each child that ended without being asked.
    """

    listening: socket.socket
    web: int
    workers: int
    died: Callable[[str, int], None]
    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def run(self) -> None:
        """Start everything, watch over it, and return when all have ended after a signal."""
        for number in SIGNALS:
            signal.signal(number, self._stop)
        roles = ["web"] * self.web + ["worker"] * self.workers
        self.children = [Child(role) for role in roles]
        while not self.stopping:
            moment = time.monotonic()
            for child in self.children:
                self._watch(child, moment)
            time.sleep(0.1)  # a signal ends it early
        self._drain()

    def _stop(self, number: int, _frame: object) -> None:
        self.stopping = True

    def _watch(self, child: Child, moment: float) -> None:
        if child.process is not None and (code := child.process.poll()) is not None:
            lived = moment - child.started
            child.crashes = 0 if lived > LONG_LIVED else child.crashes + 1
            wait = 0.0 if not child.crashes else min(0.25 * 2 ** min(child.crashes, 10), LONGEST)
            child.next_start = moment + wait
            log.error("process ended", role=child.role, pid=child.process.pid, code=code, wait=wait)
            self.died(child.role, child.process.pid)
            child.process = None
        if child.process is None and moment >= child.next_start and not self.stopping:
            child.started = moment
            child.process = self._start(child.role)

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        number = self.listening.fileno()
        arguments = [role, str(os.getpid()), *([str(number)] if role == "web" else [])]
        return subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-m", "tidewaiter.node.process", *arguments],
            pass_fds=[number] if role == "web" else [],
            stdin=subprocess.DEVNULL,
        )

    def _drain(self) -> None:
        """Ask all children to end, and end those that do not within DRAIN."""
        self.listening.close()
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        until = time.monotonic() + DRAIN
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process killed", pid=process.pid, seconds=DRAIN)
                process.kill()
                process.wait()
