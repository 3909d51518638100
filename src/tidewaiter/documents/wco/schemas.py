"""XML Schemas that a document may be checked against, each loaded once; no network."""

from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from tidewaiter.documents import finding
from tidewaiter.documents.wco import names


class BadSchema(ValueError):
    """The file is no XML Schema that can be used."""


@cache
def load(path: Path) -> etree.XMLSchema:
    """The schema in `path`, with the files that it includes. Raises BadSchema."""
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        return etree.XMLSchema(etree.parse(str(path), parser))
    except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise BadSchema(f"{path}: {error}") from None


def check(root: etree._Element, path: Path) -> tuple[finding.Finding, ...]:
    """What in the document of `root` breaks the schema in `path`, each with its place."""
    schema = load(path)
    if schema.validate(root):
        return ()
    errors: Any = islice(schema.error_log, names.FINDINGS)  # type: ignore[call-overload]
    return tuple(
        finding.find("schema", one.path or "", one.line, reason=one.message) for one in errors
    )
