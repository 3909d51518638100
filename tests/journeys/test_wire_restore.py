"""A node goes back to an old backup while its two partners go on: it rejoins and accuses nobody.

What was permitted is with its recipient exactly once, all three logs are whole and cosigned, and no
alarm was raised anywhere.
"""

import json
import sqlite3
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import served
from tests.journeys.pair import ALERT, DATA, MARK, PURPOSE, agreement, ready
from tidewaiter.ledger import note, witness

pytestmark = pytest.mark.served
CODES = ("XA", "XB", "XC")


class Trio:
    """Three nodes that know each other, under one agreement, witnessing every second."""

    def __init__(self, base: Path) -> None:
        self.base = base
        with ThreadPoolExecutor() as all_:
            self.nodes = dict(zip(CODES, all_.map(self._found, CODES), strict=True))
            list(all_.map(self._know, CODES))
            self.tokens = dict(zip(CODES, all_.map(self._token, CODES), strict=True))
        self._agree()
        self.sent: list[tuple[str, str, str]] = []  # from, to, id

    def _found(self, code: str) -> served.Node:
        node = served.Node(self.base / code, code)
        node.settings["TIDEWAITER_WITNESS_PERIOD"] = "1"
        document = node.json("node", "show")["document"]
        (self.base / f"{code}.jws").write_text(document)
        return node

    def _token(self, code: str) -> str:
        self.nodes[code].json("users", "add", "system", "--role", "liaison")
        return str(self.nodes[code].json("tokens", "add", "system")["token"])

    def _know(self, code: str) -> None:
        for other in CODES:
            if other != code:
                document, thumbprint = self.base / f"{other}.jws", self.nodes[other].thumbprint
                self.nodes[code].json("partners", "add", str(document), "--thumbprint", thumbprint)

    def _agree(self) -> None:
        clause = {"disclosers": list(CODES), "recipients": list(CODES)}
        text = {**agreement(**clause), "parties": list(CODES)}
        paper = self.base / "agreement.json"
        paper.write_text(json.dumps(text))
        for code in CODES:
            out = self.base / f"signed-{code}"
            self.nodes[code].json("agreements", "sign", str(paper), "--out", str(out))
            paper = out
        with ThreadPoolExecutor() as all_:
            list(
                all_.map(
                    lambda node: node.json("agreements", "add", str(paper)), self.nodes.values()
                )
            )

    def start(self, *codes: str) -> None:
        for code in codes:
            self.nodes[code].begin()
        for code in codes:
            ready(self.nodes[code])

    def send(self, source: str, to: str, name: str, count: int) -> None:
        """Send so many alerts by the REST API, as an administration's own system does."""
        for n in range(count):
            body = {"to": to, "type": ALERT, "purpose": PURPOSE, "handling": MARK}
            data = {**DATA, "alert": f"{source}-{to}-{name}-{n}"}
            sent = self._asked("POST", source, "", json={**body, "data": data})
            self.sent.append((source, to, sent["id"]))

    def everybody(self, name: str, count: int) -> None:
        """Each sends so many to each."""
        pairs = [(source, to) for source in CODES for to in CODES if source != to]
        with ThreadPoolExecutor(len(pairs)) as all_:
            list(all_.map(lambda pair: self.send(*pair, name, count), pairs))

    def quiet(self, within: float = 60) -> None:
        """Wait until nothing waits and nothing is missing anywhere."""
        until = time.monotonic() + within
        found: list[Any] = []
        while time.monotonic() < until:
            waiting = [self._asked("GET", code, "/status") for code in CODES]
            if any(each["outbox"] or each["inbox"] for each in waiting):
                time.sleep(0.3)
                continue
            nodes = self.nodes.values()
            found = [each.json("exchange", "status", "--limit", "1") for each in nodes]
            if not any(each["outbox"] or each["inbox"] or each["gaps"] for each in found):
                return
        raise AssertionError([{**each, "messages": "…"} for each in found])

    def _asked(self, method: str, code: str, path: str, **more: Any) -> Any:
        for _ in range(5):  # a machine that is busy with other tests may keep the writer waiting
            answer = httpx.request(
                method,
                f"{self.nodes[code].url}/api/v1/messages{path}",
                headers={"Authorization": f"Bearer {self.tokens[code]}"},
                timeout=60,
                **more,
            )
            if answer.status_code < 500:
                break
        assert answer.is_success, answer.text
        return answer.json()

    def came(self, code: str) -> Counter[tuple[str, str]]:
        """From whom which alerts, by their ids, stand in a node's inbox."""
        rows = self.nodes[code].json("exchange", "inbox", "--limit", "10000")
        return Counter((row["from"], row["id"]) for row in rows if row["type"] == ALERT)

    def cosigned(self, code: str) -> int:
        """The size of that node's log under the smallest checkpoint that the others cosigned."""
        sizes = []
        for other in CODES:
            if other != code:
                body = served.HTTP.get(f"{self.nodes[other].url}/witness/checkpoints").content
                found = [
                    note.checkpoint(each.decode().rpartition("\n\n")[0] + "\n")
                    for each in witness.split(body)
                ]
                sizes += [each.size for each in found if each.origin.startswith(code.lower())]
        return min(sizes, default=0) if len(sizes) == len(CODES) - 1 else 0

    def size(self, code: str) -> int:
        text = served.HTTP.get(f"{self.nodes[code].url}/tlog/checkpoint").text
        return int(text.split("\n")[1])

    def covered(self, code: str, least: int, within: float = 40) -> int:
        """Wait until the others have cosigned so much of a node's log."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if (size := self.cosigned(code)) >= least:
                return size
            time.sleep(0.3)
        raise AssertionError((code, least, self.cosigned(code)))

    def alarms(self, code: str) -> list[Any]:
        (file,) = self.nodes[code].home.glob("*.sqlite3")
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as base:
            return base.execute("SELECT administration, kind, detail FROM ledger_alarm").fetchall()

    def close(self) -> None:
        for node in self.nodes.values():
            node.close()


def test_a_node_restored_from_an_old_backup_rejoins_and_accuses_nobody(tmp_path: Path) -> None:
    trio = Trio(tmp_path)
    xa, backup = trio.nodes["XA"], tmp_path / "XA.backup"
    try:
        trio.start(*CODES)
        trio.everybody("before", 8)
        trio.quiet()
        kept = xa.json("backup", str(backup))["log_size"]
        trio.everybody("lost", 12)
        trio.quiet()
        lost = trio.covered("XA", kept + 40)
        trio.send("XB", "XA", "under-way", 5)
        assert xa.stop() == 0
        trio.send("XC", "XA", "while-down", 5)
        xa.json("restore", str(backup))
        trio.start("XA")
        until = time.monotonic() + 45
        while (found := xa.json("exchange", "recover"))["fenced"]:
            assert time.monotonic() < until, found
            time.sleep(0.3)
        trio.everybody("after", 6)
        trio.quiet()
        for code in ("XB", "XC"):
            expected = Counter((source, name) for source, to, name in trio.sent if to == code)
            assert trio.came(code) == expected
        to_xa = Counter((source, name) for source, to, name in trio.sent if to == "XA")
        assert trio.came("XA") == to_xa
        for code in CODES:
            rows = trio.nodes[code].json("exchange", "status")["messages"]
            assert {row["state"] for row in rows} == {"delivered"}, code
        grown = trio.size("XA")
        assert grown > lost
        trio.covered("XA", grown)
        for code in CODES:
            seen = trio.nodes[code].json("ledger", "verify")
            assert seen["ok"], seen
            assert trio.alarms(code) == []
    finally:
        trio.close()
