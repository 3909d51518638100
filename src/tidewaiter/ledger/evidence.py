"""What stands in a proof document, and what a reader finds in one: plain values.

Imports nothing of ours but who signed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tidewaiter.ledger import vouching
from tidewaiter.ledger.vouching import Unreadable

FORMAT: Final = "proof/1"
HASH: Final = 32  # bytes
DEEPEST: Final = 63  # hashes of a path
_CODE: Final = re.compile(r"[A-Z]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Log:
    """A log with the checkpoint that proves."""

    administration: str
    checkpoint: str  # the signed note, cosignatures included


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a log has a paper."""

    log: int  # which of the file's logs, from 0
    index: int
    commitment: bytes  # 32 bytes
    path: tuple[bytes, ...]  # sibling hashes, the one beside the leaf first


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature over a document that carries none itself (RFC 7515 §7.2.1)."""

    protected: str
    signature: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: its places in logs, and what was logged, where that is shown."""

    entries: tuple[Entry, ...]
    document: bytes | None = None
    salt: bytes | None = None
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """The keys that a reader knows from elsewhere: where none is named, none is asked for.

    A thumbprint is that of the key which signs a node document, and vouches for all keys in it.
    Each may say whose it is, as in `XA:…`: then it counts for that administration alone. Who knows
    several is else open to each of them: XA can sign a document, or a log, that says it is XB's.
    """

    logs: frozenset[str] = frozenset()  # verifier keys
    witnesses: frozenset[str] = frozenset()  # verifier keys
    thumbprints: frozenset[str] = frozenset()

    def log(self, key: "Named") -> bool:
        """Whether a log's key will do."""
        if not self.logs and not self.thumbprints:
            return True
        code = key.administration
        return _among(self.logs, code, key.vkey) or _among(self.thumbprints, code, key.thumbprint)

    def witness(self, key: "Named") -> bool:
        """Whether a witness counts."""
        if not self.witnesses and not self.thumbprints:
            return True
        code, known = key.administration, self.thumbprints
        return _among(self.witnesses, code, key.vkey) or _among(known, code, key.thumbprint)

    def signer(self, administration: str, thumbprint: str) -> bool:
        """Whether who signed a paper is known."""
        return not self.thumbprints or _among(self.thumbprints, administration, thumbprint)


@dataclass(frozen=True, slots=True)
class Named:
    """A verifier key, and the thumbprint of the key that signed the document which names it."""

    administration: str
    vkey: str
    thumbprint: str


@dataclass(frozen=True, slots=True)
class Cosigned:
    """That a witness cosigned."""

    by: Named
    time: int  # POSIX


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not hold: a stable code, where in the file, and the sentence."""

    code: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint that holds."""

    administration: str
    origin: str
    size: int
    root: bytes
    keys: tuple[Named, ...]  # by which the log signed it
    cosigned: tuple[Cosigned, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry that is under a checkpoint of the file."""

    log: int
    administration: str
    index: int
    size: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A paper, as its own bytes say what it is."""

    kind: str  # message, node-document, agreement, audit, document, withheld
    facts: Mapping[str, str]
    signed_by: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file proves; nothing, where there are faults."""

    faults: tuple[Fault, ...]
    heads: tuple[Head, ...] = ()
    papers: tuple[Judged, ...] = ()
    nodes: tuple[vouching.Node, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all of it holds."""
        return not self.faults

    @property
    def first(self) -> Place | None:
        """The first place of the first paper, for whoever asks about one."""
        return self.papers[0].places[0] if self.papers and self.papers[0].places else None

    @property
    def cosigned_by(self) -> tuple[str, ...]:
        """Who cosigned the checkpoint over that place."""
        if self.first is None:
            return ()
        return tuple(each.by.administration for each in self.heads[self.first.log].cosigned)


def _among(known: frozenset[str], administration: str, key: str) -> bool:
    """Whether a key is known, as anybody's or as that administration's."""
    return key in known or f"{administration}:{key}" in known


def members(value: object, at: str, required: set[str], optional: set[str] | None = None) -> Any:
    """An object with these members and no other. Raises Unreadable."""
    if not isinstance(value, dict):
        raise Unreadable("shape", f"{at} is an object")
    for name in sorted(required - set(value)):
        raise Unreadable("shape", f"{at}: {name} is missing")
    for name in sorted(set(value) - required - (optional or set())):
        raise Unreadable("shape", f"{at}: {name[:80]!r} is no member of it")
    return value


def log(value: object, at: str) -> tuple[Log, list[str]]:
    """A member of `logs`, and who it says has cosigned it. Raises Unreadable."""
    found = members(value, at, {"administration", "checkpoint", "cosigned_by"})
    code, text = found["administration"], found["checkpoint"]
    if not isinstance(code, str) or not _CODE.fullmatch(code) or not isinstance(text, str):
        raise Unreadable("shape", f"{at}: administration is a code, checkpoint a text")
    return Log(code, text), texts(found["cosigned_by"], f"{at}.cosigned_by")


def paper(value: object, at: str) -> tuple[Paper, list[str]]:
    """A member of `papers`, and who it says has signed it. Raises Unreadable."""
    found = members(value, at, {"entries"}, {"document", "salt", "signatures", "signed_by"})
    listed = found["entries"]
    if not isinstance(listed, list) or not listed:
        raise Unreadable("shape", f"{at}: entries is a list, not empty")
    entries = tuple(_entry(each, f"{at}.entries[{n}]") for n, each in enumerate(listed))
    if len({each.log for each in entries}) != len(entries):
        raise Unreadable("shape", f"{at}: one entry in a log")
    if "document" not in found:
        if len(found) > 1 or len(entries) > 1:  # who could tell that two are of one paper?
            raise Unreadable("shape", f"{at}: without a document one entry stands alone")
        return Paper(entries), []
    members(found, at, {"entries", "document", "salt", "signed_by"}, {"signatures"})
    signatures: tuple[Signature, ...] = ()
    if "signatures" in found:
        if not isinstance(found["signatures"], list) or not found["signatures"]:
            raise Unreadable("shape", f"{at}: signatures is a list, not empty")
        signatures = tuple(_signature(each, at) for each in found["signatures"])
    document, salt = raw(found["document"], at), raw(found["salt"], f"{at}.salt", HASH)
    return Paper(entries, document, salt, signatures), texts(found["signed_by"], at)


def texts(value: object, at: str) -> list[str]:
    """A list of texts. Raises Unreadable."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Unreadable("shape", f"{at} is a list of texts")
    return value


def raw(value: object, at: str, length: int | None = None) -> bytes:
    """The bytes of a text in base64url. Raises Unreadable."""
    if not isinstance(value, str):
        raise Unreadable("shape", f"{at} is a text")
    try:
        found = vouching.decode(value)
    except Unreadable as error:
        raise Unreadable("shape", f"{at}: {error}") from None
    if length is not None and len(found) != length:
        raise Unreadable("shape", f"{at} has {length} bytes")
    return found


def _entry(value: object, at: str) -> Entry:
    found = members(value, at, {"log", "index", "commitment", "path"})
    for name in ("log", "index"):
        number = found[name]
        if isinstance(number, float) or (
            isinstance(number, int) and abs(number) > vouching.LARGEST
        ):
            raise Unreadable("size", f"{at}: no log has as many entries as {name} says")
        if type(number) is not int or number < 0:
            raise Unreadable("shape", f"{at}: {name} is a whole number from 0")
    path = found["path"]
    if not isinstance(path, list):
        raise Unreadable("shape", f"{at}: path is a list")
    if len(path) > DEEPEST:
        raise Unreadable("size", f"{at}: no path has {len(path)} hashes")
    hashes = tuple(raw(each, f"{at}.path", HASH) for each in path)
    return Entry(found["log"], found["index"], raw(found["commitment"], at, HASH), hashes)


def _signature(value: object, at: str) -> Signature:
    found = members(value, at, {"protected", "signature"})
    if not all(isinstance(each, str) for each in found.values()):
        raise Unreadable("shape", f"{at}: protected and signature are texts")
    return Signature(found["protected"], found["signature"])
