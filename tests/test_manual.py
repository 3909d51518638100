"""The manual's own words hold: its tables are the program's, its examples do what it prints."""

import json
import re
import shlex
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data import DATA
from tests.served import Node, command
from tidewaiter.exchange import life
from tidewaiter.identity.roles import ROLES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def part(text: str, heading: str) -> str:
    """What stands under a heading, up to the next of its kind or higher."""
    level = heading.split(" ")[0]
    rest = text.partition(f"\n{heading}\n")[2]
    assert rest, f"there is no {heading!r}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, flags=re.M)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of the Markdown tables in `text`, without heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rule = [n for n, line in enumerate(lines) if re.fullmatch(r"\|[-| ]+\|", line)]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for n, line in enumerate(lines)
        if n not in rule and n + 1 not in rule
    ]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.M | re.S)


def examples(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Each `$ tidewaiter …` of the console blocks: its words, and the lines printed below it."""
    for block in blocks(text, "console"):
        for example in re.split(r"^\$ ", block.replace("\\\n", ""), flags=re.M)[1:]:
            first, *printed = example.splitlines()
            words = shlex.split(first, comments=True)
            if words[0] == "tidewaiter" and not {"&", "init"} & set(words):
                yield words[1:], printed


class TestTheOfficersPage:
    def test_names_roles_that_are_there(self) -> None:
        named = [row[0] for row in rows(page("officer").partition("## Sign in")[0])]
        assert named
        assert set(named) <= set(ROLES)

    def test_names_every_key_that_the_screens_name(self) -> None:
        keys = (ROOT / "src/tidewaiter/web/templates/web/keys.html").read_text()
        shown = set(re.findall(r"<kbd>(.+?)</kbd>", keys))
        assert shown <= set(re.findall(r"`([^`]+)`", part(page("officer"), "## Without a mouse")))

    def test_names_the_states_that_a_message_has(self) -> None:
        told = {row[0] for row in rows(part(page("officer"), "### What became of it"))}
        assert told == {
            state.value for move in life.MOVES.items() for state in (move[0][0], move[1])
        }


class TestTheAnalystsPage:
    text = page("risk")

    def test_weighs_signals_as_the_program_does(self) -> None:
        from tidewaiter.risk import signals

        def lane(text: str) -> str:
            return {"–": "green"}.get(text, text.removeprefix("at least "))

        told = [
            signals.Weight(float(row[1]), float(row[2]), lane(row[3]), lane(row[4]))
            for row in rows(part(self.text, "## Signals"))
        ]
        assert told == list(signals.WEIGHTS.values())

    def test_lists_every_field_and_test_of_a_condition(self) -> None:
        from tidewaiter.risk import criteria

        tables = rows(part(self.text, "### Write one"))
        tests = {name for row in tables if len(row) == 3 for name in re.findall(r"`(\w+)`", row[0])}
        assert tests == set(criteria.TESTS)
        lines = re.findall(r"^\| (?:texts|numbers|lists).*", self.text, flags=re.M)
        assert set(re.findall(r"`(\w+)`", " ".join(lines))) == set(criteria.FIELDS)

    def test_shows_a_profile_that_is_taken(self) -> None:
        from tidewaiter.risk import profiles

        (text,) = blocks(self.text, "yaml")
        assert profiles.read(text.encode()).id == "light-sports-shoes"

    def test_says_how_many_profiles_ship(self) -> None:
        from tidewaiter.risk import profiles

        assert len(profiles.shipped()) == 13
        assert "Thirteen ship" in self.text

    def test_says_from_how_many_outcomes_a_model_is_taught(self) -> None:
        from tidewaiter.risk import learning, model

        need = f"at least {model.LEAST_ROWS} outcomes, {model.LEAST_POSITIVE} of them not conform"
        assert need in self.text
        assert f"the newest {learning.TRAINED_ON:,}" in self.text

    def test_says_the_lanes_that_a_node_starts_with(self) -> None:
        from tidewaiter.risk import actions, lanes

        start = f"red begins at {lanes.START.red:.2f} and yellow at {lanes.START.yellow:.2f}"
        assert start in self.text
        assert f"the newest {actions.RECENT:,} scores" in self.text
        assert f"as soon as there are {lanes.ENOUGH}" in self.text

    def test_says_the_settings_as_they_are(self, settings) -> None:  # type: ignore[no-untyped-def]
        told = {row[0]: row[1] for row in rows(part(self.text, "## Lanes"))}
        assert told == {
            "`TIDEWAITER_RED_A_DAY`, `TIDEWAITER_YELLOW_A_DAY`": "0",
            "`TIDEWAITER_RED_PER_CENT`, `TIDEWAITER_YELLOW_PER_CENT`": (
                f"{settings.RISK_RED_PER_CENT}, {settings.RISK_YELLOW_PER_CENT}"
            ),
            "`TIDEWAITER_RED_LEAST`, `TIDEWAITER_YELLOW_LEAST`": (
                f"{settings.RISK_RED_LEAST_PER_CENT}, {settings.RISK_YELLOW_LEAST_PER_CENT}"
            ),
            "`TIDEWAITER_GREEN_RELEASE_POWER`": "empty",
        }


@pytest.mark.data
class TestTheBenchmark:
    """The figures in docs/risk.md, measured again; other machines round a little otherwise."""

    NEAR = (0.02, 0.03, 0.1, 0.06, 0.03, 0.03)  # AUC, average precision, then by share

    def test_ranks_as_the_manual_says(self) -> None:
        from tidewaiter.documents import library
        from tidewaiter.risk import benchmark

        folder = DATA / "korea-customs"
        korea = library.load("korea")
        train, test = (
            benchmark.read(
                folder / f"df_syn_{name}_eng.csv", korea, "Fraud", positive=1, pattern=[]
            )
            for name in ("train", "valid")
        )
        found = benchmark.run(benchmark.together([train]), test, seed=1)
        parts = (found, found["seen"], found["new"], found["lookup"])
        table = [row for row in rows(part(page("risk"), "### Measure on a file")) if len(row) == 7]
        assert len(table) == len(parts)
        for row, figures in zip(table, parts, strict=True):
            told = [float(cell.strip("*")) for cell in row[1:]]
            measured = [figures["auc"], figures["average_precision"]]
            measured += [
                figures[name][share]
                for name in ("precision_at", "recall_at")
                for share in ("5", "10")
            ]
            off = [abs(a - b) for a, b in zip(told, measured, strict=True)]
            assert all(a <= b for a, b in zip(off, self.NEAR, strict=True)), (row, measured)


class TestTheDevelopersPage:
    def test_names_tests_that_are_there(self) -> None:
        named = re.findall(r"`(?:…::|test_\w+\.py::)?(test_\w+)`", page("developer"))
        source = "".join(file.read_text() for file in (ROOT / "tests").glob("test_*.py"))
        assert named
        assert [name for name in named if f"def {name}(" not in source] == []

    def test_names_files_that_are_there(self) -> None:
        named = re.findall(r"`((?:tests|src|bench|docs)/[\w/.]+)`", page("developer"))
        assert named
        assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.served
class TestTwoAdministrations:
    """Every example of docs/exchange.md, in its order, on two served nodes."""

    @pytest.fixture
    def nodes(self, tmp_path: Path) -> Iterator[dict[str, Node]]:
        both = {code: Node(tmp_path / code, code) for code in ("XA", "XB")}
        for node in both.values():
            node.start()
        yield both
        for node in both.values():
            node.close()

    def test_get_what_the_manual_prints(
        self, nodes: dict[str, Node], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = page("exchange")
        monkeypatch.chdir(tmp_path)
        agreement = "xaxb-mutual-assistance.yaml"
        shutil.copy(ROOT / "src/tidewaiter/agreements/examples" / agreement, agreement)
        theirs = (
            Path(agreement).read_text().replace("[spontaneous, on-request]", "[spontaneous]", 1)
        )
        Path("theirs.yaml").write_text(theirs)
        (request,) = blocks(text, "json")
        Path("request.json").write_text(request)
        nodes["XB"].json("partners", "add", nodes["XA"].url, "--thumbprint", nodes["XA"].thumbprint)
        ran = 0
        for words, printed in examples(text):
            if words[3:4] in (["accept"], ["notice"], ["sign"], ["send"]):
                self.settled(nodes)
            done = command(*self.here(words, nodes))
            assert done.returncode == 0, (words, done.stderr)
            said = [self.plain(line) for line in done.stdout.splitlines()]
            assert [line for line in printed if self.plain(line) not in said] == [], words
            ran += 1
            if words[2:4] == ["agreements", "decide"]:
                self.write_data(request)
        assert ran >= 12

    def here(self, words: list[str], nodes: dict[str, Node]) -> list[str]:
        """The example's words with this run's addresses, thumbprints and message."""
        told = {
            "http://127.0.0.1:8452": nodes["XB"].url,
            "ID": str(self.first(nodes)) if "ID" in words else "",
        }
        words = [told.get(word, word) for word in words]
        if "--thumbprint" in words:
            words[words.index("--thumbprint") + 1] = nodes["XB"].thumbprint
        return words

    def settled(self, nodes: dict[str, Node]) -> None:
        """Wait until each node has told the other what it has to tell."""
        until = time.monotonic() + 30
        while any(node.json("exchange", "status")["outbox"] for node in nodes.values()):
            assert time.monotonic() < until, "the nodes do not come to rest"
            time.sleep(0.2)

    def first(self, nodes: dict[str, Node]) -> str:
        status = nodes["XA"].json("exchange", "status")
        return str(status["messages"][0]["id"])

    def write_data(self, request: str) -> None:
        """`data.json`, which the manual takes for granted: the data of its request."""
        Path("data.json").write_text(json.dumps(json.loads(request)["data"]))

    def plain(self, line: str) -> str:
        """A line without what differs from run to run."""
        line = re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", line)
        line = re.sub(r"(?<=thumbprint)(\s+)[\w-]{43}", " THUMBPRINT", line)
        line = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "MOMENT", line)
        return " ".join(line.split())
