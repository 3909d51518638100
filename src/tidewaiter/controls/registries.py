"""What upper rooms register with `controls`, in their `AppConfig.ready()`, by import path."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tidewaiter.exchange.types import Received
from tidewaiter.identity.viewer import Viewer
from tidewaiter.registry import Registry


@dataclass(frozen=True, slots=True)
class Recorded:
    """The result of one control, as it was recorded here."""

    inspection: int
    declaration: int  # id
    reference: str
    conform: bool
    offence: str  # empty where it conforms
    marks: tuple[str, ...]  # marks seen on the goods
    message_id: str  # the partner's message without which nobody would have looked
    at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A partner who may be told what an inspection found: by which value, in words."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells partners what an inspection found: whom it may, and the telling in real time."""

    offers: Callable[[Viewer, str], Sequence[Offer]]
    tell: Callable[[str, Sequence[str], Viewer, datetime], None]


results: Final[Registry[Callable[[Received], None]]] = Registry("results")
"""Who hears of a partner's result that does not conform."""
tellers: Final[Registry[Teller]] = Registry("tellers")
findings: Final[Registry[Callable[[Sequence[Recorded]], None]]] = Registry("findings")
