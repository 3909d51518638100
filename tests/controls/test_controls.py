"""Inspections, seizures and releases: each with who, when and under which power."""

import io
from datetime import date, timedelta

import pytest
from PIL import Image

from tests.documents.papers import AT, taken
from tidewaiter.controls import actions, errors, queries
from tidewaiter.documents import actions as documents
from tidewaiter.documents import errors as paper_errors
from tidewaiter.documents import queries as declarations
from tidewaiter.documents import registries as handed
from tidewaiter.identity import viewer

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()
ELSEWHERE = viewer.person("ines", frozenset({"officer"}), "XA999")
POWER = "Customs Code, Art. 188"
LATER = AT + timedelta(hours=2)


@pytest.fixture
def references() -> list[str]:
    report = documents.take([taken(f"L-{n}") for n in range(3)], at=AT, by="test")
    return [one.reference for one in report.taken]


def state(reference: str) -> str:
    (one,) = declarations.summaries(declarations.ids(references=[reference])).values()
    return one.state


def record(reference: str, result: str = "conform", **more: object) -> int:
    given = {"by": COMMAND, "at": LATER, "power": POWER, **more}
    return actions.record(reference=reference, result=result, **given)  # type: ignore[arg-type]


class TestAnInspection:
    def test_takes_the_declaration_under_control_and_says_under_which_power(
        self, references: list[str]
    ) -> None:
        record(references[0])
        assert state(references[0]) == "under control"
        entry = queries.history(references[0])[-1]
        assert (entry.kind, entry.by, entry.power) == ("conform", "command line", POWER)

    def test_names_the_offence_where_it_does_not_conform(self, references: list[str]) -> None:
        with pytest.raises(errors.OffenceMissing):
            record(references[0], "not-conform")
        with pytest.raises(errors.OffenceUnknown):
            record(references[0], "not-conform", offence="bad manners")
        with pytest.raises(errors.OffenceUnknown):
            record(references[0], "conform", offence="drugs")
        assert state(references[0]) == "accepted"

    def test_rests_on_a_power(self, references: list[str]) -> None:
        with pytest.raises(errors.PowerMissing):
            record(references[0], power=" ")

    def test_is_open_once_a_declaration(self, references: list[str]) -> None:
        actions.assign(reference=references[0], by=COMMAND, at=AT)
        actions.assign(reference=references[0], by=COMMAND, at=AT, person="ines")
        (line,) = queries.inspections(COMMAND, at=AT, state="open").lines
        assert line.person == "ines"

    def test_of_another_office_is_out_of_sight_and_out_of_reach(
        self, references: list[str]
    ) -> None:
        actions.assign(reference=references[0], by=COMMAND, at=AT)
        assert queries.inspections(ELSEWHERE, at=AT).lines == ()
        with pytest.raises(paper_errors.DeclarationUnknown):
            record(references[0], by=ELSEWHERE)

    def test_keeps_photographs_without_what_the_camera_wrote(self, references: list[str]) -> None:
        picture = Image.new("RGB", (20, 10), "teal")
        exif = Image.Exif()
        exif[0x010F] = "SecretCamera"
        out = io.BytesIO()
        picture.save(out, "JPEG", exif=exif)
        record(references[0], photographs=[actions.Image("1.jpg", out.getvalue())])
        (sha,) = queries.history(references[0])[-1].photographs
        from tidewaiter.vault import queries as vault

        kept = vault.read(sha)
        assert b"SecretCamera" not in kept
        assert queries.photograph(references[0], sha) is not None
        with pytest.raises(errors.PhotographRefused):
            record(references[1], photographs=[actions.Image("x.jpg", b"no picture at all")])


class TestASeizure:
    def test_needs_a_finding(self, references: list[str]) -> None:
        with pytest.raises(errors.NothingFound):
            actions.seize(reference=references[0], power=POWER, by=COMMAND, at=LATER)

    def test_detains_the_goods_under_a_number_of_its_own(self, references: list[str]) -> None:
        for number, reference in enumerate(references[:2], 1):
            record(reference, "not-conform", offence="counterfeit", marks=["NORDVIK"])
            seized = actions.seize(reference=reference, power=POWER, by=COMMAND, at=LATER)
            assert seized == f"XA-S-2026-{number:06d}"
            assert state(reference) == "detained"
        assert queries.marks(references[0]) == ("NORDVIK",)


class TestARelease:
    def test_closes_an_open_inspection_without_a_result(self, references: list[str]) -> None:
        actions.assign(reference=references[0], by=COMMAND, at=AT)
        actions.release(reference=references[0], power=POWER, by=COMMAND, at=LATER)
        assert state(references[0]) == "released"
        assert [entry.kind for entry in queries.history(references[0])] == [
            "opened",
            "cancelled",
            "released",
        ]

    def test_of_many_names_those_that_cannot_be(self, references: list[str]) -> None:
        actions.release(reference=references[0], power=POWER, by=COMMAND, at=LATER)
        done = actions.release_many([*references, "26XA-none"], power=POWER, by=COMMAND, at=LATER)
        assert done.released == tuple(references[1:])
        assert [one.reference for one in done.refused] == [references[0], "26XA-none"]

    def test_of_another_offices_goods_is_refused(self, references: list[str]) -> None:
        done = actions.release_many(references, power=POWER, by=ELSEWHERE, at=LATER)
        assert done.released == ()
        assert state(references[0]) == "accepted"


def test_results_from_an_earlier_system_are_outcomes_and_no_work() -> None:
    report = documents.take([taken("L-1")], at=AT, by="test", assess=False)
    actions.keep_outcomes(
        [
            handed.Inspected(
                report.ids[0], report.taken[0].reference, "not-conform", "fraud", date(2026, 1, 5)
            )
        ]
    )
    (row,) = queries.outcomes().to_dicts()
    assert (row["declaration"], row["not_conform"], row["offence"]) == (
        report.ids[0],
        True,
        "fraud",
    )
    assert queries.inspections(COMMAND, at=AT).lines == ()
