"""Proof documents: papers, the checkpoints that they stand under, and the keys, in one file.

The format is `docs/proof.md`. A file is judged by itself: nothing in it is believed but what a
signature, a hash or the reader's own knowledge of a key holds up, and nothing may stand in it that
is not needed. Imports nothing of ours but the tree, the notes, and its own parts.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tidewaiter.ledger import cosignature, evidence, note, saying, tree, vouching
from tidewaiter.ledger.evidence import (
    FORMAT,
    Checked,
    Cosigned,
    Entry,
    Fault,
    Head,
    Judged,
    Known,
    Log,
    Named,
    Paper,
    Place,
    Signature,
)
from tidewaiter.ledger.vouching import NotSigned, Unreadable

__all__ = ["Checked", "Entry", "Known", "Log", "NotProven", "Paper", "Signature", "build", "check"]

LARGEST: Final = 64 * 2**20  # bytes of a file
MOST: Final = {"logs": 100, "nodes": 1000, "papers": 50_000}
NAMES: Final = {"logs", "nodes", "papers", "tidewaiter"}


class NotProven(ValueError):
    """What is given does not prove the papers; the message says why."""


@dataclass(slots=True)
class _Reading:
    """A check under way."""

    known: Known
    nodes: list[vouching.Node] = field(default_factory=list)
    signers: vouching.Signers = field(default_factory=lambda: vouching.Signers(()))
    used: set[str] = field(default_factory=set)  # node documents
    heads: list[Head] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, code: str, at: str, text: str) -> None:
        self.faults.append(Fault(code, at, text))


def commit(administration: str, document: bytes, salt: bytes) -> bytes:
    """What that administration's log says of a document (the wire contract, "The log")."""
    return hmac.digest(salt, administration.encode("ascii") + b"\n" + document, hashlib.sha256)


def build(logs: Sequence[Log], papers: Sequence[Paper], documents: Iterable[str]) -> bytes:
    """The file that proves these papers; it holds what it needs of the node documents, in order.

    Signature lines of a checkpoint by keys that no document names are left out. Raises NotProven.
    """
    try:
        reading = _Reading(Known(), list(_readable(documents)))
        reading.signers = vouching.Signers(reading.nodes)
        members = [_shortened(log, reading) for log in logs]
        listed = [_written(paper, reading) for paper in papers]
    except (Unreadable, NotSigned, note.BadNote, saying.Unheld) as error:
        raise NotProven(str(error)) from None
    body = {
        "logs": members,
        "nodes": [each.compact for each in reading.nodes if each.compact in reading.used],
        "papers": listed,
        "tidewaiter": FORMAT,
    }
    data = vouching.write(body)
    for fault in check(data).faults:
        raise NotProven(f"{fault.at}: {fault.text}")
    return data


def check(data: bytes, known: Known | None = None) -> Checked:
    """What the file proves, by its own keys and by those that the reader knows. Never raises."""
    reading = _Reading(known or Known())
    papers: list[Judged] = []
    try:
        body = _body(data)
        for place, compact in enumerate(body["nodes"]):
            _take_node(compact, f"nodes[{place}]", reading)
        reading.signers = vouching.Signers(reading.nodes)
        for place, log in enumerate(body["logs"]):
            _take_log(log, f"logs[{place}]", reading)
        if len(reading.heads) == len(body["logs"]):
            papers = [
                _judged(each, f"papers[{n}]", reading) for n, each in enumerate(body["papers"])
            ]
        if not reading.faults:
            _nothing_more(papers, reading)
    except Unreadable as error:
        reading.fault(error.code, "", str(error))
    return Checked(tuple(reading.faults), tuple(reading.heads), tuple(papers), tuple(reading.nodes))


def _body(data: bytes) -> Any:
    if len(data) > LARGEST:
        raise Unreadable("too-large", f"a proof has at most {LARGEST} bytes")
    body = vouching.read(data)
    if not isinstance(body, dict) or "tidewaiter" not in body:
        raise Unreadable("not-a-proof", "it is JSON, but no proof document")
    if body["tidewaiter"] != FORMAT:
        raise Unreadable("other-version", f"this reader knows {FORMAT} alone")
    evidence.members(body, "the file", NAMES)
    for name, most in MOST.items():
        if not isinstance(body[name], list) or not 0 < len(body[name]) <= most:
            raise Unreadable("shape", f"{name} is a list of 1 to {most}")
    return body


def _readable(documents: Iterable[str]) -> Iterator[vouching.Node]:
    """The node documents among these that hold: no other proves anything, whoever sent it here."""
    for compact in documents:
        try:
            yield vouching.node(compact)
        except (Unreadable, NotSigned):
            continue


def _take_node(compact: object, at: str, reading: _Reading) -> None:
    if not isinstance(compact, str):
        raise Unreadable("shape", f"{at} is a text")
    if any(compact == each.compact for each in reading.nodes):
        raise Unreadable("shape", f"{at} stands twice")
    try:
        node = vouching.node(compact)
    except (NotSigned, Unreadable) as error:
        reading.fault("node-document", at, f"the node document does not hold: {error}")
        return
    key = node.signer.thumbprint
    others = (each for each in reading.nodes if each.administration != node.administration)
    if any(each.signer.thumbprint == key for each in others):
        text = "the key that signed it signs documents of another administration too"
        reading.fault("node-document", at, text)
    reading.nodes.append(node)


def _take_log(value: object, at: str, reading: _Reading) -> None:
    log, said = evidence.log(value, at)
    try:
        head, lines = _head(log, reading)
    except saying.Unheld as error:
        reading.fault(error.code, at, str(error))
        return
    except note.BadNote as error:
        reading.fault("checkpoint", at, str(error))
        return
    if lines != note.parts(log.checkpoint.encode())[1]:
        text = "a line of the checkpoint is by nobody whose key is in the file, or stands twice"
        reading.fault("cosignature", at, text)
    elif said != [each.by.administration for each in head.cosigned]:
        reading.fault("cosigned-by", at, "cosigned_by names others than have cosigned")
    if any(head.origin == each.origin for each in reading.heads):
        raise Unreadable("shape", f"{at}: the log stands twice")
    reading.heads.append(_counted(head, at, reading))


def _counted(head: Head, at: str, reading: _Reading) -> Head:
    """The head with the witnesses that count, where the reader knows some."""
    known = reading.known
    if not any(known.log(key) for key in head.keys):
        said = f"the checkpoint is signed by {head.keys[0].vkey}, which is none of the keys given"
        reading.fault("log-not-known", at, said)
    counted = tuple(each for each in head.cosigned if known.witness(each.by))
    if known.witnesses and not counted:
        reading.fault("witness-not-known", at, "none of the witnesses given has cosigned it")
    return replace(head, cosigned=counted)


def _head(log: Log, reading: _Reading) -> tuple[Head, list[str]]:
    """The head that a checkpoint is, and its lines that hold, in order.

    Raises Unheld where a signature does not hold, BadNote.
    """
    whole = log.checkpoint.encode()
    text, lines = note.parts(whole)
    named_by = [note.signature(line) for line in lines]
    found = note.checkpoint(text)
    if found.size > vouching.LARGEST:
        raise saying.Unheld("size", "no log has as many entries as the checkpoint says")
    own, others = _verifiers(log.administration, reading.nodes)
    named = [one for one in own if one.name == found.origin]
    try:
        _, held = note.opened(whole, named)
    except note.BadNote as error:
        said = f"the checkpoint is by no key of {log.administration} in the file: {error}"
        raise saying.Unheld("other-key", said) from None
    try:
        cosigned = cosignature.held(whole, list(others))
    except note.BadNote as error:
        raise saying.Unheld("cosignature", str(error)) from None
    reading.used |= {own[one].compact for one in held}
    reading.used |= {others[each.witness].compact for each in cosigned}
    ids = {(one.name, one.id) for one in held}
    ids |= {(each.witness.name, each.witness.id) for each in cosigned}
    good: dict[tuple[str, bytes], str] = {}
    for line, (name, raw) in zip(lines, named_by, strict=True):
        if (name, raw[:4]) in ids:
            good.setdefault((name, raw[:4]), line)
    by = [Cosigned(_named(others[each.witness], each.witness), each.time) for each in cosigned]
    keys = tuple(_named(own[one], None) for one in held)
    ordered = tuple(sorted(by, key=lambda each: (each.by.administration, each.time)))
    head = Head(log.administration, found.origin, found.size, found.root, keys, ordered)
    return head, list(good.values())


def _verifiers(
    code: str, nodes: Sequence[vouching.Node]
) -> tuple[dict[note.Verifier, vouching.Node], dict[cosignature.Witness, vouching.Node]]:
    """The keys that may sign a log of that administration, and those that may cosign it.

    A key of a kind that is not read here is passed over: its document may vouch for others.
    """
    own: dict[note.Verifier, vouching.Node] = {}
    others: dict[cosignature.Witness, vouching.Node] = {}
    for node in nodes:
        with suppress(note.BadNote):
            if node.administration == code:
                own.setdefault(note.verifier(node.log), node)
            elif node.witness:
                others.setdefault(cosignature.verifier(node.witness), node)
    return own, others


def _named(node: vouching.Node, witness: cosignature.Witness | None) -> Named:
    """The log's or the witness's key of a node document."""
    vkey = node.log if witness is None else node.witness
    return Named(node.administration, vkey, node.signer.thumbprint)


def _judged(value: object, at: str, reading: _Reading) -> Judged:
    """A paper with its places, noting what does not hold of it."""
    paper, signed_by = evidence.paper(value, at)
    try:
        said = saying.said(paper, reading.signers)
    except saying.Unheld as error:
        reading.fault(error.code, at, str(error))
        said = saying.Said("document", {})
    else:
        if list(said.signed_by) != signed_by:
            reading.fault("signed-by", at, "signed_by names others than have signed")
    reading.used |= {each.compact for each in said.by}
    vouching_for = [(each.administration, each.signer.thumbprint) for each in said.by]
    if said.key:
        vouching_for.append((said.signed_by[0], said.key))
    for code, key in vouching_for:
        if not reading.known.signer(code, key):
            text = f"it is signed by a node whose key is {key}, which is none of those given"
            reading.fault("node-not-known", at, text)
    places = tuple(_place(each, paper, at, reading) for each in paper.entries)
    return Judged(said.kind, said.facts, said.signed_by, places)


def _place(entry: Entry, paper: Paper, at: str, reading: _Reading) -> Place:
    if entry.log >= len(reading.heads):
        raise Unreadable("shape", f"{at}: the file has no log {entry.log}")
    head = reading.heads[entry.log]
    if not _committed(paper, head.administration, entry.commitment):
        said = f"the document with its salt is not what {head.administration} logged"
        reading.fault("document", at, said)
    written = f'{{"commitment":"{vouching.encode(entry.commitment)}","v":1}}'.encode("ascii")
    if entry.index >= head.size:
        reading.fault("size", at, f"entry {entry.index} is not in a tree of {head.size}")
    else:
        inclusion = tree.Inclusion(entry.index, head.size, entry.path)
        try:
            holds = tree.included(inclusion, tree.leaf(written)) == head.root
        except tree.BadProof:
            holds = False
        if not holds:
            said = f"the path does not lead to the tree that {head.administration} signed"
            reading.fault("other-tree", at, said)
    return Place(entry.log, head.administration, entry.index, head.size)


def _committed(paper: Paper, administration: str, commitment: bytes) -> bool:
    """Whether the document, where it is shown, is what the commitment says."""
    if paper.document is None or paper.salt is None:
        return True
    return hmac.compare_digest(commit(administration, paper.document, paper.salt), commitment)


def _nothing_more(papers: Sequence[Judged], reading: _Reading) -> None:
    """Nothing stands in the file that nothing rests on, and nothing twice. Raises Unreadable."""
    for place, node in enumerate(reading.nodes):
        if node.compact not in reading.used:
            raise Unreadable("not-needed", f"nodes[{place}] is not needed")
    standing = [(each.log, each.index) for paper in papers for each in paper.places]
    if len(set(standing)) != len(standing):
        raise Unreadable("not-needed", "an entry of a log stands twice")
    logs = {log for log, _ in standing}
    for place in range(len(reading.heads)):
        if place not in logs:
            raise Unreadable("not-needed", f"logs[{place}] has none of the papers")


def _shortened(log: Log, reading: _Reading) -> dict[str, Any]:
    """A log as the file has it: the lines of its checkpoint that a reader can verify."""
    text, _ = note.parts(log.checkpoint.encode())
    head, lines = _head(log, reading)
    reading.heads.append(head)
    return {
        "administration": log.administration,
        "checkpoint": note.signed(text, [line + "\n" for line in lines]),
        "cosigned_by": [each.by.administration for each in head.cosigned],
    }


def _written(paper: Paper, reading: _Reading) -> dict[str, Any]:
    """A paper as the file has it."""
    entries = [
        {
            "log": each.log,
            "index": each.index,
            "commitment": vouching.encode(each.commitment),
            "path": [vouching.encode(hash_) for hash_ in each.path],
        }
        for each in paper.entries
    ]
    members: dict[str, Any] = {"entries": entries}
    if paper.document is None or paper.salt is None:
        return members
    said = saying.said(paper, reading.signers)
    reading.used |= {each.compact for each in said.by}
    members["document"] = vouching.encode(paper.document)
    members["salt"] = vouching.encode(paper.salt)
    members["signed_by"] = list(said.signed_by)
    if paper.signatures:
        members["signatures"] = [
            {"protected": each.protected, "signature": each.signature} for each in paper.signatures
        ]
    return members
