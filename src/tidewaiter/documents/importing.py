"""Import as a stream: paths in, batches taken as they are read, a bounded report out.

Only regular files are opened, after following links; a folder is walked once. Commits are of some
2,000 declarations, so that others get their turn to write.
"""

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from tidewaiter.documents import actions, errors, library, readers, registries
from tidewaiter.documents.actions import One
from tidewaiter.documents.batch import Batch, Source
from tidewaiter.documents.finding import Finding, find
from tidewaiter.documents.formats import Format, Options, Paper, Read
from tidewaiter.documents.tally import Tally
from tidewaiter.vault import actions as vault

AUTO: Final = "auto"
WAITING: Final = 2**25  # characters of declarations that wait to be taken in
HEAD: Final = 4096  # bytes that tell a format
_ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf")
_BOM: Final = b"\xef\xbb\xbf"
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Lodged:
    """What became of one document handed in by itself."""

    taken: tuple[One, ...]
    findings: tuple[Finding, ...]
    refused: int


class Import:
    """One import under way: gathers batches across files and takes them in."""

    def __init__(self, *, at: datetime, by: str, assess: bool, progress: Progress) -> None:
        self.at, self.by, self.assess, self.progress = at, by, assess, progress
        self.tally = Tally()
        self.pending = Batch()
        self.keep_taken = False
        self.taken: list[tuple[str, One]] = []  # file and fate, where they are kept
        self.done = 0
        self.size = 0

    def tally_of(self, name: str) -> Tally:
        """Where what becomes of the file `name` is counted."""
        return self.tally

    def add(self, name: str, read: Read) -> None:
        """Count what was read of a file, and take it in when there is enough."""
        tally = self.tally_of(name)
        tally.refused += read.refused
        for finding in read.findings:
            tally.tell(finding)
        tally.count(read.more)
        self.pending.extend(read.batch)
        self.size += sum(map(len, read.batch.bodies))
        if len(self.pending) >= actions.COMMIT or self.size >= WAITING:
            self.flush()

    def flush(self) -> None:
        """Take in what waits."""
        batch, self.pending, self.size = self.pending, Batch(), 0
        if not len(batch):
            return
        report = actions.take(batch, at=self.at, by=self.by, assess=self.assess)
        for name, goods, one in zip(batch.files, batch.goods, report.taken, strict=True):
            self.tally_of(name).taken(one.fate, len(goods), one.finding)
            if self.keep_taken:
                self.taken.append((name, one))
        self.done += len(batch)
        self.progress(self.done)

    def refuse(self, name: str, rule: str, **parameters: object) -> None:
        """Refuse a whole file."""
        refusal = find(rule, "", 1, **parameters).within(name)
        self.add(name, Read(refused=1, findings=[refusal]))

    def file(self, name: str, stream: BinaryIO, form: Format, options: Options) -> None:
        """Read one file of a known format."""
        media_type = form.media_types[0]
        if form.columns:
            sha256 = vault.keep(stream, media_type)
            stream.seek(0)
            for read in form.read(_paper(name, stream, sha256, form, options)):
                self.add(name, read)
            return
        data = stream.read(readers.DOCUMENT + 1)
        sha256 = hashlib.sha256(data).hexdigest()
        for read in form.read(_paper(name, io.BytesIO(data), sha256, form, options)):
            if len(read.batch) and data:
                vault.keep(data, media_type)
                data = b""
            self.add(name, read)


def run(
    paths: Sequence[str],
    *,
    format_name: str = AUTO,
    mapping: str | None = None,
    schema: str | None = None,
    at: datetime,
    by: str,
    assess: bool = True,
    progress: Progress = lambda done: None,
) -> Tally:
    """Import files and folders. Raises Problem only where the import cannot run at all."""
    if not paths:
        raise errors.NothingGiven()
    options = prepared(format_name, mapping, schema)
    form = None if format_name == AUTO else named(format_name)
    work = Import(at=at, by=by, assess=assess, progress=progress)
    work.tally.missing = options.mapping.missing if options.mapping else ()
    for path in paths:
        for file in _walk(path):
            work.tally.files += 1
            one(work, file, form, options)
    work.flush()
    return work.tally


def prepared(format_name: str, mapping: str | None, schema: str | None) -> Options:
    """The options of an import, looked at before anything is read. Raises Problem."""
    if format_name != AUTO and named(format_name).columns and not mapping:
        raise errors.MappingNeeded(shipped=", ".join(library.shipped()))
    if schema is not None:
        from tidewaiter.documents.wco import schemas

        try:
            if not Path(schema).is_file():
                raise schemas.BadSchema("it is no regular file")
            schemas.load(Path(schema))
        except (schemas.BadSchema, OSError) as error:
            raise errors.SchemaUnusable(file=schema[:200], reason=str(error)[:300]) from None
    return Options(library.load(mapping) if mapping else None, Path(schema) if schema else None)


def lodge(
    data: bytes,
    *,
    name: str,
    form: Format,
    options: Options | None = None,
    at: datetime,
    by: str,
    assess: bool = True,
) -> Lodged:
    """Take in one document handed over by a screen, the REST API or a folder."""
    options = options or Options()
    work = Import(at=at, by=by, assess=assess, progress=lambda done: None)
    work.keep_taken = True
    if data.startswith(_ARCHIVES):
        work.refuse(name, "archive")
    elif form.columns and options.mapping is None:
        work.refuse(name, "mapping-missing")
    else:
        work.file(name, io.BytesIO(data), form, options)
    work.flush()
    taken = tuple(one for _, one in work.taken)
    return Lodged(taken, tuple(work.tally.findings), work.tally.refused)


def named(name: str) -> Format:
    """The format of this name or media type. Raises FormatUnknown."""
    for form in formats():
        if name == form.name or name in form.media_types:
            return form
    known = ", ".join(form.name for form in formats())
    raise errors.FormatUnknown(format=name[:100], known=known)


def formats() -> list[Format]:
    """Every format that is registered."""
    return [registries.importers.get(name) for name in registries.importers]


def told(head: bytes, name: str, *, mapped: bool) -> Format | None:
    """The format of a file by its first bytes, else by its name."""
    for form in formats():
        if form.sniff(head):
            return form
    if mapped or Path(name).suffix.lower() in readers.CSV.extensions:
        return readers.CSV
    return None


def _paper(name: str, stream: BinaryIO, sha256: str, form: Format, options: Options) -> Paper:
    return Paper(name, stream, Source(sha256, form.name), options)


def one(work: Import, path: str, form: Format | None, options: Options) -> None:
    """Read one file, if it is one; whatever is wrong with it is told in the report."""
    name = shown(path)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 (a Path makes "" the folder)
            work.refuse(name, "not-a-file")
            return
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        work.refuse(name, "unreadable", reason=reason)
        return
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            work.refuse(name, "not-a-file")
            return
        try:
            _open(work, name, stream, form, options)
        except OSError as error:
            if error.filename is not None:  # of another file: the vault, the database
                raise
            work.refuse(name, "unreadable", reason=error.strerror or error)


def _open(work: Import, name: str, stream: BinaryIO, form: Format | None, options: Options) -> None:
    head = stream.read(HEAD)
    stream.seek(0)
    form = form or told(head, name, mapped=options.mapping is not None)
    if not head.removeprefix(_BOM).strip() and len(head) < HEAD:
        work.refuse(name, "empty")
    elif head.startswith(_ARCHIVES):
        work.refuse(name, "archive")
    elif form is None:
        work.refuse(name, "format-unknown")
    elif form.columns and options.mapping is None:
        work.refuse(name, "mapping-missing")
    else:
        work.file(name, stream, form, options)


def _walk(path: str) -> Iterator[str]:
    """The files under `path` in order, a folder's own links to folders not followed."""
    if not os.path.isdir(path):  # noqa: PTH112 (never raises, whatever the name)
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders.sort()
        for name in sorted(files):
            yield str(Path(folder) / name)


def shown(path: str) -> str:
    """A path as it was given, undecodable bytes escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
