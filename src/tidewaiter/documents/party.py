"""The parties to a declaration, in the terms of the WCO Data Model.

The fields stand in the order of the elements of the WCO schema; each names its element.
"""

from typing import Annotated

from tidewaiter.documents.element import Part, element


class Address(Part, frozen=True, kw_only=True):
    """Where a party or the goods are."""

    type_code: Annotated[
        str | None, element("TypeCode", "kind of address or of place", wco="410")
    ] = None
    city_name: Annotated[str | None, element("CityName", wco="241")] = None
    country_code: Annotated[
        str | None, element("CountryCode", "ISO 3166-1 alpha-2", wco="242", code="country")
    ] = None
    country_sub_division_code: Annotated[
        str | None, element("CountrySubDivisionCode", wco="244")
    ] = None
    country_sub_division_name: Annotated[
        str | None, element("CountrySubDivisionName", wco="243")
    ] = None
    line: Annotated[str | None, element("Line", "street and number", wco="239")] = None
    postcode_id: Annotated[str | None, element("PostcodeID", wco="245")] = None


class Contact(Part, frozen=True, kw_only=True):
    """A person to speak to."""

    name: Annotated[str | None, element("Name", wco="246")] = None


class Communication(Part, frozen=True, kw_only=True):
    """A telephone number or an address to write to."""

    id: Annotated[str | None, element("ID", "the number or address", wco="240")] = None
    type_code: Annotated[str | None, element("TypeCode", "TE, EM, FX …", wco="253")] = None


class Party(Part, frozen=True, kw_only=True):
    """A trader in one of its roles: declarant, exporter, importer, seller …"""

    name: Annotated[
        str | None, element("Name", wco="R058 R020 R011 R124 R031 R009 R014 R037 R120 R050 R054")
    ] = None
    id: Annotated[
        str | None,
        element(
            "ID",
            "identification number, such as an EORI",
            wco="R059 R021 R012 R123 R032 R010 R015 R038 R121 R051 R055",
        ),
    ] = None
    address: Annotated[Address | None, element("Address", wco="04A")] = None
    contact: Annotated[Contact | None, element("Contact", wco="34A")] = None
    communication: Annotated[Communication | None, element("Communication", wco="25A")] = None

    @property
    def key(self) -> str:
        """What tells this party from others: its number, or its name where it has none."""
        return self.id or self.name or ""


class Agent(Part, frozen=True, kw_only=True):
    """Who acts for the declarant or importer, and how."""

    name: Annotated[str | None, element("Name", wco="R003")] = None
    id: Annotated[str | None, element("ID", "identification number", wco="R004")] = None
    function_code: Annotated[
        str | None, element("FunctionCode", "2 direct, 3 indirect representation", wco="102")
    ] = None
    address: Annotated[Address | None, element("Address", wco="04A")] = None


class RoleParty(Part, frozen=True, kw_only=True):
    """A party that is named by its role alone: an AEO in the chain, a taxable person."""

    id: Annotated[str | None, element("ID", "identification number", wco="R143 R119")] = None
    role_code: Annotated[str | None, element("RoleCode", wco="R005")] = None


class AuthorisationHolder(Part, frozen=True, kw_only=True):
    """Who holds an authorisation that the declaration rests on."""

    id: Annotated[str | None, element("ID", "identification number of the holder", wco="R144")] = (
        None
    )
    category_code: Annotated[
        str | None, element("CategoryCode", "kind of authorisation", wco="R145")
    ] = None


class Office(Part, frozen=True, kw_only=True):
    """A customs office."""

    id: Annotated[str | None, element("ID", "code of the office", wco="G005 G015 G012 G014")] = None


class Authenticator(Part, frozen=True, kw_only=True):
    """Who signed the declaration."""

    name: Annotated[str | None, element("Name", wco="R007")] = None


class Authentication(Part, frozen=True, kw_only=True):
    """The signature on the declaration."""

    authentication: Annotated[str | None, element("Authentication", wco="104")] = None
    authenticator: Annotated[Authenticator | None, element("Authenticator", wco="12A")] = None
