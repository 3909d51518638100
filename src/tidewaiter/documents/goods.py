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

    id: Annotated[str | None, element("ID", "the code")] = None
    identification_type_code: Annotated[
        str | None,
        element(
            "IdentificationTypeCode",
            "TSP commodity code, SRZ HS, TRC TARIC, TRA and GN additional codes …",
        ),
    ] = None


class DangerousGoods(Part, frozen=True, kw_only=True):
    """A substance by its UN number."""

    undg_id: Annotated[str | None, element("UNDGID")] = None


class Payment(Part, frozen=True, kw_only=True):
    """How a duty or tax is paid, and how much."""

    method_code: Annotated[str | None, element("MethodCode")] = None
    tax_assessed_amount: Annotated[Money | None, element("TaxAssessedAmount")] = None
    payment_amount: Annotated[Money | None, element("PaymentAmount")] = None


class DutyTaxFee(Part, frozen=True, kw_only=True):
    """A duty, tax or fee on an item."""

    ad_valorem_tax_base_amount: Annotated[Money | None, element("AdValoremTaxBaseAmount")] = None
    deduct_amount: Annotated[Money | None, element("DeductAmount")] = None
    duty_regime_code: Annotated[str | None, element("DutyRegimeCode", "preference claimed")] = None
    specific_tax_base_quantity: Annotated[Quantity | None, element("SpecificTaxBaseQuantity")] = (
        None
    )
    tax_rate_numeric: Annotated[Rate | None, element("TaxRateNumeric", "per cent")] = None
    type_code: Annotated[str | None, element("TypeCode", "kind of duty or tax")] = None
    quota_order_id: Annotated[str | None, element("QuotaOrderID")] = None
    payment: Annotated[Payment | None, element("Payment")] = None


class GoodsMeasure(Part, frozen=True, kw_only=True):
    """How much of the goods there is."""

    gross_mass_measure: Annotated[Mass | None, element("GrossMassMeasure")] = None
    net_net_weight_measure: Annotated[
        Mass | None, element("NetNetWeightMeasure", "net mass, without any packing")
    ] = None
    tariff_quantity: Annotated[
        Quantity | None,
        element("TariffQuantity", "quantity in the supplementary unit of the tariff"),
    ] = None


class InvoiceLine(Part, frozen=True, kw_only=True):
    """The line of the invoice that an item stands on."""

    item_charge_amount: Annotated[
        Money | None, element("ItemChargeAmount", "price of the item")
    ] = None


class Commodity(Part, frozen=True, kw_only=True):
    """What the goods are."""

    description: Annotated[str | None, element("Description")] = None
    brand_name: Annotated[str | None, element("BrandName", "brand or mark on the goods")] = None
    classifications: Annotated[tuple[Classification, ...], element("Classification")] = ()
    dangerous_goods: Annotated[tuple[DangerousGoods, ...], element("DangerousGoods")] = ()
    duty_tax_fees: Annotated[tuple[DutyTaxFee, ...], element("DutyTaxFee")] = ()
    goods_measure: Annotated[GoodsMeasure | None, element("GoodsMeasure")] = None
    invoice_line: Annotated[InvoiceLine | None, element("InvoiceLine")] = None
    transport_equipment: Annotated[
        tuple[transport.TransportEquipment, ...], element("TransportEquipment")
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

    charges_type_code: Annotated[str | None, element("ChargesTypeCode")] = None
    other_charge_deduction_amount: Annotated[
        Money | None, element("OtherChargeDeductionAmount")
    ] = None


class CustomsValuation(Part, frozen=True, kw_only=True):
    """How the customs value is found."""

    method_code: Annotated[str | None, element("MethodCode")] = None
    freight_charge_amount: Annotated[Money | None, element("FreightChargeAmount")] = None
    charge_deductions: Annotated[tuple[ChargeDeduction, ...], element("ChargeDeduction")] = ()


class ValuationAdjustment(Part, frozen=True, kw_only=True):
    """Marks on the relation of buyer and seller."""

    addition_code: Annotated[str | None, element("AdditionCode")] = None


class Destination(Part, frozen=True, kw_only=True):
    """Where the goods go."""

    country_code: Annotated[str | None, element("CountryCode", "ISO 3166-1 alpha-2")] = None
    region_id: Annotated[str | None, element("RegionID")] = None


class ExportCountry(Part, frozen=True, kw_only=True):
    """Where the goods were dispatched from."""

    id: Annotated[str | None, element("ID", "ISO 3166-1 alpha-2")] = None


class Origin(Part, frozen=True, kw_only=True):
    """Where the goods were made."""

    country_code: Annotated[str | None, element("CountryCode", "ISO 3166-1 alpha-2")] = None
    region_id: Annotated[str | None, element("RegionID")] = None
    type_code: Annotated[
        str | None, element("TypeCode", "1 non-preferential, 2 preferential …")
    ] = None


class GovernmentProcedure(Part, frozen=True, kw_only=True):
    """The customs procedure asked for."""

    current_code: Annotated[str | None, element("CurrentCode")] = None
    previous_code: Annotated[str | None, element("PreviousCode")] = None


class Packaging(Part, frozen=True, kw_only=True):
    """Packages of one kind."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric")] = None
    marks_numbers_id: Annotated[str | None, element("MarksNumbersID", "shipping marks")] = None
    quantity: Annotated[Count | None, element("QuantityQuantity", "number of packages")] = None
    type_code: Annotated[str | None, element("TypeCode", "UN/ECE Recommendation 21")] = None
    packing_material_description: Annotated[str | None, element("PackingMaterialDescription")] = (
        None
    )
    length_measure: Annotated[Quantity | None, element("LengthMeasure")] = None
    width_measure: Annotated[Quantity | None, element("WidthMeasure")] = None
    height_measure: Annotated[Quantity | None, element("HeightMeasure")] = None
    volume_measure: Annotated[Quantity | None, element("VolumeMeasure")] = None


class GoodsItem(Part, frozen=True, kw_only=True):
    """One item of a declaration: goods of one kind under one procedure."""

    customs_value_amount: Annotated[Money | None, element("CustomsValueAmount")] = None
    sequence_numeric: Annotated[Count | None, element("SequenceNumeric")] = None
    statistical_value_amount: Annotated[Money | None, element("StatisticalValueAmount")] = None
    transaction_nature_code: Annotated[str | None, element("TransactionNatureCode")] = None
    intended_use_code: Annotated[
        str | None, element("IntendedUseCode", "what the goods will be used for")
    ] = None
    additional_documents: Annotated[
        tuple[paper.AdditionalDocument, ...], element("AdditionalDocument")
    ] = ()
    additional_information: Annotated[
        tuple[paper.AdditionalInformation, ...], element("AdditionalInformation")
    ] = ()
    aeo_mutual_recognition_parties: Annotated[
        tuple[party.RoleParty, ...], element("AEOMutualRecognitionParty")
    ] = ()
    buyer: Annotated[party.Party | None, element("Buyer")] = None
    commodity: Annotated[Commodity | None, element("Commodity")] = None
    consignee: Annotated[party.Party | None, element("Consignee")] = None
    consignor: Annotated[party.Party | None, element("Consignor")] = None
    customs_valuation: Annotated[CustomsValuation | None, element("CustomsValuation")] = None
    destination: Annotated[Destination | None, element("Destination")] = None
    domestic_duty_tax_parties: Annotated[
        tuple[party.RoleParty, ...], element("DomesticDutyTaxParty")
    ] = ()
    export_country: Annotated[ExportCountry | None, element("ExportCountry")] = None
    government_procedures: Annotated[
        tuple[GovernmentProcedure, ...], element("GovernmentProcedure")
    ] = ()
    origins: Annotated[tuple[Origin, ...], element("Origin")] = ()
    packaging: Annotated[tuple[Packaging, ...], element("Packaging")] = ()
    previous_documents: Annotated[
        tuple[paper.PreviousDocument, ...], element("PreviousDocument")
    ] = ()
    seller: Annotated[party.Party | None, element("Seller")] = None
    ucr: Annotated[paper.UniqueConsignmentReference | None, element("UCR")] = None
    valuation_adjustment: Annotated[ValuationAdjustment | None, element("ValuationAdjustment")] = (
        None
    )

    @property
    def procedure(self) -> str:
        """Requested and previous procedure together, such as 4000; may be empty."""
        first = next(iter(self.government_procedures), GovernmentProcedure())
        return (first.current_code or "") + (first.previous_code or "")

    @property
    def origin(self) -> str:
        """The country where the goods were made, ISO 3166-1 alpha-2; may be empty."""
        return next((one.country_code for one in self.origins if one.country_code), "")
