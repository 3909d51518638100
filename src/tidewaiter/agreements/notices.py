"""A party's word about an agreement: which may be given, and from when it counts.

Only who suspended resumes, and terminating is final. Who has not signed has nothing to say.
"""

from datetime import datetime
from typing import Final

from tidewaiter.agreements.standing import Signed, State

MAY: Final = {
    "suspend": frozenset({State.IN_FORCE}),
    "resume": frozenset({State.SUSPENDED}),
    "terminate": frozenset({State.IN_FORCE, State.SUSPENDED}),
}


def own_state(signed: Signed, party: str) -> State:
    """What this party alone has said of it: in force, suspended or terminated."""
    given = [each for each in signed.notices if each.party == party]
    if any(each.notice == "terminate" for each in given):
        return State.TERMINATED
    last = max(given, key=lambda each: each.at, default=None)
    return State.SUSPENDED if last is not None and last.notice == "suspend" else State.IN_FORCE


def may(signed: Signed, party: str, notice: str) -> bool:
    """Whether that notice is the party's to give, after what it has said before."""
    return party in signed.signed_by and own_state(signed, party) in MAY.get(notice, frozenset())


def open_to(signed: Signed, party: str) -> tuple[str, ...]:
    """The notices that the party may give."""
    return tuple(each for each in MAY if may(signed, party, each))


def moment(signed: Signed, party: str, at: datetime) -> datetime:
    """From when a notice of that moment counts: never before one that the party gave earlier."""
    return max([at, *(each.at for each in signed.notices if each.party == party)])
