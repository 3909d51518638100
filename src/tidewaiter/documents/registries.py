"""What upper rooms register with `documents`, in their `AppConfig.ready()`, by import path."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol

from tidewaiter.documents.formats import Format
from tidewaiter.problem import Word
from tidewaiter.registry import Registry


@dataclass(frozen=True, slots=True)
class Inspected:
    """An inspection result that came with a declaration, from the system it comes from."""

    declaration: int  # id
    reference: str
    result: str  # conform, not-conform
    offence: str  # empty for conform
    on: date


class Judge(Protocol):
    """Judges declarations just taken; it answers through `documents.actions.judged`."""

    def __call__(self, ids: Sequence[int], at: datetime) -> None:
        """Judge the declarations of these ids, set-wise, at the moment of taking."""


Wording = Callable[[Sequence[dict[str, Any]], Word], list[str]]  # reasons into sentences

importers: Final[Registry[Format]] = Registry("importers")
judges: Final[Registry[Judge]] = Registry("judges")
outcomes: Final[Registry[Callable[[Sequence[Inspected]], None]]] = Registry("outcomes")
wordings: Final[Registry[Wording]] = Registry("wordings")  # one: the room that judges
