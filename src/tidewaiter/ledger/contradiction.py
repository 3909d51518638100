"""That a larger tree does not begin with a smaller one, for whoever holds both signed heads. Pure.

Of two heads of one size the roots tell it. Of two sizes it takes the root over the first entries of
the larger tree, with the path by which that tree's root follows from it (RFC 6962 §2.1.2): where
that root is not the one that was signed for so many entries, the log signed two trees. Imports
nothing of ours but the tree.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from tidewaiter.ledger import tree

_SIZE: Final = re.compile(r"old ([1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first entries of a larger tree: how many, their root, the path to the larger one's."""

    size: int
    root: bytes
    path: tuple[bytes, ...]


def beginning(size: int, larger: int, subtree: tree.Subtree) -> Beginning:
    """The first `size` entries of a tree of `larger`. Raises BadProof."""
    proof = tree.prove_consistency(size, larger, subtree)
    return Beginning(size, subtree(0, size), proof.path)


def written(found: Beginning) -> str:
    """It as text: `old` and the size as in add-checkpoint, the root, the path, a line each."""
    coded = (base64.b64encode(each).decode("ascii") for each in (found.root, *found.path))
    return "".join(f"{line}\n" for line in (f"old {found.size}", *coded))


def read(text: str) -> Beginning:
    """What such a text says. Raises BadProof."""
    first, *lines = text.removesuffix("\n").split("\n")
    size = _SIZE.fullmatch(first)
    if size is None or not lines:
        raise tree.BadProof("it does not begin with a size and a root")
    try:
        root, *path = (base64.b64decode(line, validate=True) for line in lines)
    except (binascii.Error, ValueError):
        raise tree.BadProof("a line of it is not base64") from None
    return Beginning(int(size[1]), root, tuple(path))


def proven(text: str, smaller: tuple[int, bytes], larger: tuple[int, bytes]) -> bool:
    """Whether it shows that the larger tree, by size and root, does not begin with the smaller."""
    try:
        found = read(text)
        asked = tree.Consistency(found.size, larger[0], found.path)
        implied = tree.consistent(asked, found.root)
    except tree.BadProof:
        return False
    follows = implied == (found.root, larger[1])
    return follows and found.size == smaller[0] < larger[0] and found.root != smaller[1]
