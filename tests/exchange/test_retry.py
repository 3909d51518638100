"""When it is tried again: 5 s, doubling to 10 minutes; what may pass, for 24 hours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.exchange import retry

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


class TestTheWaitForAPartner:
    def test_is_5_seconds_then_doubles_to_10_minutes(self) -> None:
        waits = [retry.wait(each, jitter=0).total_seconds() for each in range(1, 10)]
        assert waits == [5, 10, 20, 40, 80, 160, 320, 600, 600]

    @given(st.integers(min_value=1, max_value=10**6), st.floats(min_value=0, max_value=1))
    def test_is_never_shorter_than_the_rule_nor_over_10_minutes(
        self, n: int, jitter: float
    ) -> None:
        assert retry.wait(n, jitter=0) <= retry.wait(n, jitter=jitter) <= timedelta(minutes=10)

    def test_follows_a_failure_only(self) -> None:
        with pytest.raises(ValueError, match="without a failure"):
            retry.wait(0, jitter=0)


class TestARefusalThatMayPass:
    @pytest.mark.parametrize("problem", ["missing-attachment", "clock-skew", "unknown-agreement"])
    def test_is_tried_again_after_5_seconds_and_doubling(self, problem: str) -> None:
        moments = [retry.again(problem, first_sent=AT, failures=each, at=AT) for each in (1, 2, 3)]
        assert moments == [AT + timedelta(seconds=each) for each in (5, 10, 20)]

    def test_is_final_after_24_hours(self) -> None:
        late = AT + timedelta(hours=23)
        assert retry.again("clock-skew", first_sent=AT, failures=14, at=late) is None

    @pytest.mark.parametrize(
        "problem", ["not-permitted", "expired", "replayed", "undecryptable", ""]
    )
    def test_is_none_of_the_others(self, problem: str) -> None:
        assert retry.again(problem, first_sent=AT, failures=1, at=AT) is None
