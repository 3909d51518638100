"""What may be read of the node's keys: public parts and names. Private parts stay in this room."""

import base64
import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from tidewaiter import jose
from tidewaiter.keys import errors, keyfile, ring
from tidewaiter.keys.keyfile import Key, Use
from tidewaiter.keys.ring import PublicKey

_NOTE_ED25519 = b"\x01"  # the signature type of C2SP signed-note
_COSIGNATURE_V1 = b"\x04"  # of C2SP tlog-cosignature
_OF_NOTES = {Use.LOG, Use.WITNESS}  # which the document names beside its keys


def public(at: datetime | None = None) -> list[PublicKey]:
    """Every key of ours, the newest of each use first; with `at`, what has expired says so."""
    return ring.shown(everyone(), at)


def signing() -> PublicKey:
    """The key that signs messages and receipts. Raises KeysMissing."""
    return _one(current(Use.SIG))


def pinned(at: datetime) -> PublicKey:
    """The key that signs the document: its thumbprint is what a new partner pins.

    It is the oldest that is listed, which partners have pinned longest. Raises KeysMissing.
    """
    return _one(voucher(at))


def published(at: datetime | None = None) -> list[PublicKey]:
    """The keys of the node's document: to sign, to seal to, to recover by; not
    those of the log and the witness.

    With `at`, those that it lists then; else all that may be in use.
    """
    listed = ring.listed(everyone(), at) if at is not None else everyone()
    kids = {key.kid for key in listed if key.revoked is None}
    return [key for key in public(at) if key.kid in kids and key.use not in _OF_NOTES]


def origin() -> str:
    """The name of our log. Raises KeysMissing."""
    return current(Use.LOG).origin


def note_verifier() -> str:
    """The verifier key of the log that the document names: name, key hash and key (C2SP).

    Raises KeysMissing.
    """
    newest = ring.newest(everyone(), Use.LOG)
    return verifier(current(Use.LOG) if newest is None else newest)


def note_verifiers(log: str = "") -> list[str]:
    """Every verifier key that the log of that origin ever had, the newest first; ours by default.

    Its tree is one throughout.
    """
    named = log or origin()
    ours = [key for key in ring.ordered(everyone()) if key.use is Use.LOG]
    return [verifier(key) for key in ours if key.origin == named]


def witness_verifier() -> str:
    """The verifier key of the witness that we are; "" in a home of before, until it is served."""
    newest = ring.newest(everyone(), Use.WITNESS)
    return "" if newest is None else verifier(newest)


def witness_verifiers() -> list[str]:
    """Every verifier key that we ever cosigned by, the newest first."""
    return [verifier(key) for key in ring.ordered(everyone()) if key.use is Use.WITNESS]


def verifier(key: Key) -> str:
    """The verifier key of a key that signs notes; for this room's actions."""
    kind = _COSIGNATURE_V1 if key.use is Use.WITNESS else _NOTE_ED25519
    raw = kind + jose.public(key.jwk)
    digest = hashlib.sha256(key.origin.encode() + b"\n" + raw).hexdigest()[:8]
    return f"{key.origin}+{digest}+{base64.b64encode(raw).decode('ascii')}"


def current(use: Use) -> Key:
    """The key that now serves `use`; for this room's actions. Raises KeysMissing."""
    key = ring.current(everyone(), use)
    if key is None:
        raise errors.KeysMissing(use=use.value, directory=str(settings.KEYS_DIR))
    return key


def voucher(at: datetime) -> Key:
    """The key that signs the document; for this room's actions. Raises KeysMissing."""
    key = ring.vouching(everyone(), at)
    if key is None:
        raise errors.KeysMissing(use=Use.SIG.value, directory=str(settings.KEYS_DIR))
    return key


def named(kid: str) -> Key:
    """The key of ours of that name; for this room's actions. Raises UnknownKey."""
    for key in everyone():
        if key.kid == kid:
            return key
    raise errors.UnknownKey(kid=kid[:80])


def opener(kid: str) -> jose.Opener | None:
    """The private enc key of that name, an old one too; for this room's actions."""
    return openers().get(kid)


def openers() -> dict[str, jose.Opener]:
    """Every private enc key by its name, old ones too; for this room's actions."""
    return {key.kid: _opener(key) for key in everyone() if key.use is Use.ENC and key.private}


def everyone() -> tuple[Key, ...]:
    """Every key of ours; for this room's actions."""
    place: Path = settings.KEYS_DIR
    return _read(place, keyfile.stamps(place))


def _opener(key: Key) -> jose.Opener:
    assert key.private is not None
    assert not isinstance(key.private, Ed25519PrivateKey)
    return key.private


def _one(key: Key) -> PublicKey:
    return next(shown for shown in public() if shown.kid == key.kid)


@lru_cache(maxsize=4)
def _read(place: Path, stamps: tuple[Any, ...]) -> tuple[Key, ...]:
    return keyfile.read_all(place)
