"""What upper rooms register with `controls`, in their `AppConfig.ready()`, by import path."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

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


findings: Final[Registry[Callable[[Sequence[Recorded]], None]]] = Registry("findings")
