"""Two served nodes that agreed, steady traffic between them, and the proof that nothing got lost.

Each is run as its administrator runs it, by the command; traffic goes by the REST API, as an
administration's own system sends.
"""

import itertools
import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from tests import served
from tests.exchange.conftest import CLAUSE

ALERT = "org.tidewaiter.alert.shipment.v1"
PURPOSE = "ipr-enforcement"
MARK = "TLP:AMBER"
DATA: dict[str, Any] = {
    "offence": "counterfeit",
    "certainty": "suspected",
    "validuntil": "2027-03-01T00:00:00.000Z",
    "goods": [{"hs": "640411", "description": "Shoes", "marks": ["ZEPHYR"]}],
}


def agreement(version: int = 1, **changes: Any) -> dict[str, Any]:
    """An agreement of the two: warnings either way, by the machine."""
    return {
        "tidewaiter": "agreement/1",
        "id": "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c01",
        "version": version,
        "title": "Warnings of counterfeits",
        "kind": "mutual-assistance",
        "parties": ["XA", "XB"],
        "from": "2026-01-01",
        "clauses": [{**CLAUSE, **changes}],
    }


class Pair:
    """XA and XB, registered with each other, under an agreement that both signed."""

    def __init__(
        self,
        base: Path,
        *,
        suites: tuple[str, str] = ("A", "A"),
        reachable: bool = True,
        line: bool = True,
        text: dict[str, Any] | None = None,
    ) -> None:
        self.base = base
        with ThreadPoolExecutor() as both:
            first = both.submit(
                served.Node, base / "XA", "XA", "--suite", suites[0], reachable=line
            )
            second = both.submit(
                served.Node, base / "XB", "XB", "--suite", suites[1], reachable=reachable and line
            )
            self.xa, self.xb = first.result(), second.result()
            self.nodes = (self.xa, self.xb)
            made = list(both.map(self._begun, self.nodes))
        self.tokens = dict(zip(self.nodes, made, strict=True))
        self.digest = self.agree(text or agreement(), meet=True)

    def other(self, node: served.Node) -> served.Node:
        return self.xb if node is self.xa else self.xa

    def start(self) -> None:
        """Serve both."""
        for node in self.nodes:
            node.begin()
        for node in self.nodes:
            ready(node)

    def close(self) -> None:
        for node in self.nodes:
            node.close()

    def __enter__(self) -> "Pair":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def agree(self, text: dict[str, Any], *, meet: bool = False) -> str:
        """Have both sign and register it, from hand to hand; `meet` makes them partners."""
        plain, half, whole = (self.base / name for name in ("plain.json", "half", "whole"))
        plain.write_text(json.dumps(text))
        for path in (half, whole):
            path.unlink(missing_ok=True)
        for node, source, out in ((self.xa, plain, half), (self.xb, half, whole)):
            sign = ("agreements", "sign", str(source), "--out", str(out))
            node.commands(*([self._know(node)] if meet else []), sign)
        with ThreadPoolExecutor() as both:
            added = both.map(lambda node: node.json("agreements", "add", str(whole)), self.nodes)
            (digest,) = {each["digest"] for each in added}
        return str(digest)

    def _begun(self, node: served.Node) -> str:
        """Lay a new node's document out, and give the system that sends its token."""
        shown, _, made = node.commands(
            ("node", "show"),
            ("users", "add", "system", "--role", "liaison"),
            ("tokens", "add", "system"),
        )
        (self.base / f"{node.administration}.jws").write_text(shown["document"])
        return str(made["token"])

    def _know(self, node: served.Node) -> tuple[str, ...]:
        """The command that makes the other a partner."""
        other = self.other(node)
        document = self.base / f"{other.administration}.jws"
        return ("partners", "add", str(document), "--thumbprint", other.thumbprint)

    def send(self, node: served.Node, number: str, **order: Any) -> dict[str, Any]:
        """Send one alert to the other by the REST API; what it answers."""
        body = {
            "to": self.other(node).administration,
            "type": ALERT,
            "purpose": PURPOSE,
            "handling": MARK,
            "data": {**DATA, "alert": number},
            **order,
        }
        answer = served.HTTP.post(
            f"{node.url}/api/v1/messages",
            json=body,
            headers={"Authorization": f"Bearer {self.tokens[node]}"},
            timeout=60,
        )
        assert answer.status_code == 201, answer.text
        sent: dict[str, Any] = answer.json()
        return sent

    def batch(self, node: served.Node, name: str, count: int) -> list[dict[str, Any]]:
        """Send a batch by the command, served or not."""
        file = self.base / f"{name}.ndjson"
        lines = (json.dumps({**DATA, "alert": f"{name}-{n}"}) for n in range(count))
        file.write_text("\n".join(lines))
        to = self.other(node).administration
        sent: list[dict[str, Any]] = node.json(
            *("exchange", "send", "--to", to, "--type", ALERT, "--purpose", PURPOSE),
            *("--handling", MARK, "--batch", str(file)),
        )
        return sent

    def refused(self, node: served.Node, number: str) -> bool:
        """Whether the node itself refuses to send another alert."""
        file = self.base / f"{number}.json"
        file.write_text(json.dumps({**DATA, "alert": number}))
        to = self.other(node).administration
        done = node.run(
            *("exchange", "send", "--to", to, "--type", ALERT, "--purpose", PURPOSE),
            *("--handling", MARK, "--data", str(file)),
        )
        return done.returncode == 1

    def until(self, node: served.Node, digest: str, state: str, *, within: float = 30) -> None:
        """Wait until an agreement stands so at a node."""
        found: list[Any] = []
        until = time.monotonic() + within
        while time.monotonic() < until:
            found = [one for one in node.json("agreements", "list") if one["digest"] == digest]
            if found and found[0]["state"] == state:
                return
            time.sleep(0.3)
        raise AssertionError((state, found))

    def state(self, node: served.Node, id_: str, state: str, *, within: float = 30) -> None:
        """Wait until a message of the node stands so."""
        found: list[Any] = []
        until = time.monotonic() + within
        while time.monotonic() < until:
            found = node.json("exchange", "status", id_)["messages"]
            if found and found[0]["state"] == state:
                return
            time.sleep(0.3)
        raise AssertionError((state, found))

    def quiet(self, *, within: float = 60) -> None:
        """Wait until nothing waits on either side, and nothing is missing."""
        until = time.monotonic() + within
        found: list[Any] = []
        while time.monotonic() < until:
            if any(self._waits(node) for node in self.nodes):
                time.sleep(0.3)
                continue
            found = [node.json("exchange", "status", "--limit", "1") for node in self.nodes]
            if not any(each["outbox"] or each["inbox"] or each["gaps"] for each in found):
                return
            time.sleep(0.5)
        raise AssertionError([{**each, "messages": "…"} for each in found])

    def shown(self, node: served.Node, id_: str) -> dict[str, Any]:
        """One message as a node keeps it."""
        return self._asked(node, id_)

    def _waits(self, node: served.Node) -> bool:
        """Whether a node says that something waits there."""
        counts = self._asked(node, "status")
        return bool(counts["outbox"] or counts["inbox"])

    def _asked(self, node: served.Node, what: str) -> dict[str, Any]:
        answer = served.HTTP.get(
            f"{node.url}/api/v1/messages/{what}",
            headers={"Authorization": f"Bearer {self.tokens[node]}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def nothing_lost_nothing_twice(self) -> dict[str, list[dict[str, Any]]]:
        """What each sent is what the other took, once each, by its serial; both logs hold.

        The messages that each sent, by its code.
        """
        told: dict[str, list[dict[str, Any]]] = {}
        came = {}
        for node in self.nodes:
            told[node.administration] = node.json("exchange", "status")["messages"]
            came[node.administration] = node.json("exchange", "inbox", "--limit", "10000")
        for node in self.nodes:
            sent = told[node.administration]
            took = came[self.other(node).administration]
            wrong = [each for each in sent if each["state"] != "delivered"]
            assert wrong == [], wrong[:3]
            assert Counter((one["id"], one["serial"]) for one in sent) == Counter(
                (one["id"], one["serial"]) for one in took
            )
            serials = sorted(one["serial"] for one in sent)
            assert serials == list(range(1, len(sent) + 1))
            assert len({one["id"] for one in sent}) == len(sent)
        for node in self.nodes:
            seen = node.json("ledger", "verify")
            assert seen["ok"], seen
        return told


class Traffic:
    """Alerts from one node to the other, one after the other, until it is ended."""

    def __init__(self, pair: Pair, node: served.Node, *, every: float = 0.05) -> None:
        self.pair, self.node, self.every = pair, node, every
        self.sent: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.set()
        self._thread.join(60)

    def at_least(self, more: int, *, within: float = 30) -> None:
        """Wait until so many more were sent."""
        wanted, until = len(self.sent) + more, time.monotonic() + within
        while len(self.sent) < wanted:
            assert time.monotonic() < until, self.faults[-3:]
            time.sleep(0.05)

    def _run(self) -> None:
        code = self.node.administration
        for n in itertools.count(1):
            try:
                self.sent.append(self.pair.send(self.node, f"{code}-{n:06d}"))
            except (AssertionError, httpx.HTTPError) as fault:
                self.faults.append(str(fault)[:300])
            if self._ends.wait(self.every):
                return


def ready(node: served.Node) -> None:
    """Wait until a node that was begun can serve."""
    assert node.process is not None
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if served.HTTP.get(f"{node.url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
        assert node.process.poll() is None, (node.home / "serve.log").read_text()
    raise AssertionError("not ready within a minute")
