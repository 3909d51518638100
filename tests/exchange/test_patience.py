"""How long we wait for a partner's log in all, however many answers each come just in time."""

from typing import Any

import pytest

from tidewaiter.exchange import wire
from tidewaiter.exchange.witnessing import reading


class Clock:
    """A partner that takes all the time that it is given, but for a little."""

    def __init__(self) -> None:
        self.now = 100.0
        self.given: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def fetch(self, line: wire.Line, path: str, most: int, **_: Any) -> tuple[int, bytes]:
        self.given.append(line.seconds)
        self.now += min(line.seconds, 2.0)
        return 404 if ".p/" in path else 200, b"\0" * 32 * 256


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(reading, "time", made)
    monkeypatch.setattr(wire, "fetch", made.fetch)
    return made


def test_many_slow_answers_take_no_longer_together_than_one_may(clock: Clock) -> None:
    log = reading.Log("http://127.0.0.1:9", until=clock.now + 3.0)
    log.tile(0, 0, 256)
    with pytest.raises(wire.Unanswered):
        log.tile(0, 1, 7)  # the partial tile is not kept: for the full one no time is left
    assert clock.now == 103.0
    assert clock.given == [3.0, 1.0]


def test_in_a_round_of_ours_each_answer_has_its_time(clock: Clock) -> None:
    log = reading.Log("http://127.0.0.1:9")
    for index in range(10):
        log.tile(0, index, 256)
    assert clock.given == [reading.ANSWER] * 10
