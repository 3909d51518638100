"""Taking declarations in: identity, duplicates, corrections, life, and what judges answer."""

from datetime import date, datetime

import pytest

from tests.documents.papers import taken
from tidewaiter.documents import actions, errors, life, models, queries
from tidewaiter.documents.intake import Fate

pytestmark = pytest.mark.django_db


def test_a_new_declaration_gets_a_reference_and_is_accepted(at: datetime) -> None:
    report = actions.take([taken()], at=at, by="officer")
    one = report.taken[0]
    assert one.fate is Fate.NEW
    kept = models.Declaration.objects.get(reference=one.reference)
    assert kept.state == life.State.ACCEPTED
    assert kept.lodged_on == date(2026, 3, 1)
    assert [step.after for step in kept.steps.order_by("id")] == ["lodged", "accepted"]


class TestIdentity:
    def test_the_same_content_twice_is_a_duplicate(self, at: datetime) -> None:
        first = actions.take([taken()], at=at, by="a").taken[0]
        again = actions.take([taken()], at=at, by="b").taken[0]
        assert again.fate is Fate.DUPLICATE
        assert again.reference == first.reference
        assert models.Declaration.objects.count() == 1

    def test_twice_in_one_batch_is_a_duplicate_too(self, at: datetime) -> None:
        report = actions.take([taken(), taken()], at=at, by="a")
        assert [one.fate for one in report.taken] == [Fate.NEW, Fate.DUPLICATE]
        assert report.taken[0].reference == report.taken[1].reference

    def test_other_content_under_the_number_is_refused(self, at: datetime) -> None:
        report = actions.take([taken(), taken(price=1)], at=at, by="a")
        assert report.taken[1].fate is Fate.REFUSED
        assert report.findings[0].rule == "number-reused"

    def test_another_declarant_may_use_the_number(self, at: datetime) -> None:
        report = actions.take([taken(), taken(declarant="XA900009")], at=at, by="a")
        assert report.count(Fate.NEW) == 2

    def test_without_a_number_nothing_is_kept(self, at: datetime) -> None:
        report = actions.take([taken("")], at=at, by="a")
        assert [finding.rule for finding in report.findings] == ["reference-missing"]


class TestCorrections:
    def test_a_correction_is_a_new_version(self, at: datetime) -> None:
        first = actions.take([taken()], at=at, by="a").taken[0]
        report = actions.take([taken(function="13", price=7)], at=at, by="a")
        assert report.taken[0].fate is Fate.CORRECTED
        assert report.ids == [first.id]
        kept = models.Declaration.objects.get()
        assert (kept.state, kept.version) == (life.State.CORRECTED, 2)
        assert kept.versions.count() == 2
        assert queries.items_frame([kept.pk])["value"].to_list() == [7]

    def test_the_original_stays_a_duplicate_after_it(self, at: datetime) -> None:
        actions.take([taken(), taken(function="13", price=7)], at=at, by="a")
        assert actions.take([taken()], at=at, by="a").taken[0].fate is Fate.DUPLICATE

    def test_of_nothing_is_refused_by_name(self, at: datetime) -> None:
        report = actions.take([taken(function="13")], at=at, by="a")
        assert [finding.rule for finding in report.findings] == ["correction-unknown"]

    def test_comes_too_late_once_control_has_begun(self, at: datetime) -> None:
        first = actions.take([taken()], at=at, by="a").taken[0]
        actions.move(first.reference, life.Event.CONTROL, by="officer", at=at)
        report = actions.take([taken(function="13", price=7)], at=at, by="a")
        assert [finding.rule for finding in report.findings] == ["correction-late"]


class TestLife:
    def test_an_illegal_event_changes_nothing_and_names_what_is_possible(
        self, at: datetime
    ) -> None:
        one = actions.take([taken()], at=at, by="a").taken[0]
        actions.move(one.reference, life.Event.RELEASE, by="officer", at=at, note="green")
        with pytest.raises(errors.MoveRefused) as refusal:
            actions.move(one.reference, life.Event.CONTROL, by="officer", at=at)
        assert refusal.value.members["possible"] == "-"
        assert models.Declaration.objects.get().state == life.State.RELEASED

    def test_of_two_at_once_one_is_overtaken(self, at: datetime) -> None:
        one = actions.take([taken()], at=at, by="a").taken[0]
        mine, theirs = (models.Declaration.objects.get() for _ in range(2))
        assert theirs.step(life.Event.CONTROL, by="b", at=at)
        assert not mine.step(life.Event.RELEASE, by="a", at=at)
        assert models.Step.objects.filter(declaration=one.id, event="release").count() == 0

    def test_many_move_at_once_and_those_that_cannot_stay(self, at: datetime) -> None:
        report = actions.take([taken(f"L-{n}") for n in range(5)], at=at, by="a")
        numbers = [one.reference for one in report.taken]
        actions.move(numbers[0], life.Event.CANCEL, by="a", at=at)
        moved = actions.move_many(numbers, life.Event.RELEASE, by="officer", at=at)
        assert sorted(moved) == sorted(numbers[1:])


class TestJudging:
    def test_judges_get_what_is_new_and_their_answer_is_kept(
        self, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = []
        monkeypatch.setattr(actions.registries, "judges", _Judges(asked.append))
        report = actions.take([taken(), taken()], at=at, by="a")
        assert asked == [report.ids]
        judgement = actions.Judgement(report.ids[0], "red", 0.9, [{"code": "x", "parameters": {}}])
        assert actions.judged([judgement], at=at) == 1
        kept = models.Declaration.objects.get()
        assert (kept.lane, kept.score) == ("red", 0.9)

    def test_without_assessing_no_judge_is_asked(
        self, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[object] = []
        monkeypatch.setattr(actions.registries, "judges", _Judges(asked.append))
        actions.take([taken()], at=at, by="a", assess=False)
        assert asked == []


class _Judges:
    def __init__(self, ask) -> None:  # type: ignore[no-untyped-def]
        self.ask = ask

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(["one"])

    def get(self, name: str):  # type: ignore[no-untyped-def]
        return lambda ids, at: self.ask(list(ids))


def test_the_frame_of_items_has_the_columns_that_assessors_are_promised(at: datetime) -> None:
    from tidewaiter.documents import frame

    report = actions.take([taken("L-1"), taken("L-2", price=5)], at=at, by="a")
    items = queries.items_frame(report.ids)
    assert dict(items.schema) == frame.SCHEMA
    row = items.row(0, named=True)
    assert (row["hs6"], row["origin"], row["departure"]) == ("640411", "CN", "XB")
    assert (row["value"], row["currency"], row["net_mass"]) == (125_000, "EUR", 250_000)
    assert row["tax_rate"] == 8.0
    assert row["exporter"] == "societe arvenienne de negoce"
    assert row["containers"] == []
    assert queries.items_frame().equals(items)
    assert dict(queries.items_frame([]).schema) == frame.SCHEMA


def test_what_a_partner_names_finds_what_is_held(at: datetime) -> None:
    report = actions.take([taken("L-1"), taken("L-2", declarant="XA900009")], at=at, by="a")
    assert queries.matching("party", ["XA900009"]) == [report.ids[1]]
    assert queries.matching("name", ["nordmark sport"]) == report.ids
    assert queries.matching("hs6", ["640411"]) == report.ids
    assert queries.matching("container", ["CSQU3054383"]) == []
