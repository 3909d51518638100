"""The command by transcripts: its help, its exit codes, and never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.served import command
from tidewaiter import command as shared
from tidewaiter.cli import main


def test_help_lists_every_group_and_imports_no_room() -> None:
    script = (
        "import sys; from tidewaiter.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted(m for m in sys.modules if m.startswith('tidewaiter.')), file=sys.stderr)\n"
        "print('django' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert all(f"\n  {name}" in done.stdout for name in main.GROUPS)
    modules, django = done.stderr.splitlines()
    assert django == "False"
    assert set(eval(modules)) <= {
        "tidewaiter.cli",
        "tidewaiter.cli.main",
        "tidewaiter.cli.faults",
        "tidewaiter.problem",
    }


def test_every_group_has_a_summary_and_a_place() -> None:
    assert main.GROUPS.keys() == main.SUMMARIES.keys()
    for name, path in main.GROUPS.items():
        assert isinstance(main.found(path), click.Command), name


def test_every_verb_has_help_and_json() -> None:
    def verbs(name: str, one: click.Command) -> list[tuple[str, click.Command]]:
        if isinstance(one, click.Group):
            return [
                found
                for inner, each in one.commands.items()
                for found in verbs(f"{name} {inner}", each)
            ]
        return [(name, one)]

    for group, path in main.GROUPS.items():
        for name, one in verbs(group, main.found(path)):
            assert one.help, name
            assert any("--json" in option.opts for option in one.params), name


def test_version() -> None:
    assert command("--version").stdout == "tidewaiter, version 0.1.0\n"


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["--nothing"], ["doctor", "--nothing"], ["doctor", "more"], []]
)
def test_wrong_usage_ends_with_two(arguments: list[str]) -> None:
    done = command(*arguments)
    assert done.returncode == 2
    assert "Usage: tidewaiter" in done.stderr
    assert done.stdout == ""


@pytest.mark.served
def test_home_is_understood_behind_the_verb_as_well(tmp_path: Path) -> None:
    here = str(tmp_path / "here")
    for arguments in (
        ["--home", here, "doctor", "--json"],
        ["doctor", "--json", "--home", here],
        ["doctor", f"--home={here}", "--json"],
    ):
        assert json.loads(command(*arguments).stdout)["home"] == here


@pytest.mark.served
def test_what_is_not_a_home_is_said_in_one_line(tmp_path: Path) -> None:
    for arguments in (["users", "list"], ["upgrade"], ["exchange", "status"]):
        done = command(*arguments, home=tmp_path / "none")
        assert done.returncode == 1, arguments
        assert done.stdout == ""
        assert done.stderr.startswith("tidewaiter: "), arguments
        assert len(done.stderr.splitlines()) == 1, arguments


@pytest.mark.served
def test_a_doubtful_setting_stops_the_start_in_one_line(tmp_path: Path) -> None:
    done = command("doctor", home=tmp_path, TIDEWAITER_WORKERS="many")
    assert done.returncode == 1
    assert done.stderr == (
        "tidewaiter: TIDEWAITER_WORKERS is 'many': it wants a whole number from 1\n"
    )


class TestAFault:
    @pytest.fixture(autouse=True)
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(main.GROUPS, "doctor", "tests.cli.test_command.faulty")
        monkeypatch.delenv("TIDEWAITER_DEBUG", raising=False)

    def test_is_one_line_and_exit_code_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main.main(["doctor"])
        assert ended.value.code == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err == (
            "tidewaiter: this should not have happened: ZeroDivisionError: division by zero"
            " (TIDEWAITER_DEBUG=1 shows where)\n"
        )

    def test_is_a_problem_document_with_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main.main(["doctor", "--json"])
        said = capsys.readouterr()
        assert said.err == ""
        assert json.loads(said.out)["type"] == "https://tidewaiter.org/problems/unexpected"

    def test_shows_where_it_is_when_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIDEWAITER_DEBUG", "1")
        with pytest.raises(ZeroDivisionError):
            main.main(["doctor"])


@click.command()
@click.option("--json", is_flag=True)
def faulty(json: bool) -> None:
    """Fail in a way that nobody foresaw."""
    1 / 0  # noqa: B018


def test_completion_offers_groups_without_importing_them() -> None:
    done = command(_TIDEWAITER_COMPLETE="bash_complete", COMP_WORDS="tidewaiter ex", COMP_CWORD="1")
    assert done.stdout == "plain,exchange\n"


class TestWhatIsSaid:
    """Partners choose many of the texts that are printed: none of them commands the terminal."""

    FORGED = "Customs\x1b[2J\x1b[Hall is well\r\x9b31m \u202egpj\u2069"

    def test_moves_no_cursor(self, capsys: pytest.CaptureFixture[str]) -> None:
        for result in (
            {"name": self.FORGED},
            [{"name": self.FORGED}],
            shared.Said({}, f"two\nlines {self.FORGED}"),
        ):
            shared.show(result, as_json=False)
            said = capsys.readouterr().out
            assert all(sign.isprintable() or sign == "\n" for sign in said)
            assert "\\u001b[2J" in said

    def test_is_the_same_to_a_program(self, capsys: pytest.CaptureFixture[str]) -> None:
        shared.show({"name": self.FORGED}, as_json=True)
        said = capsys.readouterr().out
        assert json.loads(said) == {"name": self.FORGED}
        assert said.strip().isprintable()
