"""An agreement as a document: text in, typed values, canonical form and digest out.

The canonical form is the JCS of the data that the schema makes of the text (RFC 8785), so that YAML
and JSON cannot differ; its SHA-256 is the agreement's digest.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from tidewaiter import canonical
from tidewaiter.agreements import reading, schema
from tidewaiter.agreements.finding import Finding, dotted

_LINE: Final = re.compile(r"line ([0-9]+), ")
WITH_CONSENT: Final = "with-consent"
NONE: Final = "none"


class NotAnAgreement(ValueError):
    """The text is no agreement; `findings` say where and why."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda each: (each.line, each.path)))
        super().__init__("; ".join(f"line {each.line}: {each.said()}" for each in self.findings))


@dataclass(frozen=True, slots=True)
class Basis:
    """What a clause or an agreement rests on."""

    instrument: str
    article: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A test on a field of `data`; `test` is one of terms.TESTS, `values` what it tests for."""

    field: str
    test: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One permission: who may tell whom what, for what, how, and what binds the one who gets it."""

    id: str
    title: str
    disclosers: tuple[str, ...]
    recipients: tuple[str, ...]
    categories: tuple[str, ...]
    purposes: tuple[str, ...]
    modes: tuple[str, ...]
    when: tuple[Condition, ...]
    allow: tuple[str, ...]  # dotted field paths
    generalise: tuple[tuple[str, str], ...]  # (path, form)
    withhold: tuple[str, ...]
    handling: str
    retention_days: int
    onward: str  # none, with-consent, or the administrations in `onward_to`
    onward_to: tuple[str, ...]
    use: str
    approval: str
    reciprocal: bool
    respond_days: int | None  # how soon the recipient answers …
    respond_working: bool  # … in working days
    report_days: int | None  # how soon it tells what came of it
    basis: Basis | None

    @property
    def seals_names(self) -> bool:
        """Whether it needs the agreement's key for pseudonyms."""
        return any(form == "keyed-hash" for _, form in self.generalise)


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement; `entry` is how many parties must have signed."""

    id: str
    version: int
    title: str
    kind: str
    parties: tuple[str, ...]
    entry: int
    basis: tuple[Basis, ...]
    starts_on: date
    ends_on: date | None  # the last day, whole
    supersedes: tuple[str, ...]
    clauses: tuple[Clause, ...]
    refusals: tuple[str, ...]
    canonical: bytes
    digest: str

    def clause(self, id_: str) -> Clause | None:
        """The clause of that number, or None."""
        return next((each for each in self.clauses if each.id == id_), None)

    @property
    def key_giver(self) -> str:
        """The party that gives the agreement's key for pseudonyms: the first in code order."""
        return min(self.parties)


@dataclass(frozen=True, slots=True)
class Source:
    """A document that was read, with the line of each of its paths."""

    agreement: Agreement
    lines: Mapping[reading.Path, int]

    def line(self, path: reading.Path) -> int:
        """Where `path` stands, or the nearest thing around it."""
        return _line(self.lines, path)


def read(source: bytes) -> Agreement:
    """The agreement in YAML or JSON text. Raises NotAnAgreement with every finding."""
    return read_source(source).agreement


def read_source(source: bytes) -> Source:
    """As `read`, and the lines with it."""
    text, lines, value = _parsed(source)
    data, misfits = schema.typed(value, text=text)
    findings = [_finding(code, path, lines, params) for code, path, params in misfits]
    if findings:
        raise NotAnAgreement(findings)
    findings = [_finding(code, path, lines, params) for code, path, params in _senses(data)]
    if findings:
        raise NotAnAgreement(findings)
    return Source(_built(data), lines)


@lru_cache(maxsize=512)
def read_canonical(payload: bytes) -> Agreement:
    """The agreement of canonical bytes, as they were signed or kept. Raises NotAnAgreement."""
    found = read_source(payload)
    if found.agreement.canonical != payload:
        raise NotAnAgreement([Finding("not-canonical", "", 1)])
    return found.agreement


def _parsed(source: bytes) -> tuple[bool, Mapping[reading.Path, int], Any]:
    """Whether every scalar is text still, the lines, the value."""
    is_json = source.lstrip()[:1] == b"{"
    try:
        if is_json:
            return False, _json_lines(source), _json(source)
        text = reading.read(source)
    except reading.NotText as error:
        raise NotAnAgreement([Finding(error.code, "", error.line, error.params)]) from None
    return True, text.lines, text.value


def _json(source: bytes) -> Any:
    if len(source) > reading.BYTES:
        raise reading.NotText("too-large", 1, limit=reading.BYTES)
    try:
        return canonical.read(source)
    except canonical.NotIJson as error:
        placed = _LINE.match(str(error))
        line = int(placed[1]) if placed else 1
        raise reading.NotText("not-json", line, reason=str(error)[:200]) from None


def _json_lines(source: bytes) -> Mapping[reading.Path, int]:
    """The lines of a JSON text that has several: it reads as YAML too."""
    if b"\n" not in source.strip():
        return {}
    try:
        return reading.read(source).lines
    except reading.NotText:
        return {}


def _finding(
    code: str, path: reading.Path, lines: Mapping[reading.Path, int], params: dict[str, str | int]
) -> Finding:
    return Finding(code, dotted(path), _line(lines, path), params)


def _line(lines: Mapping[reading.Path, int], path: reading.Path) -> int:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _senses(data: dict[str, Any]) -> Iterator[schema.Misfit]:
    """What the schema cannot say: days that exist, parties that are parties, clauses once each."""
    days = {}
    for name in ("from", "until"):
        if name in data:
            try:
                days[name] = date.fromisoformat(data[name])
            except ValueError:
                yield "form-date", (name,), {"value": data[name]}
    if len(days) == 2 and days["until"] < days["from"]:
        dates: dict[str, str | int] = {"start": data["from"], "until": data["until"]}
        yield "until-before-from", ("until",), dates
    parties = data["parties"]
    if isinstance(data.get("entry"), int) and data["entry"] > len(parties):
        counts: dict[str, str | int] = {"entry": data["entry"], "parties": len(parties)}
        yield "entry-too-many", ("entry",), counts
    if data["id"] in data.get("supersedes", ()):
        yield "supersedes-itself", ("supersedes",), {}
    for index, clause in enumerate(data["clauses"]):
        earlier = [each["id"] for each in data["clauses"][:index]]
        yield from _clause_senses(clause, ("clauses", index), parties, earlier)


def _clause_senses(
    clause: dict[str, Any], path: reading.Path, parties: list[str], earlier: list[str]
) -> Iterator[schema.Misfit]:
    for member in ("disclosers", "recipients"):
        for at, party in enumerate(clause[member]):
            if party not in parties:
                yield "not-a-party", (*path, member, at), {"party": party}
    if clause["disclosers"] == clause["recipients"] and len(clause["disclosers"]) == 1:
        only: dict[str, str | int] = {"clause": clause["id"], "party": clause["disclosers"][0]}
        yield "no-direction", (*path, "recipients"), only
    if clause["id"] in earlier:
        first = earlier.index(clause["id"]) + 1
        yield "clause-twice", (*path, "id"), {"clause": clause["id"], "first": first}


def _built(data: dict[str, Any]) -> Agreement:
    form = canonical.write(data)
    entry = data.get("entry", "all")
    return Agreement(
        id=data["id"],
        version=data["version"],
        title=data["title"],
        kind=data["kind"],
        parties=tuple(data["parties"]),
        entry=entry if isinstance(entry, int) else len(data["parties"]),
        basis=tuple(Basis(**each) for each in data.get("basis", ())),
        starts_on=date.fromisoformat(data["from"]),
        ends_on=date.fromisoformat(data["until"]) if "until" in data else None,
        supersedes=tuple(data.get("supersedes", ())),
        clauses=tuple(_clause(each) for each in data["clauses"]),
        refusals=tuple(data.get("refusals", ())),
        canonical=form,
        digest=canonical.digest(form),
    )


def _clause(data: dict[str, Any]) -> Clause:
    onward = data.get("onward", NONE)
    listed = onward if isinstance(onward, list) else []
    respond = data.get("respond", {})
    fields = data["fields"]
    return Clause(
        id=data["id"],
        title=data.get("title", ""),
        **{
            name: tuple(data[name])
            for name in ("disclosers", "recipients", "categories", "purposes", "modes")
        },
        when=tuple(_condition(each) for each in data.get("when", ())),
        allow=tuple(fields["allow"]),
        generalise=tuple(sorted(fields.get("generalise", {}).items())),
        withhold=tuple(fields.get("withhold", ())),
        handling=data["handling"],
        retention_days=data["retention"]["days"],
        onward="listed" if listed else onward,
        onward_to=tuple(listed),
        use=data.get("use", "intelligence"),
        approval=data.get("approval", "one"),
        reciprocal=data.get("reciprocal", False),
        respond_days=respond.get("workingdays", respond.get("days")),
        respond_working="workingdays" in respond,
        report_days=data.get("report", {}).get("days"),
        basis=Basis(**data["basis"]) if "basis" in data else None,
    )


def _condition(data: dict[str, Any]) -> Condition:
    (test,) = (name for name in data if name != "field")
    value = data[test]
    values = tuple(value) if isinstance(value, list) else (value,)
    return Condition(data["field"], test, tuple(str(each) for each in values if each is not True))
