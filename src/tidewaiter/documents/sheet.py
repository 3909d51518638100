"""A declaration as people and their systems see it: frozen values, and the JSON they become."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from tidewaiter import clock
from tidewaiter.documents import life


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; an empty text narrows nothing."""

    lane: str = ""
    state: str = ""
    kind: str = ""
    office: str = ""
    q: str = ""  # a reference, number, party, container, seal, UCR or transport document


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a lane: a code with parameters, and the sentence where the judging room words it."""

    code: str
    parameters: Mapping[str, object]
    sentence: str = ""

    def document(self) -> dict[str, object]:
        """As JSON prints it."""
        said = {"sentence": self.sentence} if self.sentence else {}
        return {"code": self.code, "parameters": dict(self.parameters), **said}


@dataclass(frozen=True, slots=True)
class SheetItem:
    """A goods item: masses in grams, value in minor units, quantity and rate in millionths."""

    sequence: int
    hs_code: str
    hs6: str
    description: str
    marks: str
    origin: str
    procedure: str
    net_mass: int | None
    gross_mass: int | None
    value: int | None
    currency: str
    quantity: int | None
    unit: str
    tax_rate: int | None
    tax_type: str


@dataclass(frozen=True, slots=True)
class SheetStep:
    """One step of life."""

    event: str
    before: str
    after: str
    at: datetime
    by: str
    note: str

    @property
    def name(self) -> str:
        """What happened, for gettext."""
        return life.EVENT_NAMES[life.Event(self.event)]


@dataclass(frozen=True, slots=True)
class SheetVersion:
    """One content that was taken: from which source, in which format."""

    number: int
    digest: str
    source: str
    format: str
    line: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """A declaration with its items; steps, versions and findings where one is asked for."""

    id: int
    reference: str
    local_reference: str
    customs_id: str
    kind: str
    type_code: str
    state: str
    lane: str  # empty while it is not judged
    score: float | None
    reasons: tuple[Reason, ...]
    office: str
    procedure: str
    declarant: str
    importer: str
    importer_name: str
    exporter: str
    exporter_name: str
    consignee: str
    ucr: str
    departure: str
    destination: str
    transport_mode: str
    containers: tuple[str, ...]
    seals: tuple[str, ...]
    transport_documents: tuple[str, ...]
    lodged_on: date
    taken_at: datetime
    taken_by: str
    moved_at: datetime
    assessed_at: datetime | None
    version: int
    items: tuple[SheetItem, ...] = ()
    steps: tuple[SheetStep, ...] = ()
    versions: tuple[SheetVersion, ...] = ()
    findings: tuple[str, ...] = ()  # worded in the reader's language

    @property
    def state_name(self) -> str:
        """The state, for gettext."""
        return life.STATE_NAMES[life.State(self.state)]

    @property
    def possible(self) -> tuple[life.Event, ...]:
        """What may happen to it now."""
        return life.possible(life.State(self.state))

    @property
    def about(self) -> list[str]:
        """Whose data this shows, for the read-audit."""
        said = (
            *(self.declarant, self.importer, self.importer_name),
            *(self.exporter, self.exporter_name, self.consignee),
        )
        return [one for one in dict.fromkeys(said) if one]

    def document(self) -> dict[str, object]:
        """As JSON prints it; moments by RFC 3339."""
        written = {
            name: _plain(value)
            for name, value in asdict(self).items()
            if name not in ("id", "reasons", "lane", "steps", "versions", "findings")
        }
        written["lane"] = self.lane or None
        written["reasons"] = [one.document() for one in self.reasons]
        if self.steps:
            written["steps"] = [_plain(asdict(one)) for one in self.steps]
            written["findings"] = list(self.findings)
        return written


@dataclass(frozen=True, slots=True)
class Page:
    """Some declarations, the newest first, and the cursor of those that are older."""

    declarations: tuple[Sheet, ...]
    older: str = ""


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """The bytes that a declaration was read from: a document, or its row under the header."""

    name: str
    media_type: str
    data: bytes


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return clock.text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
