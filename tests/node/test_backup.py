"""`backup` takes a node as it stood at one moment, `restore` makes it again, or changes nothing."""

import fcntl
import hashlib
import io
import json
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from tests.served import COMMAND, Node, command
from tidewaiter.exchange.models import Outbound
from tidewaiter.exchange.onward.models import Ground
from tidewaiter.identity import actions as people
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import queries as ledger_queries
from tidewaiter.node import founding
from tidewaiter.node.archiving import actions, archive, rows
from tidewaiter.vault import actions as vault
from tidewaiter.work import actions as work

AT = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)
PASSWORD = "a long enough password"
FENCE = {"ledger_fence"}  # what a restore adds
OVER = UUID(int=3)  # a message that is to be deleted by now


def members(file: Path) -> dict[str, bytes]:
    reader = archive.Reader(io.BytesIO(file.read_bytes()))
    found = {member.name: member.read() for member in reader.members()}
    found["end.json"] = json.dumps(reader.end).encode()
    return found


def tables(file: Path) -> dict[str, list[Any]]:
    """The rows of each table in a backup, each by its column's name."""
    found: dict[str, list[Any]] = defaultdict(list)
    for name, data in members(file).items():
        if name.startswith("tables/"):
            columns, read = rows.read(data)
            table = name.split("/")[1]
            found[table] += [dict(sorted(zip(columns, row, strict=True))) for row in read]
    return found


def silent(_: str) -> None:
    pass


def nothing_changed(home: Path) -> dict[str, str]:
    """What tells whether a home is still what it was: each file's digest."""
    return {
        str(file.relative_to(home)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(home.rglob("*"))
        if file.is_file() and file.name != "serve.lock"
    }


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """A home of the node that the tests are."""
    settings.HOME = tmp_path / "ours"
    settings.VAULT_DIR = settings.HOME / "vault"
    settings.HOME.mkdir()
    text = founding.text({"administration": "XA", "name": "Arvenia", "url": settings.NODE_URL})
    (settings.HOME / "node.toml").write_text(text)
    return Path(settings.HOME)


def lived() -> None:
    """Something in many tables: people, a log with checkpoints, jobs under way, objects."""
    people.add_person(name="Zoë", password=PASSWORD, roles=["officer"], at=AT)
    people.add_token(name="Zoë", at=AT)
    with transaction.atomic():
        ledger.append_many([(b"%d" % number, b"s" * 32) for number in range(700)], at=AT)
    ledger.publish(at=AT)
    with transaction.atomic():
        ledger.append_many([(b"late", b"s" * 32)], at=AT)
    work.enqueue("ledger.publish", {"é": [1, None, {"b": 2.5}]}, at=AT, key="k")
    for number in range(4):
        work.enqueue("ledger.audit", {"number": number}, at=AT)
    assert work.claim("machine/1/", at=AT, limit={})
    held = work.claim("machine/1/", at=AT, limit={"ledger.audit": 9})
    work.finish("machine/1/", [held[-1].id])  # its number is not to be given again
    for number in range(3):
        vault.keep(b"object %d" % number, "text/plain")
    sent = Outbound.objects.create(
        message_id=UUID(int=1), recipient="XB", type="t", state="held", by="Zoë",
        salt=b"\0\xff" * 16, expires_at=AT, sent_at=AT + timedelta(microseconds=123456),
        released_by=["a", "é"],
    )  # fmt: skip
    Outbound.objects.create(
        message_id=OVER, recipient="XB", type="t", state="withdrawn", by="Zoë", salt=b"s" * 32,
        draft='{"a": 1}', expires_at=AT, sent_at=AT, settled_at=AT, retain_until=AT,
    )  # fmt: skip
    Ground.objects.create(message=sent, partner="XC", source=UUID(int=2))  # refers to a later table


@pytest.mark.django_db(transaction=True)
class TestABackup:
    def test_names_what_it_holds(self, home: Path, tmp_path: Path) -> None:
        lived()
        file = tmp_path / "node.twk"
        taken = actions.backup(file, at=AT, tell=silent)
        assert taken.log_size == taken.tables["ledger_entry"] == 701
        assert taken.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        found = members(file)
        assert {f"vault/{hashlib.sha256(b'object %d' % n).hexdigest()}" for n in range(3)} <= set(
            found
        )
        manifest = json.loads(found["manifest.json"])
        assert (manifest["administration"], manifest["taken_at"]) == (
            "XA",
            "2026-11-24T08:15:30.000Z",
        )
        assert {name for name in found if name.startswith("home/keys/")}
        assert sum(len(each) for each in tables(file).values()) == sum(taken.tables.values())

    def test_is_of_one_moment_whoever_writes_meanwhile(self, home: Path, tmp_path: Path) -> None:
        lived()
        began, wrote = threading.Event(), threading.Event()

        def write() -> None:
            assert began.wait(30)
            with transaction.atomic():
                ledger.append_many([(b"meanwhile", b"s" * 32)], at=AT)
                work.enqueue("ledger.audit", {"meanwhile": True}, at=AT)
            people.add_person(name="meanwhile", password=PASSWORD, roles=["officer"], at=AT)
            connection.close()
            wrote.set()

        writer = threading.Thread(target=write)
        writer.start()
        waited: list[float] = []

        def tell(_: str) -> None:  # after the first table: the others are still to come
            if not wrote.is_set():
                began.set()
                start = time.monotonic()
                assert wrote.wait(30)
                waited.append(time.monotonic() - start)

        file = tmp_path / "node.twk"
        taken = actions.backup(file, at=AT, tell=tell)
        writer.join()
        assert waited[0] < 20  # the writer did not wait for us
        assert taken.log_size == 701
        assert "meanwhile" not in str(tables(file))
        assert ledger_queries.size() == 702

    def test_is_not_written_over_another(self, home: Path, tmp_path: Path) -> None:
        (file := tmp_path / "node.twk").write_text("mine")
        with pytest.raises(Exception, match="is there already"):
            actions.backup(file, at=AT, tell=silent)
        assert file.read_text() == "mine"

    def test_takes_away_what_a_killed_one_left(self, home: Path, tmp_path: Path) -> None:
        (left := tmp_path / ".backup-killed.partial").write_text("keys")
        (held := tmp_path / ".backup-held.partial").write_text("another's, under way")
        with held.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            actions.backup(tmp_path / "node.twk", at=AT, tell=silent)
        assert (left.exists(), held.exists()) == (False, True)

    def test_leaves_nothing_where_the_disk_is_full(self, home: Path, tmp_path: Path) -> None:
        lived()
        if not Path("/dev/full").exists():
            pytest.skip("there is no /dev/full")
        before = sorted(tmp_path.iterdir())
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
        try:
            with pytest.raises(Exception, match="could not be written: File too large"):
                actions.backup(tmp_path / "node.twk", at=AT, tell=silent)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, handler)
        assert sorted(tmp_path.iterdir()) == before


@pytest.mark.django_db(transaction=True)
class TestARestore:
    def test_gives_the_same_rows_on_another_database(self, home: Path, tmp_path: Path) -> None:
        """From whatever these tests run on into SQLite, and where there is one into PostgreSQL."""
        lived()
        file = tmp_path / "node.twk"
        actions.backup(file, at=AT, tell=silent)
        made = [self.made_in(tmp_path / "lite", file)]
        if connection.vendor == "postgresql":
            other = url_of("restored")
            made.append(self.made_in(tmp_path / "pg", file, "--database", other))
            back = f"sqlite:///{tmp_path / 'back' / 'tidewaiter.sqlite3'}"
            made.append(self.made_in(tmp_path / "back", tmp_path / "pg.twk", "--database", back))
            with sqlite3.connect(tmp_path / "back" / "tidewaiter.sqlite3") as database:
                since = database.execute("SELECT since FROM ledger_fence WHERE open").fetchall()
            assert since == [("2026-11-24 08:15:30",)]  # when the first of the two was taken
            self.put_back_onto_itself(tmp_path / "pg", file, other)
        wanted = tables(file)
        for again in made:
            found = tables(again)
            assert {*found} - FENCE == {*wanted}
            for table, expected in wanted.items():
                if table == "work_job":
                    assert {each["state"] for each in found[table]} == {"waiting"}
                    assert [each["args"] for each in found[table]] == [
                        each["args"] for each in expected
                    ]
                elif table == "exchange_outbound":
                    self.forgotten_again(expected, found[table])
                else:
                    assert found[table] == expected, table
            said = json.loads(members(again)["end.json"])
            counters = json.loads(members(file)["end.json"])["counters"]
            del said["counters"]["ledger_fence"]
            assert {**said["counters"], **counters} == {**counters, **said["counters"]}
            assert counters["work_job"] == max(row["id"] for row in wanted["work_job"]) + 1

    def forgotten_again(self, before: list[Any], after: list[Any]) -> None:
        """What was due by now is empty in the restored node, before it is served to anybody."""
        assert [row for row in after if row["forgotten_at"] is None] == before[:1]
        (gone,) = (row for row in after if row["forgotten_at"] is not None)
        assert (gone["id"], gone["draft"], before[1]["draft"]) == (before[1]["id"], "", '{"a": 1}')

    def made_in(self, home: Path, file: Path, *options: str) -> Path:
        """Restore into that home, look at it, and take a backup of it again."""
        done = command("restore", str(file), *options, "--json", home=home)
        assert done.returncode == 0, done.stderr
        printed = json.loads(done.stdout)
        assert printed["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert (printed["log_size"], printed["kept"]) == (701, None)
        verified = json.loads(command("ledger", "verify", "--json", home=home).stdout)
        assert (verified["ok"], verified["size"]) == (True, 701), verified
        assert [each.name for each in home.glob(".*")] == []
        again = home.with_suffix(".twk")
        taken = command("backup", str(again), "--json", home=home)
        assert taken.returncode == 0, taken.stderr
        objects = {name for name in members(file) if name.startswith("vault/")}
        assert objects == {name for name in members(again) if name.startswith("vault/")}
        return again

    def put_back_onto_itself(self, home: Path, file: Path, url: str) -> None:
        """A node on PostgreSQL that is restored keeps its tables in a schema of their own."""
        command("users", "add", "since", "--role", "officer", home=home)
        with psycopg.connect(url):
            done = command("restore", str(file), "--json", home=home)
            assert json.loads(done.stdout)["type"].endswith("/database-in-use")
        done = command("restore", str(file), "--json", home=home)
        assert done.returncode == 0, done.stderr + done.stdout
        schema = json.loads(done.stdout)["kept_tables"]
        with psycopg.connect(url) as there:
            now = there.execute("SELECT name FROM identity_person").fetchall()
            kept = there.execute(f"SELECT name FROM {schema}.identity_person").fetchall()  # type: ignore[arg-type]
        assert (now, sorted(kept)) == ([("Zoë",)], [("Zoë",), ("since",)])


def url_of(name: str) -> str:
    """A new database on the server that these tests run on."""
    said = connection.settings_dict
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
    return f"postgresql://{said['USER']}@{said['HOST']}:{said['PORT']}/{name}"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A node that is not served, with one person in it when the backup was taken, and two since."""
    made = Node(tmp_path_factory.mktemp("backup") / "XA")
    made.json("users", "add", "first", "--role", "officer")
    made.json("backup", str(made.home.parent / "node.twk"))
    made.json("users", "add", "second", "--role", "officer")
    return made


@pytest.fixture
def file(node: Node) -> Path:
    return node.home.parent / "node.twk"


@pytest.fixture
def own(node: Node, tmp_path: Path) -> Path:
    """A copy of the node's home, to be restored onto."""
    return Path(shutil.copytree(node.home, tmp_path / "own"))


def names(home: Path) -> list[str]:
    listed = command("users", "list", "--json", home=home)
    assert listed.returncode == 0, listed.stdout + listed.stderr
    return [each["name"] for each in json.loads(listed.stdout)]


def refused(file: Path, home: Path, *options: str) -> str:
    """The type of the problem that a restore is refused by; nothing changed, in one line."""
    before = nothing_changed(home) if home.is_dir() else None
    done = command("restore", str(file), *options, "--json", home=home)
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    assert (nothing_changed(home) if home.is_dir() else None) == before
    return str(json.loads(done.stdout)["type"].rpartition("/")[2])


def rewritten(file: Path, to: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A sound backup whose manifest says something else."""
    found = members(file)
    manifest = json.loads(found.pop("manifest.json"))
    end = json.loads(found.pop("end.json"))
    change(manifest)
    with to.open("wb") as stream:
        made = archive.Writer(stream, manifest, at=AT)
        for name, data in found.items():
            made.add(name, data)
        made.end({name: value for name, value in end.items() if name != "sha256"})
    return to


@pytest.mark.served
class TestOntoItsOwnHome:
    def test_puts_back_what_was_and_keeps_what_is(self, own: Path, file: Path) -> None:
        toml = (own / "node.toml").read_text().replace('name = "A"', 'name = "B"')
        (own / "node.toml").write_text(toml)
        rotated = command("keys", "rotate", "--use", "sig", "--json", home=own)
        assert rotated.returncode == 0, rotated.stderr
        keys = {each.name for each in (own / "keys").iterdir()}
        done = command("restore", str(file), "--json", home=own)
        assert done.returncode == 0, done.stderr
        kept = Path(json.loads(done.stdout)["kept"])
        assert names(own) == ["first"]
        assert names(kept) == ["first", "second"]
        assert {each.name for each in (own / "keys").iterdir()} == keys  # the new one too
        assert (own / "node.toml").read_text() == toml
        readable = [each for each in own.rglob("*") if each.stat().st_mode & 0o077]
        assert [each for each in readable if each.is_file() and each.parent == own] == []

    def test_is_refused_while_it_is_served_but_a_backup_is_not(
        self, own: Path, file: Path, node: Node, tmp_path: Path
    ) -> None:
        node.start()
        try:
            node.json("backup", str(tmp_path / "served.twk"))
            done = command("restore", str(file), "--json", home=node.home)
            assert json.loads(done.stdout)["type"].endswith("/served-already")
            assert names(node.home) == ["first", "second"]
        finally:
            node.close()
        rows_ = tables(tmp_path / "served.twk")
        assert [each["name"] for each in rows_["identity_person"]] == ["first", "second"]

    def test_killed_while_it_is_made_leaves_the_node_as_it_was(self, own: Path, file: Path) -> None:
        building = own / ".restoring"
        process = subprocess.Popen(
            [*COMMAND, "--home", str(own), "restore", str(file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + 60
        while not (building / "tidewaiter.sqlite3").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert building.exists()
        assert names(own) == ["first", "second"]
        done = command("restore", str(file), "--json", home=own)
        assert done.returncode == 0, done.stderr
        assert names(own) == ["first"]
        assert not building.exists()

    def test_stopped_in_between_is_said_by_every_command_and_finished_by_the_next(
        self, own: Path, file: Path
    ) -> None:
        kept = own / "before-restore-20261124T081530Z"
        kept.mkdir()
        (own / "tidewaiter.sqlite3").rename(kept / "tidewaiter.sqlite3")
        said = {"new": str(own / ".restoring" / "secret"), "place": str(own / "secret")}
        (own / "restore-unfinished").write_text(
            json.dumps([{**said, "kept": str(kept / "secret")}])
        )
        for verb in (["doctor"], ["serve", "--port", "0"], ["users", "list"]):
            done = command(*verb, "--json", home=own)
            assert done.returncode == 1
            assert json.loads(done.stdout)["type"].endswith("/restore-unfinished")
        done = command("restore", str(file), "--json", home=own)
        assert done.returncode == 0, done.stderr
        assert names(own) == ["first"]

    def test_changes_nothing_where_the_disk_is_full(self, own: Path, file: Path) -> None:
        before = nothing_changed(own)

        def limited() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

        done = subprocess.run(
            [*COMMAND, "--home", str(own), "restore", str(file), "--json"],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=limited,
        )
        assert done.returncode == 1, done.stdout
        assert json.loads(done.stdout)["type"].endswith("/not-written"), done.stdout
        assert nothing_changed(own) == before
        assert not (own / ".restoring").exists()


@pytest.mark.served
class TestARestoreIsRefused:
    def test_of_another_node_into_a_full_folder_or_from_a_damaged_file(
        self, own: Path, file: Path, tmp_path: Path
    ) -> None:
        other = Node(tmp_path / "other", "XB")
        assert refused(file, other.home) == "another-node"
        namesake = Path(shutil.copytree(other.home, tmp_path / "namesake"))
        toml = (namesake / "node.toml").read_text().replace("XB", "XA")
        (namesake / "node.toml").write_text(toml)
        assert refused(file, namesake) == "another-node"  # by its keys
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "mine").write_text("mine")
        assert refused(file, tmp_path / "full") == "home-taken"
        (cut := tmp_path / "cut").write_bytes(file.read_bytes()[:-1])
        assert refused(cut, own) == "backup-damaged"
        assert refused(cut, tmp_path / "new") == "backup-damaged"
        assert not (tmp_path / "new").exists()
        (text := tmp_path / "text").write_text("hello")
        assert refused(text, own) == "no-backup"
        assert refused(tmp_path / "nowhere", own) == "no-backup"

    def test_where_the_program_is_older_than_the_backup(
        self, file: Path, tmp_path: Path, own: Path
    ) -> None:
        def later(manifest: dict[str, Any]) -> None:
            manifest["migrations"].append(["ledger", "9999_later"])
            manifest["version"] = "9.9"

        newer = rewritten(file, tmp_path / "newer.twk", later)
        assert refused(newer, own) == "backup-newer"
        assert refused(newer, tmp_path / "new") == "backup-newer"
        assert not (tmp_path / "new").exists()

    def test_where_a_row_is_lacking_though_the_digest_holds(
        self, file: Path, tmp_path: Path, own: Path
    ) -> None:
        end = json.loads(members(file)["end.json"])
        found = {name: data for name, data in members(file).items() if "person" not in name}
        with (lacking := tmp_path / "lacking.twk").open("wb") as stream:
            manifest = json.loads(found.pop("manifest.json"))
            made = archive.Writer(stream, manifest, at=AT)
            del found["end.json"], end["sha256"]
            for name, data in found.items():
                made.add(name, data)
            made.end(end)
        assert refused(lacking, own) == "backup-damaged"

    def test_but_not_by_what_a_killed_one_left_beside_a_database_elsewhere(
        self, file: Path, tmp_path: Path
    ) -> None:
        url = f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"
        with sqlite3.connect(tmp_path / "elsewhere.sqlite3.restoring") as database:
            database.execute("CREATE TABLE half (x)")
        home = tmp_path / "new"
        done = command("restore", str(file), "--database", url, "--json", home=home)
        assert done.returncode == 0, done.stdout
        assert names(home) == ["first"]
        assert not list(home.glob("*.sqlite3"))
        assert sorted(each.name for each in tmp_path.glob("elsewhere*")) == ["elsewhere.sqlite3"]

    def test_into_a_database_that_is_another_s(self, file: Path, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "theirs.sqlite3") as database:
            database.execute("CREATE TABLE theirs (x)")
        url = f"sqlite:///{tmp_path / 'theirs.sqlite3'}"
        assert refused(file, tmp_path / "new", "--database", url) == "database-taken"
        assert not (tmp_path / "new").exists()
        with sqlite3.connect(tmp_path / "theirs.sqlite3") as database:
            assert database.execute("SELECT count(*) FROM theirs").fetchone() == (0,)


@pytest.mark.served
class TestAnEncryptedBackup:
    def test_is_made_by_the_settings_and_opened_by_the_key_alone(
        self, own: Path, tmp_path: Path
    ) -> None:
        key = tmp_path / "key"
        made = json.loads(command("backup-key", str(key), "--json", home=own).stdout)
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        again = command("backup-key", str(key), "--json", home=own)
        assert json.loads(again.stdout)["type"].endswith("/file-taken")
        toml = (own / "node.toml").read_text()
        (own / "node.toml").write_text(f'{toml}backup_to = ["{made["recipient"]}"]\n')
        taken = command("backup", str(tmp_path / "node.twk"), "--json", home=own)
        assert taken.returncode == 0, taken.stderr
        said = json.loads(taken.stdout)
        assert (said["encrypted"], said["recipients"]) == (True, [made["recipient"]])
        data = (tmp_path / "node.twk").read_bytes()
        assert said["sha256"] == hashlib.sha256(data).hexdigest()
        assert data.startswith(b"age-encryption.org/v1\n")
        home = tmp_path / "new"
        assert refused(tmp_path / "node.twk", home) == "backup-locked"
        url = f"sqlite:///{home / 'tidewaiter.sqlite3'}"
        opener = ("--identity", str(key), "--database", url, "--json")
        done = command("restore", str(tmp_path / "node.twk"), *opener, home=home)
        assert done.returncode == 0, done.stderr + done.stdout
        assert json.loads(done.stdout)["sha256"] == said["sha256"]
        assert names(home) == ["first", "second"]
        assert made["recipient"] in (home / "node.toml").read_text()

    def test_is_refused_where_a_recipient_is_none(self, own: Path, tmp_path: Path) -> None:
        file = tmp_path / "node.twk"
        done = command("backup", str(file), "--to", "age1x", "--json", home=own)
        assert json.loads(done.stdout)["type"].endswith("/no-recipient")
        assert command("backup", str(file), "--plain", "--to", "age1x", home=own).returncode == 2
        (own / "node.toml").write_text((own / "node.toml").read_text() + 'backup_to = ["me"]\n')
        done = command("backup", str(file), home=own)
        assert (done.returncode, "'me'" in done.stderr) == (1, True)
        assert list(tmp_path.glob("*.twk")) == []


@pytest.mark.served
class TestABackupOfBefore:
    def test_is_brought_up_to_date_when_it_is_restored(self, own: Path, tmp_path: Path) -> None:
        with sqlite3.connect(own / "tidewaiter.sqlite3") as database:
            database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
            database.execute("DROP TABLE django_session")
        done = command("backup", str(tmp_path / "old.twk"), "--json", home=own)
        assert done.returncode == 0, done.stderr  # before an upgrade is when it is wanted
        home = tmp_path / "new"
        done = command("restore", str(tmp_path / "old.twk"), "--json", home=home)
        assert done.returncode == 0, done.stderr
        assert names(home) == ["first", "second"]
        assert json.loads(command("upgrade", "--json", home=home).stdout) == {"applied": []}
        with sqlite3.connect(home / "tidewaiter.sqlite3") as database:
            assert database.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
            (reason,) = database.execute("SELECT count(*) FROM ledger_fence").fetchone()
            assert reason == 1
