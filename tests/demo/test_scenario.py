"""The played weeks: what the generator promises, whatever the seed."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.iso6346 import is_valid

from tidewaiter.demo import scenario, world

LAST = date(2026, 11, 25)
SEEDS = st.integers(0, 10**6)


class TestTheScenario:
    @given(SEEDS)
    @settings(max_examples=5, deadline=None)
    def test_is_the_same_for_the_same_seed_and_day(self, seed: int) -> None:
        assert scenario.make(seed=seed, last=LAST) == scenario.make(seed=seed, last=LAST)

    @given(SEEDS)
    @settings(max_examples=5, deadline=None)
    def test_ends_on_the_last_day_and_numbers_no_declaration_twice(self, seed: int) -> None:
        made = scenario.make(seed=seed, last=LAST)
        everything = [one for day in made.days for one in day]
        past = [one for all_ in made.history.values() for one in all_]
        assert {one.at.date() for one in made.days[-1]} == {LAST}
        assert made.first == LAST - timedelta(days=scenario.DAYS - 1)
        assert all(one.at.date() < made.first for one in past)
        numbers = [one.number for one in everything + past]
        assert len(numbers) == len(set(numbers))

    @given(SEEDS)
    @settings(max_examples=5, deadline=None)
    def test_moves_the_ring_from_arvenia_to_belmora_and_lets_it_learn_to_price(
        self, seed: int
    ) -> None:
        made = scenario.make(seed=seed, last=LAST)
        ring = [
            (number, one)
            for number, day in enumerate(made.days)
            for one in day
            if one.exporter == scenario.RING_EXPORTER
        ]
        assert {
            one.administration for number, one in ring if number < scenario.moves(scenario.DAYS)
        } == {"XA"}
        assert {
            one.administration for number, one in ring if number > scenario.moves(scenario.DAYS)
        } == {"XB"}
        usual = next(good.price for good in world.GOODS if good.hs == "640299")
        for _, one in ring:
            (line,) = one.lines
            paid = line.value / 100 / (line.net_mass / 1000)
            assert (paid < usual * 0.52) == (one.administration == "XA")

    @given(SEEDS)
    @settings(max_examples=3, deadline=None)
    def test_carries_containers_with_their_check_digit(self, seed: int) -> None:
        made = scenario.make(seed=seed, last=LAST)
        numbers = [one.container for day in made.days for one in day if one.container]
        assert numbers
        assert all(is_valid(number) for number in numbers)
