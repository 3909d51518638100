"""Our own entries fetched back from a partner that kept them, and held against our checkpoint.

C2SP tlog-tiles, at the address where the partner mirrors logs. Nothing that it sends is believed
before the tree that it gives, on top of our own, has the root that we signed. Nothing is kept.
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from tidewaiter.exchange import wire
from tidewaiter.ledger import tile, tree

MOST_TILE: Final = 256 * (2 + 65_535)  # bytes: entries behind their lengths
IN_MEMORY: Final = 8 * 2**20  # bytes of entries before they go to a file
SECONDS: Final = 20.0  # for one tile


class NotTheLog(ValueError):
    """What came does not continue our log to the checkpoint; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The entries that we lack, and what they must lead to."""

    have: int  # entries that we have
    size: int  # entries of the checkpoint
    root: bytes


def entries(url: str, place: str, wanted: Wanted, frontier: tree.Frontier) -> IO[bytes]:
    """A file of the bundles with the entries from `wanted.have` on, checked as a whole.

    `place` is the path of our log under the partner's `url`; `frontier` is our own tree, which is
    grown. Raises wire.Unanswered, NotTheLog.
    """
    kept = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (the caller closes it)
    try:
        for index in range(wanted.have // tile.WIDTH, -(-wanted.size // tile.WIDTH)):
            first = index * tile.WIDTH
            came = _bundle(url, place, index, min(tile.WIDTH, wanted.size - first))
            new = came[max(0, wanted.have - first) :]
            frontier.extend(tree.leaf(entry) for entry in new)
            kept.write(tile.bundle(new))
        if frontier.root() != wanted.root:
            raise NotTheLog("the entries that it has do not lead to the checkpoint")
    except BaseException:
        kept.close()
        raise
    kept.seek(0)
    return kept


def read(kept: IO[bytes], at_once: int) -> Iterator[list[bytes]]:
    """The entries in a file of bundles, so many at a time."""
    many: list[bytes] = []
    while length := kept.read(2):
        many.append(kept.read(int.from_bytes(length, "big")))
        if len(many) == at_once:
            yield many
            many = []
    if many:
        yield many


def _bundle(url: str, place: str, index: int, width: int) -> list[bytes]:
    """So many entries of one bundle, out of the partial tile, or the full one that replaced it."""
    for wide in sorted({width, tile.WIDTH}):
        address = f"{place}/tile/{tile.path(tile.Tile(None, index, wide))}"
        status, body = wire.fetch(wire.Line(url, SECONDS), address, MOST_TILE, tick=time.monotonic)
        if status == 200:
            try:
                came = tile.unbundle(body)
            except tile.NoSuchTile as error:
                raise NotTheLog(str(error)) from None
            if len(came) != wide:
                raise NotTheLog(f"bundle {index} has {len(came)} entries and not {wide}")
            return came[:width]
        if status != 404:
            raise wire.Unanswered(f"{address} was answered {status}")
    raise NotTheLog(f"it does not have bundle {index} of our log")
