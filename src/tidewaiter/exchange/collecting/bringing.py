"""Receipts that a partner brings: each verified by itself, then matched to what it is for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tidewaiter import canonical, jose
from tidewaiter.exchange import envelope, message, receipt
from tidewaiter.exchange.delivery import Heard
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Outbound

Key = Callable[[str, str, datetime], jose.Jwk | None]  # sender, kid, moment: its pinned key then


class NotBrought(ValueError):
    """A line is no receipt for us that a partner signed."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A receipt whose signature holds."""

    sender: str
    about: str  # the message's id, "" where the partner could not read it
    digest: str  # of the message's JWS, or of the line that carried it
    heard: Heard


def read(line: bytes, *, us: str, key: Key) -> Brought:
    """The receipt in a line. Raises NotBrought with the rule that it breaks."""
    try:
        compact = line.decode("ascii")
        jws = jose.read(compact)
        event = canonical.read(jws.payload)
        sender = message.code(event["source"])
        time = message.moment(event["time"], "time")
        jwk = key(sender, str(jws.header.get("kid", "")), time)
        if jwk is None:
            raise NotBrought("a receipt is by no key that is pinned here")
        payload = jose.verify_read(jws, jwk, typ=envelope.TYP)
        about, digest = event.get("inreplyto", ""), event["data"]["digest"]
        if not isinstance(about, str) or not isinstance(digest, str):
            raise NotBrought("a receipt does not say what it is for")
        read = receipt.read(payload, sender=sender, us=us, id=about, digests=frozenset({digest}))
    except NotBrought:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotBrought(f"a line is no receipt: {error}"[:200]) from None
    return Brought(sender, about, digest, Heard(read, compact))


def matched(brought: Sequence[Brought], carried: Mapping[str, int]) -> dict[int, Heard]:
    """The receipts of one partner by the messages (row numbers) that they settle.

    By the message's digest; by the line's where the partner could not open it (`carried`). What
    waits no more is left out, and so is a receipt that was brought before.
    """
    if not brought:
        return {}
    ours = Outbound.objects.filter(
        recipient=brought[0].sender, state__in=[State.WAITING, State.EXPIRED, State.WITHDRAWN]
    )
    columns = ("pk", "message_id", "digest", "receipt")
    named = [id_ for each in brought if (id_ := _uuid(each.about)) is not None]
    rows = {row[2]: row for row in ours.filter(message_id__in=named).values_list(*columns)}
    if nameless := [each.digest for each in brought if not each.about]:  # no index leads to these
        rows |= {row[2]: row for row in ours.filter(digest__in=nameless).values_list(*columns)}
    by_line = {row[0]: row for row in ours.filter(pk__in=carried.values()).values_list(*columns)}
    found: dict[int, Heard] = {}
    for each in brought:
        row = rows.get(each.digest) or by_line.get(carried.get(each.digest, 0))
        if row is None or each.heard.compact == row[3]:
            continue
        if each.about in {"", str(row[1])}:
            found[row[0]] = each.heard
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
