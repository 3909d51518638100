"""The nodes of a run: founded by their administrators' commands, on lines and clocks of ours.

A node's machine can be killed, its disk can fill, its clock can be wrong; its administrator takes
backups and brings them back.
"""

import base64
import json
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx

from tests import served
from tests.journeys.chaos import reading
from tests.journeys.chaos.lines import Network
from tests.journeys.stranger import Stranger, moment

PLANTS: Final = Path(__file__).parents[1] / "plants"
ALERT: Final = "org.tidewaiter.alert.shipment.v1"
WARNINGS: Final = "ipr-enforcement"  # the purpose that all five agreed on
EXTRA: Final = "security"  # that of the two who may fall out
MARK: Final = "TLP:AMBER"
PERIOD: Final = 5  # seconds between two rounds of the witnesses
ROOM: Final = 16 * 1024  # bytes that a full disk still takes at the end of a file


class Node(served.Node):
    """A node of the run; its partners and their lines are known before it is served."""

    def __init__(self, home: Path, code: str, suite: str, *, reachable: bool) -> None:
        self.home = home
        self.code = self.administration = code
        self.suite = suite
        self.reachable = reachable
        self.port = served.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.settings = {}
        self.token = ""
        self.lock = threading.RLock()  # held while its administrator is at it
        self.clock = home.parent / f"{home.name}.clock"
        self.wrong(0.0)
        path = os.pathsep.join([str(PLANTS), *filter(None, [os.environ.get("PYTHONPATH")])])
        self.around = {"PYTHONPATH": path, "CHAOS_CLOCK": str(self.clock)}

    @classmethod
    def twin(cls, node: "Node", home: Path) -> "Node":
        """A second server of the same node, out of a copy of its home."""
        made = cls(home, node.code, node.suite, reachable=node.reachable)
        made.wrong(float(node.clock.read_text()))
        made.token, made.document, made.settings = node.token, node.document, dict(node.settings)
        made.settings["CHAOS_CLOCK"] = str(made.clock)
        return made

    def found(self) -> None:
        """Make its home, and the account that sends."""
        told = ("--url", self.url) if self.reachable else ()
        words = ("init", "--administration", self.code, "--name", f"Customs of {self.code}")
        done = self.run(*words, "--suite", self.suite, *told)
        assert done.returncode == 0, done.stderr
        self.thumbprint = json.loads(done.stdout)["thumbprint"]
        *_, made, shown = self.commands(
            ("users", "add", "system", "--role", "liaison"),
            ("tokens", "add", "system"),
            ("node", "show"),
        )
        self.token, self.document = made["token"], shown["document"]

    def connect(self, network: Network) -> None:
        """From now on it reaches the others by the lines."""
        self.around |= network.given(self.code)
        self.settings = {
            **self.around,
            "TIDEWAITER_WITNESS_PERIOD": str(PERIOD),
            "TIDEWAITER_COLLECT_EVERY": "2",
        }

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """A command on this node, on its lines and by its clock."""
        return super().run(*arguments, **{**self.around, **env})

    def commands(self, *each: Sequence[str], **env: str) -> list[Any]:
        """Several commands, on its lines and by its clock."""
        return super().commands(*each, **{**self.around, **env})

    @property
    def up(self) -> bool:
        """Whether it runs."""
        return self.process is not None

    def wrong(self, seconds: float) -> None:
        """Its machine's clock is wrong by so much from now on."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.clock)

    def fill(self) -> None:
        """Its disk is full: no file grows beyond what it is by more than ROOM."""
        files = [path for path in self.home.iterdir() if path.is_file()]
        most = max(path.stat().st_size for path in files if "sqlite" in path.name)
        self._limit(most + ROOM)

    def empty(self) -> None:
        """There is room again."""
        self._limit(resource.RLIM_INFINITY)
        time.sleep(0.3)
        self._limit(resource.RLIM_INFINITY)  # one that was just being started

    def _limit(self, most: int) -> None:
        assert self.process is not None
        group = os.getpgid(self.process.pid)
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                if os.getpgid(int(entry.name)) == group:
                    both = (most, resource.RLIM_INFINITY)
                    resource.prlimit(int(entry.name), resource.RLIMIT_FSIZE, both)
            except ProcessLookupError:
                continue  # it has just ended

    def asked(self, path: str, *, timeout: float = 10) -> Any:
        """What its REST API says, to the account that sends."""
        answer = served.HTTP.get(
            f"{self.url}/api/v1/{path}",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=timeout,
        )
        return answer.raise_for_status().json()

    def order(self, order: dict[str, Any], *, timeout: float = 20) -> httpx.Response:
        """Ask it to send a message."""
        return served.HTTP.post(
            f"{self.url}/api/v1/messages",
            json=order,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=timeout,
        )

    def ready(self, *, within: float = 60) -> bool:
        """Wait until it can serve."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            try:
                if served.HTTP.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return True
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        return False

    def takes_part(self) -> bool:
        """Whether it shows a checkpoint, as it does once it has come back from a restore."""
        return served.HTTP.get(f"{self.url}/tlog/checkpoint", timeout=10).status_code == 200

    def halt(self) -> None:
        """Its administrator stops it; killed where it does not drain."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            return
        self.log.close()
        self.process = None

    def said(self) -> dict[str, Any]:
        """Its node document."""
        payload = self.document.split(".")[1]
        found: dict[str, Any] = json.loads(_unb64(payload))
        return found

    def key(self) -> reading.Key:
        """By which its log signs."""
        return reading.key(self.said()["log"]["vkey"])

    def witness(self) -> reading.Key | None:
        """By which it cosigns."""
        told = self.said().get("witness")
        return reading.key(told["vkey"]) if told else None


def agreement(parties: Sequence[str], number: int, purpose: str) -> dict[str, Any]:
    """Alerts among these, by the machine."""
    return {
        "tidewaiter": "agreement/1",
        "id": f"019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c{number:02d}",
        "version": 1,
        "title": f"Warnings over bad lines, {purpose}",
        "kind": "plurilateral" if len(parties) > 2 else "mutual-assistance",
        "parties": sorted(parties),
        "entry": "all",
        "from": "2026-01-01",
        "clauses": [
            {
                "id": "1",
                "title": "Warnings",
                "disclosers": sorted(parties),
                "recipients": sorted(parties),
                "categories": ["alert"],
                "purposes": [purpose],
                "modes": ["spontaneous"],
                "fields": {
                    "allow": [
                        *("alert", "offence", "certainty", "validuntil"),
                        *("consignment", "goods", "attachments"),
                    ]
                },
                "handling": MARK,
                "retention": {"days": 365},
                "approval": "none",
            }
        ],
    }


def found(nodes: Sequence[Node]) -> None:
    """Make all homes."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Node.found, nodes))


def meet(nodes: Sequence[Node], treaties: Sequence[dict[str, Any]], work: Path) -> list[str]:
    """Register each with each, and have every agreement signed by its parties; their digests."""
    for node in nodes:
        (work / f"{node.code}.jws").write_text(node.document)
    for place, text in enumerate(treaties):
        (work / f"{place}-.json").write_text(json.dumps(text))
    for node in nodes:  # each signs what those before it have signed
        words = [
            ("partners", "add", str(work / f"{each.code}.jws"), "--thumbprint", each.thumbprint)
            for each in nodes
            if each is not node
        ]
        for place, text in enumerate(treaties):
            before, here, _ = "".join(text["parties"]).partition(node.code)
            if here:
                source, out = (work / f"{place}-{by}.json" for by in (before, before + node.code))
                words.append(("agreements", "sign", str(source), "--out", str(out)))
        node.commands(*words)
    wholes = [
        work / f"{place}-{''.join(text['parties'])}.json" for place, text in enumerate(treaties)
    ]

    def add(node: Node) -> list[str]:
        mine = [
            ("agreements", "add", str(file))
            for text, file in zip(treaties, wholes, strict=True)
            if node.code in text["parties"]
        ]
        said = node.commands(*mine) if mine else []
        assert all(each["state"] == "in-force" for each in said), said
        return [each["digest"] for each in said]

    with ThreadPoolExecutor(2) as pool:
        digests = list(pool.map(add, nodes))
    return max(digests, key=len)


def befriend(node: Node, other: Stranger, work: Path) -> str:
    """Register the stranger with a node, under an agreement that both signed; its digest."""
    document, half, whole = (work / f"stranger.{each}" for each in ("jws", "half", "whole"))
    document.write_text(other.document())
    text = agreement((node.code, other.code), 3, WARNINGS)
    signed = moment(seconds=float(node.clock.read_text()))
    half.write_text(json.dumps(other.agree(text, signed=signed)))
    *_, added = node.commands(
        ("partners", "add", str(document), "--thumbprint", other.thumbprint),
        ("agreements", "sign", str(half), "--out", str(whole)),
        ("agreements", "add", str(whole)),
    )
    assert added["state"] == "in-force", added
    return str(added["digest"])


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
