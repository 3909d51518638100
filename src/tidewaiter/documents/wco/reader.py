"""Read a WCO declaration into the canonical form; everything wrong is a finding with its place.

Elements that the model names become fields; what it does not name is kept as extensions, so that
the writer can give the document back. Nothing is half-read: one refusal, and there is none.
"""

from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from tidewaiter.documents import anatomy, finding, rules
from tidewaiter.documents.declaration import Declaration, Metadata
from tidewaiter.documents.element import Extension, Part
from tidewaiter.documents.rulebook import RULES
from tidewaiter.documents.wco import names, place, schemas, source, values


def read(data: bytes, *, name: str = "", schema: Path | None = None) -> finding.ReadResult:
    """The declaration in `data`, checked against `schema` first where one is given.

    `name` is the file that the findings name. Raises `schemas.BadSchema`.
    """
    return _read(data, schema).named(name)


def _read(data: bytes, schema: Path | None) -> finding.ReadResult:
    try:
        root = source.parse(data)
    except source.Refused as error:
        return finding.ReadResult(None, (error.finding,))
    stranger = _stranger(root)
    broken = schemas.check(root, schema) if schema else ()
    if stranger or broken:
        return finding.ReadResult(None, (*stranger, *broken))
    reading = Reading(root)
    read_ = reading.document()
    remarks = sorted(rules.check(read_), key=lambda one: not RULES[one.rule].refuses)
    told = place.located(root, remarks[: names.FINDINGS])
    refused = reading.refused or any(one.refuses for one in told)
    return finding.ReadResult(None if refused else read_, (*reading.findings, *told))


def body(root: etree._Element) -> etree._Element | None:
    """The `Declaration` of a document, whatever its namespaces."""
    if names.local(root.tag) == "Declaration":
        return root
    if names.local(root.tag) != "MetaData":
        return None
    return next((one for one in root if names.local(one.tag) == "Declaration"), None)


def _stranger(root: etree._Element) -> tuple[finding.Finding, ...]:
    """Why a document is none that is lodged: a response, a cancellation, a stranger's."""
    name, at = names.local(root.tag), place.of(root)
    if name == "MetaData" and any(names.local(one.tag) == "Response" for one in root):
        return (finding.find("notification", *at),)
    declared = body(root)
    if declared is None:
        if name == "MetaData":
            return (finding.find("element-missing", *at, found="Declaration"),)
        return (finding.find("not-a-declaration", *at, found=name),)
    wanted = {"MetaData": names.METADATA, "Declaration": names.DECLARATION}
    for one in {root: None, declared: None}:
        space = etree.QName(one).namespace or ""
        if space != wanted[names.local(one.tag)]:
            return (finding.find("namespace", *place.of(one), found=space or "none"),)
    return _function(declared)


def _function(declared: etree._Element) -> tuple[finding.Finding, ...]:
    code = declared.find(f"{{{names.DECLARATION}}}FunctionCode")
    if code is None:
        at = place.of(declared)
        return (finding.find("element-missing", *at, found="FunctionCode"),)
    kind = (declared.findtext(f"{{{names.DECLARATION}}}TypeCode") or "").strip()
    lodged = Declaration(function_code=(code.text or "").strip(), type_code=kind)
    at = place.of(code)
    return tuple(finding.find(one.rule, *at, **one.parameters) for one in rules.functions(lodged))


@cache
def _tags(part: type[Part], space: str) -> dict[str, anatomy.Field]:
    fields = anatomy.of(part).elements.items()
    return {f"{{{space}}}{name}": field for name, field in fields if name[0] != "@"}


def _attributes(at: etree._Element) -> list[tuple[str, str]]:
    return [(str(key), str(text)) for key, text in at.attrib.items()]


class Reading:
    """One document on its way into the canonical form, with what was found meanwhile."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.findings: list[finding.Finding] = []
        self.refused = False

    def document(self) -> Declaration:
        """The declaration under the root, with its cover where it has one."""
        if names.local(self.root.tag) == "Declaration":
            return Declaration(**self._members(self.root, Declaration, names.DECLARATION))
        cover = self._members(self.root, Metadata, names.METADATA)
        inner: Declaration = cover.pop("Declaration")
        members = {name: getattr(inner, name) for name in inner.__struct_fields__}
        return Declaration(**{**members, "metadata": Metadata(**cover)})

    def find(self, rule: str, at: etree._Element, **parameters: object) -> None:
        """Note a finding at an element; of very many, the first of each weight."""
        told = 2 * names.FINDINGS if RULES[rule].refuses and not self.refused else names.FINDINGS
        if len(self.findings) < told:
            self.findings.append(finding.find(rule, *place.of(at), **parameters))
        self.refused |= RULES[rule].refuses

    def _members(self, parent: etree._Element, part: type[Part], space: str) -> dict[str, Any]:
        """The members of a part, read from its element."""
        members: dict[str, Any] = {}
        extensions: list[Extension] = []
        tags, last = _tags(part, space), -1
        self._blank(parent, parent.text)
        for position, child in enumerate(parent):
            self._blank(parent, child.tail)
            field = tags.get(child.tag)
            if field is None:
                self._stray(child, position, members, extensions)
                continue
            if field.index < last:
                self.find("element-misplaced", child)
            last = max(field.index, last)
            value = self._read(child, field, extensions)
            if field.many:
                members.setdefault(field.name, []).append(value)
            else:
                self._keep(members, field.name, value, child)
        if parent.attrib:
            self._attributes(parent, part, members, extensions)
        for name, value in members.items():
            if type(value) is list:
                members[name] = tuple(value)
        if extensions:
            members["extensions"] = tuple(extensions)
        return members

    def _read(
        self, child: etree._Element, field: anatomy.Field, extensions: list[Extension]
    ) -> Any:
        if field.part is None:
            return self._value(child, field, extensions)
        return field.part(**self._members(child, field.part, names.DECLARATION))

    def _keep(self, members: dict[str, Any], name: str, value: Any, child: etree._Element) -> None:
        if name in members:
            self.find("element-repeated", child)
        members[name] = value

    def _stray(
        self,
        child: etree._Element,
        position: int,
        members: dict[str, Any],
        extensions: list[Extension],
    ) -> None:
        """An element that the model does not name in this place."""
        if child.tag == f"{{{names.DECLARATION}}}Declaration":
            inner = self._members(child, Declaration, names.DECLARATION)
            self._keep(members, "Declaration", Declaration(**inner), child)
            return
        if child.tag == names.COLUMN:
            column = Extension(kind="column", name=child.get("name", ""), text=child.text or "")
            extensions.append(column)
            return
        if place.depth(child) > names.DEPTH_LIMIT:
            self.find("xml-too-deep", child, limit=names.DEPTH_LIMIT)
            return
        self.find("element-unknown", child)
        text = source.bare(child)
        self._measured(child, text)
        name = names.local(child.tag)
        extensions.append(Extension(kind="element", name=name, text=text, position=position))

    def _attributes(
        self,
        parent: etree._Element,
        part: type[Part],
        members: dict[str, Any],
        extensions: list[Extension],
    ) -> None:
        known = anatomy.of(part).elements.get("@schemaLocation")
        for key, text in _attributes(parent):
            self._measured(parent, text)
            if known and key == f"{{{names.XSI}}}schemaLocation":
                members[known.name] = text
            else:
                extensions.append(Extension(kind="attribute", name=f"@{key}", text=text))

    def _value(
        self, leaf: etree._Element, field: anatomy.Field, extensions: list[Extension]
    ) -> Any:
        """The value of an element that has text alone; None where it has none that counts."""
        name = field.element
        if field.kind is anatomy.Kind.MOMENT:
            inner = leaf.find(names.DATE_TIME)
            if inner is None or len(leaf) != 1:
                self.find("element-missing", leaf, found="DateTimeString")
                return None
            leaf, name = inner, f"{name}/{names.local(inner.tag)}"
        if len(leaf):
            self.find("elements-where-text", leaf)
            return None
        raw = leaf.text or ""
        text = raw.strip()
        self._measured(leaf, raw)
        own = values.ATTRIBUTES.get(field.kind, "")
        if leaf.attrib:
            extensions.extend(
                Extension(kind="attribute", name=f"{name}/@{key}", text=said)
                for key, said in _attributes(leaf)
                if key != own
            )
        if field.kind is anatomy.Kind.TEXT:
            if text != raw:
                extensions.append(Extension(kind="written", name=name, text=raw))
            return text
        try:
            value, rule = values.READERS[field.kind](text, leaf.get(own) if own else None)
        except values.Bad as bad:
            self.find(bad.rule, leaf, **bad.parameters)
            return None
        if rule:
            self.find(rule, leaf, found=text)
        if not values.same(field.kind, value, text, rule):
            extensions.append(Extension(kind="written", name=name, text=text))
        return value

    def _blank(self, at: etree._Element, text: str | None) -> None:
        if text and not text.isspace():
            self.find("text-where-elements", at, found=text.strip())

    def _measured(self, at: etree._Element, text: str) -> None:
        if len(text) * 4 > names.ELEMENT_LIMIT and len(text.encode()) > names.ELEMENT_LIMIT:
            self.find("element-too-large", at, limit=names.ELEMENT_LIMIT)
