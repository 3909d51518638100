"""Entries that a log brings to its witness: C2SP tlog-mirror's add-entries, and nodes proven."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.partner import Partner
from tests.exchange.peer import Log
from tidewaiter import clock
from tidewaiter.identity import actions as identity
from tidewaiter.ledger import actions, mirroring, note, tile, tree, witness
from tidewaiter.ledger.models import Witnessed, WitnessedBundle

ADDRESS = "/witness/add-entries"


class TestANode:
    @given(st.integers(1, 3000), st.data())
    def test_of_a_bundle_is_proven_under_the_root(self, size: int, data: st.DataObject) -> None:
        leaves = [tree.leaf(b"%d" % n) for n in range(size)]

        def subtree(start: int, end: int) -> bytes:
            return tree.root(leaves[start:end])

        first = mirroring.bundle(data.draw(st.integers(0, size - 1)))
        end = min(first + tile.WIDTH, size)
        path = tree.prove_node(first, end, size, subtree)
        over = subtree(first, end)
        assert tree.node_root(first, end, size, path, over) == tree.root(leaves)
        assert tree.node_root(first, end, size, path, b"w" * 32) != tree.root(leaves)
        for wrong in (path[:-1], (*path, b"w" * 32)):
            if wrong != path:
                with pytest.raises(tree.BadProof):
                    tree.node_root(first, end, size, wrong, over)

    @pytest.mark.parametrize("span", [(1, 3), (0, 3), (2, 6), (4, 9), (5, 5), (-1, 0)])
    def test_that_the_tree_has_not_is_refused(self, span: tuple[int, int]) -> None:
        with pytest.raises(tree.BadProof):
            tree.prove_node(*span, 8, lambda *_: b"h" * 32)
        with pytest.raises(tree.BadProof):
            tree.node_root(*span, 8, (b"h" * 32,), b"h" * 32)


class TestARequest:
    @given(st.integers(0, 600), st.integers(0, 600), st.binary(max_size=8))
    def test_is_read_as_it_was_written(self, start: int, more: int, ticket: bytes) -> None:
        packages = tuple(
            mirroring.Package(
                first, tuple(b"%d" % n for n in range(first, end)), (b"h" * 32,) * (first % 5)
            )
            for first, end in mirroring.spans(start, start + more)
        )
        upload = mirroring.Upload("log.example/ö", start, start + more, packages, ticket)
        assert mirroring.read(mirroring.written(upload)) == upload

    @given(st.binary(max_size=300))
    def test_of_any_bytes_is_read_or_refused(self, body: bytes) -> None:
        with suppress(mirroring.BadUpload):
            mirroring.read(body)

    def test_is_cut_where_a_bundle_ends(self) -> None:
        assert list(mirroring.spans(250, 700)) == [(250, 256), (256, 512), (512, 700)]
        assert list(mirroring.spans(5, 5)) == []

    @pytest.mark.parametrize("body", [b"", b"1\n2\n", b"a\n2\n\n", b"1\n-2\n\n", b"1\n2\n%\n"])
    def test_answer_that_names_no_place_is_refused(self, body: bytes) -> None:
        with pytest.raises(mirroring.BadUpload):
            mirroring.read_info(body)


@pytest.fixture
def log(db: None) -> Log:
    """XB's log of 1,000 entries, cosigned; nothing of it is kept."""
    partner = Partner("XB", url="https://xb.example", at=clock.real() - timedelta(minutes=5))
    identity.add_partner(
        document=partner.document(), thumbprint=partner.thumbprint(), at=partner.at
    )
    found = Log(partner)
    found.grow(1000)
    cosigned(found)
    return found


def cosigned(log: Log, old: int = 0) -> None:
    request = witness.Request(old, log.proof(old), log.shown().encode())
    actions.add_checkpoint(witness.written(request), at=clock.real())


def body(log: Log, start: int, *, until: int = 10**9, size: int | None = None) -> bytes:
    """The entries from `start`, as many packages as end before `until`."""
    size = log.size if size is None else size
    reader = tile.Reader(size, log.fetch)
    packages = tuple(
        mirroring.Package(
            first,
            tuple(log.entries[first:end]),
            tree.prove_node(mirroring.bundle(first), end, size, reader.subtree),
        )
        for first, end in mirroring.spans(start, size)
        if end <= until
    )
    return mirroring.written(mirroring.Upload(log.origin, start, size, packages))


def posted(client: Client, sent: bytes) -> tuple[int, bytes]:
    answer = client.post(ADDRESS, sent, content_type=mirroring.BODY_TYPE)
    return answer.status_code, answer.content


class TestEntriesBrought:
    def test_are_kept_and_served(self, log: Log, client: Client) -> None:
        assert posted(client, body(log, 0)) == (200, b"")
        assert WitnessedBundle.between(log.origin, 0, 1000) == log.entries
        shown = client.get(f"{witness.mirror(log.origin)}/checkpoint").content
        assert note.checkpoint(note.parts(shown)[0]).size == 1000

    def test_may_come_in_parts(self, log: Log, client: Client) -> None:
        assert posted(client, body(log, 0, until=512)) == (202, b"1000\n512\n\n")
        assert posted(client, body(log, 512)) == (200, b"")
        assert WitnessedBundle.between(log.origin, 0, 1000) == log.entries

    def test_go_on_within_a_bundle(self, log: Log, client: Client) -> None:
        assert posted(client, body(log, 0))[0] == 200
        log.grow(300)
        cosigned(log, 1000)
        assert posted(client, body(log, 1000))[0] == 200
        assert WitnessedBundle.between(log.origin, 0, 1300) == log.entries

    def test_may_come_twice(self, log: Log, client: Client) -> None:
        for _ in range(2):
            assert posted(client, body(log, 0))[0] == 200
        assert Witnessed.objects.get(pk=log.origin).kept == 1000

    def test_that_are_cut_off_are_kept_as_far_as_they_are_whole(
        self, log: Log, client: Client
    ) -> None:
        assert posted(client, body(log, 0)[:-40]) == (202, b"1000\n768\n\n")

    def test_that_ask_where_the_witness_stands_are_told(self, log: Log, client: Client) -> None:
        nothing = mirroring.written(mirroring.Upload(log.origin, 0, 0, ()))
        assert posted(client, nothing) == (409, b"1000\n0\n\n")

    def test_of_another_size_or_from_further_on_are_not_taken(
        self, log: Log, client: Client
    ) -> None:
        assert posted(client, body(log, 256)) == (409, b"1000\n0\n\n")
        assert posted(client, body(log, 0, size=999)) == (409, b"1000\n0\n\n")

    def test_that_are_not_under_the_root_are_not_taken(self, log: Log, client: Client) -> None:
        sent = body(log, 0)
        assert posted(client, sent.replace(b"entry 700", b"entry 7OO"))[0] == 422
        assert Witnessed.objects.get(pk=log.origin).kept == 512  # what came before was proven
        log.entries[3] = b"rewritten"
        assert posted(client, body(log, 0))[0] == 422

    def test_that_are_none_are_refused(self, log: Log, client: Client) -> None:
        whole = body(log, 0)
        for sent in (b"", whole[:10], whole[:60], b"x" * (mirroring.MOST_BYTES + 1)):
            assert posted(client, sent)[0] == 400

    def test_of_a_log_of_nobody_are_refused(self, log: Log, client: Client) -> None:
        other = Log(Partner("XC", url="https://xc.example"))
        other.grow(3)
        assert posted(client, body(other, 0))[0] == 404
