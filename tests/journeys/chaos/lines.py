"""Bad lines between nodes: an HTTP proxy for each ordered pair that drops, delays and doubles.

What befalls a request comes from the seed of its line. A line can be cut for a while, as when a
cable is; a `warp` may change what comes back, for a partner that shows others another face.
"""

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

FATES: Final = {  # what befalls a request, and how often of a hundred
    "passed": 60,
    "delayed": 14,
    "dropped": 6,  # it never arrives
    "doubled": 8,  # it arrives twice, at the same time
    "cut": 4,  # half of it arrives
    "unanswered": 5,  # it arrives, and the answer is lost
    "half-answered": 3,  # half of the answer comes back
}
LONGEST_DELAY: Final = 1.5  # seconds
Warp = Callable[[bytes, bytes], bytes]  # what is asked, what is answered → what comes back


class Line:
    """From one node to another: listens on a port of its own and hands on to `target`'s."""

    def __init__(self, name: str, target: int, seed: str) -> None:
        self.name = name
        self.target = target
        self.port = 0
        self.random = random.Random(seed)
        self.met: Counter[str] = Counter()
        self.bad = False  # True: FATES befall what passes
        self.cuts = 0  # places where it is cut: nothing passes
        self.warp: Warp | None = None
        self.through: set[asyncio.StreamWriter] = set()  # connections that are open

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request by request."""
        self.through.add(writer)
        try:
            while not self.cuts and (request := await _message(reader)):
                answer, whole = await self._befall(request)
                if self.cuts:
                    break
                writer.write(answer)
                await writer.drain()
                if not whole:
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # this line is for that
        except asyncio.CancelledError:
            pass  # the run is over
        finally:
            self.through.discard(writer)
            writer.close()

    async def _befall(self, request: bytes) -> tuple[bytes, bool]:
        """What comes back for a request, b"" where nothing does, and whether that is all of it."""
        fate = "passed"
        if self.bad:
            (fate,) = self.random.choices(list(FATES), weights=list(FATES.values()))
        self.met[fate] += 1
        if fate == "dropped":
            return b"", False
        if fate == "delayed":
            await asyncio.sleep(self.random.uniform(0, LONGEST_DELAY))
        if fate == "cut":
            await self._forward(request[: len(request) // 2], whole=False)
            return b"", False
        if fate == "doubled":
            answer, _ = await asyncio.gather(self._forward(request), self._forward(request))
        else:
            answer = await self._forward(request)
        if fate == "unanswered":
            return b"", False
        if fate == "half-answered":
            return answer[: len(answer) // 2], False
        return answer, bool(answer)

    async def _forward(self, request: bytes, *, whole: bool = True) -> bytes:
        """Hand a request on; its answer, b"" where the node does not answer."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return b""
        try:
            writer.write(request)
            await writer.drain()
            answer = await _message(reader) if whole else b""
            return self.warp(request, answer) if self.warp and answer else answer
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return b""
        finally:
            writer.close()


class Network:
    """The lines of all ordered pairs, on one loop in a thread of its own."""

    def __init__(self, ports: dict[str, int], seed: int, *, sources: Sequence[str] = ()) -> None:
        """`sources` have lines to all, and nobody a line to them."""
        self.lines = {
            (source, to): Line(f"{source}→{to}", ports[to], f"{seed} {source} {to}")
            for source in (*ports, *sources)
            for to in ports
            if source != to
        }
        self._ports = ports
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(20)

    def routes(self, source: str) -> dict[int, int]:
        """For a node: the port by which it knows each other one, and that of its line there."""
        return {
            self._ports[to]: line.port for (code, to), line in self.lines.items() if code == source
        }

    def given(self, source: str) -> dict[str, str]:
        """What a node is served with to be on its lines."""
        return {"CHAOS_ROUTES": json.dumps(self.routes(source))}

    def among(self, codes: Iterable[str]) -> list[Line]:
        """The lines between these, either way."""
        inside = set(codes)
        return [line for pair, line in self.lines.items() if set(pair) <= inside]

    def of(self, code: str) -> list[Line]:
        """The lines to and from a node."""
        return [line for pair, line in self.lines.items() if code in pair]

    def cut(self, lines: Iterable[Line]) -> None:
        """Nothing passes on these any more; what is under way ends."""
        for line in lines:
            line.cuts += 1
            for writer in list(line.through):
                self._loop.call_soon_threadsafe(writer.close)

    def mend(self, lines: Iterable[Line]) -> None:
        """One cut of each is mended."""
        for line in lines:
            line.cuts = max(0, line.cuts - 1)

    def whole(self) -> None:
        """All lines carry again, and carry well."""
        self.weather(bad=False)
        for line in self.lines.values():
            line.cuts = 0

    def weather(self, *, bad: bool) -> None:
        """Whether the lines are bad."""
        for line in self.lines.values():
            line.bad = bad

    def met(self) -> dict[str, int]:
        """What befell requests, on all lines together."""
        return dict(sum((line.met for line in self.lines.values()), Counter()))

    def close(self) -> None:
        """End them all."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        started.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        for line in self.lines.values():
            server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
            line.port = server.sockets[0].getsockname()[1]
            self._servers.append(server)

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        open_ = asyncio.all_tasks() - {asyncio.current_task()}
        for task in open_:
            task.cancel()
        await asyncio.gather(*open_, return_exceptions=True)


async def _message(reader: asyncio.StreamReader) -> bytes:
    """An HTTP message whose body has a length; b"" where the other side closed."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    return head + (await reader.readexactly(length) if length else b"")
