"""How the goods travel: means of transport, containers and seals, places.

The fields stand in the order of the elements of the WCO schema; each names its element.
"""

from typing import Annotated

from tidewaiter.documents import party
from tidewaiter.documents.element import Count, Part, element


class TransportMeans(Part, frozen=True, kw_only=True):
    """A vessel, vehicle, aircraft or train."""

    name: Annotated[str | None, element("Name")] = None
    id: Annotated[
        str | None, element("ID", "name of the vessel, flight or registration number")
    ] = None
    identification_type_code: Annotated[
        str | None,
        element("IdentificationTypeCode", "what the identification is: 10 IMO number, 40 flight …"),
    ] = None
    type_code: Annotated[str | None, element("TypeCode")] = None
    registration_nationality_code: Annotated[
        str | None, element("RegistrationNationalityCode", "ISO 3166-1 alpha-2")
    ] = None
    mode_code: Annotated[
        str | None,
        element("ModeCode", "1 sea, 2 rail, 3 road, 4 air, 5 post, 7 pipe, 8 inland water, 9 own"),
    ] = None


class Seal(Part, frozen=True, kw_only=True):
    """A seal on a container or vehicle."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric")] = None
    id: Annotated[str | None, element("ID", "number of the seal")] = None


class TransportEquipment(Part, frozen=True, kw_only=True):
    """A container, by its number of ISO 6346, with its seals."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric")] = None
    id: Annotated[str | None, element("ID", "container number")] = None
    seals: Annotated[tuple[Seal, ...], element("Seal")] = ()


class GoodsLocation(Part, frozen=True, kw_only=True):
    """Where the goods are for examination."""

    name: Annotated[str | None, element("Name", "name or code of the place")] = None
    id: Annotated[str | None, element("ID")] = None
    type_code: Annotated[str | None, element("TypeCode")] = None
    address: Annotated[party.Address | None, element("Address")] = None


class Location(Part, frozen=True, kw_only=True):
    """A place by name or UN/LOCODE."""

    name: Annotated[str | None, element("Name")] = None
    id: Annotated[str | None, element("ID", "UN/LOCODE or another code")] = None


class Itinerary(Part, frozen=True, kw_only=True):
    """A country that the goods pass through."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric")] = None
    routing_country_code: Annotated[
        str | None, element("RoutingCountryCode", "ISO 3166-1 alpha-2")
    ] = None


class Freight(Part, frozen=True, kw_only=True):
    """How the carriage is paid."""

    payment_method_code: Annotated[str | None, element("PaymentMethodCode")] = None


class ConsignmentItem(Part, frozen=True, kw_only=True):
    """Part of a consignment that has a consignor of its own."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric")] = None
    consignor: Annotated[party.Party | None, element("Consignor")] = None
    freight: Annotated[Freight | None, element("Freight")] = None


class TransportContractDocument(Part, frozen=True, kw_only=True):
    """A bill of lading, air waybill or consignment note."""

    id: Annotated[str | None, element("ID")] = None
    type_code: Annotated[str | None, element("TypeCode", "704, 705, 730, 740 …")] = None


class Consignment(Part, frozen=True, kw_only=True):
    """The consignment as the security part of a declaration sees it."""

    carrier: Annotated[party.Party | None, element("Carrier")] = None
    consignment_items: Annotated[tuple[ConsignmentItem, ...], element("ConsignmentItem")] = ()
    consignor: Annotated[party.Party | None, element("Consignor")] = None
    freight: Annotated[Freight | None, element("Freight")] = None
    itinerary: Annotated[tuple[Itinerary, ...], element("Itinerary")] = ()


class ShipmentConsignment(Part, frozen=True, kw_only=True):
    """The consignment as the goods shipment sees it: means of transport, containers, places."""

    container_code: Annotated[str | None, element("ContainerCode", "1 in containers, 0 not")] = None
    arrival_transport_means: Annotated[TransportMeans | None, element("ArrivalTransportMeans")] = (
        None
    )
    departure_transport_means: Annotated[
        TransportMeans | None, element("DepartureTransportMeans")
    ] = None
    goods_location: Annotated[GoodsLocation | None, element("GoodsLocation")] = None
    loading_location: Annotated[Location | None, element("LoadingLocation")] = None
    transport_contract_documents: Annotated[
        tuple[TransportContractDocument, ...], element("TransportContractDocument")
    ] = ()
    transport_equipment: Annotated[
        tuple[TransportEquipment, ...], element("TransportEquipment")
    ] = ()
    unloading_location: Annotated[Location | None, element("UnloadingLocation")] = None
