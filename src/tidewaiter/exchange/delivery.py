"""Messages on their way to a partner: which go together, and what its receipts say of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tidewaiter import canonical, jose
from tidewaiter.exchange import envelope, receipt

MOST_LINES: Final = 500
MOST_BYTES: Final = 15 * 2**20  # under the contract's 16 MiB


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A signed message that waits for its receipt."""

    pk: int
    id: UUID
    jws: str
    digest: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A receipt that verified, and its bytes."""

    receipt: receipt.Receipt
    compact: str


def fitting(waiting: Iterable[Outgoing]) -> list[Outgoing]:
    """As many of these as one POST takes, in order."""
    chosen: list[Outgoing] = []
    length = 0
    for each in waiting:
        length += len(each.jws) * 4 // 3 + envelope.OVERHEAD
        if len(chosen) == MOST_LINES or (chosen and length > MOST_BYTES):
            break
        chosen.append(each)
    return chosen


def heard(
    sent: Sequence[Outgoing],
    lines: Sequence[str],
    answer: Sequence[str],
    *,
    us: str,
    partner: str,
    key: Callable[[str], jose.Jwk | None],
) -> list[Heard | None]:
    """The receipt of each message in order, None where none came that verifies.

    `lines` are what was posted, `key` finds a pinned `sig` key of the partner by its kid.
    """
    found: list[Heard | None] = []
    for index, each in enumerate(sent):
        compact = answer[index] if index < len(answer) else ""
        digests = frozenset({each.digest, canonical.digest(lines[index].encode("ascii"))})
        found.append(_read(compact, str(each.id), digests, us=us, partner=partner, key=key))
    return found


def _read(
    compact: str,
    id: str,  # noqa: A002
    digests: frozenset[str],
    *,
    us: str,
    partner: str,
    key: Callable[[str], jose.Jwk | None],
) -> Heard | None:
    try:
        jws = jose.read(compact)
        jwk = key(str(jws.header.get("kid", "")))
        if jwk is None:
            return None
        payload = jose.verify_read(jws, jwk, typ=envelope.TYP)
        read = receipt.read(payload, sender=partner, us=us, id=id, digests=digests)
        return Heard(read, compact)
    except (jose.JoseError, receipt.NoReceipt):
        return None
