"""Private keys as files: one JWK a file (RFC 8037), mode 0600 or refused, written once.

A key whose private part was taken offline leaves its public part in `<kid>.pub.json`.
"""

import json
import os
import stat
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tidewaiter import canonical, clock, jose
from tidewaiter.keys import errors

PUBLIC: Final = ".pub.json"
PRIVATE: Final = ".json"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

Private = Ed25519PrivateKey | X25519PrivateKey


class Use(StrEnum):
    """What a key is for; the first three stand in the node's document."""

    SIG = "sig"
    ENC = "enc"
    RECOVERY = "recovery"
    LOG = "log"


CURVES: Final[dict[Use, type[Private]]] = {
    Use.SIG: Ed25519PrivateKey,
    Use.ENC: X25519PrivateKey,
    Use.RECOVERY: Ed25519PrivateKey,
    Use.LOG: Ed25519PrivateKey,
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of this node. `private` is None where only the public part is here."""

    kid: str
    use: Use
    x: str  # 32 bytes in base64url
    private: Private | None
    nbf: datetime | None  # valid from
    exp: datetime | None  # valid until, that moment not included
    origin: str  # of the log key: the log's name

    @property
    def jwk(self) -> dict[str, str]:
        """The public JWK, the members of its thumbprint only."""
        curve = "X25519" if self.use is Use.ENC else "Ed25519"
        return {"kty": "OKP", "crv": curve, "x": self.x}


def made(
    kid: str,
    use: Use,
    *,
    nbf: datetime | None = None,
    exp: datetime | None = None,
    origin: str = "",
) -> Key:
    """A new key pair."""
    private = CURVES[use].generate()
    x = jose.encode(private.public_key().public_bytes_raw())
    return Key(kid, use, x, private, nbf, exp, origin)


def write(directory: Path, key: Key, *, public: bool = False) -> Path:
    """Write `key` into a file that must not be there yet, 0600, on the disk when this returns."""
    members: dict[str, Any] = {"kid": key.kid, "use": key.use.value, **key.jwk}
    for name, moment in (("nbf", key.nbf), ("exp", key.exp)):
        if moment is not None:
            members[name] = clock.text(moment)
    if key.origin:
        members["origin"] = key.origin
    if key.private is not None and not public:
        members["d"] = jose.encode(key.private.private_bytes_raw())
    file = directory / (key.kid + (PUBLIC if public else PRIVATE))
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), 0o600)
        stream.write(json.dumps(members, indent=1) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return file


def stamps(directory: Path) -> tuple[tuple[str, int, int, int], ...]:
    """What tells whether the files of `directory` changed: name, mtime, size and mode of each."""
    try:
        with os.scandir(directory) as entries:
            found = [entry for entry in entries if entry.name.endswith(PRIVATE)]
            facts = [(entry.name, entry.stat()) for entry in found]
    except FileNotFoundError:
        return ()
    return tuple(sorted((name, is_.st_mtime_ns, is_.st_size, is_.st_mode) for name, is_ in facts))


def read_all(directory: Path) -> tuple[Key, ...]:
    """Every key in `directory`, a public file only where the private one is gone.

    Raises KeyOpenToOthers and KeyDamaged.
    """
    names = [name for name, *_ in stamps(directory)]
    keys = {
        key.kid: key
        for key in (read(directory / name) for name in sorted(names, key=_public_first))
    }
    return tuple(keys[kid] for kid in sorted(keys))


def read(file: Path) -> Key:
    """The key in `file`. Raises KeyOpenToOthers and KeyDamaged."""
    mode = file.stat().st_mode
    if not file.name.endswith(PUBLIC) and mode & _OTHERS:
        raise errors.KeyOpenToOthers(file=str(file), mode=f"{stat.S_IMODE(mode):04o}")
    try:
        return _parsed(canonical.read(file.read_bytes()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.KeyDamaged(file=str(file), reason=_reason(error)) from None


def _parsed(members: dict[str, Any]) -> Key:
    use = Use(members["use"])
    key = Key(
        kid=members["kid"],
        use=use,
        x=members["x"],
        private=None,
        nbf=_moment(members, "nbf"),
        exp=_moment(members, "exp"),
        origin=members.get("origin", ""),
    )
    if {name: members[name] for name in key.jwk} != key.jwk:
        raise jose.BadKey("the curve is not that of its use")
    jose.public(key.jwk)
    if "d" not in members:
        return key
    private = CURVES[use].from_private_bytes(jose.decode(members["d"]))
    if jose.encode(private.public_key().public_bytes_raw()) != key.x:
        raise jose.BadKey("the private part does not belong to the public one")
    return Key(key.kid, use, key.x, private, key.nbf, key.exp, key.origin)


def _moment(members: dict[str, Any], name: str) -> datetime | None:
    written = members.get(name)
    return None if written is None else clock.parse(written)


def _public_first(name: str) -> tuple[bool, str]:
    return (not name.endswith(PUBLIC), name)


def _reason(error: Exception) -> str:
    """The reason without the value that caused it: that might be the private part."""
    if isinstance(error, KeyError):
        return f"the member {error} is missing"
    if isinstance(error, jose.JoseError | canonical.NotIJson):
        return str(error)
    return "a member has not the form that a key's has"
