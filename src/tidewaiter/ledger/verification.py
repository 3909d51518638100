"""Checking a whole log from its entries up: leaves, tiles, every checkpoint and its signature."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tidewaiter.ledger import note, tile, tree

_MOST_FAULTS: Final = 100

Kept = Callable[[int, int], tuple[bytes, bytes] | None]  # level, index → hashes, root


@dataclass(frozen=True, slots=True)
class Verified:
    """What the check found; `faults` are in words, and none where `ok`."""

    ok: bool
    origin: str
    size: int  # entries
    root: bytes  # over all of them
    witnesses: int
    checkpoint_size: int  # entries under the newest checkpoint
    checkpoints: int
    faults: tuple[str, ...]


class Verification:
    """A check under way: entries go in, in their order; `end` says what was found.

    The log may grow while it is read: `entries` says how many it has by then.
    """

    def __init__(
        self,
        *,
        logs: Sequence[note.Verifier],
        heads: Iterable[note.Signed],
        covered: int,
        kept: Kept,
        entries: Callable[[], int],
    ) -> None:
        self._logs = logs  # every key that the log ever had, the newest first
        self._heads = iter(heads)  # the smallest tree first; of years there are millions
        self._next = next(self._heads, None)
        self._signed = 0
        self._covered = covered  # entries under the largest
        self._kept = kept
        self._entries = entries
        self._frontier = tree.Frontier()
        self._open: list[list[bytes]] = [[]]  # the hashes of the unfinished tile of each level
        self._faults: list[str] = []
        self._head()

    def take(self, index: int, entry: bytes, leaf: bytes) -> None:
        """The next entry, and the leaf hash that is kept with it."""
        if index != self._frontier.size:
            self.fault(f"entry {self._frontier.size} is missing")
        hash_ = tree.leaf(entry)
        if hash_ != leaf:
            self.fault(f"entry {index} is not what was hashed")
        self._frontier.append(hash_)
        self._tile(0, hash_)
        self._head()

    def end(self, counted: int, *, witnesses: int = 0) -> Verified:
        """What was found, where the log counts `counted` entries and so many cosigned it."""
        size = self._frontier.size
        self._growing()
        if size != counted:
            self.fault(f"there are {size} entries, but {counted} were counted")
        if size < self._covered:
            self.fault(f"a checkpoint was signed over {self._covered} entries, some are missing")
        unread = sum(1 for _ in self._heads) + (self._next is not None)
        return Verified(
            ok=not self._faults,
            origin=self._logs[0].name,
            size=size,
            root=self._frontier.root(),
            witnesses=witnesses,
            checkpoint_size=self._covered,
            checkpoints=self._signed + unread,
            faults=tuple(self._faults),
        )

    def _head(self) -> None:
        head = self._next
        if head is None or head.size != self._frontier.size:
            return
        self._next, self._signed = next(self._heads, None), self._signed + 1
        try:
            said = note.read(head.note.encode(), *self._logs)
        except note.BadNote as error:
            self.fault(f"the checkpoint of {head.size} entries: {error}")
            return
        root = self._frontier.root()
        if (said.size, said.root, head.root) != (head.size, root, root):
            self.fault(f"the checkpoint of {head.size} entries has another root than they give")

    def _tile(self, level: int, hash_: bytes) -> None:
        """Add a hash to the unfinished tile of a level; a full one is compared and goes up."""
        if level == len(self._open):
            self._open.append([])
        hashes = self._open[level]
        hashes.append(hash_)
        if len(hashes) < tile.WIDTH:
            return
        self._open[level] = []
        span = tile.WIDTH ** (level + 1)
        index = self._frontier.size // span - 1
        whole = b"".join(hashes)
        root = tree.over(whole)
        kept = self._kept(level, index)
        if kept != (whole, root) and (
            (index + 1) * span <= self._covered or not _begins(whole, kept)
        ):
            self._broken(level, index)
        self._tile(level + 1, root)

    def _growing(self) -> None:
        """Compare the tile that grows at the edge of each level, as far as it must have come."""
        for level, hashes in enumerate(self._open):
            index, whole = self._frontier.size >> tile.HEIGHT * (level + 1), b"".join(hashes)
            kept = self._kept(level, index)
            least = tile.width(level, index, self._covered) * tree.HASH
            lost = self._frontier.size < self._covered  # entries, which is a fault of its own
            if kept is not None and lost and kept[0].startswith(whole):
                continue
            if kept is not None and self._grown(level, index, whole, kept):
                continue
            if not _begins(whole, kept) or (kept is not None and len(kept[0]) < least):
                self._broken(level, index)

    def _grown(self, level: int, index: int, whole: bytes, kept: tuple[bytes, bytes]) -> bool:
        """Whether a tile goes on from what was read, no further than the log has come since."""
        hashes, root = kept
        if len(hashes) <= len(whole) or len(hashes) % tree.HASH or not hashes.startswith(whole):
            return False
        full = len(hashes) == tile.WIDTH * tree.HASH
        most = tile.width(level, index, self._entries()) * tree.HASH
        return len(hashes) <= most and root == (tree.over(hashes) if full else b"")

    def _broken(self, level: int, index: int) -> None:
        self.fault(f"tile {level}/{index} is not what its entries give")

    def fault(self, text: str) -> None:
        """Note what is wrong."""
        if len(self._faults) < _MOST_FAULTS:
            self._faults.append(text)


def _begins(whole: bytes, kept: tuple[bytes, bytes] | None) -> bool:
    """Whether a tile that is not full yet, or not kept, is no other than its entries give."""
    return kept is None or (not kept[1] and whole.startswith(kept[0]))
