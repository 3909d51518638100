"""What may be read of the node's keys: public parts and names. Private parts stay in this room."""

import base64
import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.conf import settings

from tidewaiter.keys import errors, keyfile, ring
from tidewaiter.keys.keyfile import Key, Use
from tidewaiter.keys.ring import PublicKey

_NOTE_ED25519 = b"\x01"  # the signature type of C2SP signed-note


def public(at: datetime | None = None) -> list[PublicKey]:
    """Every key of ours, the newest of each use first; with `at`, what has expired says so."""
    return ring.shown(_keys(), at)


def signing() -> PublicKey:
    """The key that signs; its thumbprint is what a partner pins. Raises KeysMissing."""
    kid = current(Use.SIG).kid
    return next(key for key in public() if key.kid == kid)


def published() -> list[PublicKey]:
    """The keys of the node's document: to sign, to seal to, to recover by; not the log's."""
    return [key for key in public() if key.use != Use.LOG]


def origin() -> str:
    """The name of our log. Raises KeysMissing."""
    return current(Use.LOG).origin


def note_verifier() -> str:
    """The log's verifier key: name, key hash and key (C2SP signed-note). Raises KeysMissing."""
    key = current(Use.LOG)
    raw = _NOTE_ED25519 + key.private.public_key().public_bytes_raw()  # type: ignore[union-attr]
    digest = hashlib.sha256(key.origin.encode() + b"\n" + raw).hexdigest()[:8]
    return f"{key.origin}+{digest}+{base64.b64encode(raw).decode('ascii')}"


def current(use: Use) -> Key:
    """The key that now serves `use`; for this room's actions. Raises KeysMissing."""
    key = ring.current(_keys(), use)
    if key is None:
        raise errors.KeysMissing(use=use.value, directory=str(settings.KEYS_DIR))
    return key


def opener(kid: str) -> X25519PrivateKey | None:
    """The private enc key of that name, an old one too; for this room's actions."""
    for key in _keys():
        if key.kid == kid and isinstance(key.private, X25519PrivateKey):
            return key.private
    return None


def _keys() -> tuple[Key, ...]:
    place: Path = settings.KEYS_DIR
    return _read(place, keyfile.stamps(place))


@lru_cache(maxsize=4)
def _read(place: Path, stamps: tuple[Any, ...]) -> tuple[Key, ...]:
    return keyfile.read_all(place)
