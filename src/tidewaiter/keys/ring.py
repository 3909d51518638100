"""The ring of a node's keys: which signs, what each is called, how long each holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from tidewaiter import jose
from tidewaiter.keys.keyfile import Key, Use, made

VALID_FOR: Final = timedelta(days=731)
# A partner whose clock is a little behind must find the key valid already; it is as far
# behind as the protocol lets a clock be.
BEFORE: Final = timedelta(minutes=10)
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class State(StrEnum):
    """Whether a key is in use."""

    CURRENT = "current"
    OLD = "old"  # another of its use is newer; it still opens and is still verified
    EXPIRED = "expired"
    OFFLINE = "offline"  # only its public part is here


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What may be shown of a key. `jwk` holds the members of its thumbprint only."""

    kid: str
    use: str
    jwk: dict[str, str]
    thumbprint: str
    nbf: datetime | None
    exp: datetime | None
    state: str


def fresh(*, administration: str, url: str, at: datetime) -> tuple[Key, ...]:
    """A new node's keys: one to sign, one to open, one for the log, one for recovery."""
    nbf, exp = at - BEFORE, at + VALID_FOR
    return (
        made(f"{administration}-{at.year}-1", Use.SIG, nbf=nbf, exp=exp),
        made(f"{administration}-{at.year}-e1", Use.ENC, nbf=nbf, exp=exp),
        made(f"{administration}-log", Use.LOG, origin=origin(administration, url)),
        made(f"{administration}-recovery", Use.RECOVERY),
    )


def origin(administration: str, url: str) -> str:
    """The name of a log: its address without a scheme (C2SP tlog-checkpoint), no blank, no plus.

    Loopback is everybody's address: there the administration's code stands before it, under
    `localhost`, which leads to the same place (RFC 6761).
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if (parts.hostname or "localhost") in LOOPBACK:
        port = "" if parts.port is None else f":{parts.port}"
        host = f"{administration.lower()}.localhost{port}"
    path = f"{host}{parts.path.rstrip('/')}/tlog"
    return "".join("%20" if sign.isspace() else sign for sign in path).replace("+", "%2B")


def current(keys: Sequence[Key], use: Use) -> Key | None:
    """The newest key of `use` whose private part is here."""
    ours = [key for key in keys if key.use is use and key.private is not None]
    return max(ours, key=_newness, default=None)


def shown(keys: Sequence[Key], at: datetime | None) -> list[PublicKey]:
    """The public parts, newest first within each use; with `at`, what has expired is said so."""
    order = list(Use)
    ordered = sorted(keys, key=_newness, reverse=True)
    ordered.sort(key=lambda key: order.index(key.use))
    return [
        PublicKey(
            kid=key.kid,
            use=key.use.value,
            jwk=key.jwk,
            thumbprint=jose.thumbprint(key.jwk),
            nbf=key.nbf,
            exp=key.exp,
            state=_state(key, keys, at).value,
        )
        for key in ordered
    ]


def _state(key: Key, keys: Sequence[Key], at: datetime | None) -> State:
    if key.private is None:
        return State.OFFLINE
    if at is not None and key.exp is not None and key.exp <= at:
        return State.EXPIRED
    return State.CURRENT if key == current(keys, key.use) else State.OLD


def _newness(key: Key) -> tuple[str, str]:
    return (key.nbf.isoformat() if key.nbf else "", key.kid)
