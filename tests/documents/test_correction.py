"""Corrections: what they point at is changed, brought anew or taken out, and nothing else."""

from pathlib import Path

import pytest
from msgspec import structs

from tests.data import DATA
from tidewaiter.documents import correction, wco
from tidewaiter.documents.declaration import Declaration, GoodsShipment
from tidewaiter.documents.element import Extension, Mass, Money
from tidewaiter.documents.goods import Commodity, GoodsItem, GoodsMeasure, InvoiceLine, Packaging
from tidewaiter.documents.paper import Amendment, Pointer
from tidewaiter.documents.party import Address, Party

SAMPLES = DATA / "wco-declarations" / "examples" / "annotated_XML_samples"
ITEM = ("1:42A", "1:67A", "1:68A")


def original() -> Declaration:
    data = (Path(__file__).parent / "sound.xml").read_bytes()
    declaration = wco.read(data).declaration
    assert declaration is not None
    return declaration


def pointing(
    *ways: tuple[str, ...], item: GoodsItem | None = None, **members: object
) -> Declaration:
    """A correction that points at each of `ways` (`number:section.tag` a step)."""
    amendments = []
    for way in ways:
        pointers = []
        for step in way:
            number, _, rest = step.partition(":")
            section, _, tag = rest.partition(".")
            pointer = Pointer(
                sequence_numeric=int(number), document_section_code=section, tag_id=tag or None
            )
            pointers.append(pointer)
        amendments.append(Amendment(change_reason_code="32", pointers=tuple(pointers)))
    shipment = GoodsShipment(goods_items=(item,)) if item else None
    change = Declaration(
        function_code="13", type_code="COR", amendments=tuple(amendments), goods_shipment=shipment
    )
    return structs.replace(change, **members)


def refusals(change: Declaration) -> list[str]:
    result = correction.apply(original(), change)
    assert result.declaration is None
    return [found.rule for found in result.findings if found.refuses]


def corrected(change: Declaration) -> Declaration:
    result = correction.apply(original(), change)
    assert result.declaration is not None, result.findings
    return result.declaration


class TestAPointer:
    def test_to_an_element_changes_that_element_alone(self) -> None:
        price = Money(amount=99_900, currency="EUR")
        item = GoodsItem(
            sequence_numeric=1,
            commodity=Commodity(invoice_line=InvoiceLine(item_charge_amount=price)),
        )
        after = corrected(pointing((*ITEM, "1:23A", "1:79A.112"), item=item))
        commodity = after.items[0].commodity
        assert commodity is not None
        assert commodity.invoice_line == InvoiceLine(item_charge_amount=price)
        assert commodity.description == "Cotton shirts for men"
        assert after.function_code == "9"
        assert after.type_code == "IMA"

    def test_to_an_element_of_the_header_changes_it(self) -> None:
        after = corrected(pointing(("1:42A.146",), total_package_quantity=12))
        assert after.total_package_quantity == 12

    def test_into_a_party_reaches_its_address(self) -> None:
        exporter = Party(name="Detroit Cocoa", address=Address(city_name="Detroit"))
        way = ("1:42A", "4:57A", "1:04A.241")
        after = corrected(pointing(way, ("1:42A", "2:57A.R031"), exporter=exporter))
        assert after.exporter == Party(
            name="Detroit Cocoa", address=Address(city_name="Detroit", country_code="CN")
        )

    def test_to_a_part_brings_it_whole(self) -> None:
        item = GoodsItem(sequence_numeric=2, commodity=Commodity(description="Socks"))
        after = corrected(pointing(("1:42A", "1:67A", "2:68A"), item=item))
        assert [one.sequence_numeric for one in after.items] == [1, 2]
        assert after.items[1] == item

    def test_to_a_part_that_is_not_brought_takes_it_out(self) -> None:
        before = original()
        assert before.items[0].packaging
        after = corrected(pointing((*ITEM, "1:93A"), item=GoodsItem(sequence_numeric=1)))
        assert after.items[0].packaging == ()

    def test_to_an_element_that_is_not_brought_takes_it_out(self) -> None:
        item = GoodsItem(sequence_numeric=1, commodity=Commodity(goods_measure=GoodsMeasure()))
        after = corrected(pointing((*ITEM, "1:23A", "1:65A.128"), item=item))
        assert after.items[0].commodity is not None
        assert after.items[0].commodity.goods_measure is not None
        assert after.items[0].commodity.goods_measure.net_net_weight_measure is None

    def test_finds_a_part_by_its_sequence_number_wherever_it_stands(self) -> None:
        item = GoodsItem(
            sequence_numeric=1, packaging=(Packaging(sequence_numeric=1, quantity=53),)
        )
        after = corrected(pointing((*ITEM, "1:93A.144"), item=item))
        assert [one.quantity for one in after.items[0].packaging] == [53]

    def test_takes_the_spelling_of_the_new_value_with_it(self) -> None:
        written = Extension(kind="written", name="GrossMassMeasure", text="120.5004")
        measure = GoodsMeasure(gross_mass_measure=Mass(grams=120_500), extensions=(written,))
        item = GoodsItem(sequence_numeric=1, commodity=Commodity(goods_measure=measure))
        once = corrected(pointing((*ITEM, "1:23A", "1:65A.126"), item=item))
        assert once.items[0].commodity is not None
        assert once.items[0].commodity.goods_measure is not None
        assert once.items[0].commodity.goods_measure.extensions == (written,)
        plain = structs.replace(
            item, commodity=Commodity(goods_measure=structs.replace(measure, extensions=()))
        )
        twice = correction.apply(once, pointing((*ITEM, "1:23A", "1:65A.126"), item=plain))
        assert twice.declaration == original()

    @pytest.mark.parametrize(
        "way",
        [
            ("1:67A",),
            ("1:42A",),
            ("1:42A.999",),
            ("1:42A", "1:67A", "7:68A"),
            (*ITEM, "1:23A", "1:99Z"),
            ("1:42A.017",),
            (),
        ],
    )
    def test_that_leads_astray_refuses_the_correction(self, way: tuple[str, ...]) -> None:
        assert refusals(pointing(way)) in (["correction-pointer"], ["correction-empty"])


class TestACorrection:
    def test_applied_again_changes_nothing_more(self) -> None:
        change = pointing(("1:42A.146",), total_package_quantity=12)
        once = corrected(change)
        assert correction.apply(once, change).declaration == once

    def test_without_pointers_brings_the_declaration_anew(self) -> None:
        anew = structs.replace(original(), function_code="13", total_package_quantity=9)
        after = corrected(anew)
        assert after == structs.replace(original(), total_package_quantity=9)

    def test_that_says_nothing_is_refused(self) -> None:
        assert refusals(Declaration(function_code="13", type_code="COR")) == ["correction-empty"]

    def test_cannot_change_who_declared_or_the_number(self) -> None:
        anew = structs.replace(original(), function_code="13", functional_reference_id="other")
        assert refusals(anew) == ["correction-identity"]
        assert refusals(pointing(("1:42A.D026",), functional_reference_id="other")) == [
            "correction-identity"
        ]

    def test_is_held_to_the_rules_of_a_declaration(self) -> None:
        item = GoodsItem(sequence_numeric=1)
        change = pointing((*ITEM, "1:92A.063"), item=item)
        assert corrected(change).items[0].origin == ""
        assert refusals(pointing(("1:42A.D013",), type_code="COR")) == ["type-code"]


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "first", "second", "items"),
    [
        ("TT_IM002b", "TT_IM002a.xml", "TT_IM002b_Amendment.xml", 1),
        ("TT_IM002c", "TT_IM002a.xml", "TT_IM002c_Complex_Multi_Amendment.xml", 1),
        ("TT_IM016a", "TT_IM016a.xml", "TT_IM016a_Amendment.xml", 1),
        ("TT_IM017a", "Step1_TT_IM017a.xml", "TT_IM017a_Amendment.xml", 2),
    ],
)
def test_a_published_correction_is_applied_to_its_declaration(
    folder: str, first: str, second: str, items: int
) -> None:
    before = wco.read((SAMPLES / folder / first).read_bytes()).declaration
    change = wco.read((SAMPLES / folder / second).read_bytes()).declaration
    assert before is not None
    assert change is not None
    after = correction.apply(before, change).declaration
    assert after is not None
    assert after != before
    assert len(after.items) == items
    if change.total_package_quantity:
        assert after.total_package_quantity == change.total_package_quantity
