"""What the tables keep of a declaration: its header, its items and what it mentions, as rows.

Pure: a canonical declaration in, tuples out. A party is kept by its identifier, else by its folded
name; a value is the statistical one where it is declared, else the customs value, else the price.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from tidewaiter import identifier
from tidewaiter.documents.declaration import Declaration
from tidewaiter.documents.element import Money
from tidewaiter.documents.goods import Commodity, GoodsItem
from tidewaiter.documents.party import Agent, Party
from tidewaiter.documents.transport import TransportEquipment

_TEXT: Final = 120  # of an identifier or folded name, as it is kept


class Kind(StrEnum):
    """What a mention is of."""

    UCR = "ucr"
    CONTAINER = "container"
    SEAL = "seal"
    DOCUMENT = "transport_document"
    PARTY = "party"  # an identifier
    NAME = "name"  # a folded name


class Header(NamedTuple):
    """A declaration's header in the order of the table's columns."""

    kind: str
    type_code: str
    local_reference: str
    customs_id: str  # the number that another system of customs gave
    declarant: str
    importer: str
    importer_name: str
    exporter: str
    exporter_name: str
    consignee: str
    ucr: str
    office: str
    procedure: str
    departure: str
    destination: str
    transport_mode: str
    payment_type: str
    import_type: str
    import_use: str
    containers: str  # a line each, as are the next two
    seals: str
    transport_documents: str
    lodged_on: str  # ISO day; empty is the day it is taken
    item_count: int


class Goods(NamedTuple):
    """A goods item in the order of the table's columns."""

    sequence: int
    hs_code: str
    hs6: str
    description: str
    marks: str
    origin: str
    procedure: str
    net_mass: int | None  # grams
    gross_mass: int | None  # grams
    value: int | None  # minor units of currency
    currency: str
    quantity: int | None  # millionths of unit
    unit: str
    tax_rate: int | None  # millionths of a percent
    tax_type: str


def header(declaration: Declaration) -> Header:
    """The header row."""
    shipment = declaration.goods_shipment
    items = shipment.goods_items if shipment else ()
    first = items[0] if items else None
    sellers = (shipment.consignor, shipment.seller) if shipment else ()
    exporter = _either(declaration.exporter, *sellers)
    importer = shipment.importer if shipment else None
    lodged = declaration.issue_date_time or declaration.acceptance_date_time
    return Header(
        kind=declaration.kind,
        type_code=(declaration.type_code or "")[:16],
        local_reference=(declaration.functional_reference_id or "")[:80],
        customs_id=(declaration.id or "")[:80],
        declarant=_who(declaration.declarant) or _who(declaration.submitter),
        importer=_who(importer),
        importer_name=_name(importer),
        exporter=_who(exporter),
        exporter_name=_name(exporter),
        consignee=_who(shipment.consignee if shipment else None),
        ucr=_ucr(declaration),
        office=_office(declaration),
        procedure=_procedure(first),
        departure=_departure(declaration, first),
        destination=_destination(declaration, first),
        transport_mode=_mode(declaration),
        payment_type=_payment(first),
        import_type=_nature(declaration, first),
        import_use=((first and first.intended_use_code) or "")[:16],
        containers="\n".join(_containers(declaration)),
        seals="\n".join(_seals(declaration)),
        transport_documents="\n".join(_documents(declaration)),
        lodged_on=lodged.at.date().isoformat() if lodged else "",
        item_count=len(items),
    )


def goods(declaration: Declaration) -> list[Goods]:
    """A row an item; items without a sequence number of their own are counted from 1."""
    shipment = declaration.goods_shipment
    items = shipment.goods_items if shipment else ()
    numbers = [item.sequence_numeric or place for place, item in enumerate(items, 1)]
    if len(set(numbers)) != len(numbers):  # a number twice: the order counts
        numbers = list(range(1, len(items) + 1))
    return [_item(number, item) for number, item in zip(numbers, items, strict=True)]


def mentions(declaration: Declaration) -> list[tuple[str, str]]:
    """Kind and value of all that a partner could name, each once, in a fixed order."""
    found: dict[tuple[str, str], None] = {}
    plain = (
        (Kind.UCR, [_ucr(declaration)]),
        (Kind.CONTAINER, _containers(declaration)),
        (Kind.SEAL, _seals(declaration)),
        (Kind.DOCUMENT, _documents(declaration)),
    )
    for what, values in plain:
        for value in values:
            found[what.value, value[:256]] = None
    for party in _parties(declaration):
        found[Kind.PARTY.value, (party.id or "")[:256]] = None
        if party.name:
            found[Kind.NAME.value, identifier.fold(party.name)[:256]] = None
    return [pair for pair in found if pair[1]]


def _either(*parties: Party | None) -> Party | None:
    return next((party for party in parties if party and (party.id or party.name)), None)


def _who(party: Party | None) -> str:
    if party is None:
        return ""
    return (party.id or (identifier.fold(party.name) if party.name else ""))[:_TEXT]


def _name(party: Party | None) -> str:
    return (party.name or "")[:256] if party else ""


def _ucr(declaration: Declaration) -> str:
    shipment = declaration.goods_shipment
    found = [shipment.ucr] if shipment and shipment.ucr else []
    found += [item.ucr for item in shipment.goods_items if item.ucr] if shipment else []
    said = (ucr.id or ucr.trader_assigned_reference_id for ucr in found)
    return next((text[:64] for text in said if text), "")


def _office(declaration: Declaration) -> str:
    offices = (
        declaration.presentation_office,
        declaration.supervising_office,
        declaration.exit_office,
    )
    coded = (office.id for office in offices if office)
    return next((i for i in (declaration.declaration_office_id, *coded) if i), "")[:32]


def _procedure(item: GoodsItem | None) -> str:
    for procedure in item.government_procedures if item else ():
        if procedure.current_code and len(procedure.current_code) in {1, 2, 4}:
            return procedure.current_code + (procedure.previous_code or "")[:2]
    return ""


def _departure(declaration: Declaration, first: GoodsItem | None) -> str:
    shipment = declaration.goods_shipment
    said = (shipment and shipment.export_country, first and first.export_country)
    return next((country.id[:2] for country in said if country and country.id), "")


def _destination(declaration: Declaration, first: GoodsItem | None) -> str:
    shipment = declaration.goods_shipment
    said = (shipment and shipment.destination, first and first.destination)
    return next((at.country_code[:2] for at in said if at and at.country_code), "")


def _mode(declaration: Declaration) -> str:
    consignment = declaration.goods_shipment and declaration.goods_shipment.consignment
    means = [declaration.border_transport_means]
    if consignment:
        means += [consignment.arrival_transport_means, consignment.departure_transport_means]
    return next((m.mode_code[:8] for m in means if m and m.mode_code), "")


def _nature(declaration: Declaration, first: GoodsItem | None) -> str:
    shipment = declaration.goods_shipment
    return (
        (shipment and shipment.transaction_nature_code)
        or (first and first.transaction_nature_code)
        or ""
    )[:16]


def _payment(first: GoodsItem | None) -> str:
    fees = first.commodity.duty_tax_fees if first and first.commodity else ()
    methods = (fee.payment.method_code for fee in fees if fee.payment)
    return next((method[:16] for method in methods if method), "")


def _containers(declaration: Declaration) -> list[str]:
    found: dict[str, None] = {}
    for equipment in _equipment(declaration):
        if equipment.id:
            found[identifier.container(equipment.id) or equipment.id.strip().upper()] = None
    return list(found)


def _seals(declaration: Declaration) -> list[str]:
    seals = (seal.id for equipment in _equipment(declaration) for seal in equipment.seals)
    return list(dict.fromkeys(seal.strip() for seal in seals if seal and seal.strip()))


def _equipment(declaration: Declaration) -> Iterator[TransportEquipment]:
    shipment = declaration.goods_shipment
    if shipment is None:
        return
    if shipment.consignment:
        yield from shipment.consignment.transport_equipment
    for item in shipment.goods_items:
        if item.commodity:
            yield from item.commodity.transport_equipment


def _documents(declaration: Declaration) -> list[str]:
    shipment = declaration.goods_shipment
    if shipment is None:
        return []
    found = []
    if shipment.consignment:
        found += [document.id for document in shipment.consignment.transport_contract_documents]
    earlier = [*shipment.previous_documents]
    for item in shipment.goods_items:
        earlier += item.previous_documents
    found += [one.id for one in earlier if (one.type_code or "").lstrip("N")[:1] == "7"]
    return list(dict.fromkeys(number.strip() for number in found if number and number.strip()))


def _parties(declaration: Declaration) -> Iterator[Party | Agent]:
    shipment = declaration.goods_shipment
    named: list[Party | Agent | None] = [
        declaration.declarant,
        declaration.agent,
        declaration.exporter,
        declaration.consignment.carrier if declaration.consignment else None,
    ]
    if shipment:
        named += [
            shipment.importer,
            shipment.consignor,
            shipment.seller,
            shipment.buyer,
            shipment.consignee,
        ]
        for item in shipment.goods_items:
            named += [item.consignor, item.seller, item.buyer, item.consignee]
    return (party for party in named if party)


def _item(number: int, item: GoodsItem) -> Goods:
    commodity = item.commodity
    measure = commodity.goods_measure if commodity else None
    tariff = measure.tariff_quantity if measure else None
    net = measure.net_net_weight_measure if measure else None
    gross = measure.gross_mass_measure if measure else None
    worth = _value(item)
    fee = commodity.duty_tax_fees[0] if commodity and commodity.duty_tax_fees else None
    code = _code(commodity)
    return Goods(
        sequence=number,
        hs_code=code,
        hs6=code[:6],
        description=(commodity and commodity.description) or "",
        marks=(commodity and commodity.brand_name) or "",
        origin=next((o.country_code[:2] for o in item.origins if o.country_code), ""),
        procedure=_procedure(item),
        net_mass=net.grams if net else None,
        gross_mass=gross.grams if gross else None,
        value=worth.amount if worth else None,
        currency=(worth and worth.currency) or "",
        quantity=tariff.millionths if tariff else None,
        unit=((tariff and tariff.unit_code) or "")[:8],
        tax_rate=fee.tax_rate_numeric if fee else None,
        tax_type=((fee and fee.type_code) or "")[:16],
    )


def _value(item: GoodsItem) -> Money | None:
    line = item.commodity.invoice_line if item.commodity else None
    return (
        item.statistical_value_amount
        or item.customs_value_amount
        or (line.item_charge_amount if line else None)
    )


def _code(commodity: Commodity | None) -> str:
    """The HS code with its national digits: the commodity code, and TARIC's two where they are."""
    if commodity is None:
        return ""
    main, more = commodity.hs_code, ""
    if len(main) == 8:
        parts = (c.id for c in commodity.classifications if c.identification_type_code == "TRC")
        more = next((part for part in parts if part), "")
    return (main + more)[:16]
