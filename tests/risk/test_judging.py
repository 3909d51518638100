"""Scores, lanes, profiles, reasons: pure, and the same for the same."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.risk.test_matching import items
from tidewaiter.risk import criteria, lanes, measures, profiles, reasons, score

_shares = st.floats(0, 1, allow_nan=False)


class TestScores:
    @given(_shares, st.lists(_shares, max_size=6), _shares)
    def test_never_fall_by_another_ground(
        self, chance: float, weights: list[float], more: float
    ) -> None:
        assert score.combine(chance, [*weights, more]) >= score.combine(chance, weights) - 1e-12
        assert 0 <= score.combine(chance, weights) <= 1

    def test_replayed_without_a_message_leave_the_rest(self) -> None:
        hits = (
            score.Hit("signal.partner.party", weight=0.5, floor="red", message_id="m1"),
            score.Hit("profile.x", weight=0.2, source="profile"),
            score.Hit("model.value", weight=3.0, source=score.MODEL),
        )
        value, floor = score.replay(0.1, score.without(hits, frozenset({"m1"})))
        assert (round(value, 6), floor) == (0.28, "green")


class TestLanes:
    @given(st.lists(_shares, min_size=lanes.ENOUGH, max_size=400), st.integers(0, 400))
    def test_never_send_more_to_red_than_can_be_opened(
        self, scores: list[float], a_day: int
    ) -> None:
        cuts = lanes.thresholds(scores, 1, lanes.Capacity(red_a_day=a_day, yellow_a_day=0))
        red = sum(lanes.lane(value, cuts) == "red" for value in scores)
        assert red <= max(a_day, 0) or a_day >= len(scores)
        assert cuts.yellow <= cuts.red

    def test_fill_the_capacity(self) -> None:
        scores = [n / 1000 for n in range(1000)]
        cuts = lanes.thresholds(scores, 10, lanes.Capacity(red_a_day=5, yellow_a_day=10))
        found = [lanes.lane(value, cuts) for value in scores]
        assert (found.count("red"), found.count("yellow")) == (50, 100)

    def test_start_where_too_little_is_known(self) -> None:
        assert lanes.thresholds([0.1] * 10, 1, lanes.Capacity()) == lanes.START

    def test_are_no_looser_than_a_ground_allows(self) -> None:
        assert lanes.lane(0.01, lanes.START, "yellow") == "yellow"
        assert lanes.lane(0.99, lanes.START, "yellow") == "red"


PROFILE = """\
tidewaiter: profile/1
id: a-test
title: {en: A test, fr: Un essai}
weight: "0.5"
lane: yellow
when:
- {field: hs6, under: ["6404", "61"]}
- any:
  - {field: importer, equals: NO}
  - {field: origin, not_in: ["VN"]}
reason: {en: "Goods {hs6}", fr: "Marchandises {hs6}"}
"""


class TestAProfile:
    def test_finds_what_meets_all_its_conditions(self) -> None:
        profile = profiles.read(PROFILE.encode())
        ((row, hit),) = profiles.find(items(), [profile])
        assert (row, hit.code, hit.weight, hit.floor) == (0, "profile.a-test", 0.5, "yellow")
        assert hit.parameters == {"hs6": "640411"}
        assert profiles.find(items(hs6="010121"), [profile]) == []

    def test_reads_yaml_as_text(self) -> None:
        assert "NO" in str(profiles.read(PROFILE.encode()).when)

    @pytest.mark.parametrize(
        ("old", "new", "line"),
        [
            ("profile/1", "profile/9", 1),
            ("id: a-test", "id: A test", 2),
            ('"0.5"', '"1.5"', 4),
            ("lane: yellow", "lane: blue", 5),
            ("field: hs6", "field: hs7", 6),
            ("under:", "matches:", 6),
            ("{hs6}", "{__class__}", 11),
            ("tidewaiter:", "code: !!python/object x\ntidewaiter:", 1),
            ("id: a-test", "id: &a a-test\nweight: *a", 1),
            ("id: a-test", "id: a-test\nid: b-test", 3),
        ],
    )
    def test_is_refused_with_the_line(self, old: str, new: str, line: int) -> None:
        with pytest.raises(profiles.NotAProfile) as refused:
            profiles.read(PROFILE.replace(old, new).encode())
        assert refused.value.line == line

    @given(st.binary(max_size=200))
    def test_that_is_none_is_refused_and_nothing_else_happens(self, data: bytes) -> None:
        with pytest.raises(profiles.NotAProfile):
            profiles.read(data)

    def test_ships_with_words_in_both_languages(self) -> None:
        shipped = [profile for profile, _ in profiles.shipped()]
        assert len(shipped) >= 10
        assert all({"en", "fr"} <= profile.reason.keys() for profile in shipped)


def test_a_missing_value_meets_no_condition_but_its_absence() -> None:
    found = items(value=None)
    for told, expected in (
        ({"field": "value", "most": "5"}, False),
        ({"field": "value", "present": "false"}, True),
        ({"field": "value", "present": "true"}, False),
        ({"field": "seals", "present": "false"}, True),
        ({"field": "containers", "contains": "msku"}, True),
        ({"field": "departure", "differs_from": "origin"}, False),
    ):
        asked = criteria.expression([criteria.condition(told)])
        assert found.select(asked.alias("x"))["x"].to_list() == [expected], told


def test_every_code_has_its_sentence() -> None:
    from tidewaiter.risk import features, signals

    for theme in features.NUMBERS:
        assert f"model.{theme}" in reasons.SENTENCES
    for theme in features.KEYS:
        assert theme in reasons.SUBJECTS
    for source in ("partner", "own"):
        for name in signals.WEIGHTS:
            assert f"signal.{source}.{name}" in reasons.SENTENCES


def test_a_reason_of_a_profile_that_is_gone_is_shown_by_its_code() -> None:
    assert reasons.word("profile.gone", {}, str, lambda _: None) == "profile.gone"


class TestFigures:
    def test_of_a_perfect_ranking(self) -> None:
        found = measures.figures(np.array([1, 0, 1, 0]), np.array([0.9, 0.1, 0.8, 0.2]))
        assert (found.auc, found.average_precision, found.f1) == (1.0, 1.0, 1.0)

    def test_of_no_ranking_at_all(self) -> None:
        found = measures.figures(np.array([1, 0] * 50), np.zeros(100))
        assert found.auc == 0.5
        assert found.precision_at["5"] == 0.0  # ties are broken against us

    @given(st.lists(st.tuples(st.integers(0, 1), _shares), min_size=1, max_size=60))
    def test_lie_between_nothing_and_all(self, pairs: list[tuple[int, float]]) -> None:
        labels, scores = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
        found = measures.figures(labels, scores)
        for value in (found.auc, found.average_precision, found.f1):
            assert math.isnan(value) or 0 <= value <= 1 + 1e-9


def test_the_order_of_items_does_not_change_what_is_learnt() -> None:
    from tidewaiter.risk import encoding

    table = pl.DataFrame({"hs6": ["a", "b", "a"], "outcome": [1, 0, 0]})
    told = encoding.learn(table, "goods", ["hs6"])
    again = encoding.learn(table.reverse(), "goods", ["hs6"])
    assert told.values.equals(again.values)
    share, controls = encoding.shares_out_of_fold(table, told, 0.5, pl.Series([0, 1, 2]))
    assert controls.to_list() == [1, 0, 1]  # no row is told its own outcome
    assert share.to_list() == [5 / 11, 0.5, 6 / 11]


def test_what_a_partner_said_twice_falls_only_with_both_messages() -> None:
    hit = score.Hit("signal.partner.party", weight=0.5, message_id="m1", also=("m2",))
    assert score.without((hit,), frozenset({"m1"})) == (hit,)
    assert score.without((hit,), frozenset({"m1", "m2"})) == ()
