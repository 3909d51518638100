"""What the outside can ask of the node's keys: make and change them, sign, open. None shows a key.

A change is published before it is used: `rotate` makes a key that only stands in the document,
has the caller publish that, and then uses it. Whoever is stopped in between asks again.
"""

import base64
import secrets
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.conf import settings

from tidewaiter import jose
from tidewaiter.keys import errors, keyfile, queries, recovering, ring
from tidewaiter.keys.keyfile import Use

SEALED: Final = "tidewaiter+jws"  # what a message's JWE must say it holds


def check_suite(suite: str) -> None:
    """Raises SuiteNotSupported where there is no such suite."""
    if suite not in keyfile.SUITES:
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
    suite = settings.SUITE if suite is None else suite
    check_suite(suite)
    place = settings.KEYS_DIR if directory is None else directory
    if place.exists() and any(place.iterdir()):
        raise errors.KeysExist(directory=str(place))
    made = ring.fresh(
        administration=settings.ADMINISTRATION if administration is None else administration,
        url=settings.NODE_URL if url is None else url,
        at=at,
        suite=suite,
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


def rotate(
    *uses: str,
    at: datetime,
    publish: Callable[[], None] | None = None,
    taken: Collection[str] = (),
    origin: str = "",
) -> list[ring.PublicKey]:
    """Have new keys of the settings' suite serve `uses`; the old ones stay listed for 32 days.

    `publish` is called when the new keys are on the disk and in the document, and do not sign yet;
    when it raises, they stay so, and the next call goes on with them. `taken` are names that keys
    of ours had which are no longer here; `origin` is the log's, where its last key was lost.
    Raises SuiteNotSupported, NotRotated for the recovery key.
    """
    check_suite(settings.SUITE)
    kinds = [Use(use) for use in uses]
    if Use.RECOVERY in kinds:
        raise errors.NotRotated
    for kind in kinds:
        if not any(key.use is kind and key.pending for key in queries.everyone()):
            _prepare(kind, at=at, taken=taken, origin=origin)
    if publish is not None:
        publish()
    began = settle()
    return [key for key in queries.public(at) if key.kid in began]


def _prepare(kind: Use, *, at: datetime, taken: Collection[str], origin: str) -> None:
    """Make the key that is to serve that use, published and not in use."""
    keys = queries.everyone()
    before = ring.newest(keys, kind)
    if kind in {Use.LOG, Use.WITNESS}:  # one tree, one witness, one name each, whoever signs
        origin = _name(kind, before, origin)
    key = ring.following(
        kind,
        administration=settings.ADMINISTRATION,
        origin=origin if kind in {Use.LOG, Use.WITNESS} else "",
        at=at,
        suite=settings.SUITE,
        taken={*taken, *(key.kid for key in keys)},
    )
    keyfile.write(settings.KEYS_DIR, replace(key, pending=True))
    keyfile.sync(settings.KEYS_DIR)


def complete() -> list[str]:
    """Make what keys a home of before has not: that of the witness; the names of those made."""
    keys = queries.everyone()
    if not keys or any(key.use is Use.WITNESS for key in keys):
        return []
    name = _name(Use.WITNESS, ring.newest(keys, Use.WITNESS), "")
    kid = f"{settings.ADMINISTRATION}-witness"
    keyfile.write(settings.KEYS_DIR, keyfile.made(kid, Use.WITNESS, origin=name))
    keyfile.sync(settings.KEYS_DIR)
    return [kid]


def _name(kind: Use, before: keyfile.Key | None, known: str) -> str:
    """The name of our log, or of the witness that we are: what it was before, where it was."""
    if before is not None:
        return before.origin
    log = ring.newest(queries.everyone(), Use.LOG) if kind is Use.WITNESS else None
    origin = log.origin if log is not None else known
    origin = origin or ring.origin(settings.ADMINISTRATION, settings.NODE_URL)
    return ring.witness(origin) if kind is Use.WITNESS else origin


def new_log(*, at: datetime) -> str:
    """Have a key of its own for another log, which follows one that was lost; that log's origin.

    The old log's key signs nothing more: a checkpoint is by keys of its own origin alone.
    """
    old = queries.current(Use.LOG)
    key = ring.following(
        Use.LOG,
        administration=settings.ADMINISTRATION,
        origin=ring.successor(old.origin, secrets.token_hex(3)),
        at=at,
        suite=settings.SUITE,
        taken={key.kid for key in queries.everyone()},
    )
    keyfile.write(settings.KEYS_DIR, key)
    keyfile.sync(settings.KEYS_DIR)
    return key.origin


def settle() -> list[str]:
    """Use every key that has been published and waited; their names."""
    waiting = [key for key in queries.everyone() if key.pending]
    for key in waiting:
        keyfile.begin(settings.KEYS_DIR, key)
    return [key.kid for key in waiting]


def revoke(kid: str, *, at: datetime, reason: str = "") -> ring.PublicKey:
    """Never use that key of ours again, nor list it; what was sealed to it still opens.

    It must not be the one in use: `rotate` comes first. Raises UnknownKey, NotRotated for the
    recovery key, KeyInUse, RevokedAlready.
    """
    if revocable(kid).state == ring.State.CURRENT:
        raise errors.KeyInUse(kid=kid, use=queries.named(kid).use.value)
    keyfile.revoke(settings.KEYS_DIR, kid, reason=reason, at=at)
    return next(each for each in queries.public(at) if each.kid == kid)


def revocable(kid: str) -> ring.PublicKey:
    """The key of that name, when it may be revoked.

    Raises UnknownKey, RevokedAlready, and NotRotated for the recovery key.
    """
    key = queries.named(kid)
    if key.use is Use.RECOVERY:
        raise errors.NotRotated
    if key.revoked is not None:
        raise errors.RevokedAlready(kid=kid)
    return next(each for each in queries.public() if each.kid == kid)


def adopt_recovery(jwk: Mapping[str, str], kid: str, *, nbf: datetime | None) -> bool:
    """Keep the public part of the recovery key that a document of ours lists; False if known.

    Raises KeyNameTaken where another key of ours is called so.
    """
    bare, keys = jose.bare(jwk), queries.everyone()
    if any(key.use is Use.RECOVERY and key.jwk == bare for key in keys):
        return False
    if any(key.kid == kid for key in keys):
        raise errors.KeyNameTaken(kid=kid, directory=str(settings.KEYS_DIR))
    key = keyfile.Key(kid, Use.RECOVERY, bare, None, nbf, None, "")
    keyfile.write(settings.KEYS_DIR, key, public=True)
    keyfile.sync(settings.KEYS_DIR)
    return True


def sign(
    payload: bytes, *, typ: str, extra: Mapping[str, Any] | None = None, kid: str | None = None
) -> str:
    """The compact JWS of `payload` by the current sig key, or by the one of ours that is named.

    `extra` adds to the protected header. Raises KeysMissing, UnknownKey.
    """
    key = queries.current(Use.SIG) if kid is None else queries.named(kid)
    header = {**(extra or {}), "kid": key.kid, "typ": typ}
    return jose.sign(payload, _signer(key, Use.SIG), header)


def sign_document(payload: bytes, *, at: datetime) -> str:
    """The node's document, signed by the key that partners have pinned longest."""
    key = queries.voucher(at)
    header = {"kid": key.kid, "typ": recovering.TYP}
    return jose.sign(payload, _signer(key, Use.SIG), header)


def sign_member(payload: bytes, *, header: Mapping[str, Any]) -> dict[str, str]:
    """Our member of `signatures` in the general serialization; `kid` is added to `header`."""
    key = queries.current(Use.SIG)
    return jose.sign_general(payload, {**header, "kid": key.kid}, _signer(key, Use.SIG))


def sign_note(message: bytes) -> bytes:
    """The 64 bytes of the log key's signature (C2SP signed-note, Ed25519)."""
    return _note_signer(queries.current(Use.LOG)).sign(message)


def sign_notes(message: bytes, *, at: datetime) -> list[tuple[str, bytes]]:
    """The signatures of every log key that is listed, the newest first, each with its verifier.

    For 32 days after a rotation a checkpoint bears both, so that whoever knows only the old
    verifier key goes on following the one tree.
    """
    origin = queries.origin()
    listed = ring.listed(queries.everyone(), at)
    keys = [key for key in listed if key.use is Use.LOG and key.origin == origin]
    ours = [key for key in keys if key.private is not None] or [queries.current(Use.LOG)]
    return [(queries.verifier(key), _note_signer(key).sign(message)) for key in ours]


def cosign(text: bytes, *, at: datetime) -> str:
    """Our cosignature lines on the text of a checkpoint (C2SP tlog-cosignature, cosignature/v1).

    One by each witness key that is listed, the newest first: for 32 days after a rotation whoever
    knows only the old verifier key goes on trusting us. Raises KeysMissing.
    """
    keys = [key for key in ring.listed(queries.everyone(), at) if key.use is Use.WITNESS]
    ours = [key for key in keys if key.private is not None] or [queries.current(Use.WITNESS)]
    moment = int(at.timestamp())
    said = b"cosignature/v1\ntime %d\n" % moment + text
    return "".join(_cosignature(key, moment, _note_signer(key).sign(said)) for key in ours)


def _cosignature(key: keyfile.Key, moment: int, signature: bytes) -> str:
    """A signature line: the name, then the key's id, the time and the signature in base64."""
    name, hash_, _ = queries.verifier(key).split("+", 2)
    raw = bytes.fromhex(hash_) + moment.to_bytes(8, "big") + signature
    return f"\u2014 {name} {base64.b64encode(raw).decode('ascii')}\n"


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


def opening(*, cty: str | None = SEALED) -> Callable[[str], bytes]:
    """`open` for many at once: which keys are ours is read once, now."""
    ours = queries.openers()

    def opened(jwe: str) -> bytes:
        try:
            kid = jose.header(jwe).get("kid", "")
            if kid not in ours:
                raise errors.CannotOpen(reason=f"no enc key is called {kid[:80]!r}")
            return jose.open_(jwe, ours[kid], cty=cty)
        except jose.JoseError as error:
            raise errors.CannotOpen(reason=str(error)) from None

    return opened


def signing(*, typ: str) -> Callable[[bytes], str]:
    """`sign` for many at once: which key of ours signs is read once, now. Raises KeysMissing."""
    key = queries.current(Use.SIG)
    signer, header = _signer(key, Use.SIG), {"kid": key.kid, "typ": typ}

    def signed(payload: bytes) -> str:
        return jose.sign(payload, signer, header)

    return signed


def unwrapped(protected: str, wrapped: str) -> bytes:
    """The key of the content of one JWE, out of its first two parts, for one read as it comes.

    Raises CannotOpen.
    """
    try:
        return jose.unwrapped(protected, wrapped, _opener(protected))
    except jose.JoseError as error:
        raise errors.CannotOpen(reason=str(error)) from None


def _opener(jwe: str) -> jose.Opener:
    kid = jose.header(jwe).get("kid", "")
    private = queries.opener(kid)
    if private is None:
        raise errors.CannotOpen(reason=f"no enc key is called {kid[:80]!r}")
    return private


def _signer(key: keyfile.Key, use: Use) -> jose.Signer:
    if key.use is not use or key.private is None or isinstance(key.private, X25519PrivateKey):
        raise errors.KeysMissing(use=use.value, directory=str(settings.KEYS_DIR))
    return key.private


def _note_signer(key: keyfile.Key) -> Ed25519PrivateKey:
    assert isinstance(key.private, Ed25519PrivateKey)
    return key.private


def _move(aside: Path, place: Path) -> None:
    aside.chmod(0o700)
    aside.rename(place)  # onto nothing, or an empty folder
    for folder in (place, place.parent):
        keyfile.sync(folder)
