"""What machines can be asked to do: the registry of job kinds, filled by the rooms above.

A kind's handler is called with the job's arguments by name, outside any transaction, at least once:
a worker may die after the work and before it is noted, so what a handler does it can do twice. It
returns None when it is done, or the moment when it wants to be called again. What it raises is
noted, and it is tried again with growing waits. A long handler asks `stopping()` now and then.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final

from tidewaiter.registry import Registry

Handler = Callable[..., datetime | None]

REGISTRY: Final[Registry[Handler]] = Registry("work.jobs")
_stop: Final = threading.Event()


class Lane(StrEnum):
    """What a kind of jobs may wait for, and what it may keep waiting."""

    USUAL = "usual"
    PROMPT = "prompt"  # short, and promised within seconds: a thread is kept free for these
    SLOW = "slow"  # may wait for others (a partner): one by one, and never on every thread


_LANES: Final[dict[str, Lane]] = {}


def register(kind: str, path: str, lane: Lane = Lane.USUAL) -> None:
    """Say that jobs of `kind` ("exchange.deliver") are done by the function at `path`."""
    REGISTRY.register(kind, path)
    _LANES[kind] = lane


def kinds(lane: Lane) -> list[str]:
    """The kinds of jobs that go by that lane."""
    return [kind for kind in REGISTRY if _LANES.get(kind, Lane.USUAL) is lane]


def handler(kind: str) -> Handler:
    """The function that does jobs of `kind`. Raises LookupError where none is registered."""
    return REGISTRY.get(kind)


def stop() -> None:
    """Ask the handlers of this process to end soon."""
    _stop.set()


def stopping() -> bool:
    """Whether this process was asked to end."""
    return _stop.is_set()


def pause(seconds: float) -> bool:
    """Sleep for `seconds`, less when this process is asked to end; whether it was."""
    return _stop.wait(seconds)
