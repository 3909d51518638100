"""Two served nodes witness each other while a third partner hangs; then one rewrites its log."""

import json
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.exchange.partner import Partner
from tests.journeys.pair import Pair, ready
from tests.served import HTTP, Node
from tidewaiter import clock, jose
from tidewaiter.ledger import commitment, note, tree

pytestmark = pytest.mark.served
PERIOD = 2  # seconds


def head(node: Node) -> note.Checkpoint:
    """What a node shows as its checkpoint."""
    text = HTTP.get(f"{node.url}/tlog/checkpoint", timeout=10).content
    return note.checkpoint(note.parts(text)[0])


def covered(node: Node, index: int) -> float:
    """How long it takes until a checkpoint covers that entry."""
    began = time.monotonic()
    while head(node).size <= index:
        assert time.monotonic() - began < 30
        time.sleep(0.05)
    return time.monotonic() - began


def until(found: Any, within: float) -> Any:
    """Wait for something."""
    end = time.monotonic() + within
    while not (value := found()):
        assert time.monotonic() < end, value
        time.sleep(0.2)
    return value


def cosigned(node: Node) -> bool:
    """Whether the checkpoint that it shows is cosigned."""
    text = httpx.get(f"{node.url}/tlog/checkpoint", timeout=10).text
    return "/witness " in text


def alarms(pair: Pair, node: Node) -> list[dict[str, Any]]:
    answer = HTTP.get(
        f"{node.url}/api/v1/alarms",
        headers={"Authorization": f"Bearer {pair.tokens[node]}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def hanging(base: Path, pair: Pair, listener: socket.socket) -> None:
    """XC takes every connection and never says a word."""
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    xc = Partner("XC", url=url, at=clock.real())
    (base / "XC.jws").write_text(xc.document())
    for node in pair.nodes:
        node.json("partners", "add", str(base / "XC.jws"), "--thumbprint", xc.thumbprint())


def rewritten(node: Node) -> None:
    """Its first entry is another, and it signs its log anew as though it had been so."""
    entry = commitment.entry(b"w" * 32)
    with closing(sqlite3.connect(node.home / "tidewaiter.sqlite3")) as database:
        database.execute(
            'UPDATE ledger_entry SET entry = ?, leaf = ? WHERE "index" = 0',
            (entry, tree.leaf(entry)),
        )
        for table in ("checkpoint", "tile", "cosignature"):
            database.execute(f"DELETE FROM ledger_{table}")
        database.commit()


def test_two_nodes_cosign_each_other_and_a_log_that_is_rewritten_is_found_and_named(
    tmp_path: Path,
) -> None:
    pair = Pair(tmp_path)
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as listener:
        hanging(tmp_path, pair, listener)
        for node in pair.nodes:
            node.settings["TIDEWAITER_WITNESS_PERIOD"] = str(PERIOD)
        with pair:
            waits = []
            for number in range(3):
                sent = pair.send(pair.xa, f"XA-{number}")
                receipt = until(lambda sent=sent: pair.shown(pair.xa, sent["id"])["receipt"], 30)
                index = json.loads(jose.read(receipt).payload)["data"]["logindex"]
                waits.append(covered(pair.xb, index))
            assert max(waits) < 10, waits  # though a partner hangs whenever it is asked
            for node in pair.nodes:
                until(lambda node=node: cosigned(node), 20)
                said = node.json("ledger", "verify")
                assert (said["ok"], said["witnesses"]) == (True, 1), said
            for node, other in ((pair.xa, pair.xb), (pair.xb, pair.xa)):
                theirs = node.json("ledger", "verify", "--partner", other.administration)
                assert theirs["ok"], theirs
                assert theirs["size"] > 2
            assert alarms(pair, pair.xa) == alarms(pair, pair.xb) == []

            pair.xb.kill()
            rewritten(pair.xb)
            pair.xb.begin()
            ready(pair.xb)
            began = time.monotonic()
            (alarm,) = until(lambda: alarms(pair, pair.xa), 20)
            assert time.monotonic() - began < 2 * PERIOD + 10  # it signs within ten seconds
            assert (alarm["administration"], alarm["kind"]) == ("XB", "fork")
            first, second = (
                note.checkpoint(note.parts(alarm[name].encode())[0]) for name in ("first", "second")
            )
            assert first.origin == second.origin
            assert first.root != second.root
