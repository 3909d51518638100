"""XML from strangers: decoded here, any DOCTYPE refused, entities and the network off.

The bytes are decoded before the parser sees them, so that no encoding hides a DOCTYPE from the
scan of the prolog, and a wrong encoding is named with its line.
"""

import re
from typing import Any, Final

from lxml import etree

from tidewaiter.documents import finding
from tidewaiter.documents.wco import names

_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_NAMES: Final = re.compile(
    r"utf-?8|us-ascii|ascii|utf-?16(le|be)?|iso-8859-\d{1,2}|latin-?1|windows-125\d|cp125\d", re.I
)
_DECLARED: Final = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_HEAD: Final = re.compile(r"<\?xml\s.*?\?>", re.S)
_PROLOG: Final = re.compile(r"(?:\s+|<!--.*?-->|<\?.*?\?>)*", re.S)
_ENDED: Final = frozenset({4, 77})  # libxml2: document empty, tag not finished
_LATE: Final = frozenset({65, 68, 73, 76})  # sound errors that truncation causes as well


class Refused(Exception):
    """The source is no XML that is read; `finding` says why."""

    def __init__(self, cause: finding.Finding) -> None:
        super().__init__(cause.message)
        self.finding = cause


def parse(source: bytes) -> etree._Element:
    """The root element of `source`, without comments and instructions. Raises Refused."""
    if len(source) > names.DOCUMENT_LIMIT:
        raise Refused(finding.find("too-large", limit=names.DOCUMENT_LIMIT))
    if not source.removeprefix(b"\xef\xbb\xbf").strip():
        raise Refused(finding.find("empty"))
    text = _decoded(source)
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog else 0
    if text.startswith("<!DOCTYPE", start):
        raise Refused(finding.find("doctype", "", text.count("\n", 0, start) + 1))
    if text.count("<") - text.count("</") > names.PART_LIMIT:
        raise Refused(finding.find("too-many-parts", "", 1, limit=names.PART_LIMIT))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise Refused(_broken(error, text)) from None
    doctype: str = root.getroottree().docinfo.doctype  # type: ignore[union-attr]
    if doctype:  # belt and braces: the scan has seen it already
        raise Refused(finding.find("doctype", "", 1))
    return root


def bare(element: etree._Element) -> str:
    """The canonical XML of `element`, the same whatever prefixes the source gave."""
    return etree.tostring(_copied(element), method="c14n", exclusive=True).decode()


def _copied(element: etree._Element) -> etree._Element:
    space = etree.QName(element).namespace
    nsmap: Any = {None: space} if space else None
    copied = etree.Element(element.tag, nsmap=nsmap)
    copied.text = element.text
    for key, text in sorted(element.attrib.items()):
        copied.set(key, text)
    for child in element:
        inner = _copied(child)
        inner.tail = child.tail
        copied.append(inner)
    return copied


def _decoded(source: bytes) -> str:
    """The text of `source`; its declaration is blanked, for what follows it is text already."""
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if source.startswith(mark)), (b"", "utf-8")
    )
    if encoding == "utf-8" and (declared := _DECLARED.match(source, len(mark))):
        encoding = declared[1].decode("ascii")
        if not _NAMES.fullmatch(encoding):
            raise Refused(finding.find("encoding", "", 1, reason=encoding))
    body = source[len(mark) :] if mark and not mark.strip(b"\xef\xbb\xbf\xff\xfe\x00") else source
    try:
        text = body.decode(encoding)
    except LookupError:  # of the family, and no member of it
        raise Refused(finding.find("encoding", "", 1, reason=encoding)) from None
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        reason = f"byte {error.start} is not {encoding}"
        raise Refused(finding.find("encoding", "", line, reason=reason)) from None
    head = _HEAD.match(text)
    return re.sub(r"[^\n]", " ", head[0]) + text[head.end() :] if head else text


def _broken(error: etree.XMLSyntaxError, text: str) -> finding.Finding:
    line = error.lineno or 0
    reason = (error.msg or "").partition(", line ")[0]
    if "Excessive depth" in reason:
        return finding.find("xml-too-deep", "", line, limit=names.DEPTH_LIMIT)
    last, code = text.rstrip().count("\n") + 1, error.code  # type: ignore[attr-defined]
    if code in _ENDED or (code in _LATE and line >= last and not text.rstrip().endswith(">")):
        return finding.find("xml-truncated", "", line)
    return finding.find("xml-malformed", "", line, reason=reason)
