"""Documents, statements, guarantees and amendments that a declaration names.

The fields stand in the order of the elements of the WCO schema; each names its element.
"""

from typing import Annotated

from tidewaiter.documents import party
from tidewaiter.documents.element import Count, Moment, Money, Part, Quantity, Rate, element


class Pointer(Part, frozen=True, kw_only=True):
    """One step of the way to a data element, by section and tag numbers of the WCO."""

    sequence_numeric: Annotated[Count | None, element("SequenceNumeric")] = None
    document_section_code: Annotated[
        str | None, element("DocumentSectionCode", "WCO class number, such as 42A")
    ] = None
    tag_id: Annotated[str | None, element("TagID", "WCO data element number")] = None


class Amendment(Part, frozen=True, kw_only=True):
    """What a correction changes, and why."""

    change_reason_code: Annotated[str | None, element("ChangeReasonCode")] = None
    pointers: Annotated[tuple[Pointer, ...], element("Pointer")] = ()


class AdditionalInformation(Part, frozen=True, kw_only=True):
    """A statement in a code or in words."""

    statement_code: Annotated[str | None, element("StatementCode")] = None
    statement_description: Annotated[str | None, element("StatementDescription")] = None
    statement_type_code: Annotated[str | None, element("StatementTypeCode")] = None
    pointers: Annotated[tuple[Pointer, ...], element("Pointer")] = ()


class DocumentSubmitter(Part, frozen=True, kw_only=True):
    """Who issued a document."""

    name: Annotated[str | None, element("Name")] = None
    role_code: Annotated[str | None, element("RoleCode")] = None


class WriteOff(Part, frozen=True, kw_only=True):
    """What a licence is reduced by."""

    quantity: Annotated[Quantity | None, element("QuantityQuantity")] = None
    amount: Annotated[Money | None, element("AmountAmount")] = None


class AdditionalDocument(Part, frozen=True, kw_only=True):
    """A licence, certificate, invoice or other document that is produced."""

    category_code: Annotated[str | None, element("CategoryCode")] = None
    effective_date_time: Annotated[Moment | None, element("EffectiveDateTime")] = None
    id: Annotated[str | None, element("ID", "number of the document")] = None
    name: Annotated[str | None, element("Name")] = None
    type_code: Annotated[str | None, element("TypeCode")] = None
    lpco_exemption_code: Annotated[
        str | None, element("LPCOExemptionCode", "state of the document, or why there is none")
    ] = None
    submitter: Annotated[DocumentSubmitter | None, element("Submitter")] = None
    write_off: Annotated[WriteOff | None, element("WriteOff")] = None


class PreviousDocument(Part, frozen=True, kw_only=True):
    """A declaration, manifest or bill that came before."""

    category_code: Annotated[str | None, element("CategoryCode", "X, Y or Z")] = None
    id: Annotated[str | None, element("ID", "number of the document")] = None
    type_code: Annotated[str | None, element("TypeCode")] = None
    line_numeric: Annotated[Count | None, element("LineNumeric", "item of that document")] = None


class ObligationGuarantee(Part, frozen=True, kw_only=True):
    """A guarantee for duties that may fall due."""

    amount: Annotated[Money | None, element("AmountAmount")] = None
    id: Annotated[str | None, element("ID")] = None
    reference_id: Annotated[str | None, element("ReferenceID")] = None
    security_details_code: Annotated[
        str | None, element("SecurityDetailsCode", "kind of guarantee")
    ] = None
    access_code: Annotated[str | None, element("AccessCode")] = None
    guarantee_office: Annotated[party.Office | None, element("GuaranteeOffice")] = None


class CurrencyExchange(Part, frozen=True, kw_only=True):
    """A rate of exchange that was agreed."""

    currency_type_code: Annotated[str | None, element("CurrencyTypeCode", "ISO 4217")] = None
    rate_numeric: Annotated[Rate | None, element("RateNumeric")] = None


class Invoice(Part, frozen=True, kw_only=True):
    """The commercial invoice of the shipment."""

    id: Annotated[str | None, element("ID")] = None
    issue_date_time: Annotated[Moment | None, element("IssueDateTime")] = None


class UniqueConsignmentReference(Part, frozen=True, kw_only=True):
    """The reference that follows the goods through every administration."""

    id: Annotated[str | None, element("ID")] = None
    trader_assigned_reference_id: Annotated[str | None, element("TraderAssignedReferenceID")] = None
