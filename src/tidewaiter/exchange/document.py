"""This node's own document: what partners pin (the wire contract, "Who a node is"). Pure.

`issued` is the moment from which the node says this: it is issued anew when what it says changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tidewaiter import canonical, clock, jose
from tidewaiter.keys.ring import PublicKey

TYP: Final = "tidewaiter-node+jws"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the document says; `url` is "" where the node cannot be reached from outside."""

    administration: str
    name: str
    url: str
    keys: Sequence[PublicKey]
    log_origin: str
    log_vkey: str
    accepts: Sequence[str]
    witness_vkey: str = ""


def content(facts: Facts) -> str:
    """The digest of what the document says, but for `issued`."""
    return canonical.digest(canonical.write(_members(facts)))


def payload(facts: Facts, issued: datetime) -> bytes:
    """The document in JSON, as it is signed."""
    return canonical.write({**_members(facts), "issued": clock.text(issued)})


def said(compact: str) -> str:
    """The digest of what a signed document says, but for `issued`: as `content` of its facts."""
    members = canonical.read(jose.read(compact).payload)
    return canonical.digest(canonical.write({k: v for k, v in members.items() if k != "issued"}))


def repeats(compact: str, older: str) -> bool:
    """Whether a signed document says what an older one does, by the same key."""
    same = jose.header(compact).get("kid") == jose.header(older).get("kid")
    return same and said(compact) == said(older)


def keys_of(compact: str) -> tuple[Any, ...]:
    """The keys, the log and the witness that a signed document names."""
    members = canonical.read(jose.read(compact).payload)
    return members["keys"], members["log"], members.get("witness")


def _members(facts: Facts) -> dict[str, Any]:
    members: dict[str, Any] = {
        "administration": facts.administration,
        "name": facts.name or facts.administration,
        "keys": [_key(key) for key in facts.keys],
        "log": {"origin": facts.log_origin, "vkey": facts.log_vkey},
        "accepts": list(facts.accepts),
    }
    if facts.witness_vkey:
        members["witness"] = {"vkey": facts.witness_vkey}
    return {**members, "url": facts.url} if facts.url else members


def _key(key: PublicKey) -> dict[str, Any]:
    members: dict[str, Any] = {"kid": key.kid, "use": key.use, **key.jwk}
    if key.nbf is not None:
        members["nbf"] = clock.text(key.nbf)
    if key.exp is not None:
        members["exp"] = clock.text(key.exp)
    return members
