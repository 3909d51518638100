"""Founding the demo's administrations by public commands: homes, people, partners, agreements."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tidewaiter import agreements
from tidewaiter.demo import homes, papers, processes, scenario

PEOPLE: Final = {  # name → role
    "officer": "officer",
    "supervisor": "supervisor",
    "liaison": "liaison",
    "analyst": "analyst",
    "admin": "node_admin",
    "auditor": "auditor",
}
SIMULATED: Final = ("officer", "supervisor", "liaison")  # those who work in the play
AGREEMENTS: Final = Path(agreements.__file__).parent / "examples"


@dataclass(frozen=True, slots=True)
class Founded:
    """What the play needs of a node afterwards: the bearer tokens of its simulated officers."""

    tokens: dict[str, str]


def found(nodes: list[processes.Node], home: homes.Home) -> None:
    """Make each node's home, keys, database and people. Raises NodeFailed."""
    home.new_sign_ins([f"{node.code}:{name}" for node in nodes for name in PEOPLE])
    with ThreadPoolExecutor(len(nodes)) as pool:
        list(pool.map(_home, nodes))


def people(nodes: list[processes.Node], home: homes.Home) -> dict[str, Founded]:
    """Let people sign in, and give the simulated ones a token each. Raises NodeFailed."""
    passwords = home.sign_ins()
    with ThreadPoolExecutor(len(nodes)) as pool:
        made = pool.map(lambda node: _people(node, passwords), nodes)
        return {node.code: one for node, one in zip(nodes, made, strict=True)}


def tokens(nodes: list[processes.Node]) -> dict[str, Founded]:
    """New tokens for the simulated officers of nodes that were founded before."""
    with ThreadPoolExecutor(len(nodes)) as pool:
        return {node.code: one for node, one in zip(nodes, pool.map(_tokens, nodes), strict=True)}


def join(nodes: list[processes.Node], home: homes.Home) -> None:
    """Register the served nodes with each other and sign the agreements. Raises NodeFailed."""
    thumbprints = {node.code: node.command("node", "show")["thumbprint"] for node in nodes}
    for node in nodes:
        for other in nodes:
            if other is not node:
                thumbprint = thumbprints[other.code]
                node.command("partners", "add", other.url, "--thumbprint", thumbprint)
    signed = processes.folder(home.path / "agreements")
    by_code = {node.code: node for node in nodes}
    for source in sorted(AGREEMENTS.glob("*.yaml")):
        parties = source.stem.split("-")[0].upper()  # xaxb-…: its parties, two letters each
        signers = [parties[at : at + 2] for at in range(0, len(parties), 2)]
        if not set(signers) <= set(by_code):
            continue
        file = source
        for code in signers:
            target = signed / f"{source.stem}.{code}.jws"
            by_code[code].command("agreements", "sign", str(file), "--out", str(target))
            file = target
        for code in signers:
            by_code[code].command("agreements", "add", str(file))


def remember(nodes: list[processes.Node], home: homes.Home, made: scenario.Scenario) -> None:
    """Import each administration's records of the weeks before, and train its model on them."""
    files = processes.folder(home.path / "files")
    mapping = papers.mapping(files / "records.yaml")

    def one(node: processes.Node) -> None:
        records = papers.records(made.history[node.code], files / f"{node.code}-records.csv")
        words = ("declarations", "import", str(records), "--mapping", str(mapping))
        node.command(*words, "--no-assess")
        node.command("risk", "train")

    with ThreadPoolExecutor(len(nodes)) as pool:
        list(pool.map(one, nodes))


def _home(node: processes.Node) -> None:
    country = node.country
    words = ("--administration", country.code, "--name", country.administration)
    node.command("init", *words, "--url", node.url, "--timezone", country.timezone)


def _people(node: processes.Node, passwords: dict[str, str]) -> Founded:
    office = node.country.offices[0][0]
    for name, role in PEOPLE.items():
        words = ("users", "add", name, "--role", role, "--password-stdin")
        where = ("--office", office) if role in {"officer", "supervisor"} else ()
        node.command(*words, *where, given=passwords[f"{node.code}:{name}"] + "\n")
    return _tokens(node)


def _tokens(node: processes.Node) -> Founded:
    return Founded({name: node.command("tokens", "add", name)["token"] for name in SIMULATED})
