"""Two heads of different sizes are shown to be of two trees, to whoever trusts neither side."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.ledger import contradiction, tree


def leaves(size: int, mark: bytes = b"") -> list[bytes]:
    return [tree.leaf(b"%d" % n + mark) for n in range(size)]


def shown(hashes: list[bytes], size: int) -> str:
    def subtree(start: int, end: int) -> bytes:
        return tree.root(hashes[start:end])

    return contradiction.written(contradiction.beginning(size, len(hashes), subtree))


def judged(text: str, old_size: int, new_size: int, new_root: bytes) -> bytes | None:
    """The root over the first entries that the proof shows, by the algorithm of RFC 9162 §2.1.4.2
    alone, in no word of ours; None where it shows nothing.
    """
    first, *lines = text.splitlines()
    assert first == f"old {old_size}"
    root, *path = (base64.b64decode(line) for line in lines)

    def parent(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\x01" + left + right).digest()

    if old_size & (old_size - 1) == 0:
        path.insert(0, root)
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for each in path[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            fr, sr = parent(each, fr), parent(each, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = parent(sr, each)
        fn, sn = fn >> 1, sn >> 1
    return root if (fr, sr, sn) == (root, new_root, 0) else None


@given(st.integers(2, 700), st.data())
def test_a_proof_shows_it_and_a_stranger_finds_the_same(size: int, data: st.DataObject) -> None:
    small = data.draw(st.integers(1, size - 1))
    signed = leaves(size)
    other = leaves(small, b" otherwise")
    text = shown(signed, small)
    large = (size, tree.root(signed))
    assert contradiction.proven(text, (small, tree.root(other)), large)
    assert not contradiction.proven(text, (small, tree.root(signed[:small])), large)
    assert judged(text, small, *large) == tree.root(signed[:small])
    assert contradiction.written(contradiction.read(text)) == text


@pytest.mark.parametrize("small", [1, 2, 3, 4, 7, 8])
def test_what_does_not_lead_to_the_larger_root_shows_nothing(small: int) -> None:
    """Else anybody could make a log look guilty with hashes out of the air."""
    signed = leaves(9)
    large = (9, tree.root(signed))
    lines = shown(signed, small).splitlines()
    air = base64.b64encode(b"w" * 32).decode()
    for at in range(1, len(lines)):
        made_up = "\n".join([*lines[:at], air, *lines[at + 1 :]]) + "\n"
        assert not contradiction.proven(made_up, (small, b"o" * 32), large)
        assert judged(made_up, small, *large) is None
    whole = shown(signed, small)
    assert not contradiction.proven(whole, (small + 1, b"o" * 32), large)
    assert not contradiction.proven(whole, (small, b"o" * 32), (9, b"o" * 32))


@pytest.mark.parametrize("text", ["", "old 3\n", "new 3\nAAAA\n", "old 03\nAAAA\n", "old 3\n%\n"])
def test_what_is_none_shows_nothing(text: str) -> None:
    with pytest.raises(tree.BadProof):
        contradiction.read(text)
    assert not contradiction.proven(text, (3, b"o" * 32), (9, b"n" * 32))
