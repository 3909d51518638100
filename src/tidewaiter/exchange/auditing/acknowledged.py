"""What a partner's signed receipt says of a message of ours, checked again by the key it names.

A receipt was checked when it came; whoever audits checks what is kept, and trusts no column.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tidewaiter import jose
from tidewaiter.exchange import envelope, receipt

Key = Callable[[str], Mapping[str, Any] | None]  # of the partner, by its kid


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What the receipt says, and whether its signature holds for that message."""

    outcome: str  # "" where there is no receipt
    received: datetime | None = None
    log_index: int | None = None  # in the partner's log
    holds: bool = True


NONE: Final = Acknowledged("")


def read(compact: str, *, partner: str, us: str, id: str, digest: str, key: Key) -> Acknowledged:  # noqa: A002
    """The receipt kept for the message `id` that we sent; NONE where none is kept."""
    if not compact:
        return NONE
    try:
        jws = jose.read(compact)
        jwk = key(str(jws.header.get("kid", "")))
        if jwk is None:
            return _unproven(compact)
        payload = jose.verify_read(jws, dict(jwk), typ=envelope.TYP)
        said = json.loads(payload)["data"]
        # of a line that the partner could not open it knows another digest
        wanted = said["digest"] if said["outcome"] == receipt.REFUSED else digest
        found = receipt.read(payload, sender=partner, us=us, id=id, digests=frozenset({wanted}))
    except (jose.JoseError, receipt.NoReceipt, ValueError, KeyError, TypeError):
        return _unproven(compact)
    return Acknowledged(found.outcome, found.received, found.log_index)


def borne_out(said: Acknowledged, *, accepted: bool, final: bool) -> Acknowledged:
    """The same; it does not hold where a message stands as a receipt alone can have it stand
    (accepted, or refused for good) and this receipt, or none, says otherwise.
    """
    if not final or (said.outcome and (said.outcome != receipt.REFUSED) == accepted):
        return said
    return replace(said, holds=False)


def _unproven(compact: str) -> Acknowledged:
    try:
        data = json.loads(jose.read(compact).payload)["data"]
        outcome, index = str(data["outcome"]), data.get("logindex")
    except (jose.JoseError, ValueError, KeyError, TypeError):
        outcome, index = receipt.REFUSED, None
    return Acknowledged(outcome, None, index if type(index) is int else None, holds=False)
