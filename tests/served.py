"""A node in a home of its own, run as its administrator runs it: by the command."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

COMMAND = [sys.executable, "-m", "tidewaiter.cli"]
# One client for all: making one costs more than a request. Nodes are killed, so it keeps no line.
HTTP = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))


def free_port() -> int:
    """A port that is free, below those that the system gives to outgoing connections.

    A node that is started again needs its own port: no connection of another may have it meanwhile.
    """
    while True:
        port = random.SystemRandom().randrange(10_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def command(
    *arguments: str, home: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run `tidewaiter` with these arguments, in an environment without our own home."""
    around = {name: value for name, value in os.environ.items() if "TIDEWAITER" not in name}
    around.pop("DJANGO_SETTINGS_MODULE", None)
    if database := os.environ.get("TIDEWAITER_NODE_DATABASE_URL"):
        around["TIDEWAITER_DATABASE_URL"] = database
    if home is not None:
        around["TIDEWAITER_HOME"] = str(home)
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        env={**around, **env},
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


class Node:
    """A founded node; `start` serves it in a process group of its own."""

    def __init__(
        self, home: Path, administration: str = "XA", *options: str, reachable: bool = True
    ) -> None:
        self.home = home
        self.administration = administration
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.settings: dict[str, str] = {}  # variables that it is served with
        told = ("--url", self.url) if reachable else ()
        made = self.run("init", "--administration", administration, "--name", "A", *told, *options)
        assert made.returncode == 0, made.stderr
        self.thumbprint = json.loads(made.stdout)["thumbprint"]

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """The command on this node, with --json."""
        return command(*arguments, "--json", home=self.home, **env)

    def json(self, *arguments: str) -> Any:
        """What the command prints; it must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def commands(self, *each: Sequence[str], **env: str) -> list[Any]:
        """Several commands in one process, as starting Python costs most; all must succeed."""
        wanted = [{"words": [*words, "--json"], "given": None} for words in each]
        around = {name: value for name, value in os.environ.items() if "TIDEWAITER" not in name}
        around.pop("DJANGO_SETTINGS_MODULE", None)
        done = subprocess.run(
            [sys.executable, "-m", "tidewaiter.cli.batch"],
            input=json.dumps(wanted),
            env={**around, "TIDEWAITER_HOME": str(self.home), **env},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        answers = json.loads(done.stdout)
        assert not answers[-1]["code"], (each[len(answers) - 1], done.stdout[-800:])
        return [json.loads(answer["out"]) for answer in answers]

    def begin(self, *arguments: str) -> None:
        """Serve, and wait for nothing."""
        around = {name: value for name, value in os.environ.items() if "TIDEWAITER" not in name}
        around.pop("DJANGO_SETTINGS_MODULE", None)
        self.log = (self.home / "serve.log").open("ab")
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(self.port), *arguments],
            env={**around, "TIDEWAITER_HOME": str(self.home), **self.settings},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def start(self, *arguments: str) -> None:
        """Serve, and wait until it is ready."""
        self.begin(*arguments)
        assert self.process is not None
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if HTTP.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
            assert self.process.poll() is None, (self.home / "serve.log").read_text()
        raise AssertionError("not ready within a minute")

    def stop(self) -> int:
        """Let it drain; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.log.close()
        self.process = None
        return code

    def kill(self) -> None:
        """SIGKILL to the whole process group."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()
        self.process = None

    def close(self) -> None:
        """End it, however it stands."""
        if self.process is not None:
            self.kill()
