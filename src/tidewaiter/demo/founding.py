"""Founding the demo's administrations by public commands: homes, people, partners, agreements."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tidewaiter import agreements
from tidewaiter.demo import homes, papers, processes, scenario

PEOPLE: Final[dict[str, tuple[str, int | None]]] = {  # name → role, and the place of the office
    "officer": ("officer", 0),
    "officer-2": ("officer", 1),
    "supervisor": ("supervisor", None),
    "liaison": ("liaison", None),
    "analyst": ("analyst", None),
    "admin": ("node_admin", None),
    "auditor": ("auditor", None),
}
SIMULATED: Final = ("officer", "officer-2", "supervisor", "liaison")  # those who work in the play
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
    codes = [node.code for node in nodes]
    files = processes.folder(home.path / "agreements")
    treaties = [
        (source, signers)
        for source in sorted(AGREEMENTS.glob("*.yaml"))
        if set(signers := _parties(source)) <= set(codes)
    ]
    for node in nodes:  # each signs what those before it have signed
        asked = []
        for other in nodes:
            if other is not node:
                thumbprint = ("--thumbprint", thumbprints[other.code])
                asked.append(processes.Asked(("partners", "add", other.url, *thumbprint)))
        for source, signers in treaties:
            if node.code in signers:
                before = signers[: signers.index(node.code)]
                file = files / f"{source.stem}.{before[-1]}.jws" if before else source
                out = files / f"{source.stem}.{node.code}.jws"
                words = ("agreements", "sign", str(file), "--out", str(out))
                asked.append(processes.Asked(words))
        node.commands(asked)
    for node in nodes:
        whole = [files / f"{one.stem}.{by[-1]}.jws" for one, by in treaties if node.code in by]
        node.commands([processes.Asked(("agreements", "add", str(file))) for file in whole])


def _parties(source: Path) -> list[str]:
    """The parties of an example, which its name begins with: xaxb-…, two letters each."""
    codes = source.stem.split("-")[0].upper()
    return [codes[at : at + 2] for at in range(0, len(codes), 2)]


def remember(nodes: list[processes.Node], home: homes.Home, made: scenario.Scenario) -> None:
    """Import each administration's records of the weeks before, and train its model on them."""
    files = processes.folder(home.path / "files")
    mapping = papers.mapping(files / "records.yaml")

    def one(node: processes.Node) -> None:
        records = papers.records(made.history[node.code], files / f"{node.code}-records.csv")
        words = ("declarations", "import", str(records), "--mapping", str(mapping))
        taken, trained = (*words, "--no-assess"), ("risk", "train")
        node.commands([processes.Asked(taken), processes.Asked(trained)])

    with ThreadPoolExecutor(len(nodes)) as pool:
        list(pool.map(one, nodes))


def _home(node: processes.Node) -> None:
    country = node.country
    words = ("--administration", country.code, "--name", country.administration)
    node.command("init", *words, "--url", node.url, "--timezone", country.timezone)


def _people(node: processes.Node, passwords: dict[str, str]) -> Founded:
    asked = []
    for name, (role, place) in PEOPLE.items():
        words = ("users", "add", name, "--role", role, "--password-stdin")
        where = () if place is None else ("--office", node.country.offices[place][0])
        asked.append(processes.Asked((*words, *where), passwords[f"{node.code}:{name}"] + "\n"))
    node.commands(asked)
    return _tokens(node)


def _tokens(node: processes.Node) -> Founded:
    asked = [processes.Asked(("tokens", "add", name)) for name in SIMULATED]
    said = node.commands(asked)
    return Founded({name: one["token"] for name, one in zip(SIMULATED, said, strict=True)})
