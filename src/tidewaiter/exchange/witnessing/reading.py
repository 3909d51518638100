"""A partner's log and witness over the line: its checkpoint, tiles, entries; what it is asked.

C2SP tlog-tiles, tlog-witness. `Unanswered` is a partner that is down or slow; `NotShown` is one
that answers, and does not show what it should.
"""

import math
import time
from dataclasses import dataclass
from typing import Final

from tidewaiter.exchange import wire
from tidewaiter.ledger import mirroring, tile, tree, witness
from tidewaiter.ledger.shown import NotShown

CHECKPOINT: Final = "/tlog/checkpoint"
TILES: Final = "/tlog/tile/"
ADD: Final = "/witness/add-checkpoint"
ENTRIES: Final = "/witness/add-entries"
COSIGNED: Final = "/witness/checkpoints"
BUSY: Final = {408, 425, 429}  # it may show it in a moment
PLAIN: Final = "text/plain; charset=utf-8"
ANSWER: Final = 10.0  # seconds for one answer: others are witnessed too
MOST_NOTE: Final = 64 * 1024
MOST_NOTES: Final = 2**20
MOST_BUNDLE: Final = tile.WIDTH * (2 + mirroring.MOST_ENTRY)


@dataclass(frozen=True, slots=True)
class Log:
    """A log under the address of its node; how long an answer may take, and until when all may.

    `again`: what a broken line lost is asked for once more, where nobody asks soon.
    """

    url: str
    seconds: float = ANSWER
    until: float = math.inf  # by `time.monotonic`
    again: bool = False

    def checkpoint(self) -> bytes:
        """Its newest checkpoint. Raises Unanswered, NotShown."""
        return _get(self.url, CHECKPOINT, MOST_NOTE, self._patience())

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The hashes of a tile (a `tile.Fetch`). Raises Unanswered, NotShown."""
        data = self._fetch(level, index, width, tile.WIDTH * tree.HASH)
        if len(data) < width * tree.HASH or len(data) % tree.HASH:
            raise NotShown(f"tile {level}/{index} is cut off: it has {len(data)} bytes")
        return data[: width * tree.HASH]

    def entries(self, index: int, width: int) -> list[bytes]:
        """The first entries of a bundle. Raises Unanswered, NotShown."""
        data = self._fetch(None, index, width, MOST_BUNDLE)
        try:
            return tile.unbundle(data)[:width]
        except tile.NoSuchTile as error:
            raise NotShown(f"bundle {index}: {error}") from None

    def _fetch(self, level: int | None, index: int, width: int, most: int) -> bytes:
        """A tile, the full one where a log keeps the partial one no longer (tlog-tiles)."""
        address = TILES + tile.path(tile.Tile(level, index, width))
        if width == tile.WIDTH:
            return self._got(address, most)
        try:
            return self._got(address, most)
        except NotShown:
            return self._got(TILES + tile.path(tile.Tile(level, index)), most)

    def _got(self, address: str, most: int) -> bytes:
        try:
            return _get(self.url, address, most, self._patience())
        except wire.Unanswered:
            if not self.again:
                raise
            return _get(self.url, address, most, self._patience())

    def _patience(self) -> float:
        """The seconds that the next answer may take. Raises Unanswered where none are left."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise wire.Unanswered("its answers took too long together")
        return min(self.seconds, left)


def cosigned(url: str) -> list[bytes]:
    """What that node cosigned, a note each. Raises Unanswered, NotShown."""
    try:
        return witness.split(_get(url, COSIGNED, MOST_NOTES))
    except witness.BadRequest as error:
        raise NotShown(str(error)) from None


def add_checkpoint(url: str, request: witness.Request) -> tuple[int, bytes]:
    """Ask that node to cosign: the status and the body of its answer. Raises Unanswered."""
    line = wire.Line(url, ANSWER)
    body = witness.written(request)
    return wire.ask(line, ADD, body, PLAIN, MOST_NOTE, tick=time.monotonic)


def bring(url: str, notes: list[str]) -> int:
    """Bring what we cosigned to a node that cannot ask us for it; the status of its answer."""
    line = wire.Line(url, ANSWER)
    body = witness.joined(notes).encode()
    return wire.ask(line, COSIGNED, body, PLAIN, MOST_NOTE, tick=time.monotonic)[0]


def add_entries(url: str, upload: mirroring.Upload) -> tuple[int, bytes]:
    """Bring that node entries of our log: the status and the body. Raises Unanswered."""
    line = wire.Line(url, ANSWER)
    body = mirroring.written(upload)
    return wire.ask(line, ENTRIES, body, mirroring.BODY_TYPE, MOST_NOTE, tick=time.monotonic)


def _get(url: str, path: str, most: int, seconds: float = ANSWER) -> bytes:
    try:
        status, body = wire.fetch(wire.Line(url, seconds), path, most, tick=time.monotonic)
    except wire.TooLong:
        raise NotShown(f"{path} was answered by more than {most} bytes") from None
    if status >= 500 or status in BUSY:
        raise wire.Unanswered(f"{path} was answered {status}")
    if status != 200:
        raise NotShown(f"{path} was answered {status}")
    return body
