"""A log as tiles: their addresses, widths and bundles, and hashes out of them (C2SP tlog-tiles).

A tile is up to 256 hashes of one level; a bundle is the entries under a tile of level 0. Imports
nothing of ours but the tree.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tidewaiter.ledger import tree

WIDTH: Final = 256  # hashes in a full tile
HEIGHT: Final = 8  # levels of the tree that a tile spans
ENTRIES: Final = "entries"
_PATH: Final = re.compile(
    r"(?P<level>0|[1-9][0-9]?|entries)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


class NoSuchTile(ValueError):
    """An address that is none, or of a tile that the tree does not have."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The address of a tile. `level` is None for a bundle of entries."""

    level: int | None  # 0 to 63
    index: int
    width: int = WIDTH

    @property
    def span(self) -> int:
        """The entries under one hash of it; one entry of a bundle."""
        return 1 << HEIGHT * (self.level or 0)


Fetch = Callable[[int, int, int], bytes]  # level, index, width at least → the tile's hashes


def path(tile: Tile) -> str:
    """The address under `/tile/`: `0/x001/x234/067.p/8`."""
    groups = f"{tile.index:03d}"
    groups = groups.zfill(-(-len(groups) // 3) * 3)
    threes = [groups[at : at + 3] for at in range(0, len(groups), 3)]
    numbered = "/".join([*("x" + three for three in threes[:-1]), threes[-1]])
    level = ENTRIES if tile.level is None else str(tile.level)
    return f"{level}/{numbered}" + ("" if tile.width == WIDTH else f".p/{tile.width}")


def parse(address: str) -> Tile:
    """The tile at an address, written the one way that it may be. Raises NoSuchTile."""
    found = _PATH.fullmatch(address)
    if found is None:
        raise NoSuchTile("this is no address of a tile")
    level = None if found["level"] == ENTRIES else int(found["level"])
    index = int(found["index"].replace("x", "").replace("/", ""))
    tile = Tile(level, index, int(found["width"] or WIDTH))
    partial = found["width"] is not None
    if (level or 0) > 63 or (partial and tile.width == WIDTH) or path(tile) != address:
        raise NoSuchTile("this is no address of a tile")
    return tile


def available(tile: Tile, size: int) -> bool:
    """Whether a tree of `size` entries has so much of the tile. A full one needs all of it."""
    hashes = size // tile.span - tile.index * WIDTH
    return 0 < tile.width <= min(hashes, WIDTH)


def width(level: int, index: int, size: int) -> int:
    """How many hashes the tile has in a tree of `size`; 0 where there is none."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - index * WIDTH))


def peaks(size: int) -> list[tuple[int, int]]:
    """Height and index of the perfect subtrees that a tree of `size` falls into, largest first."""
    found, start = [], 0
    while start < size:
        height = (size - start).bit_length() - 1
        found.append((height, start >> height))
        start += 1 << height
    return found


def around(index: int, size: int) -> list[tuple[int, int]]:
    """Level and index of the tiles that hold what proves entry `index` in a tree of `size`.

    They lead to the entry's peak; a proof needs besides them the hashes of the peaks alone.
    """
    height = next(height for height, at in peaks(size) if index >> height == at)
    return [(level, index >> HEIGHT * (level + 1)) for level in range(-(-height // HEIGHT))]


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as they are served: each behind its length in two bytes, the high one first."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises NoSuchTile where it is cut off."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise NoSuchTile("the bundle is cut off")
        entries.append(data[at + 2 : end])
        at = end
    return entries


def hashes(data: bytes) -> list[bytes]:
    """A tile's bytes as its hashes."""
    return [data[at : at + tree.HASH] for at in range(0, len(data), tree.HASH)]


class Reader:
    """Hashes of a tree of `size` entries out of its tiles, each fetched once."""

    def __init__(self, size: int, fetch: Fetch) -> None:
        self.size = size
        self._fetch = fetch
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._peaks: dict[tuple[int, int], bytes] = {}

    def peaks(self) -> tuple[bytes, ...]:
        """The hash of each of the tree's peaks, the largest first."""
        return tuple(self._perfect(*each) for each in peaks(self.size))

    def know(self, hashes: Sequence[bytes]) -> None:
        """The hashes of the peaks, which then need not be read out of tiles."""
        self._peaks = dict(zip(peaks(self.size), hashes, strict=True))

    def hold(self, tiles: Mapping[tuple[int, int], bytes]) -> None:
        """Tiles by level and index, or more of them, which then need not be fetched."""
        for at, data in tiles.items():
            if len(data) >= width(*at, self.size) * tree.HASH:
                self._tiles[at] = data

    def root(self) -> bytes:
        """The root of the whole tree."""
        return self.subtree(0, self.size)

    def subtree(self, start: int, end: int) -> bytes:
        """The Merkle Tree Hash of a range that some node of the tree spans (a `tree.Subtree`)."""
        if start == end:
            return tree.EMPTY
        perfect: list[bytes] = []
        while start < end:
            height = (end - start).bit_length() - 1  # of the largest that still fits
            perfect.append(self._perfect(height, start >> height))
            start += 1 << height
        return tree.bagged(perfect)

    def hashes(self, level: int, index: int) -> bytes:
        """The hashes of a tile, as many as the tree has of it. Raises NoSuchTile."""
        return self._tile(level, index)[: width(level, index, self.size) * tree.HASH]

    def _perfect(self, height: int, index: int) -> bytes:
        """The hash of the `index`-th perfect subtree of 2**height entries."""
        if peak := self._peaks.get((height, index)):
            return peak
        level, above = divmod(height, HEIGHT)
        first = index << above  # hashes of that level
        tile, at = divmod(first, WIDTH)
        data = self._tile(level, tile)
        return tree.over(data[at * tree.HASH : (at + (1 << above)) * tree.HASH])

    def _tile(self, level: int, index: int) -> bytes:
        wide = width(level, index, self.size)
        known = self._tiles.get((level, index))
        if known is None:
            known = self._fetch(level, index, wide)
            if len(known) < wide * tree.HASH:
                raise NoSuchTile(f"tile {level}/{index} has fewer than {wide} hashes")
            self._tiles[level, index] = known
        return known
