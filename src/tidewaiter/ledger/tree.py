"""The Merkle tree of the log (RFC 6962 §2.1): hashes, roots, proofs and what proofs imply.

Hashes are the 32 bytes of SHA-256, ranges are half-open. Imports nothing of ours.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

HASH: Final = 32  # bytes
EMPTY: Final = hashlib.sha256().digest()  # the root of no entries
LARGEST: Final = 2**63  # no tree has this many entries

Subtree = Callable[[int, int], bytes]  # the Merkle Tree Hash of the entries from, until


class BadProof(ValueError):
    """A proof that cannot prove what it should; the message says why."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That an entry is in a tree."""

    index: int  # from 0
    size: int  # entries in the tree
    path: tuple[bytes, ...]  # sibling hashes, the one beside the leaf first


@dataclass(frozen=True, slots=True)
class Consistency:
    """That a tree is the beginning of a later one."""

    old: int  # entries in the earlier tree, not 0
    new: int  # entries in the later one
    path: tuple[bytes, ...]  # in the order of RFC 6962 §2.1.2


def leaf(entry: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def parent(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The entries in the left subtree: the largest power of two below `size`, which is over 1."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def over(hashes: bytes) -> bytes:
    """The root over a power of two of hashes that stand one behind the other."""
    sha256 = hashlib.sha256
    while len(hashes) > HASH:
        pairs = range(0, len(hashes), 2 * HASH)
        hashes = b"".join([sha256(b"\x01" + hashes[at : at + 2 * HASH]).digest() for at in pairs])
    return hashes


def bagged(perfect: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees, each smaller than the one before it."""
    if not perfect:
        return EMPTY
    found = perfect[-1]
    for hash_ in reversed(perfect[:-1]):
        found = parent(hash_, found)
    return found


class Frontier:
    """What remains of a tree to append to it: the hashes of its perfect subtrees, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.hashes: list[bytes] = []

    def append(self, hash_: bytes) -> None:
        """Add a leaf hash."""
        size = self.size
        while size & 1:  # a perfect subtree of that height stands beside: the two are one
            hash_ = parent(self.hashes.pop(), hash_)
            size >>= 1
        self.hashes.append(hash_)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes."""
        for hash_ in leaves:
            self.append(hash_)

    def root(self) -> bytes:
        """The root of the tree so far."""
        return bagged(self.hashes)


def prove_inclusion(index: int, size: int, subtree: Subtree) -> Inclusion:
    """The proof that entry `index` is in the tree of `size`. Raises BadProof outside of it."""
    if not 0 <= index < size < LARGEST:
        raise BadProof(f"entry {index} is not in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return Inclusion(index, size, tuple(reversed(path)))


def prove_consistency(old: int, new: int, subtree: Subtree) -> Consistency:
    """The proof that the tree of `old` begins the tree of `new`. Raises BadProof."""
    if not 0 < old <= new < LARGEST:
        raise BadProof(f"a tree of {old} cannot begin one of {new}")
    path: list[bytes] = []
    start, end = 0, new
    while end != old:
        middle = start + split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    if start:  # else it is the old root, which the verifier has
        path.append(subtree(start, end))
    return Consistency(old, new, tuple(reversed(path)))


def prove_node(start: int, end: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """The proof that the tree of `size` holds a node over these entries, the sibling nearest first.

    Raises BadProof where no node of that tree spans just these.
    """
    path: list[bytes] = []
    low, high = 0, size
    while (low, high) != (start, end):
        if not low <= start < end <= high or high - low < 2:
            raise BadProof(f"no node of a tree of {size} spans {start} to {end}")
        middle = low + split(high - low)
        if end <= middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low = middle
    return tuple(reversed(path))


def node_root(start: int, end: int, size: int, path: Sequence[bytes], hash_: bytes) -> bytes:
    """The root that a node's hash and its path imply. Raises BadProof."""
    _hashes(hash_, *path)
    turns: list[bool] = []  # from the root down: whether the node lies to the left
    low, high = 0, size
    while (low, high) != (start, end):
        if not low <= start < end <= high or high - low < 2:
            raise BadProof(f"no node of a tree of {size} spans {start} to {end}")
        middle = low + split(high - low)
        turns.append(end <= middle)
        low, high = (low, middle) if end <= middle else (middle, high)
    if len(turns) != len(path):
        raise BadProof("the path has too few or too many hashes")
    for left, sibling in zip(reversed(turns), path, strict=True):
        hash_ = parent(hash_, sibling) if left else parent(sibling, hash_)
    return hash_


def included(proof: Inclusion, leaf_hash: bytes) -> bytes:
    """The root that `proof` implies for the leaf, for the caller to compare. Raises BadProof."""
    _hashes(leaf_hash, *proof.path)
    if not 0 <= proof.index < proof.size < LARGEST:
        raise BadProof(f"entry {proof.index} is not in a tree of {proof.size}")
    return _climb(proof.index, proof.size, proof.path, leaf_hash)


def consistent(proof: Consistency, old_root: bytes) -> tuple[bytes, bytes]:
    """The old and the new root that `proof` implies, given the old one. Raises BadProof."""
    _hashes(*proof.path)
    if not 0 <= proof.old <= proof.new < LARGEST:
        raise BadProof(f"a tree of {proof.old} cannot begin one of {proof.new}")
    if proof.old == 0:
        if proof.path or proof.new:
            raise BadProof("every tree begins with the empty one: that proves nothing")
        return EMPTY, EMPTY
    return _implied(proof.old, proof.new, proof.path, old_root)


def _climb(index: int, size: int, path: tuple[bytes, ...], hash_: bytes) -> bytes:
    if size == 1:
        if path:
            raise BadProof(f"the path has {len(path)} hashes too many")
        return hash_
    if not path:
        raise BadProof("the path has too few hashes")
    left, below, sibling = split(size), path[:-1], path[-1]
    if index < left:
        return parent(_climb(index, left, below, hash_), sibling)
    return parent(sibling, _climb(index - left, size - left, below, hash_))


def _implied(
    old: int, new: int, path: tuple[bytes, ...], known: bytes | None
) -> tuple[bytes, bytes]:
    """SUBPROOF of RFC 6962 §2.1.2 read backwards; `known` is the old root where it is whole."""
    if old == new:
        own = path if known is None else (known, *path)
        if len(own) != 1:
            raise BadProof("the path has too few or too many hashes")
        return own[0], own[0]
    if not path:
        raise BadProof("the path has too few hashes")
    left, below, sibling = split(new), path[:-1], path[-1]
    if old <= left:
        before, after = _implied(old, left, below, known)
        return before, parent(after, sibling)
    before, after = _implied(old - left, new - left, below, None)
    return parent(sibling, before), parent(sibling, after)


def _hashes(*hashes: bytes) -> None:
    if any(len(hash_) != HASH for hash_ in hashes):
        raise BadProof(f"a hash has {HASH} bytes")
