"""What an auditor asks for, and a message that passed as the auditor sees it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from tidewaiter.exchange.auditing import place
from tidewaiter.exchange.auditing.acknowledged import Acknowledged

Side = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One partner and a half-open period, narrowed where more is said."""

    partner: str
    since: datetime
    until: datetime
    side: Literal["", "in", "out"] = ""
    type: str = ""
    state: str = ""  # one of `queries.STATES`


@dataclass(frozen=True, slots=True)
class Passage:
    """A message that passed, or was to pass, with what the log and its receipt say of it."""

    place: place.Place
    id: UUID
    side: Side
    partner: str
    time: datetime  # its own, signed
    serial: int
    type: str
    agreement: str
    clause: str
    handling: str
    state: str  # one of `queries.STATES` but `forgotten`
    problem: str
    digest: str
    log_index: int | None  # in our log
    receipt: Acknowledged  # the partner's; of what came, our own
    forgotten: bool
    forgotten_at: datetime | None
    former: tuple[tuple[int, str], ...]  # entries of what was signed before, as `document` is
    covered: bool  # under our newest checkpoint
    closed: bool  # its entry is in a log of ours that was lost and followed by another
    cosigned: bool  # under one that a witness cosigned
    altered: bool  # what is kept of it is not what was signed and logged
    held_back: str  # why its document and salt are not disclosed; "" where they may be
    salt: str = ""  # base64url, where it was asked for and may be disclosed
    document: str = ""  # the JWS, likewise
