"""What may be read of bundles: what would go into the next one."""

from dataclasses import dataclass
from datetime import datetime

from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Outbound, Returning


@dataclass(frozen=True, slots=True)
class Next:
    """What the next bundle for a partner would hold."""

    messages: int
    receipts: int


def next_for(partner: str, *, at: datetime) -> Next:
    """How much waits for that partner."""
    waiting = Outbound.objects.filter(
        recipient=partner, state=State.WAITING, expires_at__gt=at
    ).count()
    return Next(waiting, Returning.objects.of(partner).count())
