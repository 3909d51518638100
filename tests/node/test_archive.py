"""A backup says when it is not whole; rows mean the same anywhere; a swap survives a kill."""

import io
import math
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.node.archiving import archive, rows, staging

AT = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)
MEMBERS = {
    "home/node.toml": b'administration = "XA"\n',
    "home/keys/XA-2026-1.json": b"{}",
    "tables/ledger_entry/000000.ndjson": b"[]\n" * 50,
    "vault/" + "a" * 64: bytes(range(256)) * 9,
    "vault/" + "b" * 64: b"",
}


def written(members: dict[str, bytes] = MEMBERS) -> bytes:
    file = io.BytesIO()
    made = archive.Writer(file, {"administration": "XA"}, at=AT)
    for name, data in members.items():
        made.add(name, data)
    made.end({"tables": {"ledger_entry": 50}})
    return file.getvalue()


def read(data: bytes) -> tuple[dict[str, bytes], archive.Reader]:
    reader = archive.Reader(io.BytesIO(data))
    found = {member.name: member.read() for member in reader.members()}
    return found, reader


WHOLE = written()


class TestAFile:
    def test_gives_back_what_was_put_in_in_order(self) -> None:
        found, reader = read(WHOLE)
        assert b'"tidewaiter": "backup/1"' in found.pop("manifest.json")
        assert list(found.items()) == list(MEMBERS.items())
        assert reader.end["tables"] == {"ledger_entry": 50}

    def test_is_named_by_the_sha256_of_all_its_bytes(self) -> None:
        import hashlib

        assert read(WHOLE)[1].sha256 == hashlib.sha256(WHOLE).hexdigest()

    def test_can_be_opened_by_tar_alone(self, tmp_path: Path) -> None:
        import tarfile

        (tmp_path / "file").write_bytes(WHOLE)
        with tarfile.open(tmp_path / "file") as tar:
            assert tar.getnames() == ["manifest.json", *MEMBERS, "end.json"]

    def test_cut_off_anywhere_is_refused(self) -> None:
        for end in range(len(WHOLE)):
            with pytest.raises((archive.NoBackup, archive.Damaged)):
                read(WHOLE[:end])

    def test_with_any_bit_changed_is_refused_or_says_the_same(self) -> None:
        sound = read(WHOLE)[0]
        passed = 0
        for at in range(len(WHOLE)):
            bent = bytearray(WHOLE)
            bent[at] ^= 1 << at % 8
            try:
                assert read(bytes(bent))[0] == sound
                passed += 1
            except (archive.NoBackup, archive.Damaged):
                continue
        assert passed < len(WHOLE) / 20  # deflate can say some of it in another way

    @pytest.mark.parametrize("more", [b"x", b"\0\0x", WHOLE, b"\x1f\x8b"])
    def test_with_something_behind_it_is_refused(self, more: bytes) -> None:
        with pytest.raises(archive.Damaged):
            read(WHOLE + more)

    @pytest.mark.parametrize(
        "data", [b"", b"hello", b"PK\3\4" * 20, b"\x1f\x8b\x08\0" + b"\0" * 60]
    )
    def test_of_another_kind_is_no_backup(self, data: bytes) -> None:
        with pytest.raises(archive.NoBackup):
            read(data)

    def test_without_its_end_is_refused_though_gzip_is_whole(self) -> None:
        file = io.BytesIO()
        made = archive.Writer(file, {}, at=AT)
        made.add("home/node.toml", b"x")
        made.discard()
        with pytest.raises(archive.Damaged, match="end is missing"):
            read(file.getvalue())

    @pytest.mark.parametrize(
        "name",
        ["home/../secret", "home/keys/../../x.json", "/etc/passwd", "home/serve.lock", "vault/x",
         "tables/../000000.ndjson", "home/models/../../x", "tables/A/000000.ndjson", ""],
    )  # fmt: skip
    def test_leads_nowhere_else(self, name: str) -> None:
        with pytest.raises(ValueError, match="no name"):
            written({name: b""})

    def test_keeps_no_member_in_memory(self) -> None:
        made = archive.Writer(io.BytesIO(), {}, at=AT)
        for number in range(50):
            made.add(f"vault/{number:064x}", b"x")
        assert made._tar.members == []
        made.end({})


VALUES = {
    "moment": st.datetimes(timezones=st.just(UTC)),
    "day": st.dates(),
    "uuid": st.uuids(),
    "bytes": st.binary(max_size=40),
    "plain": st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.dictionaries(st.text("ab"), st.lists(st.integers() | st.none())),
}


class TestRows:
    @given(st.data())
    def test_are_read_back_as_they_were(self, data: st.DataObject) -> None:
        kinds = data.draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=4))
        table = st.tuples(*(st.none() | VALUES[kind] for kind in kinds))
        given_rows = data.draw(st.lists(table, min_size=1, max_size=5))
        columns = [(f"c{place}", kind) for place, kind in enumerate(kinds)]
        ((member, count),) = rows.written(columns, iter(given_rows))
        names, found = rows.read(member)
        assert (names, count) == ([name for name, _ in columns], len(given_rows))
        assert [tuple(row) for row in found] == given_rows

    def test_of_a_large_table_come_in_parts(self) -> None:
        text = "x" * (rows.CHUNK // 3)
        made = list(rows.written([("text", "plain")], iter([(text,)] * 7)))
        assert [count for _, count in made] == [3, 3, 1]
        assert [row for member, _ in made for row in rows.read(member)[1]] == [[text]] * 7

    def test_of_an_empty_table_are_nothing(self) -> None:
        assert list(rows.written([("text", "plain")], iter([]))) == []

    @pytest.mark.parametrize(
        "data",
        [b"", b"{}", b'{"columns":[["a","plain"]]}\n[1]', b'{"columns":[["a","odd"]]}\n[1]\n',
         b'{"columns":[["a","plain"]]}\n[1,2]\n', b'{"columns":[["a","uuid"]]}\n["x"]\n',
         b'{"columns":[["a","moment"]]}\n[5]\n', b'{"columns":[["a","plain"]]}\n\n'],
    )  # fmt: skip
    def test_in_another_form_are_refused(self, data: bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 (whichever)
            rows.read(data)

    def test_keep_numbers_that_json_has_no_name_for(self) -> None:
        ((member, _),) = rows.written([("a", "plain")], iter([(math.inf,), (math.nan,)]))
        assert str(rows.read(member)[1]) == "[[inf], [nan]]"

    def test_name_each_kind(self) -> None:
        assert set(rows.KINDS) == set(VALUES)
        example: dict[str, Any] = {"moment": AT, "day": date(2026, 1, 1), "uuid": uuid.UUID(int=5)}
        for kind, value in example.items():
            write, back = rows.KINDS[kind]
            assert back(write(value)) == value


class Killed(BaseException):
    """As SIGKILL: nothing that would tidy up may run as on an error."""


def home_of(folder: Path, said: str, *, without: tuple[str, ...] = ()) -> Path:
    """A home whose every part says whose it is."""
    folder.mkdir(exist_ok=True)
    for part in staging.PARTS:
        if part in without:
            continue
        file = folder / part
        if "." not in part and part != "secret":
            file.mkdir()
            file = file / "one"
        file.write_text(said)
    (folder / staging.DATABASE).write_text(said)
    return folder


def said(home: Path) -> dict[str, str]:
    """What each part of a home says, the work of a restore left out."""
    aside = (staging.BUILDING, "before-restore")
    return {
        str(file.relative_to(home)): file.read_text()
        for file in sorted(home.rglob("*"))
        if file.is_file() and not str(file.relative_to(home)).startswith(aside)
    }


def restored(home: Path) -> None:
    """A restore that has made its home aside, from there on."""
    new, place = home / staging.BUILDING / staging.DATABASE, home / staging.DATABASE
    kept = home / "before-restore-1"
    staging.begin(home, staging.moves(home, kept, (new, place)))
    staging.finish(home)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """Have the n-th of what changes the disk be the last, before or after it was done."""
    left: list[int | None] = [None]

    def guarded(change: Callable[..., Any]) -> Callable[..., Any]:
        def changing(*words: Any, **more: Any) -> Any:
            if left[0] is not None:
                left[0] -= 1
                if left[0] < 0:
                    raise Killed
            return change(*words, **more)

        return changing

    for name in ("rename", "replace", "mkdir", "unlink"):
        monkeypatch.setattr(Path, name, guarded(getattr(Path, name)))
    monkeypatch.setattr(staging.shutil, "rmtree", guarded(staging.shutil.rmtree))
    return lambda steps: left.__setitem__(0, steps)


class TestASwap:
    @pytest.mark.parametrize("without", [(), ("secret", "models")])
    def test_killed_at_any_step_leaves_the_old_home_or_one_that_says_so(
        self, tmp_path: Path, counted: Callable[[int | None], None], without: tuple[str, ...]
    ) -> None:
        wanted = said(home_of(tmp_path / "wanted", "new", without=without))
        step, unfinished = 0, 0
        while True:
            home = home_of(tmp_path / f"home{step}", "old")
            before = said(home)
            (home / f"{staging.DATABASE}-wal").write_text("old")
            home_of(home / staging.BUILDING, "new", without=without)
            counted(step)
            try:
                restored(home)
                break
            except Killed:
                counted(None)
            if staging.unfinished(home):
                unfinished += 1
                staging.finish(home)
                assert said(home) == wanted
                kept = said(home / "before-restore-1")
                assert kept == {**before, f"{staging.DATABASE}-wal": "old"}
            else:
                now = said(home)
                now.pop(f"{staging.DATABASE}-wal", None)
                assert now in (before, wanted)
            step += 1
        assert unfinished > 8
        counted(None)
        assert said(home) == wanted
        assert not staging.unfinished(home)

    def test_of_a_database_that_lies_elsewhere_keeps_the_old_one_beside_it(
        self, tmp_path: Path
    ) -> None:
        home = home_of(tmp_path / "home", "old")
        home_of(home / staging.BUILDING, "new")
        (place := tmp_path / "elsewhere.db").write_text("old")
        (made := tmp_path / "elsewhere.db.restoring").write_text("new")
        kept = home / "before-restore-1"
        staging.begin(home, staging.moves(home, kept, (made, place)))
        staging.finish(home)
        assert place.read_text() == "new"
        assert (tmp_path / "before-restore-1-elsewhere.db").read_text() == "old"
        assert not made.exists()

    def test_into_an_empty_home_keeps_nothing(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        home.mkdir()
        home_of(home / staging.BUILDING, "new")
        restored(home)
        assert set(said(home).values()) == {"new"}
        assert not list(home.glob("before-*"))


class TestAHomeToRestoreInto:
    def test_is_free_where_there_is_nothing_but_what_a_kill_left(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        assert staging.free(home)
        (home / staging.BUILDING).mkdir(parents=True)
        (home / staging.LOCK).touch()
        assert staging.free(home)
        (home / "mine").touch()
        assert not staging.free(home)

    def test_is_no_file_and_no_link_into_nowhere(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        (tmp_path / "link").symlink_to(tmp_path / "nowhere")
        assert not staging.free(tmp_path / "file")
        assert not staging.free(tmp_path / "link")
