"""The kit: who the testers are, what they signed, how far they have come. A folder on disk.

The maker of the node registers `partners/` and signs `agreements/`; `kit.json` is the tester's own
(private keys, serials) and is written after each message, so that a run can follow another.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from string import ascii_uppercase
from typing import Any, Final

from tidewaiter.exchange.conformance.encoding import digest, jcs, unb64, uuid7
from tidewaiter.exchange.conformance.sealing import OpeningKey
from tidewaiter.exchange.conformance.signing import SigningKey
from tidewaiter.exchange.conformance.tester import Tester, tester
from tidewaiter.exchange.conformance.treaties import NAMES, treaties

ROLES: Final = {"first": "A", "second": "B", "changing": "A", "unknown": "A"}  # role: suite
KEPT: Final = ("role", "code", "suite", "url", "log_key", "document", "issued", "since")
SUFFIX: Final = ".json"

README: Final = """# Conformance kit for the node of {node}

What a run of `tidewaiter exchange conformance` needs to be known by your node. Five steps:

1. Register the partners of `partners/` by file, each with the thumbprint of its key:
{partners}
   (Never register {unknown}: it is the stranger whom your node must refuse.)
2. Countersign, in the order of their names, the agreements of `agreements/` (JWS JSON general
   serialization, each signed by its testers), all but `{half}`, and register them with your node.
   Never register `{half}` as one that you signed; you may register it unsigned by you.
3. Put the agreements with both signatures into `signed/`, under the same names. (Or let your node
   send them as `org.tidewaiter.agreement.signature.v1`: the next run takes them.)
4. Let your node be served. {reached}
5. Run `tidewaiter exchange conformance URL --kit {folder}`, as often as you like. Keep the folder:
   it holds the testers' keys and serials. It is no secret worth more than your test node.
"""


class BadKit(ValueError):
    """The folder is no kit, or cannot be made one; says why."""


@dataclass(slots=True)
class Agreement:
    """One agreement of the kit: its document and the JWS with what signatures are known."""

    name: str
    testers: tuple[str, ...]
    document: dict[str, Any]
    jws: dict[str, Any]
    node_signs: bool
    digest: str = ""

    def signed_by(self, codes: dict[str, str]) -> dict[str, str]:
        """When each signed, by the administration whose kid it is (`codes`: kid to code)."""
        found = {}
        for each in self.jws["signatures"]:
            header = json.loads(unb64(each["protected"]))
            found[codes.get(header["kid"], "")] = header["signed"]
        return found


@dataclass(slots=True)
class Kit:
    """The testers and agreements for one node; `keep` writes how far they have come."""

    folder: Path
    node: str
    listen: str
    testers: dict[str, Tester]
    agreements: dict[str, Agreement]
    notes: dict[str, Any] = field(default_factory=dict)  # what a later run must know

    def keep(self) -> None:
        """Write `kit.json`, whole or not at all."""
        data = {
            "node": self.node,
            "listen": self.listen,
            "notes": self.notes,
            "testers": [_kept(each) for each in self.testers.values()],
            "agreements": [
                {"name": each.name, "testers": each.testers, "node_signs": each.node_signs}
                for each in self.agreements.values()
            ],
        }
        part = self.folder / "kit.json.part"
        part.write_text(json.dumps(data, indent=1))
        part.chmod(0o600)
        part.replace(self.folder / "kit.json")

    def sign(self, name: str, signature: dict[str, Any]) -> None:
        """Keep one more signature of an agreement."""
        agreement = self.agreements[name]
        if signature not in agreement.jws["signatures"]:
            agreement.jws["signatures"].append(signature)
            (self.folder / "signed").mkdir(exist_ok=True)
            file = self.folder / "signed" / f"{name}{SUFFIX}"
            file.write_text(json.dumps(agreement.jws))


def prepare(folder: Path, node: str, listen: str, now: Callable[[], datetime]) -> Kit:
    """Make a kit for the node of that administration. Raises BadKit."""
    if (folder / "kit.json").exists():
        raise BadKit(f"{folder} is a kit already")
    codes = _codes(node)
    testers = {}
    for role, suite in ROLES.items():
        reached = bool(listen) and role != "second"
        url = f"{listen.rstrip('/')}/{codes[role].lower()}" if reached else ""
        testers[role] = tester(role, codes[role], suite, url, now)
    ids = {name: uuid7(now()) for name in NAMES}
    made = treaties(codes, node, ids, now().date())
    agreements = {}
    for number, each in enumerate(made, 1):
        name = f"{number:02d}-{each.name}"
        signed = testers[each.signers[0]].agree(each.document)
        for role in each.signers[1:]:
            signed["signatures"].append(testers[role].signature(signed["payload"]))
        agreements[name] = Agreement(name, each.testers, each.document, signed, each.node_signs)
        agreements[name].digest = digest(jcs(each.document))
    kit = Kit(folder, node, listen, testers, agreements)
    _write(kit)
    return kit


def load(folder: Path, now: Callable[[], datetime]) -> Kit:
    """The kit in a folder, with what was put into `signed/`. Raises BadKit."""
    try:
        data = json.loads((folder / "kit.json").read_text())
        testers = {each["role"]: _taken(each, now) for each in data["testers"]}
        agreements = {each["name"]: _agreement(folder, each) for each in data["agreements"]}
        return Kit(folder, data["node"], data["listen"], testers, agreements, data["notes"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadKit(f"{folder} is no kit: {error}") from None


def _codes(node: str) -> dict[str, str]:
    """A code of XA to XZ for each role; `second` before the node's where there is one."""
    free = [f"X{letter}" for letter in ascii_uppercase if f"X{letter}" != node]
    second = free.pop(0)
    first, changing, unknown = free[-3:]
    return {"first": first, "second": second, "changing": changing, "unknown": unknown}


def _write(kit: Kit) -> None:
    for name in ("partners", "agreements", "signed"):
        (kit.folder / name).mkdir(parents=True, exist_ok=True)
    lines = []
    for each in kit.testers.values():
        if each.role != "unknown":
            (kit.folder / "partners" / f"{each.code}.jws").write_text(each.document)
            lines.append(f"   - `partners/{each.code}.jws` with `{each.key.thumbprint()}`")
    half = ""
    for name, agreement in kit.agreements.items():
        (kit.folder / "agreements" / f"{name}{SUFFIX}").write_text(json.dumps(agreement.jws))
        half = half if agreement.node_signs else f"{name}{SUFFIX}"
    reached = "The testers wait for your node's `collect` answers; it need not reach them."
    if kit.listen:
        reached = f"During a run it must reach {kit.listen} (the tester listens there)."
    text = README.format(
        node=kit.node,
        partners="\n".join(lines),
        unknown=kit.testers["unknown"].code,
        half=half,
        reached=reached,
        folder=kit.folder.name,
    )
    (kit.folder / "README.md").write_text(text)
    kit.keep()


def _agreement(folder: Path, said: dict[str, Any]) -> Agreement:
    name = said["name"]
    file = folder / "signed" / f"{name}{SUFFIX}"
    if not file.exists():
        file = folder / "agreements" / f"{name}{SUFFIX}"
    signed = json.loads(file.read_bytes())
    raw = unb64(signed["payload"])
    document = json.loads(raw)
    return Agreement(
        name, tuple(said["testers"]), document, signed, said["node_signs"], digest(raw)
    )


def _kept(each: Tester) -> dict[str, Any]:
    kept = {name: getattr(each, name) for name in KEPT}
    heard = {str(serial): said for serial, said in each.heard.items()}
    private = {
        "keys": [key.keep() for key in each.keys],
        "opening": each.opening.keep(),
        "recovery": each.recovery.keep(),
        "noting": each.noting.keep() if each.noting else None,
    }
    return {**kept, **private, "serial": each.serial, "lost": each.lost, "heard": heard}


def _taken(said: dict[str, Any], now: Callable[[], datetime]) -> Tester:
    return Tester(
        **{name: said[name] for name in KEPT},
        now=now,
        keys=[SigningKey.kept(jwk) for jwk in said["keys"]],
        opening=OpeningKey.kept(said["opening"]),
        recovery=SigningKey.kept(said["recovery"]),
        noting=SigningKey.kept(said["noting"]) if said.get("noting") else None,
        serial=said["serial"],
        lost=said["lost"],
        heard={int(serial): digest for serial, digest in said["heard"].items()},
    )
