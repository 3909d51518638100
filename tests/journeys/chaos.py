"""Two served nodes on a bad line, killed at seeded random moments while alerts flow both ways.

What must hold afterwards: every alert was accepted once at the partner, serials have no gap, both
logs verify, and nothing waits.
"""

import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tests import served
from tests.journeys.proxy import Proxy

ALERT: Final = "org.tidewaiter.alert.shipment.v1"
PURPOSE: Final = "ipr-enforcement"
BATCH: Final = 20  # alerts that one command sends
QUIET: Final = 600.0  # seconds after the last restart within which nothing may wait any more
AGREEMENT: Final = """\
tidewaiter: agreement/1
id: 019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c99
version: 1
title: Warnings over a bad line
kind: mutual-assistance
parties: [XA, XB]
entry: all
from: 2026-01-01
clauses:
  - id: "1"
    title: Warnings
    disclosers: [XA, XB]
    recipients: [XA, XB]
    categories: [alert]
    purposes: [ipr-enforcement]
    modes: [spontaneous]
    fields:
      allow: [alert, offence, certainty, validuntil, goods]
    handling: "TLP:AMBER"
    retention: {days: 365}
    approval: one
"""


class Node(served.Node):
    """A node whose partners reach it over the bad line."""

    def __init__(self, home: Path, administration: str, seed: int) -> None:
        self.home = home
        self.code = self.administration = administration
        self.port = served.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.settings = {}
        self.line = Proxy(self.port, seed)
        made = self.run(
            "init", "--administration", administration, "--name", "A", "--url", self.line.url
        )
        assert made.returncode == 0, made.stderr
        self.thumbprint = json.loads(made.stdout)["thumbprint"]
        self.sent: list[str] = []

    def send(self, count: int, work: Path) -> None:
        """Send some alerts by one batch."""
        first = len(self.sent) + 1
        batch = work / f"{self.code}.ndjson"
        batch.write_text(
            "\n".join(json.dumps(alert(self.code, first + each)) for each in range(count))
        )
        to = "XB" if self.code == "XA" else "XA"
        rows = self.json(
            *("exchange", "send", "--to", to, "--type", ALERT, "--purpose", PURPOSE),
            *("--handling", "TLP:AMBER", "--batch", str(batch)),
        )
        self.sent += [row["id"] for row in rows]

    def send_all(self, count: int, work: Path) -> None:
        """Send so many alerts, batch by batch, as fast as the command goes."""
        while len(self.sent) < count:
            self.send(min(BATCH, count - len(self.sent)), work)

    def until_ready(self) -> None:
        """Wait until it can serve, half a minute at most."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)

    def waiting(self) -> dict[str, int]:
        """How many messages wait to be delivered and to be handled."""
        status = self.json("exchange", "status", "--limit", "1")
        return {name: status[name] for name in ("outbox", "inbox", "held")}

    def close(self) -> None:
        """End it and its line."""
        super().close()
        self.line.close()


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found: how much flowed, what befell it, how long it took to end."""

    alerts: int
    kills: int
    fates: dict[str, int]
    settled_after: float  # seconds after the last restart
    faults: list[str]


def alert(code: str, number: int) -> dict[str, Any]:
    """A small alert, each with a number of its own."""
    return {
        "alert": f"{code}-2026-{number:06d}",
        "offence": "counterfeit",
        "certainty": "suspected",
        "validuntil": "2027-03-01T00:00:00.000Z",
        "goods": [{"hs": "640411", "description": f"Shoes, lot {number}", "origin": "CN"}],
    }


def meet(nodes: tuple[Node, Node], work: Path) -> None:
    """Make the two partners under one agreement that both signed."""
    for node, other in (nodes, nodes[::-1]):
        document = work / f"{other.code}.jws"
        document.write_text(other.json("node", "show")["document"])
        node.json("partners", "add", str(document), "--thumbprint", other.thumbprint)
    text, half, whole = work / "agreement.yaml", work / "half.json", work / "whole.json"
    text.write_text(AGREEMENT)
    nodes[0].json("agreements", "sign", str(text), "--out", str(half))
    nodes[1].json("agreements", "sign", str(half), "--out", str(whole))
    for node in nodes:
        assert node.json("agreements", "add", str(whole))["state"] == "in-force"


def play(work: Path, *, alerts: int, kills: int, seed: int) -> Found:
    """Send, kill and restart; then wait until nothing waits, and look at what is there."""
    chance = random.Random(seed)
    nodes = Node(work / "XA", "XA", seed), Node(work / "XB", "XB", seed + 1)
    try:
        meet(nodes, work)
        for node in nodes:
            node.begin()
        due = [alerts * each // kills for each in range(kills)]  # sent before that kill
        with ThreadPoolExecutor() as pool:
            sending = [pool.submit(node.send_all, alerts // 2, work) for node in nodes]
            for number in range(1, kills + 1):
                while not all(each.done() for each in sending) and flown(nodes) < due[number - 1]:
                    time.sleep(0.05)
                if chance.random() < 0.5:  # else one that is still starting may be killed
                    for node in nodes:
                        node.until_ready()
                time.sleep(chance.uniform(0, 3))
                victim = chance.choice(nodes)
                victim.kill()
                time.sleep(chance.uniform(0, 1))
                victim.begin()
                tell(f"kill {number} of {kills}: {victim.code}; {flown(nodes)} of {alerts} sent")
            for each in sending:
                each.result()
        return look(nodes, alerts, kills, settle(nodes))
    finally:
        for node in nodes:
            node.close()


def flown(nodes: tuple[Node, Node]) -> int:
    """How many alerts were sent so far."""
    return sum(len(node.sent) for node in nodes)


def settle(nodes: tuple[Node, Node]) -> float:
    """Wait until nothing waits; the seconds that it took, or QUIET where it did not end."""
    begun = time.monotonic()
    while time.monotonic() - begun < QUIET:
        waiting = [node.waiting() for node in nodes]
        if not any(any(each.values()) for each in waiting):
            break
        tell(f"waiting: {waiting}; {[dict(node.line.met) for node in nodes]}")
        time.sleep(1)
    return time.monotonic() - begun


def look(nodes: tuple[Node, Node], alerts: int, kills: int, settled: float) -> Found:
    """All that must hold, and what of it does not."""
    faults = [] if settled < QUIET else ["something still waits"]
    for node, other in (nodes, nodes[::-1]):
        faults += [f"{node.code}: {fault}" for fault in compared(node, other, alerts // 2)]
    fates: dict[str, int] = {}
    for node in nodes:
        for fate, times in node.line.met.items():
            fates[fate] = fates.get(fate, 0) + times
    return Found(alerts, kills, fates, settled, faults)


def compared(sender: Node, recipient: Node, count: int) -> list[str]:
    """What is wrong between what one sent and what the other took."""
    everything = str(10 * count + 10)
    status = sender.json("exchange", "status", "--limit", everything)
    sent = status["messages"]
    came = recipient.json("exchange", "inbox", "--from", sender.code, "--limit", everything)
    log = sender.json("ledger", "verify")
    faults = []
    if sorted(row["id"] for row in sent) != sorted(sender.sent) or len(sent) != count:
        faults.append(f"{len(sent)} messages are in the outbox, {count} were sent")
    if {row["state"] for row in sent} != {"delivered"}:
        faults.append("some messages are not delivered")
    if not all(row["receipt"] for row in sent):
        faults.append("some messages have no receipt")
    if sorted(row["id"] for row in came) != sorted(sender.sent):
        faults.append(f"{len(came)} messages came, {count} were sent")
    if sorted(row["serial"] for row in came) != list(range(1, count + 1)):
        faults.append("the serials that came have a gap or a double")
    if status["gaps"]:
        faults.append(f"serials are missing: {status['gaps']}")
    if not log["ok"]:
        faults.append(f"the log does not verify: {log}")
    if log["size"] != 1 + 2 * count:  # the agreement, what was sent, what was accepted
        faults.append(f"the log has {log['size']} entries, not {1 + 2 * count}")
    return faults


def tell(words: str) -> None:
    """Say how far it is."""
    sys.stderr.write(words + "\n")
    sys.stderr.flush()
