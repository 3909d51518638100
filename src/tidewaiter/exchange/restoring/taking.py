"""What a fenced node takes of a POST: a partner's `node.state`, and nothing else.

The lines beside it get no receipt: a partner tries them again, as whatever it has no receipt for.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tidewaiter.exchange import intake
from tidewaiter.exchange.models import Rejoining
from tidewaiter.exchange.restoring import numbering
from tidewaiter.exchange.restoring.kinds import STATE
from tidewaiter.keys import actions as keys
from tidewaiter.ledger import actions as ledger

NOT_NOW: Final = "restoring"  # in place of a receipt: it verifies for nobody


def answers(lines: Sequence[bytes], receive: Callable[[Sequence[bytes]], list[str]]) -> list[str]:
    """What `receive` says of each `node.state`, in its place; NOT_NOW for the other lines.

    Raises Restoring where there is none at all, so that the partner waits before it tries again;
    and before the log stands again: an answer to what was asked before this restore, say.
    """
    places = _places(lines)
    if not places:
        ledger.hold()
    said = [NOT_NOW] * len(lines)
    with ledger.through():
        ledger.hold()
        receipts = receive([lines[place] for place in places])
    for place, receipt in zip(places, receipts, strict=True):
        said[place] = receipt
    return said


def highest(judged: Sequence[intake.Judged], highests: Mapping[str, int]) -> dict[str, int]:
    """The highest serials taken, by sender: as they are, but for who answers our question.

    A node that was restored lost count: how far ahead the answer's serial is, it cannot say, as
    long as it can be.
    """
    found = dict(highests)
    for each in judged:
        message = each.arrival.message
        if each.early is not None or message is None or message.type != STATE:
            continue
        known = found.get(message.sender, 0)
        if not numbering.believable(message.serial, known=known):
            continue
        if Rejoining.objects.awaited(message.sender, message.in_reply_to):
            found[message.sender] = max(known, message.serial - 1)
    return found


def states(lines: Sequence[bytes]) -> tuple[list[bytes], int]:
    """Those of these lines that carry a `node.state`, and the highest serial of all of them."""
    opened = intake.opened(lines, keys.opening())
    serials = [each.message.serial for each in opened if each.message is not None]
    return [lines[place] for place in _places(lines)], max(serials, default=0)


def _places(lines: Sequence[bytes]) -> list[int]:
    return [
        place
        for place, arrival in enumerate(intake.opened(lines, keys.opening()))
        if arrival.message is not None and arrival.message.type == STATE
    ]
