"""Private keys as files: one JWK a file (RFC 7517, 8037), mode 0600 or refused, written once.

`<kid>.json` is a key in use, `<kid>.next.json` one that is published and does not sign yet, and
`<kid>.revoked.json` beside either says that it must not be used again. A key whose private part was
taken offline leaves its public part in `<kid>.pub.json`.
"""

import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tidewaiter import canonical, clock, jose
from tidewaiter.keys import errors

PRIVATE: Final = ".json"
PUBLIC: Final = ".pub.json"
NEXT: Final = ".next.json"
REVOKED: Final = ".revoked.json"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_P256: Final = ec.SECP256R1()


class Use(StrEnum):
    """What a key is for; the first three are listed in the node's document as its keys."""

    SIG = "sig"
    ENC = "enc"
    RECOVERY = "recovery"
    LOG = "log"
    WITNESS = "witness"


_NOTES: Final = {Use.LOG: "Ed25519", Use.WITNESS: "Ed25519"}  # C2SP signed-note, cosignature/v1
SUITES: Final[Mapping[str, Mapping[Use, str]]] = {
    "A": {Use.SIG: "Ed25519", Use.ENC: "X25519", Use.RECOVERY: "Ed25519", **_NOTES},
    "B": {Use.SIG: "P-256", Use.ENC: "P-256", Use.RECOVERY: "P-256", **_NOTES},
}
"""The curve of each use; notes are signed by Ed25519 in either suite."""
_GENERATE: Final[Mapping[str, Callable[[], jose.Private]]] = {
    "Ed25519": Ed25519PrivateKey.generate,
    "X25519": X25519PrivateKey.generate,
    "P-256": lambda: ec.generate_private_key(_P256),
}
_READ: Final[Mapping[str, Callable[[bytes], jose.Private]]] = {
    "Ed25519": lambda raw: Ed25519PrivateKey.from_private_bytes(raw),
    "X25519": lambda raw: X25519PrivateKey.from_private_bytes(raw),
    "P-256": lambda raw: ec.derive_private_key(int.from_bytes(raw, "big"), _P256),
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of this node. `private` is None where only the public part is here."""

    kid: str
    use: Use
    jwk: dict[str, str]  # the members of its thumbprint
    private: jose.Private | None
    nbf: datetime | None  # valid from
    exp: datetime | None  # valid until, that moment not included
    origin: str  # of the log key: the log's name; of the witness key: the witness's
    pending: bool = False  # published, but not in use yet
    revoked: datetime | None = None
    reason: str = ""  # why it was


def made(
    kid: str,
    use: Use,
    *,
    suite: str = "A",
    nbf: datetime | None = None,
    exp: datetime | None = None,
    origin: str = "",
) -> Key:
    """A new key pair of a suite."""
    private = _GENERATE[SUITES[suite][use]]()
    return Key(kid, use, jose.public_jwk(private), private, nbf, exp, origin)


def write(directory: Path, key: Key, *, public: bool = False) -> Path:
    """Write `key` into a file that must not be there yet; a pending one where it waits."""
    suffix = PUBLIC if public else NEXT if key.pending else PRIVATE
    return store(directory / (key.kid + suffix), members(key, public=public))


def members(key: Key, *, public: bool = False) -> dict[str, Any]:
    """What a key's file holds: its JWK with the private part, unless `public`."""
    written: dict[str, Any] = {"kid": key.kid, "use": key.use.value, **key.jwk}
    for name, moment in (("nbf", key.nbf), ("exp", key.exp)):
        if moment is not None:
            written[name] = clock.text(moment)
    if key.origin:
        written["origin"] = key.origin
    if key.private is not None and not public:
        written["d"] = _private_part(key.private)
    return written


def store(file: Path, written: Mapping[str, Any]) -> Path:
    """Write a file of a key's that must not be there yet, 0600, on the disk when this returns."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), 0o600)
        stream.write(json.dumps(written, indent=1) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return file


def begin(directory: Path, key: Key) -> None:
    """Have a pending key used from now on."""
    (directory / (key.kid + NEXT)).rename(directory / (key.kid + PRIVATE))
    sync(directory)


def revoke(directory: Path, kid: str, *, reason: str, at: datetime) -> None:
    """Note that the key must not be used again; its own file stays, for what is under way."""
    said = {"kid": kid, "revoked": clock.text(at), "reason": reason}
    store(directory / (kid + REVOKED), said)
    sync(directory)


def sync(directory: Path) -> None:
    """Have the names in `directory` on the disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
    names = sorted((name for name, *_ in stamps(directory)), key=_weaker_first)
    revoked = [name for name in names if name.endswith(REVOKED)]
    keys = {key.kid: key for key in (read(directory / n) for n in names if n not in revoked)}
    for name in revoked:
        kid, at, reason = _revocation(directory / name)
        if kid in keys:
            keys[kid] = replace(keys[kid], revoked=at, reason=reason)
    return tuple(keys[kid] for kid in sorted(keys))


def read(file: Path) -> Key:
    """The key in `file`. Raises KeyOpenToOthers and KeyDamaged."""
    mode = file.stat().st_mode
    if not file.name.endswith(PUBLIC) and mode & _OTHERS:
        raise errors.KeyOpenToOthers(file=str(file), mode=f"{stat.S_IMODE(mode):04o}")
    try:
        key = _parsed(canonical.read(file.read_bytes()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.KeyDamaged(file=str(file), reason=_reason(error)) from None
    return replace(key, pending=True) if file.name.endswith(NEXT) else key


def _parsed(members: dict[str, Any]) -> Key:
    use = Use(members["use"])
    jose.public(members)
    jwk = jose.bare(members)
    if jwk["crv"] not in {curves[use] for curves in SUITES.values()}:
        raise jose.BadKey("the curve is not that of its use")
    return Key(
        kid=members["kid"],
        use=use,
        jwk=jwk,
        private=_private(jwk, members["d"]) if "d" in members else None,
        nbf=_moment(members, "nbf"),
        exp=_moment(members, "exp"),
        origin=members.get("origin", ""),
    )


def _private(jwk: dict[str, str], d: str) -> jose.Private:
    private = _READ[jwk["crv"]](jose.decode(d))
    if jose.public_jwk(private) != jwk:
        raise jose.BadKey("the private part does not belong to the public one")
    return private


def _private_part(key: jose.Private) -> str:
    """The member `d` (RFC 7518 §6.2.2, RFC 8037 §2)."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return jose.encode(key.private_numbers().private_value.to_bytes(32, "big"))
    return jose.encode(key.private_bytes_raw())


def _revocation(file: Path) -> tuple[str, datetime, str]:
    try:
        members = canonical.read(file.read_bytes())
        return members["kid"], clock.parse(members["revoked"]), members["reason"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.KeyDamaged(file=str(file), reason=_reason(error)) from None


def _moment(members: dict[str, Any], name: str) -> datetime | None:
    written = members.get(name)
    return None if written is None else clock.parse(written)


def _weaker_first(name: str) -> tuple[int, str]:
    """So that of two files of one key the one in use is read last, and stands."""
    return (0 if name.endswith(PUBLIC) else 1 if name.endswith(NEXT) else 2, name)


def _reason(error: Exception) -> str:
    """The reason without the value that caused it: that might be the private part."""
    if isinstance(error, KeyError):
        return f"the member {error} is missing"
    if isinstance(error, jose.JoseError | canonical.NotIJson):
        return str(error)
    return "a member has not the form that a key's has"
