"""The scenario's declarations as the files that traders send: WCO XML, JSON, and CSV records.

A declaration says what the trader declares; what is really inside stays in the scenario. Only the
records of past weeks carry outcomes, as an administration's old system would export them.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tidewaiter.demo import scenario, world
from tidewaiter.documents import declaration, goods, paper, party, transport
from tidewaiter.documents.element import Mass, Moment, Money, Quantity

CURRENCY: Final = "USD"
RECORDS: Final = (
    "number", "lodged", "office", "declarant", "declarant name", "importer", "importer name",
    "exporter", "exporter name", "mode", "container", "seal", "bill", "departure",
    "hs", "description", "origin", "net kg", "gross kg", "quantity", "unit", "value", "result",
    "offence",
)  # fmt: skip
MAPPING: Final = Path(__file__).parent / "records.yaml"


def canonical(one: scenario.Shipment) -> declaration.Declaration:
    """The declaration of a shipment."""
    return declaration.Declaration(
        function_code="9",
        functional_reference_id=one.number,
        type_code="IMA",
        issue_date_time=Moment(at=one.at, format_code="304"),
        goods_item_quantity=len(one.lines),
        declaration_office_id=one.office,
        invoice_amount=_money(sum(line.value for line in one.lines)),
        total_gross_mass_measure=Mass(grams=sum(line.gross_mass for line in one.lines)),
        total_package_quantity=sum(line.packages for line in one.lines),
        border_transport_means=transport.TransportMeans(mode_code=one.mode),
        declarant=_party(one.declarant),
        exporter=_party(one.exporter),
        goods_shipment=declaration.GoodsShipment(
            consignee=_party(one.importer),
            consignment=_consignment(one),
            destination=goods.Destination(country_code=one.administration),
            export_country=goods.ExportCountry(id=one.exporter.country),
            goods_items=tuple(_item(line, n) for n, line in enumerate(one.lines, 1)),
            importer=_party(one.importer),
            ucr=paper.UniqueConsignmentReference(id=f"UCR-{one.number}"),
        ),
        presentation_office=party.Office(id=one.office),
    )


def records(past: Iterable[scenario.Shipment], file: Path) -> Path:
    """Write the first line of each past shipment as a row with its outcome, where it had one."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(RECORDS)
        for place, one in enumerate(past):
            inspected = place % 6 == 0 or (one.truth is not None and place % 5 != 1)
            rows.writerow(_record(one, inspected=inspected))
    return file


def mapping(file: Path) -> Path:
    """Put the mapping of those records beside them."""
    file.write_bytes(MAPPING.read_bytes())
    return file


def _record(one: scenario.Shipment, *, inspected: bool) -> list[str]:
    line = one.lines[0]
    offence = one.truth.offence.value if one.truth else ""
    return [
        one.number,
        one.at.date().isoformat(),
        one.office,
        one.declarant.identifier,
        one.declarant.name,
        one.importer.identifier,
        one.importer.name,
        one.exporter.identifier,
        one.exporter.name,
        one.mode,
        one.container,
        one.seal,
        one.bill,
        one.exporter.country,
        line.good.hs,
        line.good.description,
        line.origin,
        _thousandths(line.net_mass),
        _thousandths(line.gross_mass),
        str(line.quantity),
        line.good.unit,
        f"{line.value // 100}.{line.value % 100:02d}",
        ("not-conform" if offence else "conform") if inspected else "",
        offence if inspected else "",
    ]


def _thousandths(grams: int) -> str:
    return f"{grams // 1000}.{grams % 1000:03d}"


def _money(cents: int) -> Money:
    return Money(amount=cents, currency=CURRENCY)


def _party(trader: world.Trader) -> party.Party:
    address = party.Address(city_name=trader.city, country_code=trader.country)
    return party.Party(name=trader.name, id=trader.identifier, address=address)


def _consignment(one: scenario.Shipment) -> transport.ShipmentConsignment:
    seal = transport.Seal(sequence_numeric=1, id=one.seal)
    equipment = transport.TransportEquipment(sequence_numeric=1, id=one.container, seals=(seal,))
    kinds = {"1": "705", "3": "730", "4": "740"}  # bill of lading, CMR note, air waybill
    contract = transport.TransportContractDocument(id=one.bill, type_code=kinds[one.mode])
    return transport.ShipmentConsignment(
        container_code="1" if one.container else "0",
        loading_location=transport.Location(id=one.loading),
        transport_contract_documents=(contract,),
        transport_equipment=(equipment,) if one.container else (),
        unloading_location=transport.Location(id=one.port),
    )


def _item(line: scenario.Line, number: int) -> goods.GoodsItem:
    measure = goods.GoodsMeasure(
        gross_mass_measure=Mass(grams=line.gross_mass),
        net_net_weight_measure=Mass(grams=line.net_mass),
        tariff_quantity=Quantity(millionths=line.quantity * 10**6, unit_code=line.good.unit),
    )
    commodity = goods.Commodity(
        description=line.good.description,
        classifications=(
            goods.Classification(id=f"{line.good.hs}00", identification_type_code="TSP"),
        ),
        goods_measure=measure,
        invoice_line=goods.InvoiceLine(item_charge_amount=_money(line.value)),
    )
    return goods.GoodsItem(
        sequence_numeric=number,
        statistical_value_amount=_money(line.value),
        commodity=commodity,
        government_procedures=(goods.GovernmentProcedure(current_code="40", previous_code="00"),),
        origins=(goods.Origin(country_code=line.origin, type_code="1"),),
        packaging=(goods.Packaging(sequence_numeric=1, quantity=line.packages, type_code="CT"),),
    )
