"""The parties to a declaration, in the terms of the WCO Data Model.

The fields stand in the order of the elements of the WCO schema; each names its element.
"""

from typing import Annotated

from tidewaiter.documents.element import Part, element


class Address(Part, frozen=True, kw_only=True):
    """Where a party or the goods are."""

    type_code: Annotated[str | None, element("TypeCode", "kind of address or of place")] = None
    city_name: Annotated[str | None, element("CityName")] = None
    country_code: Annotated[str | None, element("CountryCode", "ISO 3166-1 alpha-2")] = None
    country_sub_division_code: Annotated[str | None, element("CountrySubDivisionCode")] = None
    country_sub_division_name: Annotated[str | None, element("CountrySubDivisionName")] = None
    line: Annotated[str | None, element("Line", "street and number")] = None
    postcode_id: Annotated[str | None, element("PostcodeID")] = None


class Contact(Part, frozen=True, kw_only=True):
    """A person to speak to."""

    name: Annotated[str | None, element("Name")] = None


class Communication(Part, frozen=True, kw_only=True):
    """A telephone number or an address to write to."""

    id: Annotated[str | None, element("ID", "the number or address")] = None
    type_code: Annotated[str | None, element("TypeCode", "TE, EM, FX …")] = None


class Party(Part, frozen=True, kw_only=True):
    """A trader in one of its roles: declarant, exporter, importer, seller …"""

    name: Annotated[str | None, element("Name")] = None
    id: Annotated[str | None, element("ID", "identification number, such as an EORI")] = None
    address: Annotated[Address | None, element("Address")] = None
    contact: Annotated[Contact | None, element("Contact")] = None
    communication: Annotated[Communication | None, element("Communication")] = None

    @property
    def key(self) -> str:
        """What tells this party from others: its number, or its name where it has none."""
        return self.id or self.name or ""


class Agent(Part, frozen=True, kw_only=True):
    """Who acts for the declarant or importer, and how."""

    name: Annotated[str | None, element("Name")] = None
    id: Annotated[str | None, element("ID", "identification number")] = None
    function_code: Annotated[
        str | None, element("FunctionCode", "2 direct, 3 indirect representation")
    ] = None
    address: Annotated[Address | None, element("Address")] = None


class RoleParty(Part, frozen=True, kw_only=True):
    """A party that is named by its role alone: an AEO in the chain, a taxable person."""

    id: Annotated[str | None, element("ID", "identification number")] = None
    role_code: Annotated[str | None, element("RoleCode")] = None


class AuthorisationHolder(Part, frozen=True, kw_only=True):
    """Who holds an authorisation that the declaration rests on."""

    id: Annotated[str | None, element("ID", "identification number of the holder")] = None
    category_code: Annotated[str | None, element("CategoryCode", "kind of authorisation")] = None


class Office(Part, frozen=True, kw_only=True):
    """A customs office."""

    id: Annotated[str | None, element("ID", "code of the office")] = None


class Authenticator(Part, frozen=True, kw_only=True):
    """Who signed the declaration."""

    name: Annotated[str | None, element("Name")] = None


class Authentication(Part, frozen=True, kw_only=True):
    """The signature on the declaration."""

    authentication: Annotated[str | None, element("Authentication")] = None
    authenticator: Annotated[Authenticator | None, element("Authenticator")] = None
