"""The three formats that this room reads by itself: WCO XML, JSON, and CSV with a mapping."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from tidewaiter.documents import batch as batches
from tidewaiter.documents import csvfile
from tidewaiter.documents.batch import Taken
from tidewaiter.documents.declaration import Declaration
from tidewaiter.documents.finding import Finding, ReadResult, find
from tidewaiter.documents.formats import Format, Paper, Read
from tidewaiter.documents.mapping import COLUMNS

DOCUMENT: Final = 20 * 2**20  # bytes of one document
DECLARATIONS: Final = 100_000  # in one document of JSON: the shortest takes 200 bytes
_XML: Final = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<")
_WIDE: Final = (b"\xff\xfe<\x00", b"\xfe\xff\x00<", b"\x00<", b"<\x00")  # XML in UTF-16
_JSON: Final = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*[{\[]")


def wco(paper: Paper) -> Iterator[Read]:
    """One declaration in WCO Data Model XML."""
    from tidewaiter.documents import wco as reader

    data = paper.stream.read(DOCUMENT + 1)
    yield _read(paper, reader.read(data, name=paper.name, schema=paper.options.schema))


def json(paper: Paper) -> Iterator[Read]:
    """One declaration in the canonical JSON, or a list of them."""
    from tidewaiter import canonical
    from tidewaiter.documents import jsonform

    data = paper.stream.read(DOCUMENT + 1)
    if data.lstrip()[:1] != b"[" or len(data) > DOCUMENT:
        yield _read(paper, jsonform.read(data, name=paper.name))
        return
    if jsonform.parts(data) > jsonform.PARTS:
        refusal = find("too-many-parts", "", 1, limit=jsonform.PARTS).within(paper.name)
        yield Read(refused=1, findings=[refusal])
        return
    try:
        values: list[Any] = canonical.read(data)
    except canonical.NotIJson as error:
        refusal = find("json-malformed", "", 1, reason=error).within(paper.name)
        yield Read(refused=1, findings=[refusal])
        return
    if len(values) > DECLARATIONS:
        refusal = find("too-many-parts", "", 1, limit=DECLARATIONS).within(paper.name)
        yield Read(refused=1, findings=[refusal])
        return
    for at, value in enumerate(values):
        result = jsonform.read_value(value, name=paper.name)
        yield _read(paper, _within(result, f"[{at}]"))


def csv(paper: Paper) -> Iterator[Read]:
    """Declarations in the rows of a CSV file, by a mapping; in bounded memory."""
    from tidewaiter.documents import rows

    mapping = paper.options.mapping
    assert mapping is not None, "the import asks for a mapping before it reads"
    frames = csvfile.frames(paper.stream)
    first = next(frames, None)
    if first is None:
        yield Read(refused=1, findings=[find("empty", "", 1).within(paper.name)])
        return
    if first.data.startswith((b"\xff\xfe", b"\xfe\xff")):
        refusal = find("encoding", "", 1, reason="this is UTF-16").within(paper.name)
        yield Read(refused=1, findings=[refusal])
        return
    header = csvfile.cells(first, encoding=mapping.encoding, separator=mapping.separator)
    if isinstance(header, Finding):
        yield Read(refused=1, findings=[header.within(paper.name)])
        return
    if len(header) > COLUMNS:
        refusal = find("too-many-columns", "", 1, limit=COLUMNS).within(paper.name)
        yield Read(refused=1, findings=[refusal])
        return
    names = [name.strip() for name in header]
    wrong = [
        find("column-missing", name, 1, found=name) for name in mapping.needed if name not in names
    ]
    seen = {*mapping.needed, *_outcome_columns(paper)}
    wrong += [
        find("column-doubled", name, 1, found=name)
        for name in dict.fromkeys(names)
        if name in seen and names.count(name) > 1
    ]
    if wrong:
        yield Read(refused=1, findings=[one.within(paper.name) for one in wrong])
        return
    press = rows.Press(mapping, names)
    chunks = csvfile.chunks(
        frames, columns=len(names), encoding=mapping.encoding, separator=mapping.separator
    )
    if mapping.items_in_rows:
        chunks = press.together(chunks)
    for chunk in chunks:
        made = press.press(chunk, paper.source, paper.name)
        yield Read(made.batch, made.refused, made.findings, made.more)


def _outcome_columns(paper: Paper) -> tuple[str, ...]:
    outcomes = paper.options.mapping.outcomes if paper.options.mapping else None
    return (outcomes.column, outcomes.offence_column) if outcomes else ()


def _within(result: ReadResult, place: str) -> ReadResult:
    found = (replace(one, place=f"{place}.{one.place}".rstrip(".")) for one in result.findings)
    return ReadResult(result.declaration, tuple(found))


def _read(paper: Paper, result: ReadResult) -> Read:
    findings = list(result.findings)
    if result.declaration is None:
        return Read(refused=1, findings=findings)
    taken = Taken(result.declaration, paper.source, tuple(findings), paper.name)
    return Read(batches.of([taken]), findings=findings)


def _written_xml(declaration: Declaration) -> bytes:
    from tidewaiter.documents import wco as writer

    return writer.write(declaration)


def _written_json(declaration: Declaration) -> bytes:
    from tidewaiter.documents import jsonform

    return jsonform.write(declaration)


def _written_csv(declaration: Declaration) -> bytes:
    from tidewaiter.documents import facts

    header, goods = facts.header(declaration), facts.goods(declaration)
    names = [*header._fields[:-1], *(f"item_{name}" for name in facts.Goods._fields)]
    head: tuple[object, ...] = header[:-1]
    rows: list[tuple[object, ...]] = [(*head, *one) for one in goods] or [head]
    padded = [(*row, *[""] * (len(names) - len(row))) for row in rows]
    return csvfile.written(names, padded).encode()


def is_xml(head: bytes) -> bool:
    """Whether a file that begins so is XML."""
    return _XML.match(head) is not None or head.startswith(_WIDE)


def is_json(head: bytes) -> bool:
    """Whether a file that begins so is JSON."""
    return _JSON.match(head) is not None


WCO: Final = Format(
    "wco-xml", ("application/xml", "text/xml"), (".xml",), is_xml, wco, _written_xml
)
JSON: Final = Format("json", ("application/json",), (".json",), is_json, json, _written_json)
CSV: Final = Format(
    *("csv", ("text/csv", "application/csv"), (".csv", ".tsv", ".txt")),
    *(lambda head: False, csv, _written_csv),
    columns=True,
)
