"""The goods items of a declaration: commodity, measures, duties, value, origin, packages.

The fields stand in the order of the elements of the WCO schema; each names its element.
"""

from typing import Annotated, Final

from tidewaiter.documents import paper, party, transport
from tidewaiter.documents.element import Count, Mass, Money, Part, Quantity, Rate, element

HS6: Final = 6
# kinds of classification that hold a commodity code: of a tariff, of the Harmonized System
CODES: Final = frozenset({"TSP", "SRZ", "HS", "CN", None})


class Classification(Part, frozen=True, kw_only=True):
    """The code of a commodity in one nomenclature."""

    id: Annotated[str | None, element("ID", "the code", wco="145", code="commodity")] = None
    identification_type_code: Annotated[
        str | None,
        element(
            "IdentificationTypeCode",
            "TSP commodity code, SRZ HS, TRC TARIC, TRA and GN additional codes …",
        ),
    ] = None


class DangerousGoods(Part, frozen=True, kw_only=True):
    """A substance by its UN number."""

    undg_id: Annotated[str | None, element("UNDGID", wco="506")] = None


class Payment(Part, frozen=True, kw_only=True):
    """How a duty or tax is paid, and how much."""

    method_code: Annotated[str | None, element("MethodCode", wco="107")] = None
    tax_assessed_amount: Annotated[Money | None, element("TaxAssessedAmount", wco="120")] = None
    payment_amount: Annotated[Money | None, element("PaymentAmount", wco="378")] = None


class DutyTaxFee(Part, frozen=True, kw_only=True):
    """A duty, tax or fee on an item."""

    ad_valorem_tax_base_amount: Annotated[
        Money | None, element("AdValoremTaxBaseAmount", wco="116")
    ] = None
    deduct_amount: Annotated[Money | None, element("DeductAmount", wco="111")] = None
    duty_regime_code: Annotated[
        str | None, element("DutyRegimeCode", "preference claimed", wco="164")
    ] = None
    specific_tax_base_quantity: Annotated[
        Quantity | None, element("SpecificTaxBaseQuantity", wco="129")
    ] = None
    tax_rate_numeric: Annotated[Rate | None, element("TaxRateNumeric", "per cent", wco="115")] = (
        None
    )
    type_code: Annotated[str | None, element("TypeCode", "kind of duty or tax", wco="113")] = None
    quota_order_id: Annotated[str | None, element("QuotaOrderID", wco="401")] = None
    payment: Annotated[Payment | None, element("Payment", wco="94A")] = None


class GoodsMeasure(Part, frozen=True, kw_only=True):
    """How much of the goods there is."""

    gross_mass_measure: Annotated[Mass | None, element("GrossMassMeasure", wco="126")] = None
    net_net_weight_measure: Annotated[
        Mass | None, element("NetNetWeightMeasure", "net mass, without any packing", wco="128")
    ] = None
    tariff_quantity: Annotated[
        Quantity | None,
        element("TariffQuantity", "quantity in the supplementary unit of the tariff", wco="130"),
    ] = None


class InvoiceLine(Part, frozen=True, kw_only=True):
    """The line of the invoice that an item stands on."""

    item_charge_amount: Annotated[
        Money | None, element("ItemChargeAmount", "price of the item", wco="112")
    ] = None


class Commodity(Part, frozen=True, kw_only=True):
    """What the goods are."""

    description: Annotated[str | None, element("Description", wco="137")] = None
    brand_name: Annotated[str | None, element("BrandName", "brand or mark on the goods")] = None
    classifications: Annotated[
        tuple[Classification, ...], element("Classification", wco="21A")
    ] = ()
    dangerous_goods: Annotated[
        tuple[DangerousGoods, ...], element("DangerousGoods", wco="12C")
    ] = ()
    duty_tax_fees: Annotated[tuple[DutyTaxFee, ...], element("DutyTaxFee", wco="50A")] = ()
    goods_measure: Annotated[GoodsMeasure | None, element("GoodsMeasure", wco="65A")] = None
    invoice_line: Annotated[InvoiceLine | None, element("InvoiceLine", wco="79A")] = None
    transport_equipment: Annotated[
        tuple[transport.TransportEquipment, ...], element("TransportEquipment", wco="31B")
    ] = ()

    @property
    def hs_code(self) -> str:
        """The commodity code: of the nomenclature, else the first of six digits or more."""
        codes = [one.id for one in self.classifications if one.identification_type_code in CODES]
        codes += [one.id for one in self.classifications]
        long_enough = (code for code in codes if code and len(code) >= HS6 and code.isdecimal())
        return next(long_enough, "")

    @property
    def hs6(self) -> str:
        """The six digits that the Harmonized System has the same everywhere; may be empty."""
        return self.hs_code[:HS6]


class ChargeDeduction(Part, frozen=True, kw_only=True):
    """What is added to or taken from the price to make the customs value."""

    charges_type_code: Annotated[str | None, element("ChargesTypeCode", wco="371")] = None
    other_charge_deduction_amount: Annotated[
        Money | None, element("OtherChargeDeductionAmount", wco="181")
    ] = None


class CustomsValuation(Part, frozen=True, kw_only=True):
    """How the customs value is found."""

    method_code: Annotated[str | None, element("MethodCode", wco="122")] = None
    freight_charge_amount: Annotated[Money | None, element("FreightChargeAmount", wco="117")] = None
    charge_deductions: Annotated[
        tuple[ChargeDeduction, ...], element("ChargeDeduction", wco="58B")
    ] = ()


class ValuationAdjustment(Part, frozen=True, kw_only=True):
    """Marks on the relation of buyer and seller."""

    addition_code: Annotated[str | None, element("AdditionCode", wco="188")] = None


class Destination(Part, frozen=True, kw_only=True):
    """Where the goods go."""

    country_code: Annotated[
        str | None, element("CountryCode", "ISO 3166-1 alpha-2", wco="465", code="country")
    ] = None
    region_id: Annotated[str | None, element("RegionID", wco="477")] = None


class ExportCountry(Part, frozen=True, kw_only=True):
    """Where the goods were dispatched from."""

    id: Annotated[str | None, element("ID", "ISO 3166-1 alpha-2", wco="062", code="country")] = None


class Origin(Part, frozen=True, kw_only=True):
    """Where the goods were made."""

    country_code: Annotated[
        str | None, element("CountryCode", "ISO 3166-1 alpha-2", wco="063", code="country")
    ] = None
    region_id: Annotated[str | None, element("RegionID", wco="066")] = None
    type_code: Annotated[
        str | None, element("TypeCode", "1 non-preferential, 2 preferential …", wco="501")
    ] = None


class GovernmentProcedure(Part, frozen=True, kw_only=True):
    """The customs procedure asked for."""

    current_code: Annotated[str | None, element("CurrentCode", wco="166")] = None
    previous_code: Annotated[str | None, element("PreviousCode", wco="161")] = None


class Packaging(Part, frozen=True, kw_only=True):
    """Packages of one kind."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric", wco="006")] = None
    marks_numbers_id: Annotated[
        str | None, element("MarksNumbersID", "shipping marks", wco="142")
    ] = None
    quantity: Annotated[
        Count | None, element("QuantityQuantity", "number of packages", wco="144")
    ] = None
    type_code: Annotated[str | None, element("TypeCode", "UN/ECE Recommendation 21", wco="141")] = (
        None
    )
    packing_material_description: Annotated[
        str | None, element("PackingMaterialDescription", wco="344")
    ] = None
    length_measure: Annotated[Quantity | None, element("LengthMeasure", wco="367")] = None
    width_measure: Annotated[Quantity | None, element("WidthMeasure", wco="368")] = None
    height_measure: Annotated[Quantity | None, element("HeightMeasure", wco="402")] = None
    volume_measure: Annotated[Quantity | None, element("VolumeMeasure", wco="395")] = None


class GoodsItem(Part, frozen=True, kw_only=True):
    """One item of a declaration: goods of one kind under one procedure."""

    customs_value_amount: Annotated[Money | None, element("CustomsValueAmount", wco="108")] = None
    sequence_numeric: Annotated[Count | None, element("SequenceNumeric", wco="006")] = None
    statistical_value_amount: Annotated[
        Money | None, element("StatisticalValueAmount", wco="114")
    ] = None
    transaction_nature_code: Annotated[str | None, element("TransactionNatureCode", wco="103")] = (
        None
    )
    intended_use_code: Annotated[
        str | None, element("IntendedUseCode", "what the goods will be used for")
    ] = None
    additional_documents: Annotated[
        tuple[paper.AdditionalDocument, ...], element("AdditionalDocument", wco="02A")
    ] = ()
    additional_information: Annotated[
        tuple[paper.AdditionalInformation, ...], element("AdditionalInformation", wco="03A")
    ] = ()
    aeo_mutual_recognition_parties: Annotated[
        tuple[party.RoleParty, ...], element("AEOMutualRecognitionParty", wco="16C")
    ] = ()
    buyer: Annotated[party.Party | None, element("Buyer", wco="16A")] = None
    commodity: Annotated[Commodity | None, element("Commodity", wco="23A")] = None
    consignee: Annotated[party.Party | None, element("Consignee", wco="27A")] = None
    consignor: Annotated[party.Party | None, element("Consignor", wco="30A")] = None
    customs_valuation: Annotated[
        CustomsValuation | None, element("CustomsValuation", wco="41A")
    ] = None
    destination: Annotated[Destination | None, element("Destination", wco="99B")] = None
    domestic_duty_tax_parties: Annotated[
        tuple[party.RoleParty, ...], element("DomesticDutyTaxParty", wco="55B")
    ] = ()
    export_country: Annotated[ExportCountry | None, element("ExportCountry", wco="95B")] = None
    government_procedures: Annotated[
        tuple[GovernmentProcedure, ...], element("GovernmentProcedure", wco="70A")
    ] = ()
    origins: Annotated[tuple[Origin, ...], element("Origin", wco="92A")] = ()
    packaging: Annotated[tuple[Packaging, ...], element("Packaging", wco="93A")] = ()
    previous_documents: Annotated[
        tuple[paper.PreviousDocument, ...], element("PreviousDocument", wco="99A")
    ] = ()
    seller: Annotated[party.Party | None, element("Seller", wco="09B")] = None
    ucr: Annotated[paper.UniqueConsignmentReference | None, element("UCR", wco="35B")] = None
    valuation_adjustment: Annotated[
        ValuationAdjustment | None, element("ValuationAdjustment", wco="39B")
    ] = None

    @property
    def procedure(self) -> str:
        """Requested and previous procedure together, such as 4000; may be empty."""
        first = next(iter(self.government_procedures), GovernmentProcedure())
        return (first.current_code or "") + (first.previous_code or "")

    @property
    def origin(self) -> str:
        """The country where the goods were made, ISO 3166-1 alpha-2; may be empty."""
        return next((one.country_code for one in self.origins if one.country_code), "")
