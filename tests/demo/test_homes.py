"""A demo's home: its own mark, its progress and its sign-ins; and what it will not touch."""

import json
import socket
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tidewaiter import clock
from tidewaiter.demo import commands, errors, homes

PROGRESS = homes.Progress(
    seed=1, last="2026-11-25", port=8100, nodes=3, exchange=True, days=14, ready=True, played=3
)


class TestAHome:
    def test_remembers_how_far_its_play_has_come(self, tmp_path: Path) -> None:
        home = homes.Home(tmp_path / "demo")
        assert home.progress() is None
        home.begin(PROGRESS)
        assert home.progress() == homes.Progress(
            seed=1, last="2026-11-25", port=8100, nodes=3, exchange=True, days=14
        )
        home.keep(PROGRESS)
        assert home.progress() == PROGRESS

    def test_wipes_only_what_a_demo_made(self, tmp_path: Path) -> None:
        home = homes.Home(tmp_path / "demo")
        home.begin(PROGRESS)
        (home.path / "left-over").write_text("x")
        home.begin(PROGRESS)
        assert not (home.path / "left-over").exists()

    @pytest.mark.parametrize("mark", [None, "not json", '{"seed": 1}', "[]"])
    def test_refuses_a_folder_that_no_demo_made(self, tmp_path: Path, mark: str | None) -> None:
        (tmp_path / "thesis.txt").write_text("years of work")
        if mark is not None:
            (tmp_path / homes.MARK).write_text(mark)
        with pytest.raises(errors.NotOurs):
            homes.Home(tmp_path).begin(PROGRESS)
        assert (tmp_path / "thesis.txt").read_text() == "years of work"

    def test_keeps_passwords_for_its_owner_alone_and_new_for_each_home(
        self, tmp_path: Path
    ) -> None:
        home = homes.Home(tmp_path)
        first = home.new_sign_ins(["XA:officer", "XA:admin"])
        assert home.sign_ins() == first
        assert stat.S_IMODE((tmp_path / homes.SIGN_INS).stat().st_mode) == 0o600
        assert len(set(first.values()) | set(home.new_sign_ins(["XA:officer"]).values())) == 3

    def test_sets_trade_time_for_every_process(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = homes.Home(tmp_path)
        monkeypatch.setenv(clock.TRADE_CLOCK, str(home.clock))
        home.tick(datetime(2026, 11, 12, 11, 59, tzinfo=UTC))
        assert clock.trade() == datetime(2026, 11, 12, 11, 59, tzinfo=UTC)
        assert clock.real().year > 2000


class TestTheCommand:
    def test_names_a_taken_port_before_anything_is_made(self, tmp_path: Path) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            home = tmp_path / "demo"
            words = ["--once", "--json", "--home", str(home), "--port", str(min(port, 65532))]
            done = CliRunner().invoke(commands.demo, words)
        assert done.exit_code == 1
        said = json.loads(done.stdout)
        assert said["type"].endswith("/port-taken")
        assert str(port) in said["detail"]

    def test_leaves_a_strangers_folder_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("years of work")
        words = ["--once", "--json", "--home", str(tmp_path)]
        done = CliRunner().invoke(commands.demo, words)
        assert done.exit_code == 1
        assert json.loads(done.stdout)["type"].endswith("/demo-home-not-ours")
        assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]
