"""A throw-away node of this project, founded and served by its own commands, to be tried."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from tidewaiter.exchange.conformance.kit import Kit
from tidewaiter.exchange.conformance.subject import NoAnswer

CODE: Final = "XM"  # one tester's code stands before it, the others' behind
READY: Final = 90.0
COMMAND: Final = (sys.executable, "-m", "tidewaiter.cli")
BATCH: Final = (sys.executable, "-m", "tidewaiter.cli.batch")


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Node:
    """A node of ours in a home of its own, on loopback."""

    home: Path
    port: int
    env: dict[str, str] = field(default_factory=dict)  # put over the environment when it is served
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where partners reach it."""
        return f"http://127.0.0.1:{self.port}"

    def found(self, suite: str) -> None:
        """Make its home, keys and database. Raises NoAnswer."""
        words = ("init", "--administration", CODE, "--name", "Node to be tried", "--url", self.url)
        self.commands([(*words, "--suite", suite)])

    def register(self, kit: Kit) -> None:
        """Register the testers, and sign and register the agreements. Raises NoAnswer."""
        folder = kit.folder
        words: list[tuple[str, ...]] = []
        for each in kit.testers.values():
            if each.role != "unknown":
                file, pinned = f"{folder}/partners/{each.code}.jws", each.key.thumbprint()
                words.append(("partners", "add", file, "--thumbprint", pinned))
        for name, agreement in kit.agreements.items():
            file, out = f"{folder}/agreements/{name}.json", f"{folder}/signed/{name}.json"
            if agreement.node_signs:
                words.append(("agreements", "sign", file, "--out", out))
                words.append(("agreements", "add", out))
            else:
                words.append(("agreements", "add", file))
        self.commands(words)

    def commands(self, words: list[tuple[str, ...]]) -> list[Any]:
        """Commands on its home, one after the other; what they print. Raises NoAnswer."""
        asked = [{"words": [*each, "--json"], "given": None} for each in words]
        done = subprocess.run(  # noqa: S603 (our own command)
            BATCH,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            env=self._around(),
            check=False,
        )
        try:
            said = json.loads(done.stdout)
        except ValueError:
            raise NoAnswer(f"the commands failed: {done.stderr[-500:]}") from None
        if said[-1]["code"] or len(said) != len(words):
            failed = said[-1]
            raise NoAnswer(f"{' '.join(words[len(said) - 1])}: {failed['out']}{failed['err']}")
        return [json.loads(each["out"]) for each in said]

    def start(self) -> None:
        """Serve, and wait until it can. Raises NoAnswer."""
        log = (self.home / "serve.log").open("ab")
        self.process = subprocess.Popen(  # noqa: S603 (our own command)
            [*COMMAND, "serve", "--port", str(self.port)],
            env=self._around() | self.env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        until = time.monotonic() + READY
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise NoAnswer(f"the node is not ready: {(self.home / 'serve.log').read_text()[-500:]}")

    def kill(self) -> None:
        """SIGKILL to all its processes."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def restart(self) -> None:
        """Kill it and serve it again. Raises NoAnswer."""
        self.kill()
        self.start()

    def _around(self) -> dict[str, str]:
        around = {name: value for name, value in os.environ.items() if "TIDEWAITER" not in name}
        around.pop("DJANGO_SETTINGS_MODULE", None)
        return {**around, "TIDEWAITER_HOME": str(self.home)}


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tidewaiter-conformance-") as made:
        yield Path(made)
