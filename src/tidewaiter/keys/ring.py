"""The ring of a node's keys: which signs, which are published, what each is called, how long.

A key that another has followed is listed for 32 days more: nothing that was signed by it, or sealed
to it, is under way for longer (the wire contract, "Who a node is").
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from tidewaiter import jose
from tidewaiter.keys.keyfile import Key, Use, made

VALID_FOR: Final = timedelta(days=731)
LISTED_FOR: Final = timedelta(days=32)  # after another took its place
# A partner whose clock is a little behind must find the key valid already; it is as far
# behind as the protocol lets a clock be.
BEFORE: Final = timedelta(minutes=10)
WARNED: Final = timedelta(days=60)  # before a key in use expires
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class State(StrEnum):
    """Whether a key is in use."""

    CURRENT = "current"
    NEXT = "next"  # published, and in use as soon as every partner has been told
    OLD = "old"  # another of its use is newer; it still opens and is still verified
    EXPIRED = "expired"
    OFFLINE = "offline"  # only its public part is here
    REVOKED = "revoked"


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
    suite: str  # A, B
    listed_until: datetime | None  # of a key that another followed: when it leaves the document
    reason: str  # why it was revoked


def fresh(*, administration: str, url: str, at: datetime, suite: str = "A") -> tuple[Key, ...]:
    """A new node's keys: to sign, to open, for its log, for the logs it witnesses, to recover."""
    nbf, exp = at - BEFORE, at + VALID_FOR
    log = origin(administration, url)
    return (
        made(f"{administration}-{at.year}-1", Use.SIG, suite=suite, nbf=nbf, exp=exp),
        made(f"{administration}-{at.year}-e1", Use.ENC, suite=suite, nbf=nbf, exp=exp),
        made(f"{administration}-log", Use.LOG, suite=suite, origin=log),
        made(f"{administration}-witness", Use.WITNESS, suite=suite, origin=witness(log)),
        made(f"{administration}-recovery", Use.RECOVERY, suite=suite),
    )


def following(
    use: Use,
    *,
    administration: str,
    origin: str,
    at: datetime,
    suite: str,
    taken: Collection[str],
) -> Key:
    """A key to follow the one that serves `use`, under a name that none of `taken` has."""
    middle, first = {
        Use.SIG: (f"{at.year}-", 1),
        Use.ENC: (f"{at.year}-e", 1),
        Use.LOG: ("log-", 2),
        Use.RECOVERY: ("recovery-", 2),
        Use.WITNESS: ("witness-", 2),
    }[use]
    names = (f"{administration}-{middle}{n}" for n in range(first, first + len(taken) + 1))
    kid = next(name for name in names if name not in taken)
    exp = at + VALID_FOR if use in {Use.SIG, Use.ENC} else None
    return made(kid, use, suite=suite, nbf=at - BEFORE, exp=exp, origin=origin)


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


def successor(origin: str, mark: str) -> str:
    """The name of the log that follows one which was lost: `…/tlog-2-4f0c1a`, then `…/tlog-3-…`.

    The `mark` is drawn by lot: whoever lost the keys, too, does not know which names were used.
    """
    known = re.fullmatch(r"(.*/tlog)-([0-9]+)(?:-[0-9a-f]+)?", origin)
    stem, number = (known[1], int(known[2])) if known else (origin, 1)
    return f"{stem}-{number + 1}-{mark}"


def witness(origin: str) -> str:
    """The name of the witness that a node with the log `origin` is (C2SP tlog-cosignature)."""
    return origin.removesuffix("/tlog") + "/witness"


def current(keys: Sequence[Key], use: Use) -> Key | None:
    """The newest key of `use` that may be used and whose private part is here."""
    ours = [key for key in keys if key.use is use and key.private is not None and _usable(key)]
    return max(ours, key=_newness, default=None)


def newest(keys: Sequence[Key], use: Use) -> Key | None:
    """The newest of `use` that is not revoked, a pending one too: the first in the document."""
    ours = [key for key in keys if key.use is use and key.revoked is None]
    return max(ours, key=_newness, default=None)


def listed(keys: Sequence[Key], at: datetime) -> list[Key]:
    """Those that the node's document and its log stand by at `at`, newest first in each use."""
    return [key for key in ordered(keys) if _is_listed(key, keys, at)]


def vouching(keys: Sequence[Key], at: datetime) -> Key | None:
    """The key that signs the node's document: the oldest listed, for partners pin it longest."""
    ours = [
        key
        for key in listed(keys, at)
        if key.use is Use.SIG and key.private is not None and _usable(key) and not _is_over(key, at)
    ]
    return min(ours, key=_newness, default=None) or current(keys, Use.SIG)


def shown(keys: Sequence[Key], at: datetime | None) -> list[PublicKey]:
    """The public parts, newest first within each use; with `at`, what has expired is said so."""
    return [
        PublicKey(
            kid=key.kid,
            use=key.use.value,
            jwk=key.jwk,
            thumbprint=thumbprint(key),
            nbf=key.nbf,
            exp=key.exp,
            state=_state(key, keys, at).value,
            suite="B" if key.jwk["kty"] == "EC" else "A",
            listed_until=None if key.revoked else listed_until(key, keys),
            reason=key.reason,
        )
        for key in ordered(keys)
    ]


def ending(key: PublicKey, at: datetime) -> bool:
    """Whether a key in use expires soon, or has, and is to be rotated."""
    used = key.state in {State.CURRENT, State.EXPIRED} and key.listed_until is None
    return used and key.exp is not None and key.exp <= at + WARNED


def thumbprint(key: Key) -> str:
    """The JWK thumbprint, by which a key is known (RFC 7638)."""
    return jose.thumbprint(key.jwk)


def listed_until(key: Key, keys: Sequence[Key]) -> datetime | None:
    """When a key leaves the document because another followed it; None where none did."""
    followers = [
        other.nbf + BEFORE
        for other in keys
        if other.use is key.use and other.nbf is not None and _newness(other) > _newness(key)
    ]
    if not followers or key.use is Use.RECOVERY:  # of which there is one at a time
        return min(followers, default=None)
    return min(followers) + LISTED_FOR


def ordered(keys: Sequence[Key]) -> list[Key]:
    """The keys by use, the newest of each first."""
    order = list(Use)
    ordered = sorted(keys, key=_newness, reverse=True)
    ordered.sort(key=lambda key: order.index(key.use))
    return ordered


def _is_listed(key: Key, keys: Sequence[Key], at: datetime) -> bool:
    if key.revoked is not None:
        return False
    until = listed_until(key, keys)
    still = until is None or at < until
    return key == newest(keys, key.use) or (still and not _is_over(key, at))


def _is_over(key: Key, at: datetime) -> bool:
    return key.exp is not None and key.exp <= at


def _state(key: Key, keys: Sequence[Key], at: datetime | None) -> State:
    if key.revoked is not None:
        return State.REVOKED
    if key.pending:
        return State.NEXT
    if key.private is None and key == newest(keys, key.use):
        return State.OFFLINE
    if at is not None and _is_over(key, at):
        return State.EXPIRED
    return State.CURRENT if key == current(keys, key.use) else State.OLD


def _usable(key: Key) -> bool:
    return key.revoked is None and not key.pending


def _newness(key: Key) -> tuple[str, str]:
    return (key.nbf.isoformat() if key.nbf else "", key.kid)
