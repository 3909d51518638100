"""Whether what a partner gave may be passed on: what its clause says of it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from tidewaiter.agreements import terms
from tidewaiter.agreements.document import Clause

CONSENT: Final = "with-consent"
LISTED: Final = "listed"


class Verdict(StrEnum):
    """What a clause says of passing something on to one administration."""

    GOES = "goes"
    ASKS = "asks"  # its originator first
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Source:
    """A partner's message on which one of ours rests, and the terms on which it was given."""

    partner: str
    id: UUID
    agreement: str
    clause: str
    handling: str
    retain_until: datetime | None


def verdict(clause: Clause | None, to: str) -> Verdict:
    """What the clause says of passing on to `to`; a clause that is not known lets nothing go."""
    if clause is None:
        return Verdict.STAYS
    if clause.onward == CONSENT:
        return Verdict.ASKS
    listed = clause.onward == LISTED and to in clause.onward_to
    return Verdict.GOES if listed else Verdict.STAYS


def tightest(marks: list[str]) -> str:
    """The tightest of these handling marks."""
    return min((each for each in marks if each in terms.HANDLING), key=terms.tightness)
