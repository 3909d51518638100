"""Logs that contradict themselves, for the tests of alarms: signed for real, found by the doors."""

from contextlib import suppress

from tests.exchange.partner import Partner
from tests.exchange.peer import Log
from tidewaiter import clock
from tidewaiter.ledger import queries, witness
from tidewaiter.ledger.errors import NotConsistent, OtherTree
from tidewaiter.ledger.witnessing import actions, keeping


def forked(partner: Partner) -> int:
    """The partner's log goes on from another tree than we cosigned; the alarm's number."""
    log = Log(partner)
    log.grow(120)
    _asked(log, 0)
    before = log.entries[:60]
    log.entries = before
    log.grow(60, mark=" as it suits us better")
    with suppress(OtherTree, NotConsistent):
        _asked(log, 120)
    return queries.alarms()[0].id


def beside(partner: Partner) -> int:
    """The partner's log, of which we keep 300 entries, signed 200 others; the alarm's number."""
    log = Log(partner)
    log.grow(300)
    _asked(log, 0)
    keeping.keep(log.origin, [(0, log.entries[:256]), (1, log.entries[256:])])
    log.entries = log.entries[:150]
    log.grow(50, mark=" otherwise")
    with suppress(OtherTree):
        _asked(log, 0)
    return queries.alarms()[0].id


def split(partner: Partner, teller: str) -> int:
    """Another partner was shown another log than we; the alarm's number."""
    log = Log(partner)
    log.grow(300)
    _asked(log, cosigned(log.origin))
    other = Log(partner)
    other.grow(300, mark=" for other eyes")
    actions.told(other.shown().encode(), by=teller, at=clock.real())
    return queries.alarms()[0].id


def cosigned(origin: str) -> int:
    """How many entries of that log we cosigned."""
    return max(
        (row.log.size for row in queries.witnesses() if row.log and row.log.origin == origin),
        default=0,
    )


def _asked(log: Log, old: int) -> None:
    request = witness.Request(old, log.proof(old), log.shown().encode())
    actions.add_checkpoint(witness.written(request), at=clock.real())
