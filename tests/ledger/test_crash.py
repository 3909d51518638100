"""Whatever ends the log's work: no fork, nothing lost, and the everyday code mends it."""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from tests.served import command
from tidewaiter.keys import actions as keys
from tidewaiter.ledger import actions, note, queries, tile, tree
from tidewaiter.ledger.models import Checkpoint, Entry, Tile

AT = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


class Killed(BaseException):
    """As by SIGKILL: no handler of ours takes it for an error."""


def grow(count: int) -> None:
    first = queries.size()
    with transaction.atomic():
        documents = [(b"%d" % (first + one), b"s" * 32) for one in range(count)]
        actions.append_many(documents, at=AT)


@contextmanager
def killed(at: int, *, after: bool) -> Iterator[list[str]]:
    """Kill whoever comes to statement `at`, before or after the database did it."""
    done: list[str] = []

    def stop(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if len(done) == at and not after:
            raise Killed
        result = execute(sql, *rest)
        done.append(sql)
        if len(done) == at + 1 and after:
            raise Killed
        return result

    with connection.execute_wrapper(stop):
        yield done


def leaves() -> list[bytes]:
    return [bytes(row.leaf) for row in Entry.between(0, queries.size())]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[note.Checkpoint]:
    """Every head that our key ever signed, kept or not."""
    heads: list[note.Checkpoint] = []
    sign = keys.sign_notes

    def signing(message: bytes, *, at: datetime) -> list[tuple[str, bytes]]:
        heads.append(note.checkpoint(message.decode()))
        return sign(message, at=at)

    monkeypatch.setattr(keys, "sign_notes", signing)
    return heads


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
class TestKilledAtAnyStatement:
    def test_of_signing_leaves_a_log_that_the_next_round_signs(
        self, said: list[note.Checkpoint], after: bool
    ) -> None:
        grow(250)
        actions.publish(at=AT)
        moment, step = AT, 0
        while True:
            grow(131)  # over the edge of a tile every second time
            before = Checkpoint.newest()
            moment += timedelta(minutes=1)
            try:
                with killed(step, after=after):
                    actions.publish(at=moment)
            except Killed:
                connection.close()  # nobody commits what is under way
                now = Checkpoint.newest()
                assert now is not None
                assert before is not None
                assert now.size in (before.size, queries.size())  # the old one, or all of it
                assert tile.Reader(now.size, Tile.fetch).root() == now.root
                actions.publish(at=moment + timedelta(seconds=10))
                newest = Checkpoint.newest()
                assert newest is not None
                assert newest.size == queries.size()
                step += 1
                continue
            break
        assert step > 8  # it was killed at each of these
        all_leaves = leaves()
        for head in said:  # two heads of one tree, whether they were ever shown or not
            assert head.root == tree.root(all_leaves[: head.size])
        found = queries.verify()
        assert (found.ok, found.faults) == (True, ())

    def test_of_logging_leaves_no_gap_and_no_half(self, after: bool) -> None:
        grow(3)
        step = 0
        while True:
            size = queries.size()
            try:
                with killed(step, after=after):
                    grow(5)
            except Killed:
                connection.close()
                assert queries.size() == Entry.objects.count() == size
                step += 1
                continue
            break
        assert step > 2
        assert queries.size() == size + 5
        assert queries.verify().ok


@pytest.mark.django_db
class TestABrokenTile:
    """Found by `ledger verify`, which names it; entries are served right where it is cut off."""

    def test_is_found_and_named(self) -> None:
        grow(700)
        actions.publish(at=AT)
        sound = {(row.level, row.index): row for row in Tile.objects.all()}
        assert set(sound) == {(0, 0), (0, 1), (0, 2), (1, 0)}
        assert queries.verify().faults == ()
        for (level, index), row in sound.items():
            hashes, root = bytes(row.hashes), bytes(row.root)
            bent = [hashes[:-1], hashes[:-32], hashes[:32], b"", b"x" + hashes[1:], hashes + b"x"]
            faults = (f"tile {level}/{index} is not what its entries give",)
            one = Tile.objects.filter(level=level, index=index)
            for wrong in bent:
                one.update(hashes=wrong)
                assert queries.verify().faults == faults, (level, index, len(wrong))
            one.update(hashes=hashes, root=b"x" * 32)
            assert queries.verify().faults == faults
            one.update(root=root)
        assert queries.verify().faults == ()
        Tile.objects.filter(level=0, index=0).delete()
        assert queries.verify().faults == ("tile 0/0 is not what its entries give",)

    def test_that_is_cut_off_is_served_out_of_what_lies_below(self) -> None:
        grow(700)
        actions.publish(at=AT)
        all_leaves = leaves()
        for row in Tile.objects.all():
            Tile.objects.filter(pk=row.pk).update(hashes=bytes(row.hashes)[:40])
        assert queries.tile_data("0/001") == b"".join(all_leaves[256:512])
        assert queries.tile_data("0/002.p/188") == b"".join(all_leaves[512:])
        proof = queries.inclusion(300)
        head = queries.checkpoint()
        assert head is not None
        assert tree.included(tree.Inclusion(300, 700, proof.path), proof.leaf) == head.root

    def test_keeps_the_log_from_being_signed_on(self) -> None:
        grow(300)
        actions.publish(at=AT)
        Tile.objects.filter(level=0, index=0).update(root=b"x" * 32)
        Tile.objects.filter(level=1).update(hashes=b"x" * 32)
        grow(1)
        with pytest.raises(Exception, match="another root"):
            actions.publish(at=AT + timedelta(minutes=1))
        assert Checkpoint.objects.count() == 1

    def test_that_no_home_of_before_had_is_made_at_the_next_head(self) -> None:
        grow(300)
        actions.publish(at=AT)
        Tile.objects.filter(root=b"").delete()  # tiles that grow were not kept
        assert queries.verify().ok
        assert queries.tile_data("0/001.p/44") == b"".join(leaves()[256:])
        grow(1)
        actions.publish(at=AT + timedelta(minutes=1))
        assert Tile.objects.filter(root=b"").count() == 2
        assert queries.verify().ok


def grower(home: Path, part: str) -> "subprocess.Popen[str]":
    around = {name: value for name, value in os.environ.items() if "TIDEWAITER" not in name}
    around |= {"TIDEWAITER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "tidewaiter.node.settings"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.ledger.grower", part],
        cwd=ROOT,
        env=around,
        stdout=subprocess.PIPE,
        text=True,
    )


def checked(home: Path, lines: list[list[str]]) -> None:
    """All that was said to be logged is there, and every head that was signed is of one tree."""
    import sqlite3

    with sqlite3.connect(home / "tidewaiter.sqlite3") as database:
        rows = database.execute('SELECT leaf FROM ledger_entry ORDER BY "index"').fetchall()
    all_leaves = [leaf for (leaf,) in rows]
    heads = {int(words[1]): words[2] for words in lines if words[0] == "signed"}
    assert heads
    assert max(int(words[1]) for words in lines if words[0] in {"logged", "signed"}) <= len(rows)
    for size, root in heads.items():
        assert tree.root(all_leaves[:size]).hex() == root


@pytest.mark.served
class TestAProcess:
    def test_killed_again_and_again_goes_on_with_one_tree(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        home.mkdir()
        chance, lines = random.Random(20261124), []
        for _ in range(4):
            process = grower(home, "grow")
            assert process.stdout is not None
            wanted = chance.randrange(3, 60)  # lines, after which it is in the middle of something
            for count, line in enumerate(process.stdout):
                lines.append(line.split())
                if count == wanted:
                    process.kill()
            process.wait()
            assert process.returncode == -9
        checked(home, [words for words in lines if len(words) > 1])
        (home / "node.toml").write_text('administration = "XA"\n')
        done = command("ledger", "verify", home=home)
        assert done.returncode == 0, done.stdout

    def test_on_a_disk_that_fills_while_tiles_are_written_loses_nothing(
        self, tmp_path: Path
    ) -> None:
        home = tmp_path / "home"
        home.mkdir()
        process = grower(home, "full")
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, out
        lines = [line.split() for line in out.splitlines()]
        assert sum(words[0] == "full" for words in lines) == 26
        assert lines[-1][:2] == ["verified", "True"], lines[-1]
        logged = max(int(words[1]) for words in lines if words[0] == "logged")
        assert int(lines[-1][2]) >= logged
        checked(home, lines)
