"""Housekeeping messages that this node sends: no clause, no people; signed and logged at once.

In the caller's transaction: what is told is told if and only if what it tells of is written.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from tidewaiter import identifier
from tidewaiter.exchange import drafting, message
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Correspondent, Outbound
from tidewaiter.work import actions as work

VALID_FOR: Final = timedelta(days=7)
SEALED_AT_ONCE: Final = 200  # some 60 ms of signing, then one commit
Sign = Callable[..., str]


def tell(
    *,
    to: str,
    type: str,  # noqa: A002 (the contract's own name)
    data: Mapping[str, Any],
    us: message.Origin,
    sign: Sign,
    at: datetime,
    by: str = "machine",
    in_reply_to: str = "",
    expires: datetime | None = None,
) -> Outbound:
    """Write, sign and log one housekeeping message, and have it delivered."""
    made = identifier.uuid7(at)
    row = Outbound(
        message_id=made,
        recipient=to,
        serial=Correspondent.objects.serials(to, 1),
        type=type,
        in_reply_to=in_reply_to,
        expires_at=expires or at + VALID_FOR,
        sent_at=at,
        draft=message.encoded(data).decode(),
        salt=secrets.token_bytes(32),
        state=State.WAITING,
        by=by,
    )
    drafting.log([row], sign, us=us, at=at)
    Outbound.objects.add([row])
    wake([to], at=at)
    return row


def seal(*, us: message.Origin, sign: Sign, at: datetime) -> int:
    """Sign and log what was written as a batch, some hundreds at once, and have it delivered.

    In the caller's transaction; how many.
    """
    rows = list(Outbound.objects.unsealed().select_for_update()[:SEALED_AT_ONCE])
    if rows:
        drafting.log(rows, sign, us=us, at=at)
        Outbound.objects.seal(rows)
        wake(sorted({row.recipient for row in rows}), at=at)
    return len(rows)


def wake(codes: Iterable[str], *, at: datetime) -> None:
    """Have these partners sent what waits for them, each when its wait is over."""
    wanted = list(codes)
    waits = dict(
        Correspondent.objects.filter(pk__in=wanted, next_at__gt=at).values_list("pk", "next_at")
    )
    for code in wanted:
        work.enqueue(
            "exchange.deliver", {"partner": code}, at=at, key=code, not_before=waits.get(code, at)
        )
