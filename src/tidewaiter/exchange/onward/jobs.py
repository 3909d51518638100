"""What machines do once an originator has spoken: what waited goes, or is taken back."""

from uuid import UUID

from tidewaiter import clock
from tidewaiter.exchange import actions as exchange
from tidewaiter.exchange.onward import actions


def decided(*, source: str) -> None:
    """Go on with what rests on that message."""
    for id_ in actions.settled(UUID(source)):
        exchange.consented(id=id_, at=clock.real())
