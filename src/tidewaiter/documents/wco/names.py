"""Namespaces and limits of WCO Data Model documents, as UK customs publishes them."""

from functools import lru_cache
from typing import Final

METADATA: Final = "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"
DECLARATION: Final = "urn:wco:datamodel:WCO:DEC-DMS:2"
VALUES: Final = "urn:wco:datamodel:WCO:Declaration_DS:DMS:2"  # of DateTimeString
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
OWN: Final = "https://tidewaiter.org/ns/extension"  # columns of other formats

DOCUMENT_LIMIT: Final = 20 * 2**20  # bytes
ELEMENT_LIMIT: Final = 64 * 2**10  # bytes
FINDINGS: Final = 100  # of one document that are told, those that refuse it beyond them
PART_LIMIT: Final = 1_000_000  # elements: 20 MB of real ones are half of it
DEPTH_LIMIT: Final = 32  # elements within elements
DATE_TIME: Final = f"{{{VALUES}}}DateTimeString"
COLUMN: Final = f"{{{OWN}}}Column"


@lru_cache(4096)
def local(tag: str) -> str:
    """The local name of a tag in Clark's notation."""
    return tag.rpartition("}")[2]
