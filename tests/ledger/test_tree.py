"""The tree keeps RFC 6962, by the vectors of transparency-dev/merkle and by its own definition."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data import DATA
from tidewaiter.ledger import tree

SIZES = st.integers(1, 300)
leaves = [tree.leaf(str(number).encode()) for number in range(300)]


def vectors(kind: str) -> list[Any]:
    root = DATA / "tlog" / kind
    return [
        pytest.param(file, id=file.relative_to(root).as_posix().removesuffix(".json"))
        for file in sorted(root.rglob("*.json"))
    ]


def hashed(text: str) -> bytes:
    return base64.b64decode(text)


def path(vector: dict[str, Any]) -> tuple[bytes, ...]:
    return tuple(hashed(text) for text in vector["proof"] or ())


def by_definition(of: list[bytes]) -> bytes:
    """MTH as RFC 6962 §2.1 writes it."""
    if not of:
        return hashlib.sha256().digest()
    if len(of) == 1:
        return of[0]
    middle = max(1 << bit for bit in range(20) if 1 << bit < len(of))
    return hashlib.sha256(
        b"\x01" + by_definition(of[:middle]) + by_definition(of[middle:])
    ).digest()


def subtree(start: int, end: int) -> bytes:
    return by_definition(leaves[start:end])


def proves_inclusion(vector: dict[str, Any]) -> bool:
    proof = tree.Inclusion(vector["leafIdx"], vector["treeSize"], path(vector))
    try:
        return tree.included(proof, hashed(vector["leafHash"])) == hashed(vector["root"])
    except tree.BadProof:
        return False


def proves_consistency(vector: dict[str, Any]) -> bool:
    proof = tree.Consistency(vector["size1"], vector["size2"], path(vector))
    old = hashed(vector["root1"])
    try:
        return tree.consistent(proof, old) == (old, hashed(vector["root2"]))
    except tree.BadProof:
        return False


@pytest.mark.data
@pytest.mark.parametrize("file", vectors("inclusion"))
def test_an_inclusion_vector_is_judged_as_its_origin_says(file: Path) -> None:
    vector = json.loads(file.read_text())
    assert proves_inclusion(vector) is not vector["wantErr"]


@pytest.mark.data
@pytest.mark.parametrize("file", vectors("consistency"))
def test_a_consistency_vector_is_judged_as_its_origin_says(file: Path) -> None:
    vector = json.loads(file.read_text())
    assert proves_consistency(vector) is not vector["wantErr"]


@pytest.mark.data
@pytest.mark.parametrize(("kind", "right", "empty"), [("inclusion", 6, 7), ("consistency", 6, 10)])
def test_all_vectors_are_taken_those_of_size_zero_too(kind: str, right: int, empty: int) -> None:
    files = [file for file in (DATA / "tlog" / kind).rglob("*") if file.is_file()]
    found = [json.loads(file.read_text()) for file in files]
    assert len(files) == len(vectors(kind)) == 98
    assert sum(not vector["wantErr"] for vector in found) == right
    sizes = [{vector.get(name) for name in ("treeSize", "size1", "size2")} for vector in found]
    assert sum(0 in each for each in sizes) == empty


class TestARoot:
    @given(SIZES | st.just(0))
    def test_is_the_one_that_the_standard_defines(self, size: int) -> None:
        assert tree.root(leaves[:size]) == by_definition(leaves[:size])

    def test_of_nothing_is_the_hash_of_nothing(self) -> None:
        assert tree.root([]).hex() == (
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )

    def test_of_one_entry_hashes_it_apart_from_inner_nodes(self) -> None:
        assert tree.leaf(b"") == hashlib.sha256(b"\x00").digest()

    @given(st.lists(st.integers(0, 40), max_size=6))
    def test_grows_by_a_frontier_as_it_would_at_once(self, steps: list[int]) -> None:
        frontier = tree.Frontier()
        for step in steps:
            frontier.extend(leaves[frontier.size : frontier.size + step])
            assert frontier.root() == tree.root(leaves[: frontier.size])


class TestAnInclusionProof:
    @given(SIZES, st.data())
    def test_leads_from_the_leaf_to_the_root(self, size: int, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, size - 1))
        proof = tree.prove_inclusion(index, size, subtree)
        assert tree.included(proof, leaves[index]) == by_definition(leaves[:size])

    @given(SIZES, st.data())
    def test_proves_no_other_leaf_and_no_other_place(self, size: int, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, size - 1))
        proof = tree.prove_inclusion(index, size, subtree)
        root = by_definition(leaves[:size])
        assert tree.included(proof, tree.leaf(b"another")) != root
        other = data.draw(st.integers(0, size))
        try:
            moved = tree.included(tree.Inclusion(other, size, proof.path), leaves[index])
        except tree.BadProof:
            return
        assert (moved == root) is (other == index)

    @pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (0, 2**63)])
    def test_is_refused_outside_of_the_tree(self, index: int, size: int) -> None:
        with pytest.raises(tree.BadProof):
            tree.prove_inclusion(index, size, subtree)
        with pytest.raises(tree.BadProof):
            tree.included(tree.Inclusion(index, size, ()), leaves[0])


class TestAConsistencyProof:
    @given(SIZES, SIZES)
    def test_leads_from_the_old_root_to_the_new_one(self, one: int, other: int) -> None:
        old, new = sorted((one, other))
        proof = tree.prove_consistency(old, new, subtree)
        roots = (by_definition(leaves[:old]), by_definition(leaves[:new]))
        assert tree.consistent(proof, roots[0]) == roots

    @given(SIZES, SIZES, st.data())
    def test_does_not_hold_once_a_hash_of_it_changed(
        self, one: int, other: int, data: st.DataObject
    ) -> None:
        old, new = sorted((one, other))
        proof = tree.prove_consistency(old, new, subtree)
        if not proof.path:
            return
        roots = (by_definition(leaves[:old]), by_definition(leaves[:new]))
        at = data.draw(st.integers(0, len(proof.path) - 1))
        bent = [*proof.path]
        bent[at] = tree.leaf(bent[at])
        assert tree.consistent(tree.Consistency(old, new, tuple(bent)), roots[0]) != roots

    def test_cannot_be_made_from_the_empty_tree(self) -> None:
        with pytest.raises(tree.BadProof):
            tree.prove_consistency(0, 3, subtree)
