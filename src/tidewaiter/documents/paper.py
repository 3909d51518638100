"""Documents, statements, guarantees and amendments that a declaration names.

The fields stand in the order of the elements of the WCO schema; each names its element.
"""

from typing import Annotated

from tidewaiter.documents import party
from tidewaiter.documents.element import Count, Moment, Money, Part, Quantity, Rate, element


class Pointer(Part, frozen=True, kw_only=True):
    """One step of the way to a data element, by section and tag numbers of the WCO."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric", wco="006")] = None
    document_section_code: Annotated[
        str | None, element("DocumentSectionCode", "WCO class number, such as 42A", wco="375")
    ] = None
    tag_id: Annotated[str | None, element("TagID", "WCO data element number", wco="381")] = None


class Amendment(Part, frozen=True, kw_only=True):
    """What a correction changes, and why."""

    change_reason_code: Annotated[str | None, element("ChangeReasonCode", wco="099")] = None
    pointers: Annotated[tuple[Pointer, ...], element("Pointer", wco="97A")] = ()


class AdditionalInformation(Part, frozen=True, kw_only=True):
    """A statement in a code or in words."""

    statement_code: Annotated[str | None, element("StatementCode", wco="226")] = None
    statement_description: Annotated[str | None, element("StatementDescription", wco="225")] = None
    statement_type_code: Annotated[str | None, element("StatementTypeCode", wco="369")] = None
    pointers: Annotated[tuple[Pointer, ...], element("Pointer", wco="97A")] = ()


class DocumentSubmitter(Part, frozen=True, kw_only=True):
    """Who issued a document."""

    name: Annotated[str | None, element("Name", wco="R058")] = None
    role_code: Annotated[str | None, element("RoleCode", wco="R005")] = None


class WriteOff(Part, frozen=True, kw_only=True):
    """What a licence is reduced by."""

    quantity: Annotated[Quantity | None, element("QuantityQuantity", wco="502")] = None
    amount: Annotated[Money | None, element("AmountAmount", wco="503")] = None


class AdditionalDocument(Part, frozen=True, kw_only=True):
    """A licence, certificate, invoice or other document that is produced."""

    category_code: Annotated[str | None, element("CategoryCode", wco="D031")] = None
    effective_date_time: Annotated[Moment | None, element("EffectiveDateTime", wco="276")] = None
    id: Annotated[str | None, element("ID", "number of the document", wco="D005")] = None
    name: Annotated[str | None, element("Name", wco="D028")] = None
    type_code: Annotated[str | None, element("TypeCode", wco="D006")] = None
    lpco_exemption_code: Annotated[
        str | None,
        element("LPCOExemptionCode", "state of the document, or why there is none", wco="360"),
    ] = None
    submitter: Annotated[DocumentSubmitter | None, element("Submitter", wco="17B")] = None
    write_off: Annotated[WriteOff | None, element("WriteOff", wco="22C")] = None


class PreviousDocument(Part, frozen=True, kw_only=True):
    """A declaration, manifest or bill that came before."""

    category_code: Annotated[str | None, element("CategoryCode", "X, Y or Z", wco="D031")] = None
    id: Annotated[str | None, element("ID", "number of the document", wco="D018")] = None
    type_code: Annotated[str | None, element("TypeCode", wco="D019")] = None
    line_numeric: Annotated[
        Count | None, element("LineNumeric", "item of that document", wco="171")
    ] = None


class ObligationGuarantee(Part, frozen=True, kw_only=True):
    """A guarantee for duties that may fall due."""

    amount: Annotated[Money | None, element("AmountAmount", wco="492")] = None
    id: Annotated[str | None, element("ID", wco="D014")] = None
    reference_id: Annotated[str | None, element("ReferenceID", wco="100")] = None
    security_details_code: Annotated[
        str | None, element("SecurityDetailsCode", "kind of guarantee", wco="101")
    ] = None
    access_code: Annotated[str | None, element("AccessCode", wco="499")] = None
    guarantee_office: Annotated[party.Office | None, element("GuaranteeOffice", wco="14C")] = None


class CurrencyExchange(Part, frozen=True, kw_only=True):
    """A rate of exchange that was agreed."""

    currency_type_code: Annotated[
        str | None, element("CurrencyTypeCode", "ISO 4217", wco="135", code="currency")
    ] = None
    rate_numeric: Annotated[Rate | None, element("RateNumeric", wco="118")] = None


class Invoice(Part, frozen=True, kw_only=True):
    """The commercial invoice of the shipment."""

    id: Annotated[str | None, element("ID", wco="D016")] = None
    issue_date_time: Annotated[Moment | None, element("IssueDateTime", wco="D015")] = None


class UniqueConsignmentReference(Part, frozen=True, kw_only=True):
    """The reference that follows the goods through every administration."""

    id: Annotated[str | None, element("ID", wco="016")] = None
    trader_assigned_reference_id: Annotated[
        str | None, element("TraderAssignedReferenceID", wco="009")
    ] = None
