"""The fields of the canonical declaration that a column can be mapped to, by short or full name.

A full name is the path of members (`goods_shipment.importer.id`); where a part may stand several
times, a column fills the first. Short names stand for the fields that most files have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from tidewaiter.documents import anatomy
from tidewaiter.documents.anatomy import Kind
from tidewaiter.documents.declaration import Declaration
from tidewaiter.documents.element import Part

_ITEM: Final = "goods_shipment.goods_items"
_GOODS: Final = f"{_ITEM}.commodity"
_EQUIPMENT: Final = "goods_shipment.consignment.transport_equipment"
SHORT: Final = {
    "local_reference": "functional_reference_id",
    "customs_id": "id",
    "function_code": "function_code",
    "type_code": "type_code",
    "issue_date": "issue_date_time",
    "office": "declaration_office_id",
    "declarant": "declarant.id",
    "declarant_name": "declarant.name",
    "agent": "agent.id",
    "importer": "goods_shipment.importer.id",
    "importer_name": "goods_shipment.importer.name",
    "exporter": "exporter.id",
    "exporter_name": "exporter.name",
    "consignor": "goods_shipment.consignor.id",
    "consignor_name": "goods_shipment.consignor.name",
    "consignee": "goods_shipment.consignee.id",
    "consignee_name": "goods_shipment.consignee.name",
    "seller": "goods_shipment.seller.id",
    "seller_name": "goods_shipment.seller.name",
    "buyer": "goods_shipment.buyer.id",
    "buyer_name": "goods_shipment.buyer.name",
    "carrier": "consignment.carrier.id",
    "carrier_name": "consignment.carrier.name",
    "ucr": "goods_shipment.ucr.id",
    "departure": "goods_shipment.export_country.id",
    "destination": "goods_shipment.destination.country_code",
    "transport_mode": "border_transport_means.mode_code",
    "transport_means": "border_transport_means.id",
    "container": f"{_EQUIPMENT}.id",
    "seal": f"{_EQUIPMENT}.seals.id",
    "transport_document": "goods_shipment.consignment.transport_contract_documents.id",
    "transport_document_type": "goods_shipment.consignment.transport_contract_documents.type_code",
    "invoice_number": "goods_shipment.invoice.id",
    "invoice_amount": "invoice_amount",
    "total_gross_mass": "total_gross_mass_measure",
    "total_packages": "total_package_quantity",
    "import_type": "goods_shipment.transaction_nature_code",
    "incoterm": "goods_shipment.trade_terms.condition_code",
    "item_number": f"{_ITEM}.sequence_numeric",
    "hs_code": f"{_GOODS}.classifications.id",
    "description": f"{_GOODS}.description",
    "marks": f"{_GOODS}.brand_name",
    "origin": f"{_ITEM}.origins.country_code",
    "procedure": f"{_ITEM}.government_procedures.current_code",
    "previous_procedure": f"{_ITEM}.government_procedures.previous_code",
    "net_mass": f"{_GOODS}.goods_measure.net_net_weight_measure",
    "gross_mass": f"{_GOODS}.goods_measure.gross_mass_measure",
    "quantity": f"{_GOODS}.goods_measure.tariff_quantity",
    "price": f"{_GOODS}.invoice_line.item_charge_amount",
    "customs_value": f"{_ITEM}.customs_value_amount",
    "statistical_value": f"{_ITEM}.statistical_value_amount",
    "import_use": f"{_ITEM}.intended_use_code",
    "tax_rate": f"{_GOODS}.duty_tax_fees.tax_rate_numeric",
    "tax_type": f"{_GOODS}.duty_tax_fees.type_code",
    "payment_type": f"{_GOODS}.duty_tax_fees.payment.method_code",
    "packages": f"{_ITEM}.packaging.quantity",
    "package_type": f"{_ITEM}.packaging.type_code",
}
NEEDED: Final = {  # without one of each there is no declaration
    "local_reference": ("functional_reference_id",),
    "declarant": ("declarant.id", "declarant.name"),
    "type_code": ("type_code",),
}
WANTED: Final = {  # what judging goods and clearing them works with
    "issue_date": ("issue_date_time",),
    "office": ("declaration_office_id", "presentation_office.id"),
    "importer": ("goods_shipment.importer.id", "goods_shipment.importer.name"),
    "exporter": (
        *("exporter.id", "exporter.name", "goods_shipment.seller.id"),
        *("goods_shipment.consignor.id", "goods_shipment.consignor.name"),
    ),
    "hs_code": (f"{_GOODS}.classifications.id",),
    "description": (f"{_GOODS}.description",),
    "origin": (f"{_ITEM}.origins.country_code",),
    "departure": ("goods_shipment.export_country.id",),
    "transport_mode": ("border_transport_means.mode_code",),
    "net_mass": (f"{_GOODS}.goods_measure.net_net_weight_measure",),
    "value": (
        *(f"{_ITEM}.statistical_value_amount", f"{_ITEM}.customs_value_amount"),
        f"{_GOODS}.invoice_line.item_charge_amount",
    ),
    "ucr": ("goods_shipment.ucr.id",),
    "container": (f"{_EQUIPMENT}.id",),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A field: its path of members, what its value is, and the code list that it comes from."""

    path: str
    kind: Kind
    code: str = ""
    many: bool = False  # the part that holds it may stand several times

    @property
    def of_item(self) -> bool:
        """Whether it belongs to a goods item."""
        return self.path.startswith(_ITEM + ".")


def find(name: str) -> Target | None:
    """The field of a short or full name, or None where there is none."""
    return _fields().get(SHORT.get(name, name))


def names() -> list[str]:
    """Every full name, in the order of the schema."""
    return list(_fields())


@cache
def _fields() -> dict[str, Target]:
    return {target.path: target for target in _walk(Declaration, "", False, ())}


def _walk(
    part: type[Part], prefix: str, many: bool, above: tuple[type[Part], ...]
) -> Iterator[Target]:
    for one in anatomy.of(part).fields:
        path = f"{prefix}{one.name}"
        if one.part is None:
            yield Target(path, one.kind, one.code, many)
        elif one.part not in above and one.element != "@schemaLocation":
            yield from _walk(one.part, f"{path}.", one.many, (*above, part))
