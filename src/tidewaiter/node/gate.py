"""The HTTP server of a web process: waitress, with a bound on everything before a request is read.

Seconds to arrive, connections of an address, and what is buffered of all of them together; a
connection whose request was refused is closed so that the client can still read why (RFC 9112
§9.6). A slow client holds a socket and no thread.
"""

import resource
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from tidewaiter.node import arriving, errors, patience
from tidewaiter.problem import Problem

MOST: Final = 512  # connections of one web process …
AN_ADDRESS: Final = 64  # … and of one address, where no proxy stands before it
BUFFERED: Final = 256 * 2**20  # bytes of bodies that wait at a time, all connections together
STEP: Final = 2**20  # how often that is looked at
IN_MEMORY: Final = 512 * 1024  # bytes of a body; the rest goes to a file without a name
AT_ONCE: Final = 64 * 1024  # bytes read at a time
LINGER: Final = 3.0  # seconds in which what a refused client still sends is thrown away
LINGERED: Final = 64 * 2**20  # and at most so many bytes
log: Final = structlog.get_logger("tidewaiter.node")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a server is made with."""

    limits: patience.Limits
    threads: int  # requests answered at a time
    proxied: bool  # every connection is the proxy's, which counts addresses itself


class Channel(HTTPChannel):
    """A connection; one whose request was refused is closed in peace."""

    parser_class = arriving.Parser
    error_task_class = arriving.Refusal
    request: arriving.Parser | None
    requests: list[arriving.Parser]

    def __init__(self, *given: Any, **named: Any) -> None:
        self.lingers = False  # its request was refused: what still comes is thrown away …
        self.until = 0.0  # … until then
        self.thrown = 0
        self.heard = time.monotonic()
        super().__init__(*given, **named)

    def readable(self) -> bool:
        """Whether more is wanted of the client."""
        return bool(self.until) or super().readable()

    def writable(self) -> bool:
        """Whether there is something to tell the client."""
        return not self.until and super().writable()

    def handle_read(self) -> None:
        """Take what came, or throw it away."""
        self.heard = time.monotonic()
        if not self.until:
            super().handle_read()
            return
        try:
            data = self.recv(AT_ONCE)  # closes the channel where the client has closed it
        except OSError:
            self.handle_close()
            return
        self.thrown += len(data)
        if not data or self.thrown > LINGERED:
            self.handle_close()

    def received(self, data: bytes) -> bool:
        """Give it to the request that is arriving, where there is room for it."""
        before = self.held
        taken = bool(super().received(data))
        request = self.request
        more = request is not None and self.held // STEP > before // STEP
        if more and self.server.buffered() > BUFFERED:
            self.end(errors.Busy(seconds=arriving.BUSY_FOR))
        return taken

    def handle_close(self) -> None:
        """Close; a client that was refused gets the time to read why."""
        if self.lingers and not self.until and self.connected and self.socket is not None:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            else:
                self.until = time.monotonic() + LINGER
                self.will_close = False
                return
        self.until = 0.0
        super().handle_close()

    @property
    def held(self) -> int:
        """The bytes of bodies that wait here."""
        here = [*self.requests, *([self.request] if self.request is not None else [])]
        return sum(int(each.body_bytes_received) for each in here)

    @property
    def stuck(self) -> bool:
        """Whether we wait for the client, to ask or to read, and not it for us."""
        return bool(self.total_outbufs_len) or not self.requests

    def waited(self, now: float) -> float:
        """How many seconds the client has let us wait."""
        if self.until:
            return patience.IDLE
        if self.request is not None:
            return float(now - self.request.begun)
        return now - self.heard

    def end(self, problem: Problem) -> None:
        """Answer a request that is still arriving, from the main thread, and be done with it."""
        with self.requests_lock:
            request, self.request = self.request, None
            if request is None or self.requests:
                self.will_close = True
                return
            request.refuse(problem)
            self.requests.append(request)
        self.server.add_task(self)


class Server(TcpWSGIServer):
    """The listening socket with all its connections."""

    channel_class = Channel

    def __init__(self, *given: Any, bounds: Bounds, **named: Any) -> None:
        self.bounds = bounds
        super().__init__(*given, **named)

    def handle_accept(self) -> None:
        """Take a connection; where there are too many, the one that has waited longest goes."""
        try:
            accepted = self.accept()
            if accepted is None:
                return
            connection, address = accepted
            self.set_socket_options(connection)
        except OSError:
            return  # it went away before we came to it
        if self.room(address[0]):
            Channel(self, connection, address, self.adj, map=self._map)
        else:
            connection.close()

    def room(self, address: str) -> bool:
        """Whether there is room for one more of that address, made where there was none."""
        everybody = list(self.active_channels.values())
        if not self.bounds.proxied:
            theirs = [each for each in everybody if each.addr[0] == address]
            if len(theirs) >= AN_ADDRESS:
                return evict(theirs)
        if len(everybody) < MOST:
            return True
        if self.bounds.proxied:
            return evict(everybody)
        most, _ = Counter(each.addr[0] for each in everybody).most_common(1)[0]
        return evict(each for each in everybody if each.addr[0] == most)

    def buffered(self) -> int:
        """The bytes of all bodies that wait."""
        return sum(each.held for each in list(self.active_channels.values()))

    def maintenance(self, now: float) -> None:
        """End what is late, what is idle, and what nobody reads; about once a second."""
        tick = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.until:
                if tick > channel.until:
                    channel.handle_close()
            elif channel.request is not None and channel.requests:
                channel.request.begun = tick  # it waits for us
            elif channel.request is not None and channel.request.late(tick):
                log.info("request too slow", address=channel.addr[0])
                channel.end(errors.TooSlow(pace=patience.PACE))
            elif now - channel.last_activity > patience.IDLE and channel.stuck:
                channel.lingers = False
                channel.handle_close()


def evict(channels: Iterable[Any]) -> bool:
    """Close the one that has let us wait longest; False where all are being answered."""
    now = time.monotonic()
    waiting = [each for each in channels if not each.requests]
    oldest = max(waiting, key=lambda each: each.waited(now), default=None)
    if oldest is None:
        return False
    oldest.lingers = False
    oldest.handle_close()
    return True


def server(
    application: Callable[..., Any], listening: socket.socket, bounds: Bounds, **more: Any
) -> Any:
    """A server of `application` on a socket that listens already; `more` adjusts waitress."""
    adj = Adjustments(
        threads=bounds.threads,
        ident=None,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=True,
        channel_timeout=int(patience.IDLE),
        cleanup_interval=1,
        connection_limit=MOST + 64,
        max_request_header_size=arriving.MOST_HEADER,
        inbuf_overflow=IN_MEMORY,
        recv_bytes=AT_ONCE,
        **more,
    )
    adj.limits = bounds.limits
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(bounds.threads)
    kind = (listening.family, listening.type, listening.proto, listening.getsockname())
    return Server(
        application,
        map={},
        _sock=listening,
        dispatcher=dispatcher,
        adj=adj,
        sockinfo=kind,
        bind_socket=False,
        bounds=bounds,
    )


def descriptors() -> None:
    """Let this process hold as many files as its connections may need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MOST
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
