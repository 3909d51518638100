"""What the outside can ask of the node's keys: make them, sign, open. None of it shows a key."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from tidewaiter import jose
from tidewaiter.keys import errors, keyfile, queries, ring
from tidewaiter.keys.keyfile import Use

SEALED: Final = "tidewaiter+jws"  # what a message's JWE must say it holds


def check_suite(suite: str) -> None:
    """Raises SuiteNotSupported where keys of `suite` cannot be made yet."""
    if suite != "A":
        raise errors.SuiteNotSupported(suite=suite)


def create(
    *,
    at: datetime,
    administration: str | None = None,
    url: str | None = None,
    suite: str | None = None,
    directory: Path | None = None,
) -> list[ring.PublicKey]:
    """Make the keys of a new node in `directory`; what is not given comes from the settings.

    All are there or none: they are made aside and moved. The recovery key's private part is to be
    taken offline, its public part stays. Raises KeysExist, SuiteNotSupported.
    """
    check_suite(settings.SUITE if suite is None else suite)
    place = settings.KEYS_DIR if directory is None else directory
    if place.exists() and any(place.iterdir()):
        raise errors.KeysExist(directory=str(place))
    made = ring.fresh(
        administration=settings.ADMINISTRATION if administration is None else administration,
        url=settings.NODE_URL if url is None else url,
        at=at,
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".keys-", dir=place.parent))
    try:
        for key in made:
            keyfile.write(aside, key)
            if key.use is Use.RECOVERY:
                keyfile.write(aside, key, public=True)
        _move(aside, place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return ring.shown(made, at)


def sign(payload: bytes, *, typ: str, extra: Mapping[str, Any] | None = None) -> str:
    """The compact JWS of `payload` by the current sig key; `extra` adds to the protected header."""
    key, private = _signer(Use.SIG)
    return jose.sign(payload, private, {**(extra or {}), "kid": key.kid, "typ": typ})


def sign_member(payload: bytes, *, header: Mapping[str, Any]) -> dict[str, str]:
    """Our member of `signatures` in the general serialization; `kid` is added to `header`."""
    key, private = _signer(Use.SIG)
    return jose.sign_general(payload, {**header, "kid": key.kid}, private)


def sign_note(message: bytes) -> bytes:
    """The 64 bytes of the log key's signature (C2SP signed-note, Ed25519)."""
    return _signer(Use.LOG)[1].sign(message)


def open(  # noqa: A001 (the door's name in the house)
    jwe: str, *, cty: str | None = SEALED
) -> bytes:
    """What `jwe` seals to a key of ours, an old one too; `cty` None for whatever it names.

    Raises CannotOpen.
    """
    try:
        return jose.open_(jwe, _opener(jwe), cty=cty)
    except jose.JoseError as error:
        raise errors.CannotOpen(reason=str(error)) from None


def unwrapped(protected: str, wrapped: str) -> bytes:
    """The key of the content of one JWE, out of its first two parts, for one read as it comes.

    Raises CannotOpen.
    """
    try:
        return jose.unwrapped(protected, wrapped, _opener(protected))
    except jose.JoseError as error:
        raise errors.CannotOpen(reason=str(error)) from None


def _opener(jwe: str) -> Any:
    """The key of ours that the header names."""
    kid = jose.header(jwe).get("kid", "")
    private = queries.opener(kid)
    if private is None:
        raise errors.CannotOpen(reason=f"no enc key is called {kid[:80]!r}")
    return private


def _signer(use: Use) -> tuple[keyfile.Key, Ed25519PrivateKey]:
    key = queries.current(use)
    assert isinstance(key.private, Ed25519PrivateKey)
    return key, key.private


def _move(aside: Path, place: Path) -> None:
    aside.chmod(0o700)
    aside.rename(place)  # onto nothing, or an empty folder
    for folder in (place, place.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
