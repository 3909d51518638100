"""How much of WCO documents lands in named fields: the share of their data elements, and the rest.

A data element is an element without elements of its own. It is named where the published schema
has a member of its own type for it; what would be kept as an extension is not.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from tidewaiter.documents import anatomy
from tidewaiter.documents.declaration import Declaration, Metadata
from tidewaiter.documents.element import Part
from tidewaiter.documents.wco import names, reader, source


@dataclass(frozen=True, slots=True)
class Unnamed:
    """Elements that the model has no field for, by their path."""

    path: str
    count: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Data elements of the declarations in some files; `skipped` files hold no declaration."""

    elements: int
    named: int
    share: float  # named of elements, 1.0 where there are none
    unnamed: tuple[Unnamed, ...]  # most frequent first
    files: int
    skipped: int


def measure(paths: Iterable[Path]) -> Coverage:
    """The coverage of the WCO declarations in `paths`, folders walked once."""
    named, unnamed, files, skipped = 0, Counter[str](), 0, 0
    for file in _files(paths):
        root = _root(file)
        if root is None:
            skipped += 1
            continue
        files += 1
        for path, known in elements(root):
            named += known
            if not known:
                unnamed[path] += 1
    total = named + unnamed.total()
    rest = sorted(unnamed.items(), key=lambda one: (-one[1], one[0]))
    share = named / total if total else 1.0
    return Coverage(total, named, share, tuple(Unnamed(*one) for one in rest), files, skipped)


def elements(root: etree._Element) -> Iterator[tuple[str, bool]]:
    """Each data element of a declaration's document: its path, and whether a field takes it."""
    if names.local(root.tag) == "MetaData":
        yield from _part(root, Metadata, names.METADATA, "/MetaData")
    else:
        yield from _part(root, Declaration, names.DECLARATION, "/Declaration")


def _part(
    at: etree._Element, part: type[Part] | None, space: str, path: str
) -> Iterator[tuple[str, bool]]:
    fields = anatomy.of(part).elements if part else {}
    for child in at:
        name = names.local(child.tag)
        here = f"{path}/{name}"
        own = child.tag == f"{{{space}}}{name}"
        if part is Metadata and child.tag == f"{{{names.DECLARATION}}}Declaration":
            yield from _part(child, Declaration, names.DECLARATION, here)
            continue
        field = fields.get(name) if own else None
        if field and field.kind is anatomy.Kind.MOMENT:
            yield from (
                (f"{here}/{names.local(one.tag)}", one.tag == names.DATE_TIME) for one in child
            )
        elif len(child):
            yield from _part(child, field.part if field else None, names.DECLARATION, here)
        else:
            yield here, field is not None


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            for folder, _, files in os.walk(path):
                yield from (Path(folder, file) for file in sorted(files))
        else:
            yield path


def _root(file: Path) -> etree._Element | None:
    """The root of the declaration's document in `file`; None where it holds none."""
    if not file.is_file() or file.stat().st_size > names.DOCUMENT_LIMIT:
        return None
    try:
        root = source.parse(file.read_bytes())
    except source.Refused:
        return None
    declared = reader.body(root)
    if declared is None or etree.QName(declared).namespace != names.DECLARATION:
        return None
    return root
