"""Replies: each answers a request that went the other way, and goes with the mode `on-request`.

The wire contract, "A message": a `reply.*` names in `inreplyto` a request of its recipient's.
"""

from typing import Final
from uuid import UUID

from tidewaiter.exchange import types
from tidewaiter.exchange.models import Inbound, Outbound
from tidewaiter.exchange.types import MessageType

MODE: Final = "on-request"


def fault(kind: MessageType, mode: str, in_reply_to: str, *, partner: str, ours: bool) -> str:
    """Why a reply of `ours`, or of the partner's, answers no request, or ""; "" for other types."""
    if not kind.name.startswith(types.REPLY):
        return ""
    if mode != MODE:
        return f"a reply goes with the mode {MODE}"
    try:
        asked = UUID(in_reply_to)
    except ValueError:
        return "it names no request that it answers"
    requests = {"message_id": asked, "type__startswith": types.REQUEST}
    known = (
        Inbound.objects.filter(sender=partner, **requests)
        if ours
        else Outbound.objects.filter(recipient=partner, serial__isnull=False, **requests)
    )
    return "" if known.exists() else "what it answers is no request that the recipient made"
