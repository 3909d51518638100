"""Export declarations between partners: theirs beside ours, never among ours; ours cut down."""

import json
from typing import Any

import msgspec
import pytest

from tests.documents.papers import AT, declaration
from tests.exchange.conftest import TEXT, xb  # noqa: F401 (fixture)
from tests.exchange.dealing import came, in_force
from tests.exchange.partner import Partner
from tidewaiter import clock
from tidewaiter.agreements import queries as agreements
from tidewaiter.documents import actions, errors, queries
from tidewaiter.documents.batch import Taken
from tidewaiter.documents.declaration import Declaration
from tidewaiter.documents.paper import UniqueConsignmentReference
from tidewaiter.documents.theirs import actions as sending
from tidewaiter.documents.theirs import messages, naming
from tidewaiter.documents.theirs import queries as theirs
from tidewaiter.documents.transport import ShipmentConsignment, TransportEquipment
from tidewaiter.exchange import errors as exchange_errors
from tidewaiter.exchange import queries as exchange
from tidewaiter.exchange import schemas
from tidewaiter.identity import viewer

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()
CONTAINER = "CSQU3054383"


def paper(number: str = "L-1", *, kind: str = "IMA", **shipment: Any) -> Declaration:
    """A declaration of goods in one container."""
    made = declaration(number)
    assert made.goods_shipment is not None
    goods = msgspec.structs.replace(
        made.goods_shipment,
        consignment=ShipmentConsignment(transport_equipment=(TransportEquipment(id=CONTAINER),)),
        **shipment,
    )
    return msgspec.structs.replace(made, goods_shipment=goods, type_code=kind)


def told(made: Declaration) -> dict[str, Any]:
    """As XB sends it: who lodged it stays there."""
    found: dict[str, Any] = json.loads(msgspec.json.encode(made))
    del found["declarant"]
    return found


def ours(made: Declaration) -> str:
    return actions.take([Taken(made)], at=AT, by="test").taken[0].reference


@pytest.fixture
def agreement(xb: Partner) -> str:  # noqa: F811
    """Export declarations, without who lodged them and the tariff line made coarser."""
    fields = {"allow": ["declaration"], "withhold": ["declaration.declarant"]}
    return in_force(xb, {"categories": ["declaration"], "fields": fields})


class TestAPartnersDeclaration:
    def test_is_kept_as_the_partners_and_not_among_ours(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        data = {"declaration": told(paper("B-7", kind="EXA"))}
        message = came(xb, agreement, messages.EXPORT_TYPE, data)
        (kept,) = theirs.papers(COMMAND, at=clock.real())
        assert (kept.message_id, kept.partner, kept.number) == (str(message.id), "XB", "B-7")
        assert kept.body == data["declaration"]
        assert queries.ids() == []

    def test_stands_beside_ours_of_the_same_container_and_says_where_it_differs(
        self,
        xb: Partner,  # noqa: F811
        agreement: str,
    ) -> None:
        reference = ours(paper("A-1"))
        other = ours(declaration("A-2"))
        came(xb, agreement, messages.EXPORT_TYPE, {"declaration": told(paper("B-7", kind="EXA"))})
        ((found, lines),) = theirs.beside(COMMAND, reference, at=clock.real())
        assert found.number == "B-7"
        assert {line.name: line.differs for line in lines}["Containers"] is False
        assert theirs.beside(COMMAND, other, at=clock.real()) == []

    def test_is_found_by_what_is_written_otherwise(self, xb: Partner, agreement: str) -> None:  # noqa: F811
        ucr = UniqueConsignmentReference(id="6xb-77 a")
        reference = ours(paper("A-1", ucr=UniqueConsignmentReference(id="6XB77A")))
        made = msgspec.structs.replace(declaration("B-7"), type_code="EXA")
        assert made.goods_shipment is not None
        goods = msgspec.structs.replace(made.goods_shipment, ucr=ucr)
        data = {"declaration": told(msgspec.structs.replace(made, goods_shipment=goods))}
        came(xb, agreement, messages.EXPORT_TYPE, data)
        assert len(theirs.beside(COMMAND, reference, at=clock.real())) == 1

    def test_is_found_by_a_pseudonym_of_the_agreement(self, xb: Partner) -> None:  # noqa: F811
        from tidewaiter.agreements import generalisation

        path = "declaration.goods_shipment.consignment.transport_equipment.id"
        fields = {"allow": ["declaration"], "generalise": {path: "keyed-hash"}}
        digest = in_force(xb, {"categories": ["declaration"], "fields": fields})
        key = agreements.key(TEXT["id"])  # made as the agreement came into force
        assert key is not None
        reference = ours(paper("A-1"))
        data = told(paper("B-7", kind="EXA"))
        box = data["goods_shipment"]["consignment"]["transport_equipment"][0]
        box["id"] = generalisation.pseudonym(CONTAINER, key)
        came(xb, digest, messages.EXPORT_TYPE, {"declaration": data})
        assert len(theirs.beside(COMMAND, reference, at=clock.real())) == 1


class TestOurs:
    def test_goes_as_far_as_the_clause_lets_it(self, agreement: str) -> None:
        reference = ours(paper("A-1", kind="EXA"))
        sent = sending.send(reference=reference, to="XB", by=COMMAND, at=clock.real())
        assert (sent.agreement, sent.clause) == (agreement, "1")
        assert "declaration.declarant" in sent.withheld
        event = exchange.message(COMMAND, sent.id, at=clock.real()).event
        left = event["data"]["declaration"]
        assert "declarant" not in left
        assert left["goods_shipment"]["consignment"]["transport_equipment"][0]["id"] == CONTAINER

    @pytest.mark.usefixtures("agreement")
    def test_goes_only_where_its_goods_leave(self) -> None:
        with pytest.raises(errors.NotAnExport):
            sending.send(reference=ours(paper("A-1")), to="XB", by=COMMAND, at=clock.real())

    @pytest.mark.usefixtures("xb")
    def test_stays_where_no_clause_permits_it(self) -> None:
        reference = ours(paper("A-1", kind="EXA"))
        with pytest.raises(exchange_errors.NotPermitted):
            sending.send(reference=reference, to="XB", by=COMMAND, at=clock.real())


class TestTheSchema:
    def test_takes_every_canonical_declaration(self) -> None:
        data = {"declaration": told(paper("B-7"))}
        assert schemas.fault(messages.EXPORT, data) == ""

    @pytest.mark.parametrize(
        "part",
        [
            {"total_gross_mass_measure": {"grams": "band:1000"}},
            {"issue_date_time": {"at": "2026-11"}},
            {"goods_item_quantity": True},
            {"exporter": {"name": "kh:" + "A" * 43}},
            {"goods_shipment": {"goods_items": [{"commodity": {}}]}},
            {"member_of_a_later_release": 7},
        ],
    )
    def test_admits_what_was_made_coarser_or_withheld(self, part: dict[str, Any]) -> None:
        assert schemas.fault(messages.EXPORT, {"declaration": part}) == ""

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"declaration": {}},
            {"declaration": "L-1"},
            {"declaration": {"goods_item_quantity": "many things"}},
            {"declaration": {"goods_shipment": []}},
        ],
    )
    def test_refuses_what_is_no_declaration(self, data: dict[str, Any]) -> None:
        assert schemas.fault(messages.EXPORT, data) != ""


def test_names_are_read_from_what_is_left_of_a_declaration() -> None:
    data = {
        "goods_shipment": {
            "ucr": {"trader_assigned_reference_id": "6xb 1"},
            "previous_documents": [
                {"id": "MBL-1", "type_code": "N705"},
                {"id": "INV-1", "type_code": "380"},
                {"id": True, "type_code": "705"},
            ],
            "goods_items": [{"commodity": {"transport_equipment": [{"id": "csqu 305438-3"}]}}],
        }
    }
    assert naming.of_declaration(data) == [
        ("ucr", "6XB1"),
        ("transport_document", "MBL1"),
        ("container", CONTAINER),
    ]
