"""The formats that declarations come in: each a reader into batches and, mostly, a writer.

A later room registers a format of its own with `registries.importers`, by import path.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from tidewaiter.documents.batch import Batch, Source
from tidewaiter.documents.declaration import Declaration
from tidewaiter.documents.finding import Finding
from tidewaiter.documents.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Options:
    """What the one who imports says about the files."""

    mapping: Mapping | None = None  # for formats of columns
    schema: Path | None = None  # an XSD, for WCO XML


@dataclass(frozen=True, slots=True)
class Paper:
    """One file to read: its name as given, its bytes, and where the vault keeps them."""

    name: str
    stream: BinaryIO
    source: Source
    options: Options


@dataclass(slots=True)
class Read:
    """Some declarations of a file: those that can be taken, those refused, and what was found."""

    batch: Batch = field(default_factory=Batch)
    refused: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: dict[str, int] = field(default_factory=dict)  # findings by rule beyond those told


@dataclass(frozen=True, slots=True)
class Format:
    """A format: how it is told, read and written. Nothing heavy is loaded to know it."""

    name: str
    media_types: tuple[str, ...]
    extensions: tuple[str, ...]
    sniff: Callable[[bytes], bool]  # whether a file that begins so is of this format
    read: Callable[[Paper], Iterator[Read]]
    write: Callable[[Declaration], bytes] | None = None
    columns: bool = False  # it needs a mapping
