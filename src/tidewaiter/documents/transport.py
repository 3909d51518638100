"""How the goods travel: means of transport, containers and seals, places.

The fields stand in the order of the elements of the WCO schema; each names its element.
"""

from typing import Annotated

from tidewaiter.documents import party
from tidewaiter.documents.element import Count, Part, element


class TransportMeans(Part, frozen=True, kw_only=True):
    """A vessel, vehicle, aircraft or train."""

    name: Annotated[str | None, element("Name", wco="T005 T001 T003")] = None
    id: Annotated[
        str | None,
        element("ID", "name of the vessel, flight or registration number", wco="T006 T002 T004"),
    ] = None
    identification_type_code: Annotated[
        str | None,
        element(
            "IdentificationTypeCode",
            "what the identification is: 10 IMO number, 40 flight …",
            wco="T018 T034 T029",
        ),
    ] = None
    type_code: Annotated[str | None, element("TypeCode", wco="T010 T008 T009")] = None
    registration_nationality_code: Annotated[
        str | None,
        element("RegistrationNationalityCode", "ISO 3166-1 alpha-2", wco="T014", code="country"),
    ] = None
    mode_code: Annotated[
        str | None,
        element(
            "ModeCode",
            "1 sea, 2 rail, 3 road, 4 air, 5 post, 7 pipe, 8 inland water, 9 own",
            wco="T022 T020 T021",
        ),
    ] = None


class Seal(Part, frozen=True, kw_only=True):
    """A seal on a container or vehicle."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric", wco="006")] = None
    id: Annotated[str | None, element("ID", "number of the seal", wco="165")] = None


class TransportEquipment(Part, frozen=True, kw_only=True):
    """A container, by its number of ISO 6346, with its seals."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric", wco="006")] = None
    id: Annotated[str | None, element("ID", "container number", wco="159", code="container")] = None
    seals: Annotated[tuple[Seal, ...], element("Seal", wco="44B")] = ()


class GoodsLocation(Part, frozen=True, kw_only=True):
    """Where the goods are for examination."""

    name: Annotated[str | None, element("Name", "name or code of the place", wco="L016")] = None
    id: Annotated[str | None, element("ID", wco="L017")] = None
    type_code: Annotated[str | None, element("TypeCode", wco="L110")] = None
    address: Annotated[party.Address | None, element("Address", wco="04A")] = None


class Location(Part, frozen=True, kw_only=True):
    """A place by name or UN/LOCODE."""

    name: Annotated[str | None, element("Name", wco="L009")] = None
    id: Annotated[str | None, element("ID", "UN/LOCODE or another code", wco="L010")] = None


class Itinerary(Part, frozen=True, kw_only=True):
    """A country that the goods pass through."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric", wco="006")] = None
    routing_country_code: Annotated[
        str | None, element("RoutingCountryCode", "ISO 3166-1 alpha-2", wco="064", code="country")
    ] = None


class Freight(Part, frozen=True, kw_only=True):
    """How the carriage is paid."""

    payment_method_code: Annotated[str | None, element("PaymentMethodCode", wco="098")] = None


class ConsignmentItem(Part, frozen=True, kw_only=True):
    """Part of a consignment that has a consignor of its own."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric", wco="006")] = None
    consignor: Annotated[party.Party | None, element("Consignor", wco="30A")] = None
    freight: Annotated[Freight | None, element("Freight", wco="62A")] = None


class TransportContractDocument(Part, frozen=True, kw_only=True):
    """A bill of lading, air waybill or consignment note."""

    id: Annotated[str | None, element("ID")] = None
    type_code: Annotated[str | None, element("TypeCode", "704, 705, 730, 740 …")] = None


class Consignment(Part, frozen=True, kw_only=True):
    """The consignment as the security part of a declaration sees it."""

    carrier: Annotated[party.Party | None, element("Carrier", wco="18A")] = None
    consignment_items: Annotated[
        tuple[ConsignmentItem, ...], element("ConsignmentItem", wco="29A")
    ] = ()
    consignor: Annotated[party.Party | None, element("Consignor", wco="30A")] = None
    freight: Annotated[Freight | None, element("Freight", wco="62A")] = None
    itinerary: Annotated[tuple[Itinerary, ...], element("Itinerary", wco="81A")] = ()


class ShipmentConsignment(Part, frozen=True, kw_only=True):
    """The consignment as the goods shipment sees it: means of transport, containers, places."""

    container_code: Annotated[
        str | None, element("ContainerCode", "1 in containers, 0 not", wco="096")
    ] = None
    arrival_transport_means: Annotated[
        TransportMeans | None, element("ArrivalTransportMeans", wco="10A")
    ] = None
    departure_transport_means: Annotated[
        TransportMeans | None, element("DepartureTransportMeans", wco="46A")
    ] = None
    goods_location: Annotated[GoodsLocation | None, element("GoodsLocation", wco="64A")] = None
    loading_location: Annotated[Location | None, element("LoadingLocation", wco="83A")] = None
    transport_contract_documents: Annotated[
        tuple[TransportContractDocument, ...], element("TransportContractDocument")
    ] = ()
    transport_equipment: Annotated[
        tuple[TransportEquipment, ...], element("TransportEquipment", wco="31B")
    ] = ()
    unloading_location: Annotated[Location | None, element("UnloadingLocation")] = None
