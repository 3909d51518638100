"""Write a canonical declaration as a WCO document; it sees nothing but the canonical form.

A declaration with a cover (`metadata`) becomes a `DocumentMetaData` document, one without a bare
`Declaration`; both are valid roots of the WCO's schema.
"""

from typing import Any, Final

from lxml import etree

from tidewaiter.documents import anatomy, rules
from tidewaiter.documents.declaration import Declaration, Metadata
from tidewaiter.documents.element import Extension, Part
from tidewaiter.documents.wco import names, source, values

_SPACES: Final[Any] = {None: names.DECLARATION, "p1": names.VALUES, "xsi": names.XSI}
_COVER: Final[Any] = {"md": names.METADATA, **_SPACES}


class NotWritable(ValueError):
    """An extension cannot be written: it is no XML, or names nothing that is there."""


def write(declaration: Declaration) -> bytes:
    """The WCO document of `declaration` in UTF-8. Raises NotWritable."""
    if declaration.metadata is None:
        root = etree.Element(f"{{{names.DECLARATION}}}Declaration", nsmap=_SPACES)
        _fill(root, declaration, names.DECLARATION)
    else:
        root = etree.Element(f"{{{names.METADATA}}}MetaData", nsmap=_COVER)
        cover = declaration.metadata
        _fill(root, cover, names.METADATA, declaration)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["xsi"])
    if not rules.extended(declaration):  # an extension's own blanks are not to be touched
        etree.indent(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _fill(at: etree._Element, part: Part, space: str, declared: Declaration | None = None) -> None:
    """Write the fields of `part` into its element, then what its source said beyond them."""
    for field in anatomy.of(type(part)).fields:
        value = getattr(part, field.name)
        if value is None:
            continue
        if field.element[0] == "@":
            at.set(f"{{{names.XSI}}}{field.element[1:]}", value)
            continue
        for one in value if field.many else (value,):
            child = etree.SubElement(at, f"{{{space}}}{field.element}")
            if field.part:
                _fill(child, one, names.DECLARATION)
            else:
                _leaf(child, field.kind, one)
    if isinstance(part, Metadata) and declared is not None:
        _fill(
            etree.SubElement(at, f"{{{names.DECLARATION}}}Declaration"), declared, names.DECLARATION
        )
    for extension in part.extensions:
        _extend(at, extension, space)


def _leaf(child: etree._Element, kind: anatomy.Kind, value: Any) -> None:
    text, attribute = values.write(kind, value)
    if kind is anatomy.Kind.MOMENT:
        child = etree.SubElement(child, names.DATE_TIME)
    try:
        child.text = text
        if attribute is not None:
            child.set(values.ATTRIBUTES[kind], attribute)
    except ValueError as error:
        raise NotWritable(str(error)) from None


def _extend(at: etree._Element, extension: Extension, space: str) -> None:
    """Put an extension where it came from."""
    try:
        if extension.kind == "element":
            position = len(at) if extension.position is None else extension.position
            at.insert(position, source.parse(extension.text.encode()))
        elif extension.kind == "column":
            etree.SubElement(at, names.COLUMN, name=extension.name).text = extension.text
        elif extension.kind == "attribute":
            owner, _, name = extension.name.rpartition("@")
            _inner(at, owner.strip("/"), space).set(name, extension.text)
        else:
            _inner(at, extension.name, space).text = extension.text
    except (ValueError, source.Refused) as error:
        raise NotWritable(str(error)) from None


def _inner(at: etree._Element, path: str, space: str) -> etree._Element:
    """The element at `path` (`Child` or `Child/DateTimeString`; empty: `at` itself)."""
    if not path:
        return at
    first, _, rest = path.partition("/")
    child = at.find(f"{{{space}}}{first}")
    if child is not None and rest:
        child = child.find(names.DATE_TIME)
    if child is None:
        raise NotWritable(f"{path} is not there to be extended")
    return child
