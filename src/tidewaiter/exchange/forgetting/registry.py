"""How each room deletes all that came of a message: a registry that the rooms fill.

A room names its `Forgetter` in `AppConfig.ready()` by import path; nothing is imported before the
first message is forgotten. Every row that would not exist without a partner's message carries its
`message_id`, and by this it is found.

    from tidewaiter.exchange.forgetting import registry
    registry.register("risk", "tidewaiter.risk.forgetting.actions.FORGETTER")
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tidewaiter.registry import Registry


@dataclass(frozen=True, slots=True)
class Needed:
    """Why a message is kept although its time is over: which open case needs it, a code."""

    reason: str  # inspection-open, goods-detained …
    case: str = ""  # the case's own number
    sentence: str = ""  # in words, marked with N_(), with {case}


def _nothing(_: Sequence[UUID]) -> Mapping[UUID, Needed]:
    return {}


def _none(_: Set[str]) -> Set[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Forgetter:
    """What a room does when messages are forgotten; each may be called again for the same ones.

    `forget` deletes or empties what came of these messages, in short transactions of its own, and
    says how many rows it changed. `kept` names those of the messages that an open case still needs.
    `refers` says to which of these objects of the vault (SHA-256) the room's rows refer. `tables`
    are the tables that it cleans, for the database to be told.
    """

    forget: Callable[[Sequence[UUID], datetime], int]
    kept: Callable[[Sequence[UUID]], Mapping[UUID, Needed]] = _nothing
    refers: Callable[[Set[str]], Set[str]] = _none
    tables: tuple[str, ...] = ()


REGISTRY: Final[Registry[Forgetter]] = Registry("exchange.forgetting")


def register(room: str, path: str) -> None:
    """Say that what came of messages in `room` is deleted by the Forgetter at `path`."""
    REGISTRY.register(room, path)


def paths() -> dict[str, str]:
    """All rooms with their import paths, for the docs and the test of registries."""
    return REGISTRY.paths()


def forget(messages: Sequence[UUID], at: datetime) -> int:
    """Have every room delete what came of these messages; how many rows."""
    return sum(REGISTRY.get(room).forget(messages, at) for room in REGISTRY)


def kept(messages: Sequence[UUID]) -> dict[UUID, Needed]:
    """The messages that an open case still needs, and which; the first room's word counts."""
    found: dict[UUID, Needed] = {}
    for room in REGISTRY:
        for message, needed in REGISTRY.get(room).kept(messages).items():
            found.setdefault(message, needed)
    return found


def refers(digests: Set[str]) -> set[str]:
    """Those of these objects of the vault that some room still refers to."""
    found: set[str] = set()
    for room in REGISTRY:
        found |= REGISTRY.get(room).refers(digests)
    return found


def tables() -> list[str]:
    """The tables in which what came of messages lay."""
    return sorted({table for room in REGISTRY for table in REGISTRY.get(room).tables})
