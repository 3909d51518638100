"""Serials that are missing, as spans: what opens them and what closes them."""

from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.exchange import serials
from tidewaiter.exchange.serials import Span

SOME = st.sets(st.integers(1, 60), max_size=40)


def members(spans: list[Span]) -> set[int]:
    return {serial for span in spans for serial in range(span.first, span.last + 1)}


class TestAGap:
    def test_opens_before_what_leaps_ahead(self) -> None:
        assert serials.opened(2, [3, 5, 9]) == [Span(4, 4), Span(6, 8)]

    def test_does_not_open_before_what_follows(self) -> None:
        assert serials.opened(0, [1, 2, 3]) == []

    def test_is_parted_by_what_comes_into_its_middle(self) -> None:
        assert serials.left(Span(4, 9), [2, 6, 7, 30]) == [Span(4, 5), Span(8, 9)]

    def test_is_closed_when_all_of_it_came(self) -> None:
        assert serials.left(Span(4, 5), [4, 5]) == []

    @given(SOME, SOME)
    def test_holds_what_is_missing_in_whatever_order_it_comes(
        self, first: set[int], then: set[int]
    ) -> None:
        gaps = serials.opened(0, first)
        highest = max(first, default=0)
        late = sorted(each for each in then if each < highest)
        gaps = [piece for gap in gaps for piece in serials.left(gap, late)]
        gaps += serials.opened(highest, [each for each in then if each > highest])
        whole = first | then
        assert members(gaps) == set(range(1, max(whole, default=0) + 1)) - whole
        assert all(span.first <= span.last for span in gaps)
