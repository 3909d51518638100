"""Writing that empties messages: id, serial, digest and place in the log stay, what they said goes.

A message that was accepted is refused as a replay for ever, and its entry still proves that there
was something, to whoever has kept it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Coalesce

from tidewaiter.exchange.models import Awaited, Former, Inbound, Outbound, Sealed, Tomb


def hold(pks: Sequence[int], *, at: datetime) -> int:
    """See that no handler is called any more for these messages that came; how many waited.

    A handler that is at work has ended when this returns: both write the same row.
    """
    return Inbound.objects.filter(pk__in=pks, handled_at=None).update(handled_at=at, error="")


def empty_inbound(rows: Sequence[Inbound], tombs: Sequence[Tomb], *, at: datetime) -> int:
    """Empty messages that came, and keep what is left of them; how many. In one transaction."""
    Tomb.objects.set_up(tombs)
    for row in rows:
        Awaited.objects.filter(partner=row.sender, message_id=row.message_id).forget()
    still = Inbound.objects.filter(pk__in=[row.pk for row in rows], forgotten_at=None)
    return still.update(
        jws="", label="", error="", forgotten_at=at, handled_at=Coalesce(F("handled_at"), at)
    )


def empty_outbound(rows: Sequence[Outbound], *, at: datetime) -> int:
    """Empty messages of ours, with what was signed of them before; how many.

    The partner's receipt stays: it holds digests and no word of the message.
    """
    ids = [row.message_id for row in rows]
    Former.objects.filter(message_id__in=ids).update(jws="")
    Sealed.objects.filter(message__in=[row.pk for row in rows]).delete()
    still = Outbound.objects.filter(pk__in=[row.pk for row in rows], forgotten_at=None)
    return still.update(
        draft="", asked={}, jws="", label="", detail="", forgotten_at=at, next_at=None
    )


def deleted_there(partner: str, ids: Sequence[UUID], *, at: datetime) -> int:
    """Note that a partner says that it deleted these messages of ours; how many are new."""
    ours = Outbound.objects.filter(recipient=partner, message_id__in=ids)
    return ours.filter(deleted_at=None).update(deleted_at=at)
