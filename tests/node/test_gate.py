"""The HTTP server before a request is read: bytes, seconds, connections, each with its answer."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.node import arriving, gate, patience

MESSAGES = "/exchange/v1/messages"
LIMITS = patience.Limits([("/", 4 * 2**20), ("/exchange/", 100_000), ("/exchange/v1/a/", 200_000)])
PROBLEMS = "https://tidewaiter.org/problems/"


def echo(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Says how many bytes came."""
    length = str(len(environ["wsgi.input"].read())).encode()
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(length)))])
    return [length]


class Served:
    """The server in a thread, on a port of loopback."""

    def __init__(self, **more: Any) -> None:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(512)
        listening.setblocking(False)
        self.port: int = listening.getsockname()[1]
        bounds = gate.Bounds(LIMITS, threads=2, **{"proxied": False, **more})
        self.server = gate.server(echo, listening, bounds)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self) -> None:
        while not self.stop.is_set():
            self.server.asyncore.loop(timeout=0.05, use_poll=True, map=self.server._map, count=1)

    def close(self) -> None:
        self.stop.set()
        self.thread.join(5)
        self.server.task_dispatcher.shutdown(cancel_pending=True, timeout=1)
        self.server.asyncore.close_all(self.server._map)

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        made = socket.socket()
        made.settimeout(10)
        made.bind((source, 0))
        made.connect(("127.0.0.1", self.port))
        return made

    def ask(self, sent: bytes, source: str = "127.0.0.1") -> bytes:
        with self.connect(source) as line:
            line.sendall(sent)
            return read(line)


def read(line: socket.socket) -> bytes:
    """The answer up to its end: by its length, or until the other side closes."""
    found = b""
    while b"\r\n\r\n" not in found:
        part = line.recv(65536)
        if not part:
            return found
        found += part
    head, _, body = found.partition(b"\r\n\r\n")
    length = next(
        int(each.split(b":")[1])
        for each in head.split(b"\r\n")
        if each.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


def problem(answer: bytes) -> tuple[int, str]:
    """Status and type of a problem document."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, answer
    assert b"Connection: close" in head, answer
    document = json.loads(body)
    status = int(head.split()[1])
    assert document["status"] == status
    assert document["type"].startswith(PROBLEMS)
    return status, document["type"].removeprefix(PROBLEMS)


def head(path: str = MESSAGES, **more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.close()


class TestTheBytesOfABody:
    def test_are_taken_up_to_the_limit_of_the_path(self, served: Served) -> None:
        answer = served.ask(head(Content_Length="100000") + b"x" * 100_000)
        assert answer.endswith(b"100000")

    def test_are_refused_as_soon_as_they_are_announced(self, served: Served) -> None:
        assert problem(served.ask(head(Content_Length=str(2 * 2**30)))) == (413, "body-too-large")
        assert problem(served.ask(head(Content_Length="100001"))) == (413, "body-too-large")

    def test_have_the_limit_of_the_longest_prefix(self, served: Served) -> None:
        long = b"x" * 150_000
        assert served.ask(head("/exchange/v1/a/1", Content_Length="150000") + long).endswith(
            b"150000"
        )
        assert problem(served.ask(head("/exchange/v1/b", Content_Length="150000"))) == (
            413,
            "body-too-large",
        )

    def test_are_refused_in_chunks_once_they_run_over(self, served: Served) -> None:
        chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
        with served.connect() as line:
            line.sendall(head(Transfer_Encoding="chunked"))
            sent = 0
            try:
                while sent < 2 * 2**30:
                    line.sendall(chunk)
                    sent += len(chunk)
            except OSError:
                pass
            assert problem(read(line)) == (413, "body-too-large")
        assert sent <= 2 * gate.LINGERED

    def test_are_refused_in_words_to_a_client_that_goes_on_sending(self, served: Served) -> None:
        with served.connect() as line:
            line.sendall(head(Content_Length=str(2 * 2**30)))
            for _ in range(100):
                line.sendall(b"x" * 65536)
            assert problem(read(line)) == (413, "body-too-large")

    def test_are_not_asked_for_when_they_are_too_many(self, served: Served) -> None:
        answer = served.ask(head(Content_Length="100001", Expect="100-continue"))
        assert problem(answer) == (413, "body-too-large")

    def test_are_asked_for_when_they_are_not(self, served: Served) -> None:
        with served.connect() as line:
            line.sendall(head(Content_Length="3", Expect="100-continue"))
            assert line.recv(100).startswith(b"HTTP/1.1 100")
            line.sendall(b"abc")
            assert read(line).endswith(b"3")

    def test_are_bounded_over_all_connections(
        self, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gate, "BUFFERED", 4 * 2**20)
        first, second = served.connect(), served.connect()
        for line in (first, second):
            before = served.server.buffered()
            line.sendall(head("/", Content_Length=str(4 * 2**20)) + b"x" * (3 * 2**20))
            while line is first and served.server.buffered() < before + 3 * 2**20:
                time.sleep(0.01)
        answer = read(second)
        assert problem(answer) == (503, "busy")
        assert b"Retry-After: 5" in answer
        first.sendall(b"x" * 2**20)
        assert read(first).endswith(str(4 * 2**20).encode())


class TestWhatIsNoRequest:
    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            (b"\x16\x03\x01\x02\x00\r\n\r\n", (400, "unreadable-request")),
            (b"GET / HTTP/1.1\r\nno header\r\n\r\n", (400, "unreadable-request")),
            (head(Content_Length="-1"), (400, "unreadable-request")),
            (head(Transfer_Encoding="gzip, chunked"), (501, "not-implemented")),
            (head(Transfer_Encoding="chunked") + b"zz\r\n", (400, "unreadable-request")),
            (head(Transfer_Encoding="chunked") + b"0" * 9000, (400, "unreadable-request")),
            (
                head(Transfer_Encoding="chunked") + b"0\r\n" + b"x" * 9000,
                (400, "unreadable-request"),
            ),
            (b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000, (431, "headers-too-large")),
        ],
    )
    def test_is_refused_with_its_problem(
        self, served: Served, sent: bytes, told: tuple[int, str]
    ) -> None:
        assert problem(served.ask(sent)) == told


class TestARequestThatDrips:
    @pytest.mark.parametrize("sent", [b"GET / HT", head()[:-2], head(Content_Length="1000") + b"x"])
    def test_is_ended_however_it_drips(
        self, served: Served, sent: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(patience, "HEADERS", 0.5)
        monkeypatch.setattr(patience, "GRACE", 0.5)
        begun = time.monotonic()
        with served.connect() as line:
            line.sendall(sent)
            dripping = threading.Event()

            def drip() -> None:
                while not dripping.wait(0.05):
                    try:
                        line.sendall(b"x")
                    except OSError:
                        return

            thread = threading.Thread(target=drip, daemon=True)
            thread.start()
            assert problem(read(line)) == (408, "too-slow")
            dripping.set()
            thread.join()
        assert time.monotonic() - begun < 5

    def test_does_not_hinder_others_though_there_are_300(self, served: Served) -> None:
        slow = []
        for number in range(300):
            line = served.connect("127.0.0.2")
            line.sendall(head(Content_Length="1000") + b"x" if number % 2 else b"GET / HT")
            slow.append(line)
        begun = time.monotonic()
        for _ in range(5):
            assert served.ask(head(Content_Length="3") + b"abc").endswith(b"3")
            assert served.ask(head(Content_Length="3") + b"abc", "127.0.0.2").endswith(b"3")
        assert time.monotonic() - begun < 2
        assert len(served.server.active_channels) <= gate.AN_ADDRESS + 2
        for line in slow:
            line.close()

    def test_does_not_hinder_others_of_many_addresses(
        self, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gate, "MOST", 50)
        slow = [served.connect(f"127.0.1.{1 + number % 20}") for number in range(80)]
        assert served.ask(head(Content_Length="3") + b"abc").endswith(b"3")
        assert len(served.server.active_channels) <= 51
        for line in slow:
            line.close()

    def test_may_take_its_time_behind_a_proxy_that_counts_by_itself(self) -> None:
        served = Served(proxied=True)
        slow = [served.connect() for _ in range(gate.AN_ADDRESS + 20)]
        assert served.ask(head(Content_Length="3") + b"abc").endswith(b"3")
        assert len(served.server.active_channels) > gate.AN_ADDRESS
        for line in slow:
            line.close()
        served.close()


class TestAConnection:
    def test_serves_one_request_after_another(self, served: Served) -> None:
        with served.connect() as line:
            for _ in range(20):
                line.sendall(head(Content_Length="3") + b"abc")
                assert read(line).endswith(b"3")

    def test_that_is_idle_is_closed(self, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(patience, "IDLE", 0.2)
        with served.connect() as line:
            assert line.recv(1) == b""


class TestPatience:
    @given(received=st.integers(0, 2**30))
    def test_lasts_as_long_as_the_pace_is_kept(self, received: int) -> None:
        due = patience.GRACE + received / patience.PACE
        assert not patience.late(due - 1, received=received, headers=True)
        assert patience.late(due + 1, received=received, headers=True)

    def test_for_headers_is_short_whatever_comes(self) -> None:
        assert not patience.late(patience.HEADERS, received=0, headers=False)
        assert patience.late(patience.HEADERS + 1, received=2**30, headers=False)

    def test_ends_for_every_body_that_is_within_the_limits(self) -> None:
        most = max(most for _, most in LIMITS.table)
        assert patience.late(patience.GRACE + most / patience.PACE + 1, received=most, headers=True)

    def test_knows_no_limit_where_none_is_given(self) -> None:
        assert patience.Limits([]).body("/") == 0


def test_the_limits_of_a_request_s_parts_are_in_proportion() -> None:
    assert arriving.MOST_CONTROL <= arriving.MOST_HEADER
    assert gate.AN_ADDRESS < gate.MOST
