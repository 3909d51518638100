"""Whether the node stands behind the fence, and how far it has come back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tidewaiter.ledger import tree
from tidewaiter.ledger.fencing.models import Fence
from tidewaiter.ledger.models import Entry, Witnessed
from tidewaiter.problem import N_

LOG, LOST, PARTNERS = (stage.value for stage in Fence.Stage)
STAGES = {
    Fence.Stage.LOG: N_("The log's entries since the backup are being fetched from the partners."),
    Fence.Stage.LOST: N_(
        "No partner that answers has the log's entries since the backup. Wait for the others, go"
        " on without them, or begin a new log: tidewaiter exchange recover."
    ),
    Fence.Stage.PARTNERS: N_(
        "The log stands again. Partners are being asked which serials were used since the backup."
    ),
}
AHEAD: Final = timedelta(minutes=10)  # of our clock, a message's time may be
AGAIN: Final = timedelta(days=32)  # so long a message that was lost may come again


@dataclass(frozen=True, slots=True)
class Fenced:
    """A node that was restored and has not rejoined: it sends, accepts and signs nothing."""

    since: datetime  # when the backup was taken
    raised: datetime  # when it was restored
    stage: str  # log, lost, partners
    size: int | None  # entries of the log, once it stood again
    reason: str  # the stage in words, to be translated


def fenced() -> Fenced | None:
    """The fence, where it stands: one short statement, so that nobody acts on an old answer."""
    row = Fence.standing()
    if row is None:
        return None
    stage = Fence.Stage(row.stage)
    return Fenced(row.since, row.raised_at, stage.value, row.size, STAGES[stage])


def witnessed(administration: str) -> tuple[int, str]:
    """The size and the note, our cosignature with it, of the newest tree of a partner's log that
    we cosigned; (0, "") where we cosigned none.
    """
    row = Witnessed.objects.filter(administration=administration).order_by("-cosigned_at").first()
    return (row.size, row.whole) if row is not None and row.size else (0, "")


def places(entries: Mapping[bytes, datetime], *, at: datetime) -> dict[bytes, int]:
    """Where entries stand that came back to our log after a restore, of these; of what was written
    when.

    The wire contract, "A receipt": the index is final. What a restore lost was receipted under the
    place at which its entry stands again, and comes again as the same bytes: it keeps that place.
    """
    found: dict[bytes, int] = {}
    for row in Fence.objects.filter(size__isnull=False, raised_at__gt=at - AGAIN).order_by("pk"):
        until = row.raised_at + AHEAD
        leaves = [tree.leaf(entry) for entry, written in entries.items() if written <= until]
        if leaves:
            for each in Entry.among(leaves, since=row.raised_at, below=row.size or 0):
                found.setdefault(bytes(each.entry), each.index)
    return found
