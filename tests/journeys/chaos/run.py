"""A run: five nodes, a stranger and a plan; what is asked of them, and what befalls them."""

import base64
import json
import random
import shutil
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from tests.exchange.files import photograph
from tests.journeys.chaos import letters, nodes, plan, reading
from tests.journeys.chaos.letters import Letters
from tests.journeys.chaos.lines import Network
from tests.journeys.chaos.nodes import Node
from tests.journeys.chaos.plan import Act, Event, Kind, Order, Plan
from tests.journeys.chaos.watch import Watch

BRIEF: Final = timedelta(seconds=6)  # how long a brief message is good for
KEPT: Final = 20.0  # seconds until a partner keeps what it cosigned
DOCUMENT: Final = "application/problem+json"
MAY: Final = {"expired", "clock-skew", "unknown-agreement", "missing-attachment"}  # in a bundle
LINES: Final = frozenset({Act.CUT, Act.MEND, Act.ALONE, Act.TOGETHER})
COMMANDS: Final = frozenset({Act.SUSPEND, Act.RESUME, Act.CARRY, Act.BACKUP, Act.RESTORE})


@dataclass
class Sent:
    """What became of an order: an id where the node took it, the refusal where it did not."""

    order: Order
    begun: float  # seconds from the start
    id: str = ""
    refused: str = ""  # the type of the problem
    unsure: str = ""  # why nobody can say whether it was taken


class Run:
    """The nodes of a plan, from their founding to the end."""

    def __init__(self, made: Plan, work: Path) -> None:
        self.plan, self.work = made, work
        self.nodes = {
            code: Node(work / code, code, made.suites[code], reachable=code != made.collector)
            for code in plan.CODES
        }
        self.sent: list[Sent] = []
        self.faults: list[str] = []  # what was wrong on the way
        self.backed_up = self.restored = 0.0
        self._photo = base64.b64encode(photograph(size=(48, 48))).decode()
        self._chance = random.Random(f"{made.seed} events")

    def found(self) -> None:
        """Homes, partners, agreements, a stranger."""
        everybody = list(self.nodes.values())
        for node in everybody:  # what they sign now, all of them see as past
            node.wrong(min(self.plan.clocks.values()) - 10)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Node.found, everybody))
        treaties = [
            nodes.agreement(plan.CODES, 1, nodes.WARNINGS),
            nodes.agreement(self.plan.pair, 2, nodes.EXTRA),
        ]
        _, self.extra = nodes.meet(everybody, treaties, self.work)
        met = self.nodes[self.plan.met]
        self.letters = Letters(met, self.plan.seed, self._chance.choice("AB"))
        agreed = nodes.befriend(met, self.letters.partner, self.work)
        ports = {node.code: node.port for node in everybody}
        ports[letters.CODE] = self.letters.port
        self.network = Network(ports, self.plan.seed, sources=["twin"])
        self.agreed = agreed
        for node in everybody:
            node.connect(self.network)
            node.wrong(self.plan.clocks[node.code])

    def play(self) -> None:
        """Serve, and let it all happen."""
        for node in self.nodes.values():
            node.begin()
        for node in self.nodes.values():
            assert node.ready(), (node.home / "serve.log").read_text()[-2000:]
        self.watch = Watch(list(self.nodes.values()))
        line = self.network.lines[letters.CODE, self.plan.met]
        self.letters.meet(self.agreed, f"http://127.0.0.1:{line.port}")
        self.network.weather(bad=True)
        self.begun = time.monotonic()
        with ThreadPoolExecutor(len(self.nodes) + 2) as pool:
            doing = [pool.submit(self._ask, code) for code in self.nodes]
            doing += [pool.submit(self._write), pool.submit(self._befall)]
            for each in doing:
                each.result()

    def moment(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.begun

    def calm(self) -> None:
        """The weather is over: every line is good, everybody is up, with room and by the clock."""
        self.network.whole()
        for node in self.nodes.values():
            if not node.up:
                node.begin()
        for node in self.nodes.values():
            if not node.ready():
                self.faults.append(f"{node.code} is not ready a minute after the last fault")

    def close(self) -> None:
        """End all."""
        with suppress(AttributeError):
            self.watch.close()
        for node in self.nodes.values():
            node.close()
        with suppress(AttributeError):
            self.network.close()
        with suppress(AttributeError):
            self.letters.close()

    # what is asked

    def _ask(self, code: str) -> None:
        """The orders of one node, each at its time or as soon as the node is there."""
        for order in self.plan.orders:
            if order.source == code:
                self._until(order.at)
                self.sent.append(self._order(order))

    def _order(self, order: Order) -> Sent:
        node, made = self.nodes[order.source], Sent(order, self.moment())
        while True:
            body = self._body(order)
            try:
                answer = node.order(body)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                time.sleep(0.3)  # it is down: nothing was asked
                continue
            except httpx.HTTPError as error:
                made.unsure = type(error).__name__
                return made
            if answer.status_code == 201:
                made.id = answer.json()["id"]
                return made
            media = answer.headers.get("Content-Type", "")
            if not media.startswith(DOCUMENT):
                self.faults.append(f"{order}: {answer.status_code} {media}: {answer.text[:200]}")
            problem = answer.json().get("type", "") if media.startswith(DOCUMENT) else "none"
            if answer.status_code < 500:
                made.refused = problem.rpartition("/")[2]
            else:
                made.unsure = f"{answer.status_code} {problem.rpartition('/')[2]}"
            return made

    def _body(self, order: Order) -> dict[str, Any]:
        purpose = {Kind.EXTRA: nodes.EXTRA, Kind.FORBIDDEN: "revenue"}
        body: dict[str, Any] = {
            "to": order.to,
            "type": nodes.ALERT,
            "purpose": purpose.get(order.kind, nodes.WARNINGS),
            "handling": nodes.MARK,
            "data": {**letters.DATA, "alert": order.number},
        }
        if order.kind is Kind.BRIEF:
            wrong = timedelta(seconds=float(self.nodes[order.source].clock.read_text()))
            body["expires"] = (datetime.now(UTC) + wrong + BRIEF).isoformat()
        if order.kind is Kind.PHOTO:
            body["files"] = [{"mediatype": "image/jpeg", "content": self._photo}]
        return body

    def _write(self) -> None:
        """The stranger's letters, all through the run."""
        count = self.plan.size.wrong
        for number in range(1, count + 1):
            self._until(number * self.plan.size.length / count)
            self.letters.write(number)

    def _until(self, moment: float) -> None:
        time.sleep(max(0.0, moment - self.moment()))

    # what befalls

    def _befall(self) -> None:
        """Every event at its time; what befalls one node in order, however long each takes."""
        with ExitStack() as stack:
            hands = {code: stack.enter_context(ThreadPoolExecutor(1)) for code in self.nodes}
            doing = []
            for event in self.plan.events:
                self._until(event.at)
                if event.act in LINES:
                    self._line(event)
                else:
                    doing.append(hands[event.who].submit(self._happen, event))
            for each in doing:
                each.result()
        self._until(self.plan.size.length)

    def _happen(self, event: Event) -> None:
        begun, node = self.moment(), self.nodes[event.who]
        self._change(event, node)
        took = self.moment() - begun
        late = begun - event.at
        tell(f"{event}: {late:.1f} s late, took {took:.1f} s")

    def _change(self, event: Event, node: Node) -> None:
        if event.act in COMMANDS:
            self._administer(event, node)
        elif event.act is Act.KILL:
            node.kill()
        elif event.act is Act.START:
            node.begin()
        elif event.act is Act.FILL:
            node.fill()
        elif event.act is Act.EMPTY:
            node.empty()
        elif event.act is Act.AHEAD:
            node.wrong(self.plan.clocks[event.who] + event.value)
        else:
            assert event.act is Act.RIGHT
            node.halt()
            node.wrong(self.plan.clocks[event.who])
            node.begin()

    def _line(self, event: Event) -> None:
        """Cut or mend lines."""
        lines = self.network.among((event.who, event.other))
        if not event.other:
            lines = self.network.of(event.who)
        if event.act in {Act.CUT, Act.ALONE}:
            self.network.cut(lines)
        else:
            self.network.mend(lines)

    def _administer(self, event: Event, node: Node) -> None:
        """What an administrator or a liaison officer does by a command."""
        if event.act in {Act.SUSPEND, Act.RESUME}:
            notice = "--suspend" if event.act is Act.SUSPEND else "--resume"
            words = ("agreements", "notice", self.extra, notice, "--reason", "we fell out")
            self._command(node, *words)
        elif event.act is Act.CARRY:
            self.carry(node, self.nodes[event.other])
            self.carry(self.nodes[event.other], node)
        elif event.act is Act.BACKUP:
            self.backed_up = self.moment()
            self._command(node, "backup", str(self.work / "backup"))
        else:
            self.restore(node)

    def carry(self, source: Node, to: Node) -> None:
        """A bundle from one to the other, by hand; none of a node that is still coming back."""
        file = self.work / f"{source.code}-{to.code}-{self.moment():.0f}.twb"
        for node, words in (
            (source, ("exchange", "bundle", "export", "--to", to.code, str(file))),
            (to, ("exchange", "bundle", "import", str(file))),
        ):
            with node.lock:
                done = node.run(*words)
            said = json.loads(done.stdout)
            tell(f"           {source.code}→{to.code}: {said}")
            if done.returncode and str(said.get("type")).endswith("/restoring"):
                return
            if done.returncode and not set(said.get("problems", {"none"})) <= MAY:
                self.faults.append(f"{node.code}: {' '.join(words[:3])}: {said}")

    def restore(self, node: Node) -> None:
        """Its machine is lost; its administrator brings the backup back, and serves it.

        Not while nobody keeps the entries that were cosigned last: then its log could not come
        back, and it would have to open another one.
        """
        until = self.moment() + KEPT
        while self.moment() < until and not self._kept(node):
            time.sleep(0.1)
        node.kill()
        with node.lock:
            shutil.move(node.home, node.home.with_suffix(".lost"))
            self._command(node, "restore", str(self.work / "backup"))
        self.restored = self.moment()
        node.begin()

    def _kept(self, node: Node) -> bool:
        """Whether a partner keeps all the entries of its log that it signed, or any cosigned."""
        origin, cosigned, kept = node.key().name, [0], [0]
        with suppress(httpx.HTTPError):
            cosigned.append(
                reading.head(reading.HTTP.get(f"{node.url}/tlog/checkpoint", timeout=10).text).size
            )
        for other in self.nodes.values():
            if other is node or not other.up:
                continue
            with suppress(httpx.HTTPError):
                answer = reading.HTTP.get(f"{other.url}/witness/checkpoints", timeout=10)
                heads = reading.heads(answer.text)
                cosigned += [head.size for head in heads if head.origin == origin]
                if other.reachable:
                    kept.append(reading.mirrored(other.url, origin))
        return max(kept) >= max(cosigned) > 0

    def _command(self, node: Node, *words: str) -> Any:
        """A command that must succeed; what it prints, None and a fault where it does not."""
        with node.lock:
            done = node.run(*words)
        if done.returncode == 0:
            return json.loads(done.stdout)
        self.faults.append(f"{node.code}: {' '.join(words[:3])}: {done.stdout} {done.stderr}")
        return None


def tell(words: str) -> None:
    """Say how far it is."""
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def settled(nodes_: Sequence[Node], *, within: float) -> float:
    """Wait until nothing waits at any of these; the seconds that it took, or `within`."""
    begun = time.monotonic()
    told = 0.0
    while (took := time.monotonic() - begun) < within:
        waits = {}
        for node in nodes_:
            with suppress(httpx.HTTPError):
                counts = node.asked("messages/status")
                waits[node.code] = {name: count for name, count in counts.items() if count}
                if not node.takes_part():
                    waits[node.code]["fence"] = 1
        if len(waits) == len(nodes_) and not any(waits.values()):
            missing = {
                node.code: node.json("exchange", "status", "--limit", "1")["gaps"]
                for node in nodes_
            }
            if not any(missing.values()):
                return took
            waits = missing
        if took - told > 10:
            told = took
            tell(f"{took:7.1f} s after: {waits}; {[_first(node) for node in nodes_]}")
        time.sleep(0.5)
    return within


def _gaps(node: Node) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = node.json("exchange", "status", "--limit", "1")["gaps"]
    return found


def _first(node: Node) -> str:
    """The message of a node that waits longest, in short."""
    with suppress(httpx.HTTPError):
        found = node.asked("messages?direction=out&state=waiting&limit=200")["items"]
        if found:
            one = found[-1]
            kind = one["type"].removeprefix("org.tidewaiter.")
            return (
                f"{node.code}→{one['partner']} {kind} {one['serial']} {one['problem']}"
                f" ({one['attempts']} attempts)"
            )
    return ""
