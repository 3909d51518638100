"""Handlers of jobs for the tests of the worker."""

import threading
import time
from datetime import UTC, datetime

done: list[int] = []
running: set[str] = set()
overlaps: list[str] = []
failures = 0
_lock = threading.Lock()
hanging = threading.Event()


def note(*, n: int) -> None:
    with _lock:
        done.append(n)


def slow(*, n: int) -> None:
    time.sleep(0.4)
    note(n=n)


def hangs(*, n: int) -> None:
    """As a partner that takes the connection and says nothing."""
    hanging.wait(30)
    note(n=n)


def alone(*, key: str) -> None:
    with _lock:
        if key in running:
            overlaps.append(key)
        running.add(key)
    time.sleep(0.02)
    with _lock:
        running.discard(key)
        done.append(0)


def stubborn(*, n: int) -> None:
    global failures
    if failures < 2:
        failures += 1
        raise ValueError("not yet")
    note(n=n)


def again() -> datetime | None:
    note(n=len(done))
    return datetime.now(UTC) if len(done) < 3 else None


def unlucky() -> None:
    raise RuntimeError("always")
