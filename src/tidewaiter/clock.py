"""The two clocks: real time for messages, log, audit and sessions; trade time for trade's facts.

They are the same, but where a simulation (the demo) sets trade time by a file. Only faces and jobs
read a clock; everything below takes the moment as a parameter.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

TRADE_CLOCK: Final = "TIDEWAITER_TRADE_CLOCK"


def real() -> datetime:
    """This moment in UTC, to the millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def trade() -> datetime:
    """Trade time: real time, or what the file in TIDEWAITER_TRADE_CLOCK says.

    The file holds one RFC 3339 moment. Raises ValueError when it holds anything else.
    """
    path = os.environ.get(TRADE_CLOCK)
    if not path:
        return real()
    return parse(Path(path).read_text(encoding="ascii").strip())


def parse(text: str) -> datetime:
    """A moment of RFC 3339 with its offset, in UTC. Raises ValueError on anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or len(text) < len("2026-01-01T00:00Z"):
        raise ValueError(f"{text!r} is no RFC 3339 moment with an offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is beyond the calendar in UTC") from None


def text(moment: datetime) -> str:
    """`moment` as the wire writes it: RFC 3339, UTC, Z, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
