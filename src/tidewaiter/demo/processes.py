"""The processes of the demo: each node's server and helpers, and the public commands it runs."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tidewaiter import clock
from tidewaiter.demo import errors, homes, world

HOST: Final = "127.0.0.1"
STARTS_WITHIN: Final = 60.0  # seconds
ENDS_WITHIN: Final = 8.0  # seconds


@dataclass(frozen=True, slots=True)
class Asked:
    """A public command, and what it reads on standard input."""

    words: tuple[str, ...]
    given: str | None = None


class Node:
    """One served node: its home, address and processes."""

    def __init__(self, home: homes.Home, country: world.Country, port: int) -> None:
        self.home = home
        self.country = country
        self.port = port
        self.url = f"http://{HOST}:{port}"
        self.log = home.path / f"{country.code}.log"
        self.running: list[subprocess.Popen[bytes]] = []

    @property
    def code(self) -> str:
        """The administration's code."""
        return self.country.code

    def command(self, *words: str) -> Any:
        """Run a public command and give back what it prints with --json. Raises NodeFailed."""
        return self.commands([Asked(words)])[0]

    def commands(self, asked: Sequence["Asked"]) -> list[Any]:
        """Run public commands one after the other in one process, as `command`."""
        wanted = [{"words": [*one.words, "--json"], "given": one.given} for one in asked]
        done = subprocess.run(
            [sys.executable, "-m", "tidewaiter.cli.batch"],
            env=self._environment(),
            input=json.dumps(wanted),
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            answers = json.loads(done.stdout)
        except ValueError:
            raise self.failed(" ".join(asked[0].words[:2]), done.stderr[-400:]) from None
        return [self._said(one, answer) for one, answer in zip(asked, answers, strict=False)]

    def _said(self, asked: "Asked", answer: dict[str, Any]) -> Any:
        try:
            said = json.loads(answer["out"])
        except ValueError:
            said = None
        if answer["code"] or said is None:
            reason = said if isinstance(said, dict) else answer["err"][-400:]
            raise self.failed(" ".join(asked.words[:2]), reason)
        return said

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a long-running public command in a process group of its own."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 (our own command)
                [*_program(), *words],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def serve(self) -> None:
        """Start the node's server and wait until it can serve. Raises NodeFailed."""
        server = self.start("serve", "--host", HOST, "--port", str(self.port))
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            if server.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        tail = self.log.read_text(encoding="utf-8", errors="replace")[-400:]
        raise self.failed("serve", tail)

    def failed(self, what: str, reason: object) -> errors.NodeFailed:
        """The refusal that names this node, the command and its log."""
        text = " ".join(str(reason).split()) or "no reason given"
        return errors.NodeFailed(
            administration=self.code, what=what, reason=text, log=str(self.log)
        )

    def _environment(self) -> dict[str, str]:
        ours = ("TIDEWAITER_", "DJANGO_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        own = {
            "TIDEWAITER_HOME": str(self.home.node(self.code)),
            clock.TRADE_CLOCK: str(self.home.clock),
        }
        return {**kept, **own}


def stop(nodes: list[Node]) -> None:
    """End every process of every node within 10 seconds: asked first, then killed."""
    running = [process for node in nodes for process in node.running if process.poll() is None]
    for process in running:
        _signal(process, signal.SIGTERM)
    until = time.monotonic() + ENDS_WITHIN
    for process in running:
        try:
            process.wait(timeout=max(0.05, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGKILL)
            process.wait()
    for node in nodes:
        node.running.clear()


def claim(ports: list[int]) -> None:
    """See that each port is free. Raises PortTaken with the first that is not."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                raise errors.PortTaken(port=port) from None


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Asked to end is the server alone, who ends its children; killed is the whole group."""
    try:
        if number is signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    except ProcessLookupError:
        pass


def _program() -> list[str]:
    return [sys.executable, "-c", "from tidewaiter.cli.main import main; main()"]


def folder(path: Path) -> Path:
    """A folder that is there now."""
    path.mkdir(parents=True, exist_ok=True)
    return path
