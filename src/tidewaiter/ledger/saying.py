"""What a logged paper is, by its own bytes alone, and who signed it. Pure.

Nothing else in a proof document says what a paper is, so that nothing else can say it wrongly.
Imports nothing of ours but who signed.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tidewaiter.ledger import vouching
from tidewaiter.ledger.evidence import Paper
from tidewaiter.ledger.vouching import Node, NotSigned, Signers, TooCostly, Unreadable

MESSAGE: Final = "tidewaiter+jws"
AGREEMENT: Final = "tidewaiter-agreement+jws"
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_EVERY: Final = ("id", "type", "source", "recipient", "time")  # of a message


@dataclass(frozen=True, slots=True)
class Said:
    """What a paper is; `by` are the node documents whose keys signed it, in order."""

    kind: str
    facts: Mapping[str, str]
    by: tuple[Node, ...] = ()
    signed_by: tuple[str, ...] = ()
    key: str = ""  # the thumbprint of the key by which a node document vouches for itself


class Unheld(ValueError):
    """A paper that does not say what it should; `code` names the rule."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def said(paper: Paper, signers: Signers) -> Said:
    """What the paper is, its signatures verified by keys of `signers`. Raises Unheld, TooCostly."""
    if paper.document is None:
        return Said("withheld", {})
    digest = {"digest": "sha256:" + hashlib.sha256(paper.document).hexdigest()}
    try:
        if paper.signatures:
            return _agreement(paper, paper.document, digest, signers)
        jws = _jws(paper.document)
        if jws is not None and jws.header.get("typ") == vouching.NODE:
            return _node_document(paper.document, digest)
        if jws is not None and jws.header.get("typ") == MESSAGE:
            return _message(jws, paper, digest, signers)
    except TooCostly:
        raise
    except Unreadable as error:
        raise Unheld("document", f"the document cannot be read: {error}") from None
    return _plain(paper.document, digest)


def _jws(document: bytes) -> vouching.Jws | None:
    text = document.decode("ascii", errors="replace")
    try:
        return vouching.parts(text) if _COMPACT.fullmatch(text) else None
    except Unreadable:
        return None


def _message(jws: vouching.Jws, paper: Paper, digest: Mapping[str, str], signers: Signers) -> Said:
    """A message: signed by its source, under the salt that it names itself."""
    event = vouching.read(jws.payload)
    if not isinstance(event, dict) or not all(isinstance(event.get(each), str) for each in _EVERY):
        raise Unheld("document", "the message lacks what every message has")
    facts = {**digest, **{name: event[name] for name in _EVERY}}
    scheme, _, source = facts["source"].partition(":")
    theirs = {source} if scheme == "tidewaiter" else set()
    by = signers.of(jws, theirs, typ=MESSAGE, at=vouching.moment(facts["time"]))
    if by is None:
        raise Unheld("signature", f"the message is signed by no key of {source} in the file")
    if paper.salt is None or event.get("salt") != vouching.encode(paper.salt):
        raise Unheld("salt", "the salt is not the one that the message names")
    return Said("message", facts, (by,), (source,))


def _node_document(document: bytes, digest: Mapping[str, str]) -> Said:
    try:
        found = vouching.node(document.decode("ascii"))
    except NotSigned as error:
        raise Unheld("signature", str(error)) from None
    facts = {**digest, "source": found.administration, "time": found.issued}
    return Said("node-document", facts, (), (found.administration,), found.signer.thumbprint)


def _agreement(paper: Paper, document: bytes, digest: Mapping[str, str], signers: Signers) -> Said:
    """An agreement: each signature by a key of a party's."""
    body = vouching.read(document)
    parties = body.get("parties") if isinstance(body, dict) else None
    if not isinstance(parties, list):
        raise Unheld("document", "what is signed by several is no agreement")
    payload, by = vouching.encode(document), []
    among = {each for each in parties if isinstance(each, str)}
    for each in paper.signatures:
        signers.spend(len(payload))
        jws = vouching.parts(f"{each.protected}.{payload}.{each.signature}")
        at = vouching.moment(jws.header.get("signed"))
        found = signers.of(jws, among, typ=AGREEMENT, at=at)
        if found is None:
            raise Unheld("signature", "a signature is by no key of a party's in the file")
        by.append(found)
    title = body.get("title")
    facts = {**digest, "title": title} if isinstance(title, str) else digest
    return Said("agreement", facts, tuple(by), tuple(each.administration for each in by))


def _plain(document: bytes, digest: Mapping[str, str]) -> Said:
    """A document without a signature: a day of the audit, or whatever its bytes are."""
    try:
        body = vouching.read(document)
    except Unreadable:
        return Said("document", digest)
    if not isinstance(body, dict) or set(body) != {"audit", "rows", "digest"}:
        return Said("document", digest)
    day = body["audit"]
    return (
        Said("audit", {**digest, "day": day}) if isinstance(day, str) else Said("document", digest)
    )
