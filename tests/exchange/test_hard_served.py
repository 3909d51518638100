"""A served node under bad clients: each gets its clear answer, and the others are served."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest

from tests.journeys.stranger import Stranger, said
from tests.journeys.test_stranger import World
from tidewaiter.node import gate

pytestmark = pytest.mark.served
RATE = 2_000  # lines a minute a partner, in this node
PROMPTLY = 3.0  # seconds, on a machine that others use too
MESSAGES = "/exchange/v1/messages"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("hard"))
    made.node.stop()
    made.node.settings = {"TIDEWAITER_EXCHANGE_RATE": str(RATE)}
    made.node.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def flooder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    """Another partner, with whom nothing is agreed: its lines are refused, and counted."""
    made = Stranger(code="XC")
    document = tmp_path_factory.mktemp("xc") / "xc.jws"
    document.write_text(made.document())
    world.node.json("partners", "add", str(document), "--thumbprint", made.thumbprint)
    made.meet(world.node.url)
    return made


def connect(world: World, source: str) -> socket.socket:
    line = socket.socket()
    line.settimeout(20)
    line.bind((source, 0))
    line.connect(("127.0.0.1", world.node.port))
    return line


def head(path: str = MESSAGES, **more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/x-ndjson"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def problem(line: socket.socket) -> dict[str, Any]:
    """The problem document that is answered before the connection ends."""
    answer = b""
    while part := line.recv(65536):
        answer += part
    top, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in top, answer
    found: dict[str, Any] = json.loads(body)
    assert int(top.split()[1]) == found["status"]
    return found


def served_promptly(world: World, times: int = 3) -> None:
    """A partner's message is accepted, soon."""
    for _ in range(times):
        sealed = world.partner.seal(world.partner.sign(world.alert()))
        begun = time.monotonic()
        (receipt,) = world.partner.receipts(sealed)
        assert said(receipt) == "accepted"
        assert time.monotonic() - begun < PROMPTLY


def memory(world: World) -> int:
    assert world.node.process is not None
    family = psutil.Process(world.node.process.pid).children(recursive=True)
    return sum(each.memory_info().rss for each in family)


class TestABodyOfTwoGigabytes:
    def test_is_refused_when_it_is_announced(self, world: World) -> None:
        with connect(world, "127.0.0.2") as line:
            line.sendall(head(Content_Length=str(2 * 2**30)))
            assert problem(line)["type"].endswith("/body-too-large")
        served_promptly(world, 1)

    def test_is_refused_in_chunks_and_fills_neither_memory_nor_disk(self, world: World) -> None:
        before, free = memory(world), psutil.disk_usage("/tmp").free
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        sent = 0
        with connect(world, "127.0.0.2") as line:
            line.sendall(head(Transfer_Encoding="chunked"))
            try:
                while sent < 2 * 2**30:
                    line.sendall(chunk)
                    sent += len(chunk)
            except OSError:
                pass
            assert problem(line)["type"].endswith("/body-too-large")
        assert sent < 2 * gate.LINGERED
        assert memory(world) - before < 64 * 2**20
        assert free - psutil.disk_usage("/tmp").free < 256 * 2**20
        served_promptly(world, 1)

    @pytest.mark.parametrize(
        ("path", "most"),
        [(MESSAGES, 16 * 2**20), ("/api/v1/declarations", 24 * 2**20)],
    )
    def test_has_the_limit_of_its_path(self, world: World, path: str, most: int) -> None:
        with connect(world, "127.0.0.2") as line:
            line.sendall(head(path, Content_Length=str(most + 1)))
            assert problem(line)["type"].endswith("/body-too-large")


class TestSlowClients:
    def test_of_which_there_are_300_hinder_nobody(self, world: World) -> None:
        slow = []
        for number in range(300):
            line = connect(world, "127.0.0.3")
            line.sendall(head(Content_Length="100000") + b"x" if number % 2 else b"POST /ex")
            slow.append(line)
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(0.5):
                for line in slow:
                    try:
                        line.send(b"x")
                    except OSError:
                        continue

        dripping = threading.Thread(target=drip, daemon=True)
        dripping.start()
        served_promptly(world, 5)
        assert httpx.get(f"{world.node.url}/healthz").status_code == 200
        stop.set()
        dripping.join()
        for line in slow:
            line.close()


class TestAPartnerThatFloods:
    def test_is_held_to_its_rate_while_another_is_served(
        self, world: World, flooder: Stranger
    ) -> None:
        event = flooder.event(world.agreement, {"alert": "XC-1"})
        line = flooder.seal(flooder.sign(event))
        body = "\n".join([line] * 500)
        answers: list[httpx.Response] = []
        until = time.monotonic() + 4

        def flood() -> None:
            with httpx.Client(headers={"Content-Type": "application/x-ndjson"}) as client:
                while time.monotonic() < until:
                    url = world.node.url + MESSAGES
                    answers.append(client.post(url, content=body, timeout=60))

        floods = [threading.Thread(target=flood) for _ in range(4)]
        for each in floods:
            each.start()
        served_promptly(world, 5)
        for each in floods:
            each.join()
        assert {each.status_code for each in answers} == {202, 429}
        held = [each for each in answers if each.status_code == 429]
        assert all(1 <= int(each.headers["Retry-After"]) <= 60 for each in held)
        assert all(each.json()["type"].endswith("/too-fast") for each in held)
        let_in = 500 * (len(answers) - len(held))
        assert let_in <= 2 * RATE + 4 * 500  # a minute may turn; four POSTs may be under way

    def test_by_lines_that_fail_is_held_before_anything_is_opened(self, world: World) -> None:
        transport = httpx.HTTPTransport(local_address="127.0.0.4")
        with httpx.Client(
            transport=transport, headers={"Content-Type": "application/x-ndjson"}, timeout=30
        ) as client:
            url = world.node.url + MESSAGES
            statuses = [client.post(url, content="x\n" * 450).status_code for _ in range(8)]
        assert 202 in statuses
        assert 429 in statuses
        served_promptly(world, 1)
