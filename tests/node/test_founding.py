"""`tidewaiter init`, `doctor` and `upgrade`: a home is whole or not there, and closed to others."""

import json
import sqlite3
import stat
import tomllib
from pathlib import Path

import pytest

from tests.served import command
from tidewaiter import jose

pytestmark = pytest.mark.served
INIT = ("init", "--administration", "XA", "--name", "Customs of Alpha")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("founding") / "XA"
    url = ("--url", "http://127.0.0.1:8000")
    made = command(*INIT, *url, "--timezone", "Europe/Paris", "--json", home=home)
    assert made.returncode == 0, made.stderr
    assert made.stderr == ""
    document = json.loads(made.stdout)
    assert document["administration"] == "XA"
    assert document["home"] == str(home)
    assert len(document["thumbprint"]) == 43
    return home


class TestInit:
    def test_writes_who_the_node_is(self, home: Path) -> None:
        assert tomllib.loads((home / "node.toml").read_text()) == {
            "administration": "XA",
            "name": "Customs of Alpha",
            "url": "http://127.0.0.1:8000",
            "suite": "A",
            "timezone": "Europe/Paris",
        }

    def test_without_a_url_makes_a_node_that_nobody_reaches(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        assert command(*INIT, home=home).returncode == 0
        assert "url" not in tomllib.loads((home / "node.toml").read_text())
        shown = json.loads(command("node", "show", "--json", home=home).stdout)
        payload = jose.read(shown["document"]).payload
        assert "url" not in json.loads(payload)
        checks = json.loads(command("doctor", "--json", home=home).stdout)["checks"]
        (port,) = [each for each in checks if each["name"] == "port"]
        assert (port["ok"], "collects" in port["detail"]) == (True, True)

    def test_leaves_nothing_open_to_others(self, home: Path) -> None:
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        open_to_others = [
            path for path in home.rglob("*") if path.stat().st_mode & 0o077 and path.is_file()
        ]
        assert open_to_others == []

    def test_never_overwrites(self, home: Path) -> None:
        before = (home / "secret").read_text()
        again = command(*INIT, home=home)
        assert again.returncode == 1
        assert again.stderr.startswith("tidewaiter: ")
        assert len(again.stderr.splitlines()) == 1
        assert (home / "secret").read_text() == before

    def test_of_suite_b_makes_keys_of_p_256_but_for_log_and_witness(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        made = command(*INIT, "--suite", "B", "--json", home=home)
        assert made.returncode == 0, made.stderr
        listed = json.loads(command("keys", "list", "--json", home=home).stdout)
        suites = {key["use"]: key["suite"] for key in listed}
        assert suites == {"sig": "B", "enc": "B", "recovery": "B", "log": "A", "witness": "A"}

    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("--administration", "xa"),
            ("--administration", "XAB"),
            ("--name", "  "),
            ("--url", "ftp://127.0.0.1"),
            ("--url", "http://customs.example"),
            ("--url", "https://user:word@customs.example"),
            ("--url", "http://127.0.0.1:99999"),
            ("--timezone", "Mars/Olympus"),
            ("--timezone", "../etc/passwd"),
            ("--database", "mysql://localhost/x"),
        ],
    )
    def test_refuses_what_has_no_meaning_and_leaves_nothing(
        self, tmp_path: Path, option: str, value: str
    ) -> None:
        home = tmp_path / "home"
        refused = command(*INIT, option, value, "--json", home=home)
        assert refused.returncode == 1, refused
        assert json.loads(refused.stdout)["type"].endswith("/bad-founding")
        assert "Traceback" not in refused.stderr
        assert not home.exists()

    def test_leaves_nothing_where_the_database_does_not_answer(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        refused = command(
            *INIT, "--database", "postgresql://nobody@127.0.0.1:9/none", "--json", home=home
        )
        assert refused.returncode == 1
        assert json.loads(refused.stdout)["type"].endswith("/no-database")
        assert not home.exists()

    def test_refuses_a_database_with_tables(self, tmp_path: Path) -> None:
        file = tmp_path / "other.sqlite3"
        with sqlite3.connect(file) as database:
            database.execute("CREATE TABLE theirs (x)")
        refused = command(*INIT, "--database", f"sqlite:///{file}", "--json", home=tmp_path / "h")
        assert json.loads(refused.stdout)["type"].endswith("/database-taken")
        assert not (tmp_path / "h").exists()

    def test_without_its_arguments_is_wrong_usage(self, tmp_path: Path) -> None:
        assert command("init", home=tmp_path / "h").returncode == 2


class TestDoctor:
    def test_finds_a_new_node_well(self, home: Path) -> None:
        done = command("doctor", "--json", home=home)
        checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
        bad = [check for check in checks.values() if not check["ok"]]
        assert [check for check in bad if check["name"] not in {"catalogues", "port"}] == []
        assert checks["database"]["detail"].startswith("SQLite")

    def test_names_a_file_that_is_open_to_others(self, home: Path) -> None:
        (home / "node.toml").chmod(0o644)
        try:
            done = command("doctor", "--json", home=home)
        finally:
            (home / "node.toml").chmod(0o600)
        assert done.returncode == 1
        checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
        assert "chmod 600" in checks["home"]["detail"]

    def test_says_that_there_is_no_home(self, tmp_path: Path) -> None:
        done = command("doctor", "--json", home=tmp_path / "none")
        assert done.returncode == 1
        assert json.loads(done.stdout)["type"].endswith("/no-home")
        assert not (tmp_path / "none").exists()


class TestAnOlderDatabase:
    def test_is_not_served_until_it_is_upgraded(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        assert command(*INIT, home=home).returncode == 0
        with sqlite3.connect(home / "tidewaiter.sqlite3") as database:
            database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
            database.execute("DROP TABLE django_session")
        refused = command("serve", "--port", "0", "--json", home=home)
        assert refused.returncode == 1
        assert json.loads(refused.stdout)["type"].endswith("/pending-migrations")
        done = command("upgrade", "--json", home=home)
        assert json.loads(done.stdout) == {"applied": ["sessions.0001_initial"]}
        assert json.loads(command("upgrade", "--json", home=home).stdout) == {"applied": []}
