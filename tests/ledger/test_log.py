"""The log takes documents, signs its head, serves its tiles, and proves what it took."""

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter import clock
from tidewaiter.identity import actions as people
from tidewaiter.ledger import actions, commitment, errors, jobs, note, queries, tile, tree
from tidewaiter.ledger.models import Checkpoint, Cosignature, Entry, Head, Tile

AT = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)
SALT = b"s" * 32


def grown(count: int) -> list[int]:
    """Add `count` entries."""
    return actions.append_many([(b"%d" % number, SALT) for number in range(count)], at=AT)


class TestACommitment:
    def test_is_the_hmac_of_the_protocol(self) -> None:
        expected = hmac.new(SALT, b"XA\njws", hashlib.sha256).digest()
        assert commitment.commit("XA", b"jws", SALT) == expected

    def test_differs_between_the_two_nodes_of_a_message(self) -> None:
        assert commitment.commit("XA", b"jws", SALT) != commitment.commit("XB", b"jws", SALT)

    def test_stands_in_the_entry_as_canonical_json(self) -> None:
        entry = commitment.entry(b"\xff" * 32)
        assert entry == b'{"commitment":"' + b"_" * 42 + b'8","v":1}'
        assert commitment.read(entry) == "_" * 42 + "8"

    @given(st.binary(max_size=64).filter(lambda salt: len(salt) != 32))
    def test_wants_a_salt_of_32_bytes(self, salt: bytes) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            commitment.commit("XA", b"", salt)


@pytest.mark.django_db
class TestAppending:
    def test_counts_from_0_without_a_gap(self) -> None:
        assert [actions.append(b"d", SALT, at=AT) for _ in range(3)] == [0, 1, 2]
        assert grown(3) == [3, 4, 5]
        assert queries.size() == 6

    def test_keeps_a_commitment_and_nothing_else(self) -> None:
        index = actions.append(b"the document", SALT, at=AT)
        expected = commitment.commit(settings.ADMINISTRATION, b"the document", SALT)
        entry = json.loads(bytes(Entry.objects.get(index=index).entry))
        assert set(entry) == {"v", "commitment"}
        assert base64.urlsafe_b64decode(entry["commitment"] + "=") == expected

    def test_of_nothing_adds_nothing(self) -> None:
        assert actions.append_many([], at=AT) == []
        assert queries.size() == 0

    def test_goes_with_the_transaction_that_it_is_part_of(self) -> None:
        grown(2)
        with transaction.atomic():
            grown(5)
            transaction.set_rollback(True)
        assert grown(1) == [2]


@pytest.mark.django_db(transaction=True)
def test_appending_outside_of_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        actions.append(b"d", SALT, at=AT)


@pytest.mark.django_db
class TestACheckpoint:
    def test_is_signed_over_what_the_log_holds(self) -> None:
        grown(3)
        signed = actions.publish(at=AT)
        assert signed is not None
        head = note.read(signed.note.encode(), note.verifier(queries.vkey()))
        leaves = [bytes(entry.leaf) for entry in Entry.between(0, 3)]
        assert (head.origin, head.size, head.root) == (queries.origin(), 3, tree.root(leaves))

    def test_of_an_empty_log_is_signed_too(self) -> None:
        signed = actions.publish(at=AT)
        assert signed is not None
        assert signed.root == tree.EMPTY

    def test_is_not_signed_again_before_five_seconds(self) -> None:
        actions.publish(at=AT)
        grown(1)
        assert actions.publish(at=AT + timedelta(seconds=4, milliseconds=999)) is None
        assert actions.publish(at=AT + timedelta(seconds=5)) is not None

    def test_is_not_signed_again_by_who_looked_at_the_clock_before_another_signed(self) -> None:
        actions.publish(at=AT)
        grown(1)
        assert actions.publish(at=AT - timedelta(milliseconds=20)) is None
        assert actions.publish(at=AT - timedelta(hours=1)) is not None, "the clock was put back"

    def test_is_not_signed_again_where_nothing_was_added(self) -> None:
        grown(1)
        actions.publish(at=AT)
        assert actions.publish(at=AT + timedelta(hours=1)) is None

    @pytest.mark.parametrize("steps", [(1, 255, 1), (256, 256), (300, 400)])
    def test_continues_the_one_before_it(self, steps: tuple[int, ...]) -> None:
        heads = []
        for number, step in enumerate(steps):
            grown(step)
            signed = actions.publish(at=AT + number * timedelta(seconds=5))
            assert signed is not None
            heads.append(signed)
        for old, new in pairwise(heads):
            reader = tile.Reader(new.size, Tile.fetch)
            proof = tree.prove_consistency(old.size, new.size, reader.subtree)
            assert tree.consistent(proof, old.root) == (old.root, new.root)

    def test_is_never_signed_over_a_log_that_changed_behind_it(self) -> None:
        grown(2)
        actions.publish(at=AT)
        Entry.objects.filter(index=0).update(leaf=b"x" * 32)
        grown(1)
        with pytest.raises(errors.LogForked):
            actions.publish(at=AT + timedelta(minutes=1))

    def test_is_never_signed_over_a_log_that_lost_entries(self) -> None:
        grown(2)
        actions.publish(at=AT)
        Head.objects.update(size=1)
        with pytest.raises(errors.LogForked):
            actions.publish(at=AT + timedelta(minutes=1))

    def test_is_shown_with_no_more_cosignatures_than_a_note_may_have_lines(self) -> None:
        grown(3)
        signed = actions.publish(at=AT)
        assert signed is not None
        Cosignature.objects.bulk_create(
            Cosignature(
                origin=queries.origin(), size=3, administration="XB", key=f"{number:08x}", at=AT,
                line=f"\u2014 xb.example/witness {base64.b64encode(b'%076d' % number).decode()}\n",
            )
            for number in range(200)
        )  # fmt: skip
        shown = queries.shown()
        assert shown is not None
        head = note.read(shown.encode(), note.verifier(queries.vkey()))
        assert (head.size, shown.count("xb.example/witness")) == (3, 99)

    def test_is_signed_by_the_job_as_soon_as_it_is_due(self) -> None:
        assert jobs.publish() is None
        assert Checkpoint.objects.count() == 1
        grown(1)
        again = jobs.publish()
        newest = queries.checkpoint()
        assert newest is not None
        assert again == newest.signed_at + timedelta(seconds=5)

    def test_is_signed_though_the_clock_was_put_back_since(self) -> None:
        actions.publish(at=clock.real() + timedelta(minutes=11))
        grown(1)
        assert jobs.publish() is None
        assert [each.size for each in Checkpoint.objects.order_by("size")] == [0, 1]


@pytest.mark.django_db
class TestAProof:
    @pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600])
    def test_leads_from_an_entry_to_the_checkpoint(self, size: int) -> None:
        grown(size)
        signed = actions.publish(at=AT)
        assert signed is not None
        for index in {0, size // 2, size - 1}:
            proof = queries.inclusion(index)
            implied = tree.included(
                tree.Inclusion(index, proof.size, proof.path), tree.leaf(proof.entry)
            )
            assert (implied, proof.checkpoint) == (signed.root, signed.note)

    def test_waits_for_a_checkpoint_that_covers_the_entry(self) -> None:
        grown(1)
        with pytest.raises(errors.NotCovered):
            queries.inclusion(0)
        actions.publish(at=AT)
        grown(1)
        with pytest.raises(errors.NotCovered):
            queries.inclusion(1)

    @pytest.mark.parametrize("index", [-1, 2, 2**63, 2**80])
    def test_of_an_entry_that_is_not_there_is_refused(self, index: int) -> None:
        grown(2)
        with pytest.raises(errors.NoSuchEntry):
            queries.inclusion(index)


@pytest.mark.django_db
class TestServing:
    def test_a_stranger_can_follow_the_log_by_its_tiles_alone(self, client: Client) -> None:
        grown(600)
        actions.publish(at=AT)
        head = note.read(client.get("/tlog/checkpoint").content, note.verifier(queries.vkey()))

        def fetched(level: int, index: int, width: int) -> bytes:
            address = tile.path(tile.Tile(level, index, width))
            answer = client.get(f"/tlog/tile/{address}")
            assert len(answer.content) == width * 32
            return answer.content

        assert tile.Reader(head.size, fetched).root() == head.root
        entries = [
            entry
            for index, width in ((0, 256), (1, 256), (2, 88))
            for entry in tile.unbundle(
                client.get("/tlog/tile/" + tile.path(tile.Tile(None, index, width))).content
            )
        ]
        assert tree.root([tree.leaf(entry) for entry in entries]) == head.root

    def test_says_what_may_be_kept_and_how_long(self, client: Client) -> None:
        grown(2)
        actions.publish(at=AT)
        answer = client.get("/tlog/checkpoint")
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer["Cache-Control"] == "max-age=2"
        for address in ("0/000.p/2", "entries/000.p/2"):
            answer = client.get(f"/tlog/tile/{address}")
            assert answer["Content-Type"] == "application/octet-stream"
            assert "immutable" in answer["Cache-Control"]

    def test_a_cache_may_give_the_same_to_everybody(self, client: Client) -> None:
        grown(2)
        actions.publish(at=AT)
        for address, by in (
            ("checkpoint", None),
            ("tile/0/000.p/2", None),
            ("tile/entries/000.p/2", "Accept-Encoding"),
        ):
            answer = client.get(f"/tlog/{address}", headers={"cookie": "sessionid=x"})
            assert answer.headers.get("Vary") == by
            assert "Content-Language" not in answer.headers

    def test_compresses_entries_for_those_who_ask(self, client: Client) -> None:
        grown(9)
        actions.publish(at=AT)
        plain = client.get("/tlog/tile/entries/000.p/9")
        packed = client.get("/tlog/tile/entries/000.p/9", headers={"accept-encoding": "gzip"})
        assert packed["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed["Vary"]
        assert gzip.decompress(packed.content) == plain.content

    def test_an_earlier_partial_tile_stays(self, client: Client) -> None:
        grown(2)
        actions.publish(at=AT)
        before = client.get("/tlog/tile/0/000.p/2").content
        grown(400)
        actions.publish(at=AT + timedelta(minutes=1))
        assert client.get("/tlog/tile/0/000.p/2").content == before

    @pytest.mark.parametrize(
        "address",
        ["0/000", "0/000.p/3", "0/001.p/1", "1/000.p/1", "entries/000", "0/000.p/0", "0/0",
         "x", "9/000.p/1", "64/000", "0/x999/x999/x999/x999/x999/x999/999.p/1"],
    )  # fmt: skip
    def test_what_no_checkpoint_covers_is_not_there(self, client: Client, address: str) -> None:
        grown(2)
        actions.publish(at=AT)
        grown(300)
        answer = client.get(f"/tlog/tile/{address}")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["type"] == "https://tidewaiter.org/problems/no-such-tile"

    def test_before_the_first_checkpoint_nothing_is_there(self, client: Client) -> None:
        grown(1)
        assert client.get("/tlog/checkpoint").status_code == 404
        assert client.get("/tlog/tile/0/000.p/1").status_code == 404

    def test_takes_no_writing(self, client: Client) -> None:
        assert client.post("/tlog/checkpoint").status_code == 405


@pytest.mark.django_db
class TestVerifyingTheWholeLog:
    def test_finds_nothing_where_all_is_well(self) -> None:
        grown(600)
        actions.publish(at=AT)
        grown(5)
        found = queries.verify()
        assert (found.ok, found.size, found.checkpoint_size, found.faults) == (True, 605, 600, ())
        assert found.root == tree.root([bytes(entry.leaf) for entry in Entry.between(0, 605)])

    @pytest.mark.parametrize("more", [(10,), (300, 400), (256,)])
    def test_of_a_log_that_grows_meanwhile_is_well(
        self, monkeypatch: pytest.MonkeyPatch, more: tuple[int, ...]
    ) -> None:
        grown(300)
        actions.publish(at=AT)
        read = queries._entries

        def growing(until: int) -> Iterator[Entry]:
            yield from read(until)
            for number, count in enumerate(more):
                grown(count)
                actions.publish(at=AT + (number + 1) * timedelta(minutes=1))

        monkeypatch.setattr(queries, "_entries", growing)
        found = queries.verify()
        assert (found.ok, found.size, found.faults) == (True, 300, ())
        monkeypatch.undo()
        assert queries.verify().size == 300 + sum(more)

    def test_of_an_empty_log_is_well(self) -> None:
        assert queries.verify().ok

    def test_finds_an_entry_that_was_changed(self) -> None:
        grown(3)
        actions.publish(at=AT)
        Entry.objects.filter(index=1).update(entry=commitment.entry(b"x" * 32))
        faults = queries.verify().faults
        assert "entry 1 is not what was hashed" in faults
        assert "the checkpoint of 3 entries has another root than they give" in faults

    def test_finds_an_entry_that_was_changed_with_its_hash(self) -> None:
        grown(3)
        actions.publish(at=AT)
        entry = commitment.entry(b"x" * 32)
        Entry.objects.filter(index=1).update(entry=entry, leaf=tree.leaf(entry))
        assert queries.verify().faults == (
            "the checkpoint of 3 entries has another root than they give",
            "tile 0/0 is not what its entries give",
        )

    def test_finds_an_entry_that_is_gone(self) -> None:
        grown(4)
        actions.publish(at=AT)
        Entry.objects.filter(index=2).delete()
        assert "entry 2 is missing" in queries.verify().faults

    def test_finds_a_log_cut_at_its_end(self) -> None:
        grown(4)
        actions.publish(at=AT)
        Entry.objects.filter(index__gte=2).delete()
        Head.objects.update(size=2)
        assert queries.verify().faults == (
            "a checkpoint was signed over 4 entries, some are missing",
        )

    def test_finds_a_tile_that_was_changed(self) -> None:
        grown(256)
        actions.publish(at=AT)
        Tile.objects.filter(level=0, index=0).update(root=b"x" * 32)
        assert queries.verify().faults == ("tile 0/0 is not what its entries give",)

    def test_finds_a_checkpoint_that_was_changed(self) -> None:
        grown(2)
        actions.publish(at=AT)
        Checkpoint.objects.update(text="forged")
        assert not queries.verify().ok


@pytest.mark.django_db
class TestTheApi:
    def get(self, index: int, *roles: str) -> HttpResponse:
        """Ask for a proof as somebody of these roles, by token."""
        people.add_person(name="machine", password="a long enough one", roles=roles, at=AT)
        token = people.add_token(name="machine", at=AT).token
        answer: HttpResponse = Client().get(
            f"/api/v1/proofs/{index}", headers={"authorization": f"Bearer {token}"}
        )
        return answer

    def test_gives_a_proof_that_leads_to_the_checkpoint(self) -> None:
        grown(9)
        actions.publish(at=AT)
        found = json.loads(self.get(4, "auditor").content)
        head = note.read(found["checkpoint"].encode(), note.verifier(found["vkey"]))
        path = tuple(bytes.fromhex(hash_) for hash_ in found["path"])
        proof = tree.Inclusion(found["index"], found["size"], path)
        assert tree.included(proof, tree.leaf(found["entry"].encode())) == head.root

    def test_says_when_there_is_none_yet(self) -> None:
        grown(1)
        answer = self.get(0, "auditor")
        assert answer.status_code == 409
        assert json.loads(answer.content)["type"].endswith("/not-covered")

    def test_is_closed_to_who_may_not_read_the_log(self) -> None:
        assert self.get(0, "right_holder").status_code == 403
