"""What the exchange tells of attachments while it settles and judges; in the caller's transaction.

A partner's receipts ask for what it lacks of ours; what we refuse for lack of it we await.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from tidewaiter.exchange import telling
from tidewaiter.exchange.attachments import attachment
from tidewaiter.exchange.attachments.attachment import Named
from tidewaiter.exchange.message import Message
from tidewaiter.exchange.models import Awaited, Outbound, Sealed
from tidewaiter.work import actions as work

MISSING: Final = "missing-attachment"
MOST_AWAITED: Final = 10_000  # of one partner, for messages that were not accepted yet
log: Final = structlog.get_logger("tidewaiter.exchange")


def asked(partner: str, lacking: Sequence[int], *, at: datetime) -> None:
    """That partner refused these messages of ours (row numbers) for lack of their attachments."""
    if lacking and Sealed.objects.ask(lacking):
        work.enqueue("exchange.upload", {"partner": partner}, at=at, key=partner)


def given(row: Sealed, *, at: datetime, changed: bool) -> None:
    """The partner has it, or was given it now (`changed`): its message may go again at once."""
    first = row.give(at=at, changed=changed)
    lacking = Sealed.objects.filter(message=row.message_id, asked=True).exists()
    if first and not lacking and Outbound.objects.filter(pk=row.message_id).due_now():
        telling.wake([row.message.recipient], at=at)


def missing(sender: str, named: Sequence[Named]) -> str:
    """Why an attachment that a message of `sender` names is not here, or is not what it says."""
    return attachment.missing(named, Awaited.objects.here(sender, [each.jwe for each in named]))


def expect(refused: Iterable[Message], *, at: datetime) -> None:
    """Await the attachments of these messages, which are refused for lack of them."""
    until = at + attachment.TAKEN_FOR
    for each in refused:
        jwes = [named.jwe for named in attachment.named(each.data)]
        waiting = Awaited.objects.filter(partner=each.sender, accepted_at=None).count()
        if waiting + len(jwes) > MOST_AWAITED:
            log.warning("too many attachments awaited", partner=each.sender, awaited=waiting)
            continue
        Awaited.objects.expect(each.sender, each.id, jwes, until=until)


def accepted(messages: Iterable[Message], *, at: datetime) -> None:
    """These messages are accepted: what they enclose is to be kept."""
    by_sender: dict[str, dict[UUID, Sequence[Named]]] = {}
    for each in messages:
        if named := attachment.named(each.data):
            by_sender.setdefault(each.sender, {})[each.id] = named
    for sender, mine in by_sender.items():
        Awaited.objects.accept(sender, mine, at=at)
    if by_sender:
        work.enqueue("exchange.unpack", {}, at=at, key="unpack")
