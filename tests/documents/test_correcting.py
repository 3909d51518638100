"""Corrections as they come in: which declaration they find, and what becomes of it."""

from datetime import datetime
from pathlib import Path

import pytest
from msgspec import structs

from tidewaiter.documents import actions, wco
from tidewaiter.documents.batch import Taken
from tidewaiter.documents.declaration import Declaration
from tidewaiter.documents.intake import Fate
from tidewaiter.documents.paper import Amendment, Pointer

pytestmark = pytest.mark.django_db
SOUND = (Path(__file__).parent / "sound.xml").read_bytes()


def sound(**members: object) -> Declaration:
    declaration = wco.read(SOUND).declaration
    assert declaration is not None
    return structs.replace(declaration, **members)


def packages(number: str, count: int) -> Declaration:
    """A WCO correction of the number of packages: it has no declarant and a number of its own."""
    pointer = Pointer(sequence_numeric=1, document_section_code="42A", tag_id="146")
    return Declaration(
        function_code="13",
        functional_reference_id="CORR-1",
        id=number,
        type_code="COR",
        total_package_quantity=count,
        amendments=(Amendment(change_reason_code="28", pointers=(pointer,)),),
    )


def take(declaration: Declaration, at: datetime) -> actions.One:
    report = actions.take([Taken(declaration)], at=at, by="test", assess=False)
    return report.taken[0]


@pytest.mark.parametrize("lodged", [None, "26GB0000000000001X"])
def test_a_correction_finds_its_declaration_by_our_number_or_that_of_customs(
    at: datetime, lodged: str | None
) -> None:
    first = take(sound(id=lodged), at)
    done = take(packages(lodged or first.reference, 12), at)
    assert (done.fate, done.reference) == (Fate.CORRECTED, first.reference)


def test_the_same_correction_again_is_a_duplicate(at: datetime) -> None:
    first = take(sound(), at)
    take(packages(first.reference, 12), at)
    assert take(packages(first.reference, 12), at).fate is Fate.DUPLICATE


def test_a_correction_of_nothing_that_is_held_is_refused_by_name(at: datetime) -> None:
    done = take(packages("26XA999999900", 12), at)
    assert done.fate is Fate.REFUSED
    assert done.finding is not None
    assert done.finding.rule == "correction-unknown"


def test_a_correction_that_leads_astray_changes_nothing(at: datetime) -> None:
    first = take(sound(), at)
    pointer = Pointer(document_section_code="42A", tag_id="999")
    change = structs.replace(
        packages(first.reference, 12), amendments=(Amendment(pointers=(pointer,)),)
    )
    done = take(change, at)
    assert done.finding is not None
    assert done.finding.rule == "correction-pointer"
    assert take(sound(), at).fate is Fate.DUPLICATE


def test_the_same_declaration_with_another_cover_is_a_duplicate(at: datetime) -> None:
    take(sound(), at)
    assert take(sound(metadata=None), at).fate is Fate.DUPLICATE
