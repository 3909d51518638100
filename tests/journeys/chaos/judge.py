"""What must hold after a run, by the public commands and endpoints and by our own books alone."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.journeys.chaos import letters, nodes, plan, reading
from tests.journeys.chaos.nodes import Node
from tests.journeys.chaos.plan import Kind, Order
from tests.journeys.chaos.run import Run, Sent

ALL: Final = "1000000"
REFUSALS: Final = {Kind.EXTRA: {"not-permitted"}}  # by the sender's own node
ENDS: Final = {
    Kind.BRIEF: {"delivered", "refused", "expired", "withdrawn"},
    Kind.EXTRA: {"delivered", "refused", "withdrawn"},
}
COSIGNED: Final = 30.0  # seconds after the last entry within which every partner has cosigned


@dataclass
class Books:
    """What a node says of its messages, read once."""

    node: Node
    out: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id
    came: list[dict[str, Any]] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)  # entries of the log, by id
    numbers: dict[str, str] = field(default_factory=dict)  # of an alert, by id

    def read(self) -> "Books":
        """Read all of it."""
        status = self.node.json("exchange", "status", "--limit", ALL)
        self.out = {row["id"]: row for row in status["messages"]}
        self.came = self.node.json("exchange", "inbox", "--limit", ALL)
        kinds = {row["id"]: row["type"] for row in (*status["messages"], *self.came)}
        with httpx.Client() as client:
            for id_ in kinds:
                self._read(client, id_)
        return self

    def of(self, source: str) -> list[dict[str, Any]]:
        """What came from one partner."""
        return [row for row in self.came if row["from"] == source]

    def _read(self, client: httpx.Client, id_: str) -> None:
        bearer = {"Authorization": f"Bearer {self.node.token}"}
        url = f"{self.node.url}/api/v1/messages/{id_}"
        found = client.get(url, headers=bearer, timeout=30).raise_for_status().json()
        if found["logindex"] is not None:
            self.places[id_] = [found["logindex"]]
        if number := (found["event"].get("data") or {}).get("alert"):
            self.numbers[id_] = number


def judged(run: Run) -> list[str]:
    """Everything that does not hold."""
    books = {code: Books(node).read() for code, node in run.nodes.items()}
    return [
        *run.faults,
        *run.letters.faults,
        *_resolved(run, books),
        *(fault for made in run.sent for fault in _order(run, made, books)),
        *(fault for code in books for fault in _inbox(run, code, books)),
        *_strangers(run, books),
        *(fault for code in books for fault in _log(run, books[code])),
        *(fault for code in books for fault in _alarms(run.nodes[code])),
        *_cosigned(run),
    ]


def loose(run: Run, made: Sent) -> bool:
    """Whether a restored node was asked for it after its backup: what it lost, nobody can know."""
    if made.order.source != run.plan.restored or not run.restored:
        return False
    return run.backed_up <= made.begun <= run.restored


def _resolved(run: Run, books: dict[str, Books]) -> Iterator[str]:
    """Give orders whose answer was lost the id under which they were taken, if they were."""
    by_number = {made.order.number: made for made in run.sent}
    for code, each in books.items():
        everywhere = {**each.out, **{row["id"]: row for row in each.came}}
        for id_, number in each.numbers.items():
            made = by_number.get(number)
            if made is None:
                if number.startswith(letters.CODE):
                    continue
                yield f"{code} holds {number}, which nobody asked for"
            elif not made.id and (made.unsure or loose(run, made)):
                made.id = id_
            elif made.id != id_:
                yield f"{code} holds {number} as {id_} ({everywhere[id_]}), asked for as {made}"


def _order(run: Run, made: Sent, books: dict[str, Books]) -> Iterator[str]:
    """What is wrong with one order."""
    order = made.order
    if order.kind is Kind.FORBIDDEN:
        if made.id or (made.refused != "not-permitted" and not made.unsure):
            yield f"{order.number}: nothing permits it, and it came to {made}"
        return
    if made.refused and made.refused not in REFUSALS.get(order.kind, set()):
        yield f"{order.number}: refused for {made.refused}: {made}"
    if not made.id:
        return  # it was refused, or its answer was lost and it was not taken
    took = [row for row in books[order.to].of(order.source) if row["id"] == made.id]
    if loose(run, made):
        if len(took) > 1:
            yield f"{order.number}: accepted {len(took)} times"
        return
    row = books[order.source].out.get(made.id)
    if row is None:
        yield f"{order.number}: its sender does not know it any more"
    elif took or not (order.kind is Kind.BRIEF and order.to == run.plan.restored):
        yield from _ended(order, row, len(took))  # else lost with the machine, and expired


def _ended(order: Order, row: dict[str, Any], taken: int) -> Iterator[str]:
    """What is wrong with the end of a message that its sender took."""
    if row["state"] not in ENDS.get(order.kind, {"delivered"}):
        yield f"{order.number} ({order.kind}): it ends as {row['state']}, {row['problem']}"
    if row["state"] in {"delivered", "refused"} and not row["receipt"]:
        yield f"{order.number}: {row['state']} without a receipt"
    # The receipt may be lost on the line until it expires: then nobody can tell its sender.
    unheard = order.kind is Kind.BRIEF and row["state"] == "expired" and taken == 1
    if taken != (row["state"] == "delivered") and not unheard:
        yield f"{order.number}: {row['state']} here, accepted {taken} times there"


def _inbox(run: Run, code: str, books: dict[str, Books]) -> Iterator[str]:
    """What is wrong with what one node took, and with what it made of it."""
    mine = books[code]
    for source in (*plan.CODES, letters.CODE):
        rows = mine.of(source)
        for name in ("id", "serial"):
            twice = [value for value, n in Counter(row[name] for row in rows).items() if n > 1]
            if twice:
                yield f"{code} has messages of {source} twice, by {name}: {twice[:5]}"
    alerts = Counter(row["id"] for row in mine.came if row["type"] == nodes.ALERT)
    raised = Counter(one["message_id"] for one in mine.node.asked("alerts?limit=500")["received"])
    if len(alerts) < 500 and raised != alerts:
        wrong = (raised - alerts) + (alerts - raised)
        yield f"{code} took {len(alerts)} alerts and made {raised.total()}: {list(wrong)[:3]}"
    if raised and max(raised.values()) > 1:
        yield f"{code} made more than one of an alert"
    if code == run.plan.restored:
        return
    known = {made.id for made in run.sent if made.order.source == code}
    more = [
        row for row in mine.out.values() if row["type"] == nodes.ALERT and row["id"] not in known
    ]
    if more:
        yield f"{code} sent {len(more)} alerts that nobody asked for: {more[:2]}"


def _strangers(run: Run, books: dict[str, Books]) -> Iterator[str]:
    """What the stranger sent rightly was taken once, what it sent wrongly never."""
    took = sorted(row["id"] for row in books[run.plan.met].of(letters.CODE))
    if took != sorted(run.letters.accepted):
        yield f"{run.plan.met} took {len(took)} of the stranger's {len(run.letters.accepted)}"
    if not run.letters.refusals:
        yield "the stranger was refused nothing"


def _log(run: Run, books: Books) -> Iterator[str]:
    """A node's log: it verifies, begins as every head of it that was seen, holds each once."""
    node = books.node
    said = node.json("ledger", "verify")
    if not said["ok"]:
        yield f"{node.code}: its log does not verify: {said}"
        return
    head = _covering(node, said["size"])
    if head is None:
        yield f"{node.code}: no checkpoint covers its {said['size']} entries"
        return
    tree = reading.Tree(reading.entries(node.url, head.size))
    if tree.root(head.size) != head.root:
        yield f"{node.code}: its entries do not give its root"
    most = 2 if node.code == run.plan.restored else 1  # as it was, and as it came again
    if max(Counter(tree.leaves).values()) > most:
        yield f"{node.code}: an entry is there {most + 1} times"
    by = node.key()
    for seen in run.watch.of(head.origin):
        if node.code == run.plan.restored and run.watch.alone(seen, node.code):
            continue  # lost with the machine before any partner had it
        if not reading.signed(seen, by):
            yield f"{node.code}: a head of {seen.size} that its key did not sign was shown"
        elif seen.size > head.size or tree.root(seen.size) != seen.root:
            yield f"{node.code}: the head of {seen.size} that was seen is not of this log"
    places = Counter(place for each in books.places.values() for place in each)
    if places and (max(places.values()) > 1 or max(places) >= head.size):
        yield f"{node.code}: two messages share an entry, or have none: {places.most_common(2)}"


def _covering(node: Node, size: int) -> reading.Head | None:
    """The newest head, once it covers that size."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        head = reading.head(reading.HTTP.get(f"{node.url}/tlog/checkpoint", timeout=10).text)
        if head.size >= size:
            return head
        time.sleep(0.5)
    return None


def _alarms(node: Node) -> Iterator[str]:
    """An honest node accuses no honest node; the stranger, which shows no log, it may."""
    for alarm in node.asked("alarms?all=true"):
        if alarm["administration"] != letters.CODE:
            yield f"{node.code} raised an alarm: {alarm}"


def _cosigned(run: Run) -> Iterator[str]:
    """Each partner has cosigned the newest head of each."""
    missing: dict[str, list[str]] = {}
    until = time.monotonic() + COSIGNED
    while time.monotonic() < until:
        missing = {}
        for node in run.nodes.values():
            others = [each for each in run.nodes.values() if each is not node]
            with suppress(httpx.HTTPError):
                head = reading.head(
                    reading.HTTP.get(f"{node.url}/tlog/checkpoint", timeout=10).text
                )
                lacking = [each.code for each in others if not _by(head, each)]
                if lacking:
                    missing[node.code] = lacking
        if not missing:
            return
        time.sleep(1)
    for code, lacking in missing.items():
        yield f"the newest head of {code} is not cosigned by {', '.join(lacking)}"


def _by(head: reading.Head, witness: Node) -> bool:
    key = witness.witness()
    return key is not None and reading.cosigned(head, key)
