"""Another's log as it shows it: tiles and entries held against the root that it signed. Pure.

`fetch` brings a tile's bytes, whoever serves them: what does not give the signed root is not taken.
Imports nothing of ours but the tree, the tiles and what contradicts.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from tidewaiter.ledger import contradiction, tile, tree

Entries = Callable[[int, int], Sequence[bytes]]  # index of a bundle, how many → its entries
T = TypeVar("T")
MOST_TILES: Final = 4096  # kept in memory while a log is read


class NotShown(Exception):
    """The log does not show what it signed; the message says what."""


class Shown:
    """A tree of `size` entries with the root that its log signed, read from what serves it.

    Raises NotShown, here and in every method, where its tiles do not give that root.
    """

    def __init__(self, size: int, root: bytes, fetch: tile.Fetch) -> None:
        self.size = size
        self.root = root
        self._reader = tile.Reader(size, fetch)
        self._held: set[tuple[int, int]] = set()
        if self._read(lambda: self._reader.root()) != root:
            raise NotShown("its tiles give another root than it signed")

    def follows(self, old: int, old_root: bytes) -> bool:
        """Whether the tree begins with that of `old` entries; a tree of none begins every one."""
        if old == 0:
            return old_root == tree.EMPTY
        if old == self.size:
            return old_root == self.root
        prove = tree.prove_consistency
        proof = self._read(lambda: prove(old, self.size, self._reader.subtree))
        return tree.consistent(proof, old_root) == (old_root, self.root)

    def beginning(self, size: int) -> contradiction.Beginning:
        """The first entries of the tree: what shows that it does not go on from another."""
        return self._read(lambda: contradiction.beginning(size, self.size, self._reader.subtree))

    def bundle(self, index: int, entries: Entries) -> list[bytes]:
        """The entries of a bundle, each of them under the root."""
        wide = tile.width(0, index, self.size)
        found = list(entries(index, wide))
        leaves = [tree.leaf(entry) for entry in found]
        if len(found) != wide:
            raise NotShown(f"bundle {index} has {len(found)} entries, not {wide}")
        if wide < tile.WIDTH:
            right = b"".join(leaves) == self._tile(0, index)
        else:
            right = tree.root(leaves) == self._over(0, index)
        if not right:
            raise NotShown(f"bundle {index} is not what its log signed")
        return found

    def _over(self, level: int, index: int) -> bytes:
        """The hash over a full tile, out of the tile above, which is held against its own."""
        above, at = divmod(index, tile.WIDTH)
        data = self._checked(level + 1, above)
        return data[at * tree.HASH : (at + 1) * tree.HASH]

    def _checked(self, level: int, index: int) -> bytes:
        """A tile that the root stands for: one that is not full, the root was computed from."""
        data = self._tile(level, index)
        full = tile.width(level, index, self.size) == tile.WIDTH
        if full and (level, index) not in self._held:
            if len(self._held) > MOST_TILES:
                self._held.clear()
            if tree.root(tile.hashes(data)) != self._over(level, index):
                raise NotShown(f"tile {level}/{index} is not what its log signed")
            self._held.add((level, index))
        return data

    def _tile(self, level: int, index: int) -> bytes:
        return self._read(lambda: self._reader.hashes(level, index))

    def _read(self, what: Callable[[], T]) -> T:
        try:
            return what()
        except tile.NoSuchTile as error:
            raise NotShown(str(error)) from None
