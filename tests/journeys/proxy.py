"""A bad line between two nodes: an HTTP proxy that drops, delays, doubles and cuts, by a seed."""

import asyncio
import random
import threading
from collections import Counter
from typing import Final

FATES: Final = {  # what befalls a POST, and how often of a hundred
    "passed": 55,
    "delayed": 15,
    "dropped": 8,  # it never arrives
    "doubled": 8,  # it arrives twice, at the same time
    "cut": 5,  # half of it arrives
    "unanswered": 5,  # it arrives, and the answer is lost
    "half-answered": 4,  # half of the answer comes back
}
LONGEST_DELAY: Final = 1.5  # seconds


class Proxy:
    """Listens on a port of its own and hands on to `target`, a port on this machine."""

    def __init__(self, target: int, seed: int) -> None:
        self.target = target
        self.random = random.Random(seed)
        self.met: Counter[str] = Counter()
        self.bad = True  # False makes a good line of it
        self._open: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        serving = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = self._loop.run_until_complete(serving)
        self.port: int = self._server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()

    async def _end(self) -> None:
        self._server.close()
        open_ = asyncio.all_tasks() - {asyncio.current_task()}
        for task in open_:
            task.cancel()
        await asyncio.gather(*open_, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)  # the loop itself would forget it
        task.add_done_callback(self._open.discard)
        try:
            while request := await _message(reader):
                answer = await self._befall(request)
                writer.write(answer)
                await writer.drain()
                if not answer or not answer.startswith(b"HTTP/1.1 2"):
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # this line is for that
        except asyncio.CancelledError:
            pass  # the run is over
        finally:
            writer.close()

    async def _befall(self, request: bytes) -> bytes:
        """What comes back for a request, b"" where nothing does."""
        fate = "passed"
        if self.bad and request.startswith(b"POST"):
            (fate,) = self.random.choices(list(FATES), weights=list(FATES.values()))
        self.met[fate] += 1
        if fate == "dropped":
            return b""
        if fate == "delayed":
            await asyncio.sleep(self.random.uniform(0, LONGEST_DELAY))
        if fate == "cut":
            await self._forward(request[: len(request) // 2], whole=False)
            return b""
        if fate == "doubled":
            first, _ = await asyncio.gather(self._forward(request), self._forward(request))
            return first
        answer = await self._forward(request)
        if fate == "unanswered":
            return b""
        return answer[: len(answer) // 2] if fate == "half-answered" else answer

    async def _forward(self, request: bytes, *, whole: bool = True) -> bytes:
        """Hand a request on; its answer, b"" where the node does not answer."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return b""
        try:
            writer.write(request)
            await writer.drain()
            return await _message(reader) if whole else b""
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return b""
        finally:
            writer.close()


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
