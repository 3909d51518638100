"""A batch of declarations as rows, made ready to be kept: what every way in ends with.

Pure. Readers of columns fill a batch directly; readers of documents go through `of`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import msgspec

from tidewaiter.documents import content, facts
from tidewaiter.documents.declaration import Declaration
from tidewaiter.documents.finding import Finding

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a declaration stands in what was handed in."""

    sha256: str = ""  # the file in the vault; empty where it is not kept
    format: str = ""
    line: int = 1  # where it starts, the header counted
    start: int = 0  # bytes from the beginning of the file
    length: int = 0  # bytes; 0 is the whole file


@dataclass(frozen=True, slots=True)
class Taken:
    """One declaration as a reader hands it on."""

    declaration: Declaration
    source: Source = Source()
    findings: tuple[Finding, ...] = ()
    file: str = ""  # as given, for findings that the taking adds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an inspection found earlier, where a source brings it: `position` in the batch."""

    position: int
    result: str  # conform, not-conform
    offence: str
    on: str  # ISO day


@dataclass(slots=True)
class Batch:
    """Declarations as rows; the lists of one length stand in one order."""

    headers: list[facts.Header] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)  # of the content, see `content.digest`
    corrections: list[bool] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)  # JSON, as `noted` writes it
    files: list[str] = field(default_factory=list)
    goods: list[list[facts.Goods]] = field(default_factory=list)
    mentions: list[list[tuple[str, str]]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.headers)

    def part(self, start: int, stop: int) -> "Batch":
        """The declarations from `start` to before `stop`, as a batch of their own."""
        lists = {
            column.name: getattr(self, column.name)[start:stop]
            for column in fields(self)
            if column.name != "outcomes"
        }
        within = [
            Outcome(one.position - start, one.result, one.offence, one.on)
            for one in self.outcomes
            if start <= one.position < stop
        ]
        return Batch(**lists, outcomes=within)

    def extend(self, other: "Batch") -> None:
        """Add the declarations of `other` at the end."""
        more = len(self)
        moved = other.outcomes
        if more:
            moved = [Outcome(o.position + more, o.result, o.offence, o.on) for o in moved]
        for column in fields(self):
            if column.name != "outcomes":
                getattr(self, column.name).extend(getattr(other, column.name))
        self.outcomes.extend(moved)


def of(declarations: Sequence[Taken]) -> Batch:
    """The rows of canonical declarations."""
    batch = Batch()
    for taken in declarations:
        body = encode(taken.declaration)
        batch.headers.append(facts.header(taken.declaration))
        batch.bodies.append(body.decode())
        batch.digests.append(content.digest(taken.declaration))
        batch.corrections.append(taken.declaration.is_correction)
        batch.sources.append(taken.source)
        batch.findings.append(noted(taken.findings))
        batch.files.append(taken.file)
        batch.goods.append(facts.goods(taken.declaration))
        batch.mentions.append(facts.mentions(taken.declaration))
    return batch


def encode(declaration: Declaration) -> bytes:
    """The body as it is kept and as its digest is taken: members in the order of the schema."""
    return _encoder.encode(declaration)


def decode(body: str | bytes) -> Declaration:
    """The declaration of a kept body."""
    return msgspec.json.decode(body, type=Declaration)


def noted(findings: Sequence[Finding]) -> str:
    """Findings as JSON, to be worded when they are read; empty where there are none."""
    if not findings:
        return ""
    return json.dumps(
        [
            {"rule": one.rule, "field": one.place, "line": one.line, **_said(one)}
            for one in findings
        ],
        ensure_ascii=False,
    )


def _said(finding: Finding) -> dict[str, dict[str, str]]:
    return {"parameters": dict(finding.parameters)} if finding.parameters else {}
