"""What may be read of a message's attachments, by those who may read the message."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from tidewaiter import jose
from tidewaiter.exchange import errors as exchange_errors
from tidewaiter.exchange import queries
from tidewaiter.exchange.attachments import actions, attachment, errors
from tidewaiter.exchange.attachments.attachment import Named
from tidewaiter.exchange.models import Awaited, Inbound, Outbound, Sealed
from tidewaiter.identity import actions as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.problem import N_
from tidewaiter.vault import queries as vault


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment of a message, as its page shows it.

    `state` of one that came is `here`; of ours it is `sealed` until the partner asked for it,
    `asked` until it has it, then `given`. `readable` says whether its bytes are kept here.
    """

    number: int  # from 1
    name: str
    mediatype: str
    size: int
    state: str
    readable: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """An attachment to be read: its bytes, and what they are by themselves."""

    name: str
    mediatype: str
    size: int
    file: BinaryIO


def attachments(viewer: Viewer, id: UUID) -> list[Attached]:  # noqa: A002 (the contract's name)
    """The attachments of that message, in its order. Raises NoSuchMessage, Forbidden."""
    queries.may_read(viewer)
    row, named = _named(id)
    given = {} if isinstance(row, Inbound) else _given(row)
    return [
        Attached(
            number=number,
            name=each.name,
            mediatype=each.mediatype,
            size=each.size,
            state="here" if isinstance(row, Inbound) else given.get(each.jwe, "sealed"),
            readable=_readable(row, each),
        )
        for number, each in enumerate(named, 1)
    ]


def attachment_of(viewer: Viewer, id: UUID, number: int, *, at: datetime) -> Opened:  # noqa: A002
    """One attachment's bytes, and a row in the read-audit.

    Raises NoSuchMessage, NoSuchAttachment, Forbidden.
    """
    queries.may_read(viewer)
    row, named = _named(id)
    if not 1 <= number <= len(named):
        raise errors.NoSuchAttachment(id=str(id), number=number)
    each = named[number - 1]
    if not _readable(row, each):
        raise errors.NoSuchAttachment(id=str(id), number=number)
    sha256 = attachment.sha256(each.sha256)
    if not vault.held(sha256):
        actions.unpack(each.jwe, at=at)
    identity.audit(viewer, N_("attachment"), [f"{id}/{number}"], [], at)
    about = vault.about(sha256)
    suffix = attachment.SUFFIXES.get(about.media_type, "bin")
    return Opened(f"{number}.{suffix}", about.media_type, about.size, vault.open(sha256))


def _named(id: UUID) -> tuple[Outbound | Inbound, list[Named]]:  # noqa: A002
    row: Outbound | Inbound | None = (
        Outbound.objects.filter(message_id=id).first()
        or Inbound.objects.filter(message_id=id).order_by("pk").first()
    )
    if row is None:
        raise exchange_errors.NoSuchMessage(id=str(id))
    if row.jws:
        return row, attachment.named(json.loads(jose.read(row.jws).payload).get("data"))
    if row.forgotten_at is not None:
        return row, []
    assert isinstance(row, Outbound)
    return row, attachment.named(json.loads(row.draft))


def _given(row: Outbound) -> dict[str, str]:
    return {
        each.jwe: "given" if each.given else "asked" if each.asked else "sealed"
        for each in Sealed.objects.filter(message=row)
    }


def _readable(row: Outbound | Inbound, each: Named) -> bool:
    if vault.held(attachment.sha256(each.sha256)):
        return True
    if isinstance(row, Outbound):
        return False
    packed = Awaited.objects.filter(partner=row.sender, message_id=row.message_id, jwe=each.jwe)
    return packed.exists() and vault.held(attachment.sha256(each.jwe))
