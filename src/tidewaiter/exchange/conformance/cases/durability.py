"""A message is acknowledged only after it is durable: what was receipted is known at once."""

import socket
from typing import Final
from urllib.parse import urlsplit

import httpx

from tidewaiter.exchange.conformance import notes
from tidewaiter.exchange.conformance.cases.log import covering, log
from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun, told
from tidewaiter.exchange.conformance.notes import BadLog
from tidewaiter.exchange.conformance.subject import ANSWER, NoAnswer
from tidewaiter.exchange.conformance.tester import Draft

RECEIPT: Final = "protocol.md: A receipt"
WELL: Final = "duplicate, with the first facts"
BACK: Final = 90.0  # seconds for a node to come back
TIMES: Final = 5
FACTS: Final = ("digest", "logindex", "received")


def at_once(ground: Ground) -> str:
    """The same message at once again, on another connection that stands already."""
    faults = []
    with ground.fresh() as other:
        other.get(f"{ground.subject.url}/.well-known/tidewaiter/node.json")
        for _ in range(TIMES):
            draft = ground.alert()
            first = ground.send(draft)
            second = ground.send(draft, other)
            if (first.said, second.said) != ("accepted", "duplicate"):
                faults.append(f"{first.said}, then {second.said}")
            else:
                faults += [f"another {x}" for x in FACTS if first.data[x] != second.data[x]]
    return told(faults, WELL)


def refused_id_at_once(ground: Ground) -> str:
    """Its id and serial are taken at once, too."""
    with ground.fresh() as other:
        other.get(f"{ground.subject.url}/.well-known/tidewaiter/node.json")
        draft = ground.alert()
        ground.accepted(draft)
        id_, serial = draft.event["id"], draft.event["serial"]
        found = [ground.send(ground.alert(id=id_), other).said]
        found.append(ground.send(ground.alert(serial=serial), other).said)
    return ", ".join(found)


def killed(ground: Ground) -> str:
    """The node is killed right after the receipts; when it is back it knows what it receipted."""
    if ground.restart is None:
        raise NotRun("--restart COMMAND is not given")
    drafts = [ground.alert(serial=ground.first.serial + n) for n in range(1, 21)]
    with _line(ground) as line:
        first = ground.send_all(drafts)
        ground.restart()
        if not _ended(line):
            raise NotRun("a connection of before stands: the command did not kill the node")
    ground.subject.http.close()
    ground.subject.http = ground.fresh()
    if not ground.wait(lambda: _back(ground), BACK):
        raise NoAnswer(f"the node is not back within {BACK:.0f} s")
    second = ground.send_all(drafts)
    faults = []
    for one, two in zip(first, second, strict=True):
        if (one.said, two.said) != ("accepted", "duplicate"):
            faults.append(f"{one.said}, then {two.said}")
        else:
            faults += [f"another {name}" for name in FACTS if one.data[name] != two.data[name]]
    return told(faults, WELL) if faults else _logged(ground, drafts)


def _logged(ground: Ground, drafts: list[Draft]) -> str:
    indexes = [answer.data["logindex"] for answer in ground.send_all(drafts)]
    try:
        size = covering(ground, max(indexes)).size
        for draft, index in zip(drafts, indexes, strict=True):
            wanted = notes.entry(ground.node, draft.compact(), draft.event["salt"])
            if log(ground).at(index, size) != wanted:
                return f"entry {index} is another"
    except BadLog as error:
        return str(error)
    return WELL


def _line(ground: Ground) -> socket.socket:
    """A connection that says nothing; it ends with the process at its other end."""
    place = urlsplit(ground.subject.url)
    port = place.port or (443 if place.scheme == "https" else 80)
    return socket.create_connection((place.hostname or "", port), ANSWER)


def _ended(line: socket.socket) -> bool:
    line.settimeout(1)
    try:
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def _back(ground: Ground) -> bool:
    try:
        url = f"{ground.subject.url}/.well-known/tidewaiter/node.json"
        return ground.subject.http.get(url).status_code == 200
    except httpx.HTTPError:
        return False


CASES: Final = [
    Case("durable.again-at-once", RECEIPT, WELL, at_once),
    Case("durable.id-and-serial-at-once", RECEIPT, "replayed, bad-serial", refused_id_at_once),
]
KILLED: Final = Case("durable.killed-after-the-receipt", RECEIPT, WELL, killed)
