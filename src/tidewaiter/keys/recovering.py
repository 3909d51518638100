"""Signing a node document by the recovery key, on a machine without a node. Pure.

The wire contract, "Who a node is": such a document outranks every one that is not signed by a key
that it lists, and only it may change the recovery key.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tidewaiter import canonical, clock, jose
from tidewaiter.keys import ring
from tidewaiter.keys.keyfile import Key, Use

TYP: Final = "tidewaiter-node+jws"
LARGEST: Final = 256 * 1024


class NoDocument(ValueError):
    """What was to be signed is no node document; the message says why."""


def payload(draft: bytes) -> dict[str, Any]:
    """What a draft says: the document's JSON, or a document signed before. Raises NoDocument."""
    if len(draft) > LARGEST:
        raise NoDocument(f"it is longer than {LARGEST} bytes")
    text = draft.strip()
    try:
        if not text.startswith(b"{"):
            text = jose.read(text.decode("ascii")).payload
        members = canonical.read(text)
    except (ValueError, UnicodeDecodeError) as error:
        raise NoDocument(str(error)) from None
    if not isinstance(members, dict) or not isinstance(members.get("keys"), list):
        raise NoDocument("it is no node document: it has no list of keys")
    if not all(isinstance(key, dict) and "kid" in key for key in members["keys"]):
        raise NoDocument("a key in it has no kid")
    return members


def successor(key: Key, said: Mapping[str, Any], *, at: datetime) -> Key:
    """A new recovery key of the same suite, under a name that no key of the document has."""
    taken = {key.kid, *(each["kid"] for each in said["keys"])}
    return ring.following(
        Use.RECOVERY,
        administration=str(said.get("administration", "")),
        origin="",
        at=at,
        suite="B" if key.jwk["kty"] == "EC" else "A",
        taken=taken,
    )


def signed(draft: bytes, key: Key, *, at: datetime, successor: Key | None = None) -> str:
    """The document of `draft`, issued now and signed by the recovery key.

    It lists that key as the one to recover by, or `successor` in its place. Raises NoDocument.
    """
    private = key.private
    if key.use is not Use.RECOVERY or private is None or isinstance(private, X25519PrivateKey):
        raise NoDocument("the key given is no recovery key with its private part")
    members = payload(draft)
    listed = [each for each in members["keys"] if each.get("use") != Use.RECOVERY]
    recovery = _entry(successor or key)
    if any(each["kid"] in {recovery["kid"], key.kid} for each in listed):
        raise NoDocument(f"another key in it is called {key.kid} too")
    said = {**members, "keys": [*listed, recovery], "issued": clock.text(at)}
    return jose.sign(canonical.write(said), private, {"kid": key.kid, "typ": TYP})


def _entry(key: Key) -> Mapping[str, Any]:
    moments = {name: clock.text(at) for name, at in (("nbf", key.nbf), ("exp", key.exp)) if at}
    return {"kid": key.kid, "use": key.use.value, **key.jwk, **moments}
