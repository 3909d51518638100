"""Every rule that a reader of declarations reports by: its stable name, its weight, its sentence.

A rule that refuses keeps the declaration out; the others are findings beside a declaration that
is taken. Names never change: traders' systems act on them. The docs print this table.
"""

from dataclasses import dataclass
from typing import Final

from tidewaiter.problem import N_


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: `text` may name parameters in braces; `{found}` is what the source says."""

    name: str
    refuses: bool
    text: str


_REFUSES: Final = {
    # the file
    "not-a-file": N_("This is no regular file."),
    "unreadable": N_("The file cannot be read: {reason}"),
    "empty": N_("The file is empty."),
    "too-large": N_("The document is larger than {limit} bytes."),
    "too-many-parts": N_("The document has more than {limit} elements or values."),
    "format-unknown": N_("The format cannot be told from the file."),
    "archive": N_("This is a compressed archive: unpack it first."),
    # CSV
    "mapping-missing": N_("A file of columns needs a mapping: say which with --mapping."),
    "column-missing": N_("The column {found}, which the mapping names, is missing."),
    "too-many-columns": N_("The file has more than {limit} columns."),
    "column-doubled": N_("The column {found} stands twice."),
    "row-nul": N_("The row holds a NUL byte."),
    "row-columns": N_("{found} cells stand in the row, and {expected} names in the header."),
    "row-too-large": N_("The row is larger than {limit} bytes."),
    "cell-too-large": N_("A cell is larger than {limit} bytes."),
    "quote-open": N_("A quotation mark opens in this row and is not closed."),
    "csv-malformed": N_("The row is not as RFC 4180 wants it: {reason}"),
    "code-unmapped": N_("The mapping does not say what {found} means."),
    "date-malformed": N_("{found} is no date of the form {format}."),
    "number-too-fine": N_("{found} has more decimals than can be kept."),
    # XML
    "doctype": N_("A document type declaration is refused, for it can define entities."),
    "xml-malformed": N_("The XML is not well-formed: {reason}"),
    "xml-truncated": N_("The document ends before its elements do."),
    "encoding": N_("The bytes are not in the encoding that the document announces: {reason}"),
    "xml-too-deep": N_("Elements are nested deeper than {limit}."),
    "element-too-large": N_("An element holds more than {limit} bytes."),
    "schema": N_("The document breaks its schema: {reason}"),
    "not-a-declaration": N_("The document is no declaration but {found}."),
    "cancellation": N_("This is a cancellation, which is not lodged as a declaration."),
    "notification": N_("This is a notification of customs, not a declaration."),
    "function-code": N_("The function code {found} is neither 9 (original) nor 13 (correction)."),
    "namespace": N_("The element stands in the namespace {found}, not in that of the WCO."),
    "element-repeated": N_("The element may stand once, and stands again."),
    "element-missing": N_("The element {found} is missing."),
    "text-where-elements": N_("There is text where elements are expected: {found}"),
    "elements-where-text": N_("There are elements where text is expected."),
    # JSON
    "json-malformed": N_("The JSON is not as RFC 7493 wants it: {reason}"),
    "member-unknown": N_("The member {found} is unknown."),
    "member-malformed": N_("The member is not as the schema says: {reason}"),
    "extension-malformed": N_("What is kept as an extension cannot be written: {reason}"),
    # values
    "number-malformed": N_("{found} is no number in digits with one decimal point."),
    "number-negative": N_("{found} is negative."),
    "number-too-large": N_("{found} is larger than can be."),
    "count-not-whole": N_("{found} is no whole number."),
    "mass-unit": N_("{found} is no unit of mass that is known."),
    "moment-malformed": N_("{found} is no moment of the format {format}."),
    "character": N_("The text holds a character that may not stand in it: {found}"),
    "country-malformed": N_("{found} is no country code of two letters."),
    "currency-malformed": N_("{found} is no currency code of three letters."),
    "commodity-malformed": N_("{found} is no commodity code of 2 to 14 digits."),
    "hs-chapter": N_("{found} is in a chapter that the Harmonized System does not have."),
    "type-code": N_("{found} is no type of declaration: IM, EX or CO is expected first."),
    # the declaration
    "reference-missing": N_("There is no local reference number."),
    "declarant-missing": N_("There is no declarant with a number or a name."),
    "item-repeated": N_("The item number {found} stands twice."),
    "number-reused": N_("The number {found} was used for a declaration with other content."),
    # corrections
    "correction-unknown": N_("There is no declaration {found} that this could correct."),
    "correction-pointer": N_("The pointer {found} leads to nothing that can be corrected."),
    "correction-empty": N_("The correction says nothing that it changes."),
    "correction-identity": N_("A correction cannot change the declarant or its number."),
    "correction-late": N_("The declaration {found} can no longer be corrected."),
}
_FINDS: Final = {
    "outcome-unmapped": N_("The mapping does not say which outcome {found} is."),
    "header-differs": N_("The row says otherwise than the first row of its declaration."),
    "items-missing": N_("The declaration has no goods items."),
    "item-count": N_("{found} items are announced, {actual} are there."),
    "element-unknown": N_("The model has no such element; it is kept as an extension."),
    "element-misplaced": N_("The element stands before the one that it should follow."),
    "country-unknown": N_("No edition of ISO 3166 knows the country {found}."),
    "currency-unknown": N_("No edition of ISO 4217 knows the currency {found}."),
    "currency-missing": N_("The amount names no currency."),
    "commodity-unknown": N_("No edition of the Harmonized System knows {found}."),
    "amount-rounded": N_("{found} has more decimals than its currency, and was rounded."),
    "mass-rounded": N_("{found} is finer than a gram, and was rounded."),
    "quantity-rounded": N_("{found} is finer than a millionth, and was rounded."),
    "container-malformed": N_("{found} is no container number of ISO 6346."),
    "net-above-gross": N_("The net mass is larger than the gross mass."),
}

RULES: Final = {
    name: Rule(name, refuses, text)
    for table, refuses in ((_REFUSES, True), (_FINDS, False))
    for name, text in table.items()
}
