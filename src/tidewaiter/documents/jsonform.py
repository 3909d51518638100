"""The canonical declaration as JSON: strict reading, plain writing, and the published schema.

What `write` prints, `read` takes. The document is I-JSON (RFC 7493), nested 32 deep at most; a
member that the schema does not name is refused, a doubled one refuses the document.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from tidewaiter import canonical
from tidewaiter.documents import finding, rules
from tidewaiter.documents.declaration import Declaration
from tidewaiter.documents.wco import names, writer

SCHEMA_ID: Final = "https://tidewaiter.org/schemas/declaration.json"
PARTS: Final = 2_000_000  # values of a document
_VERBATIM: Final = frozenset({"extensions", "schema_location"})
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*?)`")
_AT: Final = re.compile(r" - at `\$(.*)`$")
# characters that XML cannot hold (XML 1.0 §2.2), so that every declaration can be exported
_CHARACTERS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def read(data: bytes, *, name: str = "", line: int = 1) -> finding.ReadResult:
    """The declaration in `data`; `name` and `line` say where the document stands."""
    return _moved(_read(data), line).named(name)


def read_value(value: Any, *, name: str = "", line: int = 1) -> finding.ReadResult:
    """The same of a JSON value that was read by `canonical.read` already."""
    return _moved(_taken(value), line).named(name)


def parts(data: bytes) -> int:
    """About how many values are in `data`, told without reading it: it has as many or fewer."""
    return data.count(b",") + data.count(b"{") + data.count(b"[")


def write(declaration: Declaration) -> bytes:
    """`declaration` as indented JSON in UTF-8, members in the order of the schema."""
    return msgspec.json.format(msgspec.json.encode(declaration), indent=2) + b"\n"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the canonical declaration, printed from its classes."""
    (root,), parts = msgspec.json.schema_components([Declaration], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Declaration",
        **root,
        "$defs": parts,
    }


def _moved(result: finding.ReadResult, line: int) -> finding.ReadResult:
    found = tuple(one.within(one.file, line) for one in result.findings)
    return finding.ReadResult(result.declaration, found)


def _read(data: bytes) -> finding.ReadResult:
    if len(data) > names.DOCUMENT_LIMIT:
        return _refused("too-large", "", limit=names.DOCUMENT_LIMIT)
    if not data.strip():
        return _refused("empty", "")
    if parts(data) > PARTS:
        return _refused("too-many-parts", "", limit=PARTS)
    try:
        value = canonical.read(data)
    except canonical.NotIJson as error:
        return _refused("json-malformed", "", reason=error)
    return _taken(value)


def _taken(value: Any) -> finding.ReadResult:
    strange = list(_strange(value, ""))
    if strange:
        return finding.ReadResult(None, tuple(strange))
    try:
        declaration = msgspec.convert(_trimmed(value), Declaration)
    except msgspec.ValidationError as error:
        return _invalid(str(error))
    found = [
        finding.find(one.rule, rules.written(one.path), **one.parameters)
        for one in _rules(declaration)
    ]
    found += _extended(declaration)
    refused = any(one.refuses for one in found)
    return finding.ReadResult(None if refused else declaration, tuple(found))


def _rules(declaration: Declaration) -> Iterator[rules.Remark]:
    yield from rules.functions(declaration)
    yield from rules.check(declaration)


def _refused(rule: str, place: str, **parameters: object) -> finding.ReadResult:
    return finding.ReadResult(None, (finding.find(rule, place, **parameters),))


def _invalid(message: str) -> finding.ReadResult:
    """The refusal of a value that is not as the schema says, from msgspec's own words."""
    where = _AT.search(message)
    place = where[1].lstrip(".") if where else ""
    reason = _AT.sub("", message)
    if unknown := _UNKNOWN.match(reason):
        return _refused("member-unknown", f"{place}.{unknown[1]}".lstrip("."), found=unknown[1])
    return _refused("member-malformed", place, reason=reason)


def _strange(value: Any, path: str) -> Iterator[finding.Finding]:
    """Strings that no format could carry on: too large, or with a control character."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _strange(one, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _strange(one, f"{path}[{index}]")
    elif isinstance(value, str):
        if len(value) * 4 > names.ELEMENT_LIMIT and len(value.encode()) > names.ELEMENT_LIMIT:
            yield finding.find("element-too-large", path, limit=names.ELEMENT_LIMIT)
        if found := _CHARACTERS.search(value):
            yield finding.find("character", path, found=found[0])


def _trimmed(value: Any, kept: bool = False) -> Any:
    """`value` without blanks around its texts; what only XML reads stays as it is."""
    if isinstance(value, str):
        return value if kept else value.strip()
    if isinstance(value, list):
        return [_trimmed(one, kept) for one in value]
    if isinstance(value, dict):
        return {key: _trimmed(one, kept or key in _VERBATIM) for key, one in value.items()}
    return value


def _extended(declaration: Declaration) -> list[finding.Finding]:
    """Extensions that no writer could give back."""
    if not rules.extended(declaration):
        return []
    try:
        writer.write(declaration)
    except writer.NotWritable as error:
        return [finding.find("extension-malformed", "extensions", reason=error)]
    return []
