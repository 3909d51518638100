"""The canonical declaration, in the terms of the WCO Data Model.

The fields stand in the order of the elements of the WCO schema; each names its element.
"""

from datetime import date
from typing import Annotated, Final

from msgspec import Meta

from tidewaiter.documents import goods, paper, party, transport
from tidewaiter.documents.element import Count, Mass, Moment, Money, Part, element

ORIGINAL: Final = "9"
CORRECTION: Final = "13"
CANCELLATION: Final = "1"  # UN/EDIFACT 1225
CARRIES: Final = "COR"  # the type of a correction that brings changes alone
CANCELS: Final = "INV"  # types of a document of function 13 that is no correction
PRESENTS: Final = "GPR"
KINDS: Final = {"IM": "import", "EX": "export", "CO": "import", "TR": "transit"}
# UN/EDIFACT 1001: bills of lading, waybills, consignment notes, TIR and ATA carnets
TRANSPORT_DOCUMENTS: Final = frozenset(
    {"703", "704", "705", "710", "713", "714", "720", "722", "730", "740", "741"}
    | {"750", "760", "785", "787", "952", "955"}
)


class TradeTerms(Part, frozen=True, kw_only=True):
    """Delivery terms (INCOTERMS)."""

    condition_code: Annotated[str | None, element("ConditionCode", wco="090")] = None
    country_relationship_code: Annotated[
        str | None, element("CountryRelationshipCode", wco="106")
    ] = None
    description: Annotated[str | None, element("Description", wco="089")] = None
    location_id: Annotated[str | None, element("LocationID", wco="L002")] = None
    location_name: Annotated[str | None, element("LocationName", wco="L001")] = None


class Warehouse(Part, frozen=True, kw_only=True):
    """The customs warehouse that the goods go to or come from."""

    id: Annotated[str | None, element("ID", wco="L019")] = None
    type_code: Annotated[str | None, element("TypeCode", wco="L112")] = None


class GoodsShipment(Part, frozen=True, kw_only=True):
    """The goods under one contract, with their parties, transport and items."""

    exit_date_time: Annotated[Moment | None, element("ExitDateTime", wco="024")] = None
    transaction_nature_code: Annotated[str | None, element("TransactionNatureCode", wco="103")] = (
        None
    )
    aeo_mutual_recognition_parties: Annotated[
        tuple[party.RoleParty, ...], element("AEOMutualRecognitionParty", wco="16C")
    ] = ()
    buyer: Annotated[party.Party | None, element("Buyer", wco="16A")] = None
    consignee: Annotated[party.Party | None, element("Consignee", wco="27A")] = None
    consignment: Annotated[
        transport.ShipmentConsignment | None, element("Consignment", wco="28A")
    ] = None
    consignor: Annotated[party.Party | None, element("Consignor", wco="30A")] = None
    customs_valuation: Annotated[
        goods.CustomsValuation | None, element("CustomsValuation", wco="41A")
    ] = None
    destination: Annotated[goods.Destination | None, element("Destination", wco="99B")] = None
    domestic_duty_tax_parties: Annotated[
        tuple[party.RoleParty, ...], element("DomesticDutyTaxParty", wco="55B")
    ] = ()
    export_country: Annotated[goods.ExportCountry | None, element("ExportCountry", wco="95B")] = (
        None
    )
    goods_items: Annotated[
        tuple[goods.GoodsItem, ...], element("GovernmentAgencyGoodsItem", wco="68A")
    ] = ()
    importer: Annotated[party.Party | None, element("Importer", wco="74A")] = None
    invoice: Annotated[paper.Invoice | None, element("Invoice", wco="78A")] = None
    payer: Annotated[party.Party | None, element("Payer", wco="56B")] = None
    previous_documents: Annotated[
        tuple[paper.PreviousDocument, ...], element("PreviousDocument", wco="99A")
    ] = ()
    seller: Annotated[party.Party | None, element("Seller", wco="09B")] = None
    surety: Annotated[party.Party | None, element("Surety", wco="19B")] = None
    trade_terms: Annotated[TradeTerms | None, element("TradeTerms", wco="22B")] = None
    ucr: Annotated[paper.UniqueConsignmentReference | None, element("UCR", wco="35B")] = None
    warehouse: Annotated[Warehouse | None, element("Warehouse", wco="43B")] = None


class Metadata(Part, frozen=True, kw_only=True):
    """The cover of a WCO document: which model and whose customisation of it."""

    schema_location: Annotated[str | None, element("@schemaLocation")] = None
    wco_data_model_version_code: Annotated[str | None, element("WCODataModelVersionCode")] = None
    wco_type_name: Annotated[str | None, element("WCOTypeName")] = None
    responsible_country_code: Annotated[str | None, element("ResponsibleCountryCode")] = None
    responsible_agency_name: Annotated[str | None, element("ResponsibleAgencyName")] = None
    agency_assigned_customization_code: Annotated[
        str | None, element("AgencyAssignedCustomizationCode")
    ] = None
    agency_assigned_customization_version_code: Annotated[
        str | None, element("AgencyAssignedCustomizationVersionCode")
    ] = None


class Declaration(Part, frozen=True, kw_only=True):
    """A customs declaration."""

    metadata: Annotated[Metadata | None, Meta(description="the cover of a WCO document")] = None
    schema_location: Annotated[str | None, element("@schemaLocation")] = None
    acceptance_date_time: Annotated[Moment | None, element("AcceptanceDateTime", wco="023")] = None
    function_code: Annotated[str, element("FunctionCode", "9 original, 13 correction", wco="017")]
    functional_reference_id: Annotated[
        str | None,
        element(
            "FunctionalReferenceID",
            "local reference number (LRN) that the declarant gave",
            wco="D026",
        ),
    ] = None
    id: Annotated[str | None, element("ID", "number that customs gave (MRN)", wco="D014")] = None
    issue_date_time: Annotated[Moment | None, element("IssueDateTime", wco="D011")] = None
    issue_location_id: Annotated[str | None, element("IssueLocationID", wco="D012")] = None
    type_code: Annotated[
        str | None,
        element("TypeCode", "IM, EX or CO with the kind of procedure: IMA, EXD …", wco="D013"),
    ] = None
    goods_item_quantity: Annotated[
        Count | None, element("GoodsItemQuantity", "number of items", wco="228")
    ] = None
    declaration_office_id: Annotated[str | None, element("DeclarationOfficeID", wco="065")] = None
    invoice_amount: Annotated[Money | None, element("InvoiceAmount", wco="109")] = None
    loading_list_quantity: Annotated[Count | None, element("LoadingListQuantity", wco="013")] = None
    total_gross_mass_measure: Annotated[
        Mass | None, element("TotalGrossMassMeasure", wco="131")
    ] = None
    total_package_quantity: Annotated[Count | None, element("TotalPackageQuantity", wco="146")] = (
        None
    )
    specific_circumstances_code: Annotated[
        str | None, element("SpecificCircumstancesCodeCode", wco="504")
    ] = None
    authentication: Annotated[party.Authentication | None, element("Authentication", wco="61B")] = (
        None
    )
    submitter: Annotated[party.Party | None, element("Submitter", wco="17B")] = None
    additional_documents: Annotated[
        tuple[paper.AdditionalDocument, ...], element("AdditionalDocument", wco="02A")
    ] = ()
    additional_information: Annotated[
        tuple[paper.AdditionalInformation, ...], element("AdditionalInformation", wco="03A")
    ] = ()
    agent: Annotated[party.Agent | None, element("Agent", wco="05A")] = None
    amendments: Annotated[tuple[paper.Amendment, ...], element("Amendment", wco="06A")] = ()
    authorisation_holders: Annotated[
        tuple[party.AuthorisationHolder, ...], element("AuthorisationHolder", wco="17C")
    ] = ()
    border_transport_means: Annotated[
        transport.TransportMeans | None, element("BorderTransportMeans", wco="15A")
    ] = None
    consignment: Annotated[transport.Consignment | None, element("Consignment", wco="28A")] = None
    currency_exchanges: Annotated[
        tuple[paper.CurrencyExchange, ...], element("CurrencyExchange", wco="40A")
    ] = ()
    declarant: Annotated[party.Party | None, element("Declarant", wco="57B")] = None
    exit_office: Annotated[party.Office | None, element("ExitOffice", wco="56A")] = None
    exporter: Annotated[party.Party | None, element("Exporter", wco="57A")] = None
    goods_shipment: Annotated[GoodsShipment | None, element("GoodsShipment", wco="67A")] = None
    obligation_guarantees: Annotated[
        tuple[paper.ObligationGuarantee, ...], element("ObligationGuarantee", wco="90A")
    ] = ()
    presentation_office: Annotated[
        party.Office | None, element("PresentationOffice", wco="15C")
    ] = None
    supervising_office: Annotated[party.Office | None, element("SupervisingOffice", wco="97B")] = (
        None
    )

    @property
    def kind(self) -> str:
        """`import`, `export`, `transit` or `other`, by the first letters of the type code."""
        return KINDS.get((self.type_code or "")[:2], "other")

    @property
    def is_correction(self) -> bool:
        """Whether this corrects a declaration that was lodged before."""
        return self.function_code == CORRECTION

    @property
    def local_reference(self) -> str:
        """The declarant's own number (LRN); empty where there is none."""
        return self.functional_reference_id or ""

    @property
    def declared_by(self) -> str:
        """The declarant's identification number, or its name where it has none."""
        return self.declarant.key if self.declarant else ""

    @property
    def lodged_on(self) -> date | None:
        """The day of issue or acceptance, as the declaration says it."""
        moment = self.issue_date_time or self.acceptance_date_time
        return moment.at.date() if moment else None

    @property
    def items(self) -> tuple[goods.GoodsItem, ...]:
        """The goods items."""
        return self.goods_shipment.goods_items if self.goods_shipment else ()

    @property
    def importer(self) -> party.Party | None:
        """The importer of the shipment."""
        return self.goods_shipment.importer if self.goods_shipment else None

    @property
    def containers(self) -> tuple[transport.TransportEquipment, ...]:
        """Containers of the shipment, with their seals."""
        carried = self.goods_shipment.consignment if self.goods_shipment else None
        return carried.transport_equipment if carried else ()

    @property
    def transport_documents(self) -> tuple[str, ...]:
        """Numbers of bills of lading, waybills and consignment notes, each once, in order."""
        shipment = self.goods_shipment or GoodsShipment()
        carried = shipment.consignment or transport.ShipmentConsignment()
        named: list[tuple[str | None, str | None]] = [
            *((one.id, "705") for one in carried.transport_contract_documents),
            *((one.id, one.type_code) for one in shipment.previous_documents),
        ]
        for item in shipment.goods_items:
            named += [(one.id, one.type_code) for one in item.previous_documents]
            named += [(one.id, one.type_code) for one in item.additional_documents]
        return tuple(dict.fromkeys(no for no, kind in named if no and kind in TRANSPORT_DOCUMENTS))
