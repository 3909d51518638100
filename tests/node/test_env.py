"""Settings from the environment: a doubtful value stops the start, a secret is kept closed."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tidewaiter.node import doctor, env, logs, tree

HERE = Path("/srv/node")


class TestADatabaseUrl:
    def test_is_sqlite_in_the_home_where_none_is_given(self) -> None:
        found = env.database("", HERE)
        assert found["ENGINE"].endswith("sqlite3")
        assert Path(found["NAME"]) == HERE / "tidewaiter.sqlite3"
        assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"

    def test_of_postgresql_names_everything_with_signs_undone(self) -> None:
        found = env.database("postgresql://ann%40x:p%2Fw@db.example:5433/node", HERE)
        assert (found["USER"], found["PASSWORD"]) == ("ann@x", "p/w")
        assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", "5433", "node")

    def test_of_postgresql_may_name_a_sockets_folder(self) -> None:
        assert env.database("postgresql:///node?host=/run/postgresql", HERE)["HOST"] == (
            "/run/postgresql"
        )

    def test_of_another_kind_is_refused(self) -> None:
        with pytest.raises(ImproperlyConfigured, match="mysql"):
            env.database("mysql://x/y", HERE)


class TestAValue:
    @pytest.mark.parametrize("written", ["maybe", "2", "ja"])
    def test_that_is_neither_yes_nor_no_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, written: str
    ) -> None:
        monkeypatch.setenv("TIDEWAITER_TEST", written)
        with pytest.raises(ImproperlyConfigured, match=f"TIDEWAITER_TEST is '{written}'"):
            env.boolean("TIDEWAITER_TEST", False)

    @pytest.mark.parametrize("written", ["-1", "0", "1.5", "many", ""])
    def test_that_is_no_number_from_the_least_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, written: str
    ) -> None:
        monkeypatch.setenv("TIDEWAITER_TEST", written)
        with pytest.raises(ImproperlyConfigured):
            env.integer("TIDEWAITER_TEST", 1, least=1)

    def test_that_is_none_of_the_choices_is_refused_with_them(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TIDEWAITER_TEST", "loud")
        with pytest.raises(ImproperlyConfigured, match="debug, info, warning, error"):
            env.choice("TIDEWAITER_TEST", "info", logs.LEVELS)


class TestASecret:
    def test_that_others_can_read_stops_the_start(self, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text("x")
        file.chmod(0o640)
        with pytest.raises(ImproperlyConfigured, match="chmod 600"):
            env.secret("TIDEWAITER_TEST", file)

    def test_is_read_from_its_file(self, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text("word\n")
        file.chmod(0o600)
        assert env.secret("TIDEWAITER_TEST", file) == "word"


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("customs.example", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_else(host: str, own: bool) -> None:
    assert tree.loopback(host) is own


class TestWhomBackupsAreFor:
    ONE, TWO = "age1" + "q" * 58, "age1" + "z" * 58

    def test_is_a_list_in_the_home_or_words_in_the_variable(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("TRY", raising=False)
        assert env.recipients("TRY", "") == ()
        assert env.recipients("TRY", [self.ONE, self.TWO]) == (self.ONE, self.TWO)
        monkeypatch.setenv("TRY", f" {self.TWO}  {self.ONE} ")
        assert env.recipients("TRY", [self.ONE]) == (self.TWO, self.ONE)
        assert "not encrypted" in doctor.backups(())
        assert doctor.backups((self.ONE,)).endswith(self.ONE)

    @pytest.mark.parametrize("odd", ["age1", "AGE1" + "Q" * 58, ONE + "q", "me", 5])
    def test_is_no_other_word(self, odd: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("TRY", raising=False)
        with pytest.raises(ImproperlyConfigured, match="age1"):
            env.recipients("TRY", [self.ONE, odd])
